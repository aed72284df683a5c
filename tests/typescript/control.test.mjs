// A person at the wheel: confirming, rejecting, pausing, interrupting, branching, and what the agent may know.

import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import test from "node:test";

import { eventually } from "../place/patience.mjs";
import { ORIGINAL } from "../place/server.mjs";
import { place } from "./place.mjs";

const here = place();

const TOUCH = `
calls terminal {"command": "touch done.txt", "security_risk": "HIGH"}
says Touched.
`;

/** A command that says that it runs, and runs until a file is there. */
const HELD = `
calls terminal {"command": "touch held; until [ -e go ]; do sleep 0.05; done; echo went on"}
says Went on.
forever
  says What else?
`;

/** Starts the held command and waits until it runs. */
async function held() {
  const { conversation, events } = await here.conversation(HELD);
  const inside = (name) => join(conversation.workspace.workingDir, name);
  await conversation.sendMessage("Go.");
  await conversation.run();
  await eventually(() => existsSync(inside("held")), "the command did not begin");
  return { conversation, events, release: () => writeFile(inside("go"), "") };
}

/** Starts a conversation that waits for a person's word about its call. */
async function waiting() {
  const { conversation, events } = await here.conversation(TOUCH);
  await conversation.setConfirmationPolicy({ kind: "AlwaysConfirm" });
  await conversation.sendMessage("Go.");
  await conversation.run();
  await events.status("waiting_for_confirmation");
  const file = join(conversation.workspace.workingDir, "done.txt");
  return { conversation, events, file };
}

test("an action waits for a yes, and is done then", async () => {
  const { conversation, events, file } = await waiting();
  assert.equal((await events.kind("ActionEvent")).action.command, "touch done.txt");
  assert.equal(existsSync(file), false);
  assert.equal((await conversation.state.refresh()).execution_status, "waiting_for_confirmation");
  await conversation.sendConfirmationResponse(true);
  await events.status("finished");
  assert.equal(existsSync(file), true);
  assert.equal(await conversation.getAgentFinalResponse(), "Touched.");
});

test("an action is not done after a no, and the agent hears why", async () => {
  const { conversation, events, file } = await waiting();
  await conversation.sendConfirmationResponse(false, "Not in this house.");
  const refusal = await events.kind("UserRejectObservation");
  assert.equal(refusal.rejection_reason, "Not in this house.");
  assert.equal(refusal.action_id, (await events.kind("ActionEvent")).id);
  await conversation.run();
  await events.status("finished");
  assert.equal(existsSync(file), false);
  const asked = await here.model.requests(conversation.agent.llm);
  assert.match(JSON.stringify(asked.at(-1).body.messages.at(-1)), /Not in this house\./);
});

test("answers that come at once are all heard", async () => {
  const answer = async (accept) => {
    const { conversation, events } = await waiting();
    await conversation.sendConfirmationResponse(accept, "Right away.");
    await events.kind(accept ? "ObservationEvent" : "UserRejectObservation");
  };
  // A few at a time: a server runs no more than ten at once.
  for (let round = 0; round < 4; round += 1) {
    await Promise.all(Array.from({ length: 8 }, (_, at) => answer(at % 2 === 0)));
  }
});

test("a policy by risk lets the harmless through and asks about the rest", async () => {
  const { conversation, events } = await here.conversation(`
calls terminal {"command": "echo safe", "security_risk": "LOW"}
${TOUCH.trim()}`);
  await conversation.setSecurityAnalyzer({ kind: "LLMSecurityAnalyzer" });
  await conversation.setConfirmationPolicy({ kind: "ConfirmRisky", threshold: "HIGH" });
  await conversation.sendMessage("Go.");
  await conversation.run();
  await events.status("waiting_for_confirmation");
  const actions = events.all.filter((event) => event.kind === "ActionEvent");
  assert.deepEqual(actions.map((event) => event.security_risk), ["LOW", "HIGH"]);
  assert.equal(events.kinds().filter((kind) => kind === "ObservationEvent").length, 1);
  await here.api.conversations.respondToConfirmation(conversation.id, { accept: true, reason: "Fine." });
  await events.status("finished");
});

