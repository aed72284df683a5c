// A folder on the server's machine: commands, files, git, and the pages that are served from it.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import test from "node:test";

import { eventually } from "../place/patience.mjs";
import { openhands, place } from "./place.mjs";

const here = place();

/** A workspace and the path of a file in it. */
async function folder() {
  const workspace = await here.workspace();
  return { workspace, path: workspace.workingDir, inside: (name) => join(workspace.workingDir, name) };
}

test("a command says what it said and how it ended", async () => {
  const { workspace, path } = await folder();
  const fine = await workspace.executeCommand("pwd; echo oops >&2", path);
  assert.equal(fine.exit_code, 0);
  assert.equal(fine.stdout.trim(), path);
  assert.equal(fine.stderr.trim(), "oops");
  assert.equal((await workspace.executeCommand("exit 3", path)).exit_code, 3);
});

test("a command that takes too long is ended, and one in no folder does not begin", async () => {
  const { workspace, path } = await folder();
  assert.equal((await workspace.executeCommand("sleep 30", path, 1)).exit_code, -1);
  const nowhere = await workspace.executeCommand("echo hi", join(path, "nowhere"));
  assert.equal(nowhere.exit_code, -1);
  assert.ok(nowhere.stderr);
});

test("text and bytes are written and read back", async () => {
  const { workspace, inside } = await folder();
  const text = "Grüße, 世界\nline two\n";
  const written = await workspace.uploadText(text, inside("deep/down/notes.txt"));
  assert.equal(written.success, true);
  assert.equal(await readFile(inside("deep/down/notes.txt"), "utf8"), text);
  assert.equal(await workspace.downloadAsText(inside("deep/down/notes.txt")), text);

  const bytes = Uint8Array.from({ length: 256 }, (_, at) => at);
  await workspace.fileUpload(new Blob([bytes]), inside("bytes.bin"));
  assert.deepEqual(new Uint8Array(await here.api.files.downloadFile(inside("bytes.bin"))), bytes);
  await workspace.uploadFileObject(new File(["from a form"], "form.txt"), inside("form.txt"));
  assert.equal(await here.api.files.downloadTextFile(inside("form.txt")), "from a form");
  await here.api.files.uploadTextFile("again", inside("form.txt"));
  assert.equal(await readFile(inside("form.txt"), "utf8"), "again");
});

test("what is not there, and what is no absolute path, is refused", async () => {
  const { workspace, inside } = await folder();
  await assert.rejects(workspace.downloadAsText(inside("nothing.txt")), { status: 404 });
  await assert.rejects(workspace.downloadAsText("relative.txt"), { status: 400 });
  await assert.rejects(workspace.uploadText("x", "relative.txt"), { status: 400 });
});

test("git tells what changed and how", async () => {
  const { workspace, path, inside } = await folder();
  const git = (...args) =>
    execFileSync("git", ["-c", "user.name=t", "-c", "user.email=t@t", ...args], { cwd: path, stdio: "pipe" });
  git("init", "-q", "-b", "main");
  await writeFile(inside("kept.txt"), "old\n");
  await writeFile(inside("gone.txt"), "gone\n");
  git("add", ".");
  git("commit", "-qm", "First");
  await writeFile(inside("kept.txt"), "new\n");
  await writeFile(inside("added.txt"), "added\n");
  git("rm", "-q", "gone.txt");

  const changes = await workspace.gitChanges(path);
  assert.deepEqual(Object.fromEntries(changes.map(({ path, status }) => [path, status])), {
    "added.txt": "ADDED",
    "gone.txt": "DELETED",
    "kept.txt": "UPDATED",
  });
  assert.deepEqual(await workspace.gitDiff(inside("kept.txt")), { modified: "new", original: "old" });
});

test("a folder without git has no changes", async () => {
  const { workspace, path } = await folder();
  assert.deepEqual(await workspace.gitChanges(path), []);
});

