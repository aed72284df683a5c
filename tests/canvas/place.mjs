// What every test here stands on: a server with the interface on its port, a scripted model and a browser.

import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { after, before } from "node:test";
import { chromium } from "playwright-core";

import { target } from "../place/folders.mjs";
import { startModel } from "../place/model.mjs";
import { eventually } from "../place/patience.mjs";
import { ORIGINAL, startServer } from "../place/server.mjs";
import { hostInterface } from "./host.mjs";

/** What the browser may complain about, because it is not ours to mend. */
const FOREIGN = [
  // Automations are a service of their own, which is not there; the interface asks for it all the same.
  /404 .*\/api\/automation\//,
];

/** No sandbox: tests run as root in containers. The rest keeps the browser from calling home. */
const SWITCHES = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** A place for the tests of a file; there once they run, gone after them. */
export function place() {
  const place = new Place();
  before(() => place.open());
  after(() => place.close());
  return place;
}

class Place {
  async open() {
    this.model = await startModel();
    this.server = await startServer({ interface: true });
    await this.#front();
    this.browser = await chromium.launch({ executablePath: browserPath(), args: SWITCHES });
  }

  async close() {
    await this.browser?.close();
    await this.front?.close();
    await this.server?.stop();
    await this.model?.stop();
  }

  /** Ends the server and starts it again. */
  async restart() {
    await this.server.end();
    await this.server.start();
  }

  /** Sets the server up: a model that plays this script, and these settings of conversations. */
  async playing(script, settings = { confirmation_mode: false }) {
    const llm = await this.model.plays(script);
    const profile = `/api/profiles/${llm.model.split("/").at(-1)}`;
    await this.ask("POST", profile, { llm, include_secrets: true });
    await this.ask("POST", `${profile}/activate`);
    // Who has answered whether to be counted is not asked again.
    const misc = { app_preferences: { user_consents_to_analytics: false } };
    await this.ask("PATCH", "/api/settings", { conversation_settings_diff: settings, misc_settings_diff: misc });
    return llm;
  }

  /** Asks the server beside the interface. */
  async ask(method, path, body) {
    const answer = await fetch(this.server.host + path, {
      method,
      headers: { "X-Session-API-Key": this.server.apiKey, "Content-Type": "application/json" },
      body: body && JSON.stringify(body),
    });
    assert.ok(answer.ok, `${method} ${path}: ${answer.status} ${await answer.clone().text()}`);
    return answer.json();
  }

  /** Opens a page as somebody who has been here before, or who comes for the first time. */
  async visit(test, path = "/", { newcomer = false } = {}) {
    const context = await this.browser.newContext({ viewport: { width: 1440, height: 900 } });
    if (!newcomer) {
      await context.addInitScript(() => {
        localStorage.setItem("openhands-onboarded", "1");
        localStorage.setItem("openhands-telemetry-consent", "denied");
      });
    }
    const visit = new Visit(this, await context.newPage());
    test.after(() => visit.leave(test.name));
    await visit.begin(path);
    return visit;
  }

  async #front() {
    this.front = ORIGINAL ? await hostInterface(this.server) : { address: this.server.host, close: async () => {} };
  }
}

/** One page in a browser of its own. */
class Visit {
  #place;
  #complaints = [];
  #heard;

  constructor(place, page) {
    this.#place = place;
    this.page = page;
    page.setDefaultTimeout(20_000);
    this.#heard = page
      .waitForEvent("websocket", { predicate: (socket) => socket.url().includes("/sockets/events/"), timeout: 0 })
      .then((socket) => socket.waitForEvent("framereceived"));
    this.#heard.catch(() => {});
    page.on("pageerror", (error) => this.#complaints.push(error.stack));
    page.on("response", (answer) => {
      if (answer.status() >= 400) this.#complain(`${answer.status()} ${answer.request().method()} ${answer.url()}`);
    });
    page.on("console", (message) => {
      // What failed to load is told above, with more words.
      const loading = message.text().startsWith("Failed to load resource: the server responded");
      if (message.type() === "error" && !loading) this.#complain(`console: ${message.text()}`);
    });
  }

  async begin(path) {
    // Fonts and logos come from elsewhere; here they come empty, so that no test needs the world.
    const elsewhere = (url) => url.origin !== this.#place.front.address;
    await this.page.route(elsewhere, (route) => route.fulfill({ status: 200, contentType: "text/css", body: "" }));
    await this.goes(path);
  }

  /** Goes to another page, as by the address bar. */
  async goes(path) {
    await this.page.goto(this.#place.front.address + path);
  }

  /** Agrees to whatever is proposed once that is asked, which is once for each server. */
  async answersWhetherToBeCounted() {
    const confirm = this.id("confirm-telemetry-preferences");
    await this.page.addLocatorHandler(confirm, () => confirm.click());
  }

  /** Says something in a new conversation or in the one that is open. */
  async say(text) {
    await this.id("chat-input").click();
    await this.page.keyboard.type(text);
    await this.id("submit-button").click();
    await this.page.waitForURL(/\/conversations\/[0-9a-f-]{36}/);
    await this.sees(text);
  }

  /** Waits until the page hears of events as they come. */
  async listens() {
    await this.#heard;
  }

  /** The id of the conversation that is open. */
  get conversation() {
    return new URL(this.page.url()).pathname.split("/").at(-1);
  }

  /** What the server says of the conversation that is open. */
  info() {
    return this.#place.ask("GET", `/api/conversations/${this.conversation}`);
  }

  /** A file in the folder of the conversation that is open. */
  file(name) {
    return join(this.#place.server.home, "workspace/project", this.conversation.replaceAll("-", ""), name);
  }

  /** Waits until a command has made this file. */
  async made(name) {
    await eventually(() => existsSync(this.file(name)), `${name} was not made`);
  }

  /** Makes a file that a command waits for. */
  async make(name) {
    await writeFile(this.file(name), "");
  }

  id(id) {
    return this.page.getByTestId(id);
  }

  /** Opens the panel beside the conversation, which shows files at first, and in it this view. */
  async opens(view = "files") {
    await this.page.getByRole("button", { name: "Show panel" }).click();
    if (view !== "files") await this.id(`conversation-tab-${view}`).click();
  }

  /** Waits until this can be read on the page. */
  async sees(text, within = this.page) {
    await within.getByText(text).filter({ visible: true }).first().waitFor();
  }

  /** Leaves a picture of the page in `target/canvas`. */
  async picture(name) {
    await this.page.screenshot({ path: join(target(), "canvas", `${name}.png`) });
  }

  /** Nothing went wrong on the page that is ours. */
  content() {
    assert.deepEqual(this.#complaints, []);
  }

  /** Goes, and leaves a picture of what was seen last. */
  async leave(name) {
    if (name && !this.page.isClosed()) await this.picture(`last/${name.replaceAll(/[^a-z0-9]+/gi, "-")}`);
    await this.page.context().close();
  }

  #complain(complaint) {
    if (!FOREIGN.some((known) => known.test(complaint))) this.#complaints.push(complaint);
  }
}

/** The browser to use: the environment says which, else Debian's. */
function browserPath() {
  return process.env.CHROMIUM ?? "/usr/bin/chromium";
}
