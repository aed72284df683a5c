// Conversations as a person has them in the browser: seen, confirmed, stopped, reloaded, taken up again.

import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import test from "node:test";

import { place } from "./place.mjs";

const here = place();

const WORK = `
says I'll write the function first, and then look at its first numbers.
  calls terminal
    command: |
      mkdir -p src && cat > src/fibonacci.py <<'END'
      """The Fibonacci numbers."""

      from collections.abc import Iterator


      def fibonacci() -> Iterator[int]:
          """All of them, from 0."""
          a, b = 0, 1
          while True:
              yield a
              a, b = b, a + b
      END
    security_risk: LOW
calls terminal
  command: cd src && python3 -c "from fibonacci import *; from itertools import *; print(*islice(fibonacci(), 12))"
  security_risk: LOW
says |
  Done: \`src/fibonacci.py\` yields the Fibonacci numbers, one by one and without an end.

  - the first twelve are \`0 1 1 2 3 5 8 13 21 34 55 89\`
  - a caller takes as many as it wants, for example with \`itertools.islice\`
asides
forever
  says Fibonacci numbers
`;

const ASKED = "Write a Python generator for the Fibonacci numbers, and show me that it works.";

const ANSWERED = "one by one and without an end";

/** A command that runs until a file is there. */
const HELD = `
says This takes a while.
  calls terminal {"command": "touch held; until [ -e go ]; do sleep 0.05; done; echo went on", "security_risk": "LOW"}
says It went on.
`;

const RISKY = `
says I would like to touch something.
  calls terminal {"command": "touch touched.txt", "security_risk": "HIGH"}
says That is settled.
`;

const ASKING = { confirmation_mode: true };

test("a conversation is begun, and its events are seen", async (t) => {
  await here.playing(WORK);
  const visit = await here.visit(t);
  await visit.say(ASKED);
  await visit.sees("I'll write the function first");
  await visit.sees(ANSWERED);
  await visit.id("event-group-toggle").click();
  await visit.sees(/mkdir -p src/);
  await visit.picture("events");
  visit.content();
});

test("the terminal view shows what was run and what it said", async (t) => {
  // The view holds what the page heard live, so the commands have to come when it listens.
  await here.playing(`says Ready when you are.${WORK}`);
  const visit = await here.visit(t);
  await visit.say("Are you there?");
  await visit.sees("Ready when you are.");
  await visit.listens();
  await visit.say(ASKED);
  await visit.sees(ANSWERED);
  await visit.opens("terminal");
  const rows = visit.page.locator(".xterm-rows");
  await rows.getByText("mkdir -p src").first().waitFor();
  await rows.getByText("0 1 1 2 3 5 8 13 21 34 55 89").first().waitFor();
  await visit.picture("terminal");
  visit.content();
});

test("the files view shows what was written", async (t) => {
  await here.playing(WORK);
  const visit = await here.visit(t);
  await visit.say(ASKED);
  await visit.sees(ANSWERED);
  await visit.opens();
  await visit.id("files-tab-refresh").click();
  await visit.id("file-tree-dir-src").click();
  await visit.id("files-tab-tree").getByText("fibonacci.py").click();
  await visit.sees("All of them, from 0.", visit.id("files-tab-content"));
  await visit.picture("files");
  visit.content();
});

test("an action waits for a person, and a yes lets it happen", async (t) => {
  await here.playing(RISKY, ASKING);
  const visit = await here.visit(t);
  await visit.say("Touch it.");
  await visit.id("action-confirm-button").waitFor();
  await visit.picture("confirmation");
  assert.equal(existsSync(visit.file("touched.txt")), false);
  await visit.id("action-confirm-button").click();
  await visit.sees("That is settled.");
  assert.equal(existsSync(visit.file("touched.txt")), true);
  visit.content();
});

test("a no keeps it from happening", async (t) => {
  await here.playing(RISKY, ASKING);
  const visit = await here.visit(t);
  await visit.say("Touch it.");
  await visit.id("action-reject-button").click();
  await visit.id("action-reject-button").waitFor({ state: "detached" });
  assert.equal(existsSync(visit.file("touched.txt")), false);
  visit.content();
});

test("a run is stopped and goes on when it is asked to", async (t) => {
  await here.playing(HELD);
  const visit = await here.visit(t);
  await visit.say("Begin.");
  await visit.made("held");
  await visit.picture("running");
  await visit.id("stop-button").click();
  await visit.id("play-button").waitFor();
  assert.equal((await visit.info()).execution_status, "paused");
  await visit.picture("stopped");
  await visit.say("Go on.");
  await visit.sees("It went on.");
  visit.content();
});

test("a page that is reloaded in the middle of a run shows all of it, and then the rest", async (t) => {
  await here.playing(HELD);
  const visit = await here.visit(t);
  await visit.say("Begin.");
  await visit.made("held");
  await visit.page.reload();
  await visit.sees("Begin.");
  await visit.sees("This takes a while.");
  await visit.make("go");
  await visit.sees("It went on.");
  visit.content();
});

test("an old conversation is opened after the server was started again", async (t) => {
  await here.playing(WORK);
  const first = await here.visit(t);
  await first.say(ASKED);
  await first.sees(ANSWERED);
  const { conversation } = first;
  await first.leave();
  await here.restart();
  const visit = await here.visit(t, "/conversations");
  await visit.sees("Fibonacci numbers", visit.id("conversation-panel"));
  await visit.page.locator(`a[href*="${conversation}"]`).first().click();
  await visit.sees(ASKED);
  await visit.sees(ANSWERED);
  visit.content();
});