test("commands are started, found, fetched in one go, and forgotten", async () => {
  const { path } = await folder();
  const { bash } = here.api;
  const command = await bash.startCommand("echo started", path, 10);
  assert.equal(command.kind, "BashCommand");
  assert.equal(command.command, "echo started");
  const said = async () => (await bash.searchEvents({ command_id__eq: command.id, kind__eq: "BashOutput" })).items[0];
  const output = await eventually(said, "the command said nothing");
  assert.equal(output.stdout, "started\n");
  assert.equal(output.exit_code, 0);
  assert.equal((await bash.getEvent(command.id)).id, command.id);
  const nobody = "5".repeat(32);
  const [found, missing] = await bash.batchGetEvents([command.id, nobody]);
  assert.equal(found.id, command.id);
  assert.equal(missing, null);
  assert.equal((await bash.getEvents([nobody]))[0], null);

  await bash.executeCommand({ command: "echo second", cwd: path, timeout: 10 });
  const page = await bash.searchEvents({ limit: 1, sort_order: "TIMESTAMP_DESC" });
  assert.equal(page.items[0].stdout, "second\n");
  assert.ok(page.next_page_id);
  assert.ok((await bash.clearEvents()).cleared_count >= 4);
  assert.deepEqual((await bash.searchEvents()).items, []);
});

test("the socket of commands brings what was before and what comes", async () => {
  const { path } = await folder();
  await here.api.bash.executeCommand("echo before", path);
  const heard = [];
  const socket = new openhands.BashWebSocketClient({
    host: here.server.host,
    apiKey: here.server.apiKey,
    resendMode: "all",
    callback: (event) => heard.push(event),
  });
  const hears = (text) => eventually(() => heard.some((event) => event.stdout === text), `not heard: ${text}`);
  socket.start();
  try {
    await hears("before\n");
    await here.api.bash.executeCommand("echo after", path);
    await hears("after\n");
    const ids = heard.map(({ id }) => id);
    assert.equal(new Set(ids).size, ids.length, "nothing is told twice");
  } finally {
    socket.stop();
  }
});

test("folders are found, page by page, to choose one from", async () => {
  const { path, inside } = await folder();
  for (const name of ["a", "b", "c", ".hidden"]) await mkdir(inside(name));
  const { files } = here.api;
  const first = await files.searchSubdirectories(path, { limit: 2 });
  assert.deepEqual(first.items.map(({ name }) => name), ["a", "b"]);
  assert.equal(first.items[0].path, inside("a"));
  const rest = await files.searchSubdirectories(path, { pageId: first.next_page_id });
  assert.deepEqual(rest.items.map(({ name }) => name), ["c"]);
  const all = await files.searchSubdirectories(path, { includeHidden: true });
  assert.equal(all.items.length, 4);
  assert.equal((await files.getHome()).home, here.server.home);
  await assert.rejects(files.searchSubdirectories(inside("nowhere")), { status: 404 });
});

test("a trajectory is a zip with the conversation in it", async () => {
  const { conversation } = await here.finished("says Packed.");
  const zip = Buffer.from(await (await conversation.downloadTrajectory()).arrayBuffer());
  assert.equal(zip.subarray(0, 2).toString("latin1"), "PK");
  assert.ok(zip.includes("event-00000"), "it holds the events");
  const again = await here.api.files.downloadTrajectory(conversation.id);
  assert.equal(again.type === "" || again.size > 0, true);
});

test("a session by cookie opens the pages of a workspace, and nothing else", async () => {
  const { conversation } = await here.conversation("says Hi.", { connected: false });
  const { workspace } = conversation;
  await workspace.uploadText("<h1>Page</h1>", join(workspace.workingDir, "index.html"));
  const pages = await workspace.startWorkspaceSession(conversation.id);
  assert.equal(pages, `${here.server.host}/api/conversations/${conversation.id}/workspace/`);
  // Node keeps no cookies, so what a browser does with one is done by hand.
  const session = await fetch(`${here.server.host}/api/auth/workspace-session`, {
    method: "POST",
    headers: { "X-Session-API-Key": here.server.apiKey },
  });
  assert.equal(session.status, 204);
  const cookie = session.headers.get("set-cookie").split(";")[0];
  const page = await fetch(`${pages}index.html`, { headers: { cookie } });
  assert.equal(await page.text(), "<h1>Page</h1>");
  assert.match(page.headers.get("content-type"), /^text\/html/);
  assert.equal((await fetch(`${pages}index.html`)).status, 401);
  assert.equal((await fetch(`${here.server.host}/api/settings`, { headers: { cookie } })).status, 401);
  await workspace.deleteWorkspaceSession();
});
