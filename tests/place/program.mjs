// A program that a test starts, waits for and ends. Knows nothing of what the program does.

import { spawn } from "node:child_process";
import { createWriteStream, readFileSync } from "node:fs";
import { once } from "node:events";
import { createServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

/** How long a program has to come up, or to go when it is asked to. */
const PATIENCE = { up: 60_000, down: 15_000 };

/** What still runs; it ends with the tests, however they end. */
const running = new Set();
process.once("exit", () => running.forEach((child) => child.kill("SIGKILL")));
process.once("SIGTERM", () => process.exit(1));

/** A running program whose output goes to a file. */
export class Program {
  #child;
  #ended;
  #log;

  constructor(command, args, { log, env, cwd }) {
    this.#log = log;
    this.#child = spawn(command, args, { env, cwd, stdio: ["ignore", "pipe", "pipe"] });
    const file = createWriteStream(log, { flags: "a" });
    this.#child.stdout.pipe(file, { end: false });
    this.#child.stderr.pipe(file, { end: false });
    running.add(this.#child);
    this.#ended = once(this.#child, "exit").catch((error) => [error.message, null]);
    this.#ended.then(() => running.delete(this.#child));
  }

  /** What it writes to its standard output. */
  get stdout() {
    return this.#child.stdout;
  }

  /** Resolves once this address answers with 200; an error with the program's last words if it ends before. */
  async answering(url) {
    const until = Date.now() + PATIENCE.up;
    let ended;
    this.#ended.then((how) => (ended = how));
    while (Date.now() < until) {
      if (ended) throw new Error(`it ended with ${ended.join(" ")}:\n${this.lastWords()}`);
      const answer = await fetch(url).catch(() => null);
      if (answer?.ok) return;
      await sleep(25);
    }
    throw new Error(`${url} did not answer in ${PATIENCE.up / 1000} s:\n${this.lastWords()}`);
  }

  /** Asks it to end, and ends it if it does not listen. Resolves when it is gone. */
  async stop(signal = "SIGTERM") {
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      this.#child.kill(signal);
      const late = setTimeout(() => this.#child.kill("SIGKILL"), PATIENCE.down);
      await this.#ended;
      clearTimeout(late);
    }
  }

  /** The end of what it wrote. */
  lastWords() {
    return readFileSync(this.#log, "utf8").split("\n").slice(-40).join("\n");
  }
}

/** A port that nobody listens on at the moment. */
export async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  await once(server, "close");
  return port;
}
