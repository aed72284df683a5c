// What the person who runs the server keeps there: settings, secrets, profiles, workspaces.

import assert from "node:assert/strict";
import test from "node:test";

import { place } from "./place.mjs";

const here = place();

const LLM = { model: "openai/some-model", base_url: "http://127.0.0.1:9/v1", api_key: "sk-very-secret" };

test("settings are changed bit by bit, and their secrets stay hidden", async () => {
  const { settings } = here.api;
  const before = await settings.getSettings();
  assert.equal(before.llm_api_key_is_set, false);
  await settings.updateSettings({ agent_settings_diff: { llm: LLM } });
  const after = await settings.updateSettings({ conversation_settings_diff: { max_iterations: 42 } });
  assert.equal(after.conversation_settings.max_iterations, 42);

  const now = await settings.getSettings();
  assert.equal(now.agent_settings.llm.model, LLM.model);
  assert.equal(now.agent_settings.llm.api_key, "**********");
  assert.equal(now.llm_api_key_is_set, true);
  assert.equal(now.conversation_settings.max_iterations, 42);
  assert.equal(now.agent_settings.agent, before.agent_settings.agent);
});

test("secrets of settings leave the server only when asked for, sealed or plain", async () => {
  const { settings } = here.api;
  await settings.updateSettings({ agent_settings_diff: { llm: LLM } });
  const sealed = (await settings.getSettings({ exposeSecrets: "encrypted" })).agent_settings.llm.api_key;
  assert.match(sealed, /^gAAAAA/);
  const plain = (await settings.getSettings({ exposeSecrets: "plaintext" })).agent_settings.llm.api_key;
  assert.equal(plain, LLM.api_key);
  await assert.rejects(settings.getSettings({ exposeSecrets: "shouted" }), { status: 400 });
});

test("settings that cannot be are refused", async () => {
  const { settings } = here.api;
  await assert.rejects(settings.updateSettings({}), { status: 400 });
  await assert.rejects(settings.updateSettings({ conversation_settings_diff: { max_iterations: "many" } }), {
    status: 422,
  });
});

test("the forms of settings are told", async () => {
  for (const schema of [await here.api.settings.getAgentSchema(), await here.api.settings.getConversationSchema()]) {
    assert.ok(schema.sections.length > 0);
    for (const { key, fields } of schema.sections) assert.ok(key && Array.isArray(fields));
  }
  const { sections } = await here.api.settings.getAgentSchema();
  const keys = sections.flatMap(({ fields }) => fields.map(({ key }) => key));
  assert.ok(keys.includes("llm.model") && keys.includes("llm.api_key"), keys.join(" "));
});

test("servers of tools are added, changed and removed", async () => {
  const { settings } = here.api;
  await settings.createMcpServer("clock", { transport: "stdio", command: "clock", args: ["--utc"], env: { TOKEN: "t" } });
  const servers = async () => (await settings.getSettings()).agent_settings.mcp_config;
  const all = JSON.stringify(await servers());
  assert.ok(all.includes("clock") && !all.includes('"t"'), all);
  await settings.patchMcpServer("clock", { args: ["--local"] });
  assert.ok(JSON.stringify(await servers()).includes("--local"));
  await settings.deleteMcpServer("clock");
  assert.ok(!JSON.stringify(await servers()).includes("clock"));
  await assert.rejects(settings.deleteMcpServer("clock"), { status: 404 });
});

test("secrets are kept by name, read one by one and removed", async () => {
  const { settings } = here.api;
  await settings.upsertSecret({ name: "MY_TOKEN", value: "t0ken", description: "for tests" });
  const { secrets } = await settings.listSecrets();
  assert.deepEqual(secrets, [{ name: "MY_TOKEN", description: "for tests" }]);
  assert.equal(await settings.getSecret("MY_TOKEN"), "t0ken");
  await settings.upsertSecret({ name: "MY_TOKEN", value: "other" });
  assert.equal(await settings.getSecret("MY_TOKEN"), "other");
  await settings.deleteSecret("MY_TOKEN");
  await assert.rejects(settings.getSecret("MY_TOKEN"), { status: 404 });
  await assert.rejects(settings.upsertSecret({ name: "1 no name", value: "x" }), { status: 422 });
});