test("a paused conversation lets its tool finish, and a run goes on from there", async () => {
  const { conversation, events, release } = await held();
  const pausing = conversation.pause();
  await release();
  await pausing;
  await events.status("paused");
  assert.ok(await events.kind("PauseEvent"));
  const { observation } = await events.kind("ObservationEvent");
  assert.match(observation.content[0].text, /went on/);
  await conversation.run();
  await events.status("finished");
  assert.equal(await conversation.getAgentFinalResponse(), "Went on.");
});

test("an interrupted conversation stops its tool at once", async () => {
  const { conversation, events } = await held();
  await here.api.conversations.interruptConversation(conversation.id);
  await events.status("paused");
  assert.ok(await events.kind("InterruptEvent"));
  const error = await events.kind("AgentErrorEvent");
  assert.equal(error.tool_name, "terminal");
});

test("a second run while one is running is refused, a message is not", async () => {
  const { conversation, events, release } = await held();
  await assert.rejects(conversation.run(), { status: 409 });
  // The original takes a message only between two steps.
  const sending = conversation.sendMessage("And this.");
  await release();
  await sending;
  await events.status("finished");
  const said = events.all.filter((event) => event.kind === "MessageEvent" && event.source === "user");
  assert.deepEqual(said.map((event) => event.llm_message.content[0].text), ["Go.", "And this."]);
});

test("a reader that comes in the middle of a run is told everything and then the rest", async () => {
  const { conversation, events, release } = await held();
  const coming = here.listener(conversation);
  // The original lets nobody in before the tool is done.
  if (!ORIGINAL) await coming;
  await release();
  const late = await coming;
  const finished = (key, value) => [value, value?.execution_status].includes("finished");
  await late.events.state(finished);
  await events.status("finished");
  const before = (await late.conversation.state.events.getEvents()).filter((event) => event.key !== "full_state");
  const heard = events.all.filter((event) => event.key !== "full_state");
  assert.deepEqual(before.slice(0, heard.length).map(({ id }) => id), heard.map(({ id }) => id));
});

test("a secret is known to the commands and hidden from the model", async () => {
  const { conversation, events } = await here.conversation(`
calls terminal {"command": "echo got: $THE_WORD"}
says Done.`);
  await conversation.updateSecrets({ THE_WORD: "xyzzy-plugh" });
  await conversation.sendMessage("Say $THE_WORD.");
  await conversation.run();
  const { observation } = await events.kind("ObservationEvent");
  assert.equal(observation.content[0].text, "got: <secret-hidden>");
  await events.status("finished");
  const asked = await here.model.requests(conversation.agent.llm);
  assert.ok(!JSON.stringify(asked).includes("xyzzy-plugh"));
  assert.ok(!JSON.stringify(await conversation.state.modelDump()).includes("xyzzy-plugh"));
});

test("a fork has the history, and goes its own way", async () => {
  const { conversation } = await here.finished("says One.\nsays Two.");
  const fork = await conversation.fork({ title: "Another way" });
  assert.notEqual(fork.id, conversation.id);
  const info = await here.manager.getConversation(fork.id);
  assert.equal(info.title, "Another way");
  assert.equal(info.forked_from_conversation_id, conversation.id);
  const story = async (of) =>
    (await of.state.events.search({ kind: "MessageEvent" })).items.map((event) => event.llm_message.content[0].text);
  assert.deepEqual(await story(fork), ["Go.", "One."]);
  // The original's forks have forgotten the key to their model.
  if (ORIGINAL) await fork.switchLlm(conversation.agent.llm);
  const { events } = await here.listener(fork);
  await fork.sendMessage("Again.");
  await fork.run();
  await events.status("finished");
  assert.deepEqual(await story(fork), ["Go.", "One.", "Again.", "Two."]);
  assert.deepEqual(await story(conversation), ["Go.", "One."]);
});

