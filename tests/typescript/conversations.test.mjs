// Conversations from their start to their end: created, run, read, listed, changed, removed.

import assert from "node:assert/strict";
import test from "node:test";

import { eventually } from "../place/patience.mjs";
import { place } from "./place.mjs";

const here = place();

const LOOK = `
says Let me look.
  calls terminal {"command": "echo one > one.txt && cat one.txt"}
says All done.
`;

/** The events that the server keeps; `getEvents` adds those that were only sent. */
async function remote(conversation) {
  return (await conversation.state.events.getEvents()).filter((event) => event.key !== "full_state");
}

test("a conversation runs, and the socket brings every event in order", async () => {
  const { conversation, events } = await here.finished(LOOK);
  const kinds = events.kinds();
  assert.equal(kinds[0], "ConversationStateUpdateEvent");
  assert.equal(events.all[0].key, "full_state");
  const story = kinds.filter((kind) => kind !== "ConversationStateUpdateEvent");
  assert.deepEqual(story, ["SystemPromptEvent", "MessageEvent", "ActionEvent", "ObservationEvent", "MessageEvent"]);

  const action = await events.kind("ActionEvent");
  assert.equal(action.tool_name, "terminal");
  assert.equal(action.action.kind, "TerminalAction");
  assert.equal(action.thought[0].text, "Let me look.");
  const observation = await events.kind("ObservationEvent");
  assert.equal(observation.action_id, action.id);
  assert.equal(observation.observation.kind, "TerminalObservation");
  assert.match(observation.observation.content[0].text, /one/);
  assert.equal(observation.observation.exit_code ?? observation.observation.metadata.exit_code, 0);

  const stamps = events.all.map((event) => event.timestamp);
  assert.ok(stamps.every((stamp) => /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}$/.test(stamp)), "naive, six digits");
  const persisted = events.all.filter((event) => event.key !== "full_state").map((event) => event.timestamp);
  assert.deepEqual(persisted, [...persisted].sort());
});

test("a message and a run over the client's conversation, then its final words and its figures", async () => {
  const { conversation } = await here.finished(LOOK);
  assert.equal(await conversation.getAgentFinalResponse(), "All done.");
  const usage = (await conversation.conversationStats()).usage_to_metrics.agent;
  assert.ok(usage.accumulated_token_usage.prompt_tokens > 0);
  assert.ok(usage.accumulated_token_usage.completion_tokens > 0);
  const state = await conversation.state.refresh();
  assert.equal(state.execution_status, "finished");
  assert.equal(state.confirmation_policy.kind, "NeverConfirm");
  assert.equal(await conversation.state.getPersistenceDir(), state.persistence_dir);
  assert.equal((await conversation.state.getWorkspace()).working_dir, conversation.workspace.workingDir);
  assert.equal((await conversation.state.getAgent()).llm.model, conversation.agent.llm.model);
});

test("what was heard live is what is read later, event by event", async () => {
  const { conversation, events } = await here.finished(LOOK);
  const live = events.all.filter((event) => event.key !== "full_state");
  const kept = await remote(conversation);
  assert.deepEqual(kept.slice(0, live.length).map(({ id }) => id), live.map(({ id }) => id));
  assert.deepEqual(kept.slice(0, live.length), live);
});

test("an agent that calls finish is heard by its message", async () => {
  const { conversation, events } = await here.finished('calls finish {"message": "The end."}');
  const action = await events.kind("ActionEvent");
  assert.equal(action.action.kind, "FinishAction");
  assert.equal(await conversation.getAgentFinalResponse(), "The end.");
});

test("an initial message runs the conversation at once", async () => {
  const { conversation } = await here.conversation("says Hello to you.", { initialMessage: "Hello." });
  const { events } = conversation.state;
  const words = async () => (await events.search({ kind: "MessageEvent", source: "agent" })).items.length;
  await eventually(words, "the agent said nothing");
  assert.equal(await conversation.getAgentFinalResponse(), "Hello to you.");
});

test("events are searched, paged, sorted, counted and fetched by id", async () => {
  const { conversation } = await here.finished(LOOK);
  const { events } = conversation.state;
  const all = await remote(conversation);
  assert.equal(await events.count(), all.length);

  const paged = [];
  let page = await events.search({ limit: 3 });
  assert.equal(page.items.length, 3);
  paged.push(...page.items);
  while (page.next_page_id) {
    page = await events.search({ limit: 3, page_id: page.next_page_id });
    paged.push(...page.items);
  }
  assert.deepEqual(paged.map(({ id }) => id), all.map(({ id }) => id));

  const backwards = await events.search({ sort_order: "TIMESTAMP_DESC" });
  assert.deepEqual(backwards.items.map(({ id }) => id), all.map(({ id }) => id).reverse());
  assert.equal(await events.count({ kind: "ActionEvent" }), 1);
  assert.equal((await events.search({ source: "user" })).items[0].llm_message.content[0].text, "Go.");
  assert.equal((await events.search({ body: "all DONE" })).items.at(-1).kind, "MessageEvent");
  const later = await events.search({ timestamp__gte: all[3].timestamp });
  assert.deepEqual(later.items.map(({ id }) => id), all.slice(3).map(({ id }) => id));

  const one = await events.getEventById(all[1].id);
  assert.equal(one.id, all[1].id);
  const [known, unknown] = await events.getEventsById([all[1].id, "11111111-1111-4111-8111-111111111111"]);
  assert.equal(known.kind, all[1].kind);
  assert.equal(unknown, null);
});

