// What the client asks of the server itself: health, version, models, tools, keys.

import assert from "node:assert/strict";
import test from "node:test";

import { openhands, place } from "./place.mjs";

const here = place();

test("it says that it is alive, healthy and ready", async () => {
  const { server } = here.api;
  assert.equal((await server.getAlive()).status, "ok");
  assert.deepEqual(await server.getHealth(), { status: "ok" });
  assert.equal((await server.getReady()).status, "ready");
});

test("it tells its version, its tools and what it can", async () => {
  const info = await here.api.server.getServerInfo();
  assert.match(info.version, /^\d+\.\d+\.\d+/);
  assert.ok(info.uptime >= 0 && info.idle_time >= 0);
  for (const tool of ["terminal", "file_editor", "task_tracker"]) assert.ok(info.usable_tools.includes(tool), tool);
  assert.deepEqual(Object.keys(await here.api.server.getRoot()).sort(), Object.keys(info).sort());
});

test("the client finds it new enough for everything it has", async () => {
  const client = new openhands.HttpClient({ baseUrl: here.server.host, apiKey: here.server.apiKey });
  for (const requirement of Object.values(openhands.AgentServerFeatureRequirements)) {
    await openhands.assertAgentServerSupports(client, requirement);
  }
});

test("a wrong key and no key are refused, but health needs none", async () => {
  for (const key of ["wrong", undefined]) {
    const stranger = here.clientWith(key);
    await assert.rejects(stranger.settings.getSettings(), { name: "HttpError", status: 401 });
    assert.deepEqual(await stranger.server.getHealth(), { status: "ok" });
  }
});

test("an unknown path and an unknown conversation are 404", async () => {
  await assert.rejects(here.api.get("/api/nothing-here"), { name: "HttpError", status: 404 });
  const nobody = "00000000-0000-4000-8000-000000000000";
  await assert.rejects(here.api.conversations.getConversation(nobody), { name: "HttpError", status: 404 });
  await assert.rejects(here.api.desktop.getUrl("http://127.0.0.1"), { name: "HttpError", status: 404 });
});

test("it lists its tools", async () => {
  const tools = await here.api.tools.listTools();
  for (const tool of ["terminal", "file_editor", "task_tracker"]) assert.ok(tools.includes(tool), tool);
});

test("it lists providers and models, and those that were tried", async () => {
  const { llm } = here.api;
  const providers = await llm.getProviders();
  for (const provider of ["anthropic", "openai", "gemini"]) assert.ok(providers.includes(provider), provider);
  const models = await llm.getModels("anthropic");
  assert.ok(models.length > 0);
  assert.ok((await llm.getModels()).length > models.length);
  const verified = await llm.getVerifiedModels();
  assert.ok(verified.anthropic.length > 0 && verified.openai.length > 0);
});

test("nobody is logged in to a subscription", async () => {
  assert.equal((await here.api.llm.getOpenAISubscriptionStatus()).connected, false);
  assert.ok(Array.isArray(await here.api.llm.getOpenAISubscriptionModels()));
});

test("the editor in the browser is off", async () => {
  assert.equal((await here.api.vscode.getStatus()).enabled, false);
  await assert.rejects(here.api.vscode.getUrl(), { name: "HttpError", status: 503 });
});
