// What every test here stands on: a server, a scripted model and the client from npm, all fresh for one file of tests.

import { createRequire } from "node:module";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { after, before } from "node:test";

import { startModel } from "../place/model.mjs";
import { startServer } from "../place/server.mjs";

// The client is an ES module that calls `require` for its sockets, as bundlers define it; Node does not.
globalThis.require ??= createRequire(import.meta.url);

/** The client. Import it from here: it looks for its sockets when it is loaded. */
export const openhands = await import("@openhands/typescript-client");
const clients = await import("@openhands/typescript-client/clients");

/** The tools that the scripts use. */
const TOOLS = ["terminal", "file_editor", "task_tracker"];

let count = 0;

/** A server and a model for the tests of a file; there once they run, gone after them. */
export function place(options) {
  const place = new Place();
  before(() => place.open(options));
  after(() => place.close());
  return place;
}

class Place {
  #listening = [];

  async open(options) {
    this.model = await startModel();
    this.server = await startServer(options);
    this.api = new clients.AgentServerClient(this.#address());
    this.manager = new openhands.ConversationManager(this.#address());
  }

  async close() {
    await Promise.all(this.#listening.map((conversation) => conversation.close()));
    await Promise.all([this.server?.stop(), this.model?.stop()]);
  }

  /** A client that brings another key. */
  clientWith(apiKey) {
    return new clients.AgentServerClient({ ...this.#address(), apiKey });
  }

  /** The client's view of a new folder on the server's machine. */
  async workspace() {
    const workingDir = join(this.server.workspace, `project-${++count}`);
    await mkdir(workingDir);
    return new openhands.RemoteWorkspace({ ...this.#address(), workingDir });
  }

  /** An agent whose model plays this script. */
  async agent(script) {
    const llm = await this.model.plays(script);
    return new openhands.Agent({ llm: { ...llm, usage_id: "agent" }, tools: TOOLS.map((name) => ({ name })) });
  }

  /** A conversation that is started, and the events its socket has brought so far. */
  async conversation(script, { connected = true, ...start } = {}) {
    const conversation = new openhands.Conversation(await this.agent(script), await this.workspace());
    await conversation.start(start);
    return connected ? this.listener(conversation) : { conversation };
  }

  /** Another client on a conversation that exists, connected. */
  async listener({ id, agent, workspace }) {
    const events = new Heard();
    const conversation = new openhands.Conversation(agent, workspace, {
      conversationId: id,
      callback: (event) => events.hear(event),
      onError: (error) => events.fail(error),
    });
    await conversation.start();
    await conversation.startWebSocketClient();
    this.#listening.push(conversation);
    await events.state((key) => key === "full_state");
    return { conversation, events };
  }

  /** Starts a conversation with a first message and waits for the end of its run. */
  async finished(script, message = "Go.") {
    const { conversation, events } = await this.conversation(script);
    await conversation.sendMessage(message);
    await conversation.run();
    await events.status("finished");
    return { conversation, events };
  }

  #address() {
    return { host: this.server.host, apiKey: this.server.apiKey };
  }
}

/** What a socket brought, and waiting for what it will bring. */
class Heard {
  all = [];
  #waiting = new Set();
  #error;

  hear(event) {
    this.all.push(event);
    for (const check of this.#waiting) check();
  }

  fail(error) {
    this.#error = error;
    for (const check of this.#waiting) check();
  }

  /** The first event for which this holds, of those after position `from`; waits for it if there is none yet. */
  first(holds, { from = 0, patience = 30_000 } = {}) {
    // Made here, so that it names the line that waited.
    const missing = new Error();
    return new Promise((resolve, reject) => {
      const end = (settle, value) => {
        clearTimeout(late);
        this.#waiting.delete(check);
        settle(value);
      };
      const check = () => {
        if (this.#error) end(reject, this.#error);
        const found = this.all.slice(from).find(holds);
        if (found) end(resolve, found);
      };
      const late = setTimeout(() => {
        missing.message = `it did not come; what came last:\n${this.told()}`;
        end(reject, missing);
      }, patience);
      this.#waiting.add(check);
      check();
    });
  }

  /** The first event of a kind. */
  kind(kind, options) {
    return this.first((event) => event.kind === kind, options);
  }

  /** The first state of the conversation for which this holds: a whole state, or a change of one field. */
  state(holds, options) {
    return this.first(
      (event) => event.kind === "ConversationStateUpdateEvent" && holds(event.key, event.value),
      options,
    );
  }

  /** Waits until the conversation has this status. */
  status(status, options) {
    return this.state((key, value) => key === "execution_status" && value === status, options);
  }

  /** The kinds that came, in order. */
  kinds() {
    return this.all.map((event) => event.kind);
  }

  told() {
    const words = ({ kind, key, value, tool_name }) => [kind, key ?? tool_name, JSON.stringify(value)?.slice(0, 60)];
    return this.all.slice(-12).map((event) => words(event).filter(Boolean).join(" ")).join("\n");
  }
}
