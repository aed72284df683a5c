// What a project and a person bring along: skills, hooks, plugins, sub-agents, servers of tools.

import assert from "node:assert/strict";
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import test from "node:test";

import { place } from "./place.mjs";

const here = place();

/** Skills of the project alone: others would come from far away. */
const PROJECT_ONLY = { load_public: false, load_user: false, load_org: false, load_project: true };

/** A folder with these files. */
async function project(files) {
  const workspace = await here.workspace();
  for (const [name, text] of Object.entries(files)) {
    const path = join(workspace.workingDir, name);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text);
  }
  return workspace;
}

test("the skills of a project are found", async () => {
  const { workingDir } = await project({
    "AGENTS.md": "Always say please.",
    ".agents/skills/knit/SKILL.md": "---\nname: knit\ndescription: Knits.\n---\nKnit one, purl one.\n",
    ".openhands/microagents/sew.md": "---\nname: sew\ntriggers:\n- needle\n---\nSew it.\n",
  });
  const { skills } = await here.api.skills.getSkills({ ...PROJECT_ONLY, project_dir: workingDir });
  const named = Object.fromEntries(skills.map((skill) => [skill.name, skill]));
  assert.equal(named.knit.description, "Knits.");
  assert.equal(named.knit.is_agentskills_format, true);
  assert.match(named.knit.content, /purl one/);
  assert.deepEqual(named.sew.triggers, ["needle"]);
  assert.match(named.agents.content, /please/);
});

test("a skill is installed from a folder, switched off, and removed", async () => {
  const { workingDir } = await project({
    "whistle/SKILL.md": "---\nname: whistle\ndescription: Whistles.\n---\nWhistle.\n",
  });
  const source = join(workingDir, "whistle");
  const { skills } = here.api;
  const installed = await skills.installSkill({ source });
  assert.equal(installed.description, "Whistles.");
  const { name } = installed;
  const listed = await skills.listInstalledSkills();
  assert.deepEqual(listed.skills.map((skill) => skill.name), [name]);
  assert.equal((await skills.getInstalledSkill(name)).enabled, true);
  assert.equal((await skills.toggleSkill(name, false)).enabled, false);
  await skills.uninstallSkill(name);
  await assert.rejects(skills.getInstalledSkill(name), { status: 404 });
});

test("the hooks of a project are found, and no hooks where there are none", async () => {
  const hooks = { pre_tool_use: [{ matcher: "terminal", hooks: [{ type: "command", command: "./check.sh" }] }] };
  const workspace = await project({ ".openhands/hooks.json": JSON.stringify({ hooks }) });
  const { hook_config: found } = await here.api.hooks.loadHooks({ project_dir: workspace.workingDir });
  assert.equal(found.pre_tool_use[0].matcher, "terminal");
  assert.equal(found.pre_tool_use[0].hooks[0].command, "./check.sh");
  const { workingDir } = await project({});
  assert.equal((await here.api.hooks.loadHooks({ project_dir: workingDir })).hook_config, null);
});

test("the sub-agents of a project stand beside those that come along", async () => {
  const { workingDir } = await project({
    ".agents/agents/tester.md": "---\nname: tester\ndescription: Tests things.\n---\nYou test things.\n",
  });
  const { agents } = await here.api.subAgents.getSubAgents({ project_dir: workingDir });
  const tester = agents.find(({ name }) => name === "tester");
  assert.equal(tester.description, "Tests things.");
  assert.equal(tester.level, "project");
});

test("no plugins are installed at first", async () => {
  assert.deepEqual((await here.api.plugins.listInstalledPlugins()).plugins, []);
  await assert.rejects(here.api.plugins.getInstalledPlugin("nobody"), { status: 404 });
  const { workingDir } = await project({});
  const { plugins } = await here.api.plugins.getPlugins({ project_dir: workingDir, load_user: false });
  assert.deepEqual(plugins, []);
});

test("a server of tools that does not start is told, not thrown", async () => {
  const server = { transport: "stdio", command: "no-such-program-anywhere" };
  const result = await here.api.mcp.testServer({ server, timeout: 10 });
  assert.equal(result.ok, false);
  assert.ok(result.error);
});