test("navigating goes back in the same conversation", async () => {
  const { conversation } = await here.finished("says One.\nsays Two.");
  const [first] = (await conversation.state.events.search({ kind: "MessageEvent" })).items;
  await conversation.navigateTo(first.id);
  const info = await here.manager.getConversation(conversation.id);
  assert.equal(info.leaf_event_id, first.id);
  await assert.rejects(conversation.navigateTo("44444444-4444-4444-8444-444444444444"), { status: 404 });
});

test("a question beside the conversation leaves no trace in it", async () => {
  const { conversation } = await here.finished("says One.\nforever\n  says Forty-two.\nasides\nforever\n  says Forty-two.");
  const before = await conversation.state.events.count();
  assert.equal(await conversation.askAgent("How many?"), "Forty-two.");
  assert.equal((await here.api.conversations.askAgent(conversation.id, "How many?")).response, "Forty-two.");
  assert.equal(await conversation.state.events.count({ kind: "MessageEvent" }), 2);
  assert.ok((await conversation.state.events.count()) - before <= 2, "at most what they cost");
});

test("another model takes over, by its settings and by its profile", async () => {
  const { conversation, events } = await here.finished("says The first.");
  await conversation.switchLlm({ ...(await here.model.plays("says The second.")), usage_id: "second" });
  await conversation.sendMessage("Who are you?");
  await conversation.run();
  await events.first((event) => event.llm_message?.content[0]?.text === "The second.");
  const finished = async () => (await conversation.state.refresh()).execution_status === "finished";
  await eventually(finished, "it did not finish");
  await here.api.profiles.saveProfile("third", { llm: await here.model.plays("says The third."), include_secrets: true });
  await conversation.switchProfile("third");
  await conversation.sendMessage("And you?");
  await conversation.run();
  await events.first((event) => event.llm_message?.content[0]?.text === "The third.");
  await assert.rejects(conversation.switchProfile("nobody"), { status: 404 });
});

test("a goal is pursued until the judge is content", async () => {
  const { conversation, events } = await here.conversation(`
says I did it.
asides
forever
  says {"complete": true, "reasoning": "It is done.", "missing": ""}`);
  await conversation.startGoal("Do it.", 2);
  const goal = await events.first((event) => event.key === "goal" && event.value?.status !== "running");
  assert.ok(["complete", "capped"].includes(goal.value.status), JSON.stringify(goal.value));
  await conversation.stopGoal();
});

test("what a model refuses is told as an error, and the conversation can go on", async () => {
  const { conversation, events } = await here.conversation("fails auth\nsays Better now.");
  await conversation.sendMessage("Go.");
  await conversation.run();
  await events.status("error");
  const error = await events.kind("ConversationErrorEvent");
  assert.ok(error.code && error.detail);
  await conversation.run();
  await events.status("finished");
  assert.equal(await conversation.getAgentFinalResponse(), "Better now.");
});

test("a conversation that is too long is ended by its limit", async () => {
  const { conversation, events } = await here.conversation(
    'forever\n  calls terminal {"command": "true"}',
    { maxIterations: 2, stuckDetection: false },
  );
  await conversation.sendMessage("Go.");
  await conversation.run();
  await events.status("error");
  assert.equal((await events.kind("ConversationErrorEvent")).code, "MaxIterationsReached");
});

test("after a stop and a start of the server, conversations are there and go on", async () => {
  const { conversation, events } = await here.finished("says Before.\nsays After.");
  const story = await conversation.state.events.search({ kind: "MessageEvent" });
  await here.server.end();
  const before = events.all.length;
  await here.server.start();
  assert.deepEqual(await conversation.state.events.search({ kind: "MessageEvent" }), story);
  // The client connects again by itself, and is told the whole state first.
  await events.state((key) => key === "full_state", { from: before });
  await conversation.sendMessage("Still there?");
  await conversation.run();
  await events.status("finished", { from: before });
  assert.equal(await conversation.getAgentFinalResponse(), "After.");
});
