// The first visit of somebody without any key: the demo model shows what there is.

import assert from "node:assert/strict";
import test from "node:test";

import { eventually } from "../place/patience.mjs";
import { ORIGINAL } from "../place/server.mjs";
import { place } from "./place.mjs";

const here = place();

test("with no key set, the demo model works in a conversation", { skip: ORIGINAL && "it has no demo" }, async (t) => {
  const visit = await here.visit(t, "/", { newcomer: true });
  await visit.answersWhetherToBeCounted();
  await visit.id("onboarding-skip").click();
  await visit.sees("demo", visit.id("chat-input-llm-profile"));
  await visit.say("Fix the failing test of the demo project.");
  const ended = async () => (await visit.info()).execution_status === "finished";
  await eventually(ended, "the demo did not finish");
  assert.equal((await visit.info()).agent.llm.model, "demo");
  await visit.id("agent-message").first().waitFor();
  await visit.picture("demo");
  visit.content();
});