test("profiles of models are saved, shown, renamed, made active and removed", async () => {
  const { profiles } = here.api;
  await profiles.saveProfile("fast", { llm: LLM, include_secrets: true });
  await profiles.saveProfile("plain", { llm: LLM, include_secrets: false });
  const listed = await profiles.listProfiles();
  const [fast, plain] = ["fast", "plain"].map((name) => listed.profiles.find((profile) => profile.name === name));
  assert.equal(fast.model, LLM.model);
  assert.equal(fast.api_key_set, true);
  assert.equal(plain.api_key_set, false);

  const shown = await profiles.getProfile("fast");
  assert.equal(shown.config.api_key, null);
  assert.equal(shown.api_key_set, true);
  assert.equal((await profiles.getProfile("fast", { exposeSecrets: "plaintext" })).config.api_key, LLM.api_key);

  await profiles.renameProfile("fast", "faster");
  await assert.rejects(profiles.getProfile("fast"), { status: 404 });
  await assert.rejects(profiles.renameProfile("faster", "plain"), { status: 409 });
  await profiles.activateProfile("faster");
  assert.equal((await profiles.listProfiles()).active_profile, "faster");
  assert.equal((await here.api.settings.getSettings()).agent_settings.llm.model, LLM.model);
  await profiles.deleteProfile("plain");
  assert.deepEqual((await profiles.listProfiles()).profiles.map(({ name }) => name), ["faster"]);
  await assert.rejects(profiles.activateProfile("nobody"), { status: 404 });
});

test("a profile is tried before it is saved", async () => {
  const { profiles } = here.api;
  const good = await profiles.validateProfile("new", { llm: await here.model.plays("asides\nforever\n  says Pong.") });
  assert.equal(good.valid, true);
  const bad = await profiles.validateProfile("new", { llm: await here.model.plays("asides\nforever\n  fails auth") });
  assert.equal(bad.valid, false);
  assert.ok(bad.error.type && bad.error.message);
});

test("profiles of agents are there from the start, saved, activated, examined and removed", async () => {
  const { agentProfiles } = here.api;
  const first = await agentProfiles.listAgentProfiles();
  assert.deepEqual(first.profiles.map(({ name }) => name), ["default"]);
  assert.ok(first.active_agent_profile_id);

  await agentProfiles.saveAgentProfile("careful", { agent_kind: "openhands", llm_profile_ref: "nowhere" });
  const { profile } = await agentProfiles.getAgentProfile("careful");
  assert.equal(profile.llm_profile_ref, "nowhere");
  const report = await agentProfiles.materializeAgentProfile("careful");
  assert.equal(report.valid, false);

  const activated = await agentProfiles.activateAgentProfile(profile.id);
  assert.equal(activated.agent_settings_applied, false);
  assert.equal((await agentProfiles.listAgentProfiles()).active_agent_profile_id, profile.id);
  await agentProfiles.renameAgentProfile("careful", "bold");
  assert.equal((await agentProfiles.getAgentProfile("bold")).profile.id, profile.id);
  await agentProfiles.deleteAgentProfile("bold");
  await assert.rejects(agentProfiles.getAgentProfile("bold"), { status: 404 });
  await agentProfiles.deleteAgentProfile("bold");
});

test("profiles of profiles start with none", async () => {
  const all = await here.api.metaProfiles.listMetaProfiles();
  assert.deepEqual(all, { meta_profiles: [], active_meta_profile: null });
  await assert.rejects(here.api.metaProfiles.getMetaProfile("nobody"), { status: 404 });
});

test("folders to work in are remembered and forgotten", async () => {
  const { workspaces } = here.api;
  assert.deepEqual(await workspaces.listWorkspaces(), { workspaces: [], workspaceParents: [] });
  const { workingDir: path } = await here.workspace();
  const one = { id: path, name: "one", path };
  const { workspaces: added } = await workspaces.addWorkspaces([one]);
  assert.equal(added.length, 1);
  assert.equal(added[0].path, path);
  const parent = { id: here.server.workspace, name: "all", path: here.server.workspace };
  assert.equal((await workspaces.addWorkspaceParents([parent])).workspaceParents[0].path, parent.path);
  assert.equal((await workspaces.deleteWorkspace(path)).deleted, true);
  assert.equal((await workspaces.deleteWorkspaceParent(parent.path)).deleted, true);
  assert.deepEqual(await workspaces.listWorkspaces(), { workspaces: [], workspaceParents: [] });
});
