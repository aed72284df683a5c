// An agent server for a test: ours, or the original if ORIGINAL_PYTHON names the Python that has it.

import { mkdir } from "node:fs/promises";
import { join } from "node:path";

import { built, temporary } from "./folders.mjs";
import { freePort, Program } from "./program.mjs";

/** The Python that runs the original instead of ours; nothing if ours is to be tested. */
export const ORIGINAL = process.env.ORIGINAL_PYTHON;

/** Starts a server of its own folder and key, ours with its web interface if asked for. `env` adds to its environment. */
export async function startServer({ env = {}, interface: shown = false } = {}) {
  const folder = await temporary("server");
  const server = new Server(folder, env, shown ? ["serve", "--no-browser"] : ["agent"]);
  await mkdir(server.home);
  await mkdir(server.workspace);
  await server.start();
  return server;
}

/** A server that can be stopped and started again on the same folder. */
class Server {
  #folder;
  #env;
  #program;
  #port;
  #command;

  constructor(folder, env, command) {
    this.#folder = folder;
    this.#env = env;
    this.#command = command;
    this.apiKey = "key-of-the-test";
  }

  get host() {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** The home of the person who runs it. */
  get home() {
    return join(this.#folder.path, "home");
  }

  /** A folder to work in. */
  get workspace() {
    return join(this.#folder.path, "workspace");
  }

  async start() {
    this.#port ??= await freePort();
    const address = ["--host", "127.0.0.1", "--port", String(this.#port)];
    const [command, args] = ORIGINAL
      ? [ORIGINAL, ["-m", "openhands.agent_server", ...address]]
      : [built("openhands", "OPENHANDS_BIN"), [...this.#command, ...address]];
    this.#program = new Program(command, args, {
      log: join(this.#folder.path, "log"),
      cwd: this.#folder.path,
      env: { ...surroundings(), ...this.#settings(), ...this.#env },
    });
    await this.#program.answering(`${this.host}/ready`);
  }

  /** Ends it, by default as a service manager would; what it wrote stays for another start. */
  async end(signal) {
    await this.#program.stop(signal);
  }

  /** Ends it and removes everything it wrote. */
  async stop() {
    await this.end();
    await this.#folder.remove();
  }

  #settings() {
    const folder = (name) => join(this.#folder.path, name);
    return {
      HOME: this.home,
      SESSION_API_KEY: this.apiKey,
      OH_SESSION_API_KEYS_0: this.apiKey,
      OH_SECRET_KEY: "secret-of-the-test",
      OH_CONVERSATIONS_PATH: folder("conversations"),
      OH_BASH_EVENTS_DIR: folder("bash-events"),
      OH_CONVERSATION_WORKTREE_ROOT: folder("worktrees"),
      OH_PERSISTENCE_DIR: folder("persistence"),
      OH_ENABLE_VSCODE: "0",
      OH_PRELOAD_TOOLS: "0",
    };
  }
}

/** What a server may know of the machine: no keys, no proxies, no settings of the person who tests. */
function surroundings() {
  const kept = ["PATH", "LANG", "TMPDIR", "TERM", "RUST_LOG", "RUST_BACKTRACE"];
  return Object.fromEntries(kept.filter((name) => name in process.env).map((name) => [name, process.env[name]]));
}
