// Conversations as a person has them in the browser: seen, confirmed, stopped, reloaded, taken up again.

import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import test from "node:test";

import { place } from "./place.mjs";

const here = place();

const WORK = `
says I will look around first.
  calls terminal {"command": "mkdir -p notes && echo 'First line.' > notes/plan.txt && cat notes/plan.txt", "security_risk": "LOW"}
calls terminal {"command": "echo the-$((40 + 2))nd", "security_risk": "LOW"}
says All done, the plan is written.
`;

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
  await visit.say("Make a plan.");
  await visit.sees("I will look around first.");
  await visit.sees("All done, the plan is written.");
  await visit.id("event-group-toggle").click();
  await visit.sees(/mkdir -p notes/);
  await visit.picture("events");
  visit.content();
});

test("the terminal view shows what was run and what it said", async (t) => {
  await here.playing(WORK);
  const visit = await here.visit(t);
  await visit.say("Make a plan.");
  await visit.sees("All done, the plan is written.");
  await visit.opens("terminal");
  const rows = visit.page.locator(".xterm-rows");
  await rows.getByText("the-42nd").first().waitFor();
  await rows.getByText("First line.").first().waitFor();
  await visit.picture("terminal");
  visit.content();
});

test("the files view shows what was written", async (t) => {
  await here.playing(WORK);
  const visit = await here.visit(t);
  await visit.say("Make a plan.");
  await visit.sees("All done, the plan is written.");
  await visit.opens();
  await visit.id("files-tab-refresh").click();
  await visit.id("file-tree-dir-notes").click();
  await visit.id("files-tab-tree").getByText("plan.txt").click();
  await visit.sees("First line.", visit.id("files-tab-content"));
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
  assert.equal((await here.ask("GET", `/api/conversations/${visit.conversation}`)).execution_status, "paused");
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
  await first.say("Make a plan.");
  await first.sees("All done, the plan is written.");
  const { conversation } = first;
  await first.leave();
  await here.restart();
  const visit = await here.visit(t, "/conversations");
  await visit.sees("A scripted title", visit.id("conversation-panel"));
  await visit.page.locator(`a[href*="${conversation}"]`).first().click();
  await visit.sees("Make a plan.");
  await visit.sees("All done, the plan is written.");
  visit.content();
});
