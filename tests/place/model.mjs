// The scripted model: a program that plays scripts over HTTP to whoever asks for a model of their name.

import { once } from "node:events";
import { createInterface } from "node:readline";
import { join } from "node:path";

import { built, temporary } from "./folders.mjs";
import { Program } from "./program.mjs";

let names = 0;

/** Starts it. */
export async function startModel() {
  const folder = await temporary("model");
  const program = new Program(built("scripted-model", "SCRIPTED_MODEL_BIN"), [], {
    log: join(folder.path, "log"),
  });
  const [line] = await once(createInterface({ input: program.stdout }), "line");
  return new ScriptedModel(JSON.parse(line).port, program, folder);
}

/** The running model. */
class ScriptedModel {
  #url;
  #program;
  #folder;

  constructor(port, program, folder) {
    this.#url = `http://127.0.0.1:${port}`;
    this.#program = program;
    this.#folder = folder;
  }

  /** Where the OpenAI interface is. */
  get url() {
    return `${this.#url}/v1`;
  }

  /** Teaches it a script; answers with the settings of a model that plays it. The words are listed in crates/testkit. */
  async plays(script) {
    const name = `script${++names}`;
    const answer = await fetch(`${this.#url}/_script/${name}`, { method: "POST", body: script });
    if (!answer.ok) throw new Error(`the script is not understood: ${await answer.text()}`);
    return { model: `openai/${name}`, api_key: `key-of-the-${names}th`, base_url: this.url };
  }

  /** What was asked of the model with these settings. */
  async requests({ model }) {
    return (await fetch(`${this.#url}/_requests/${model.split("/").at(-1)}`)).json();
  }

  async stop() {
    await this.#program.stop();
    await this.#folder.remove();
  }
}