test("events are read through the plain client too", async () => {
  const { conversation } = await here.finished(LOOK);
  const { conversations } = here.api;
  const all = await remote(conversation);
  assert.equal(await conversations.getEventCount(conversation.id), all.length);
  const page = await conversations.searchEvents(conversation.id, { limit: 2 });
  assert.deepEqual(page.items.map(({ id }) => id), all.slice(0, 2).map(({ id }) => id));
  assert.equal(page.next_page_id, all[2].id);
  assert.equal((await conversations.getEvent(conversation.id, all[0].id)).kind, "SystemPromptEvent");
  assert.deepEqual((await conversations.getEvents(conversation.id, [all[2].id, "nothing"])).map((e) => e?.id ?? null), [
    all[2].id,
    null,
  ]);
});

test("conversations are listed newest first, counted, filtered by status and fetched by id", async () => {
  const first = (await here.finished("says One.")).conversation;
  const second = (await here.finished("says Two.")).conversation;
  const { items } = await here.manager.searchConversations({ limit: 2, sort_order: "CREATED_AT_DESC" });
  assert.deepEqual(items.map(({ id }) => id), [second.id, first.id]);
  const oldest = await here.manager.searchConversations({ limit: 1, sort_order: "CREATED_AT" });
  assert.ok(oldest.next_page_id);

  const all = await here.manager.getAllConversations();
  assert.equal(await here.manager.countConversations(), all.length);
  assert.ok((await here.manager.countConversations({ status: "finished" })) >= 2);
  assert.equal(await here.manager.countConversations({ status: "stuck" }), 0);

  const nobody = "22222222-2222-4222-8222-222222222222";
  const [found, missing] = await here.manager.getConversations([first.id, nobody]);
  assert.equal(found.id, first.id);
  assert.equal(missing, null);
  assert.equal((await here.manager.getConversation(second.id)).execution_status, "finished");
});

test("a conversation of before is loaded and goes on", async () => {
  const { conversation } = await here.finished("says Before.\nsays After.");
  await conversation.close();
  const again = await here.manager.loadConversation(conversation.id, conversation.workspace.workingDir);
  await again.sendMessage("And then?");
  await again.run();
  const finished = async () => (await again.state.refresh()).execution_status === "finished";
  await eventually(finished, "it did not finish");
  assert.equal(await again.getAgentFinalResponse(), "After.");
  await again.close();
});

test("a title and tags are changed and kept", async () => {
  const { conversation } = await here.conversation("says Hi.", { connected: false });
  await conversation.setTitle("What I called it");
  assert.equal((await here.manager.getConversation(conversation.id)).title, "What I called it");
  await here.manager.updateConversation(conversation.id, { tags: { team: "red" } });
  assert.deepEqual((await here.manager.getConversation(conversation.id)).tags, { team: "red" });
});

test("a model gives a title by itself", async () => {
  const { conversation } = await here.finished("says Hi.");
  const given = async () => (await here.manager.getConversation(conversation.id)).title;
  const title = await eventually(given, "no title came");
  assert.equal(title, "A scripted title");
});

test("a removed conversation is gone", async () => {
  const { conversation } = await here.conversation("says Hi.", { connected: false });
  await here.manager.deleteConversation(conversation.id);
  await assert.rejects(here.manager.getConversation(conversation.id), { status: 404 });
  await assert.rejects(here.manager.deleteConversation(conversation.id), { status: 404 });
});

test("a payload of one's own: an id, tags and limits, and the same id again", async () => {
  const agent = await here.agent("says Hi.");
  const workspace = await here.workspace();
  const payload = {
    agent,
    workspace: { kind: "LocalWorkspace", working_dir: workspace.workingDir },
    conversation_id: "33333333-3333-4333-8333-333333333333",
    max_iterations: 7,
    tags: { source: "test" },
    autotitle: false,
  };
  const info = await here.api.conversations.createConversation(payload);
  assert.equal(info.id, payload.conversation_id);
  assert.equal(info.max_iterations, 7);
  assert.deepEqual(info.tags, payload.tags);
  assert.equal(info.execution_status, "idle");
  assert.equal((await here.api.conversations.createConversation({ ...payload, max_iterations: 8 })).max_iterations, 7);
});

test("what cannot be a conversation is refused, field by field", async () => {
  const error = await here.api.conversations.createConversation({ agent: { kind: "Agent" } }).catch((error) => error);
  assert.equal(error.status, 422);
  const places = error.response.detail.map(({ loc }) => loc.join("."));
  assert.ok(places.some((place) => place.startsWith("body.workspace")), places.join(", "));
});

test("a message may ask for the run itself", async () => {
  const { conversation, events } = await here.conversation("says At once.");
  const text = [{ type: "text", text: "Go." }];
  await here.api.conversations.sendEvent(conversation.id, { role: "user", content: text }, { run: true });
  await events.status("finished");
  assert.equal(await conversation.getAgentFinalResponse(), "At once.");
});

test("two listeners hear the same", async () => {
  const { conversation, events } = await here.conversation(LOOK);
  const second = await here.listener(conversation);
  await conversation.sendMessage("Go.");
  await conversation.run();
  await Promise.all([events.status("finished"), second.events.status("finished")]);
  const told = (heard) => heard.all.filter((event) => event.key !== "full_state").map(({ id }) => id);
  const last = Math.min(told(events).length, told(second.events).length);
  assert.deepEqual(told(events).slice(0, last), told(second.events).slice(0, last));
});
