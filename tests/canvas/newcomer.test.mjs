// The first visit: a newcomer is guided from the choice of an agent to the first conversation.

import test from "node:test";

import { place } from "./place.mjs";

const here = place();

test("a newcomer chooses an agent and a model, and says hello", async (t) => {
  const llm = await here.model.plays("says Hello to you too.");
  const visit = await here.visit(t, "/", { newcomer: true });
  await visit.id("onboarding-modal").waitFor();
  await visit.answersWhetherToBeCounted();
  await visit.picture("newcomer");
  await visit.id("onboarding-agent-next").click();

  await visit.id("sdk-section-advanced-toggle").click();
  await visit.id("llm-custom-model-input").fill(llm.model);
  await visit.id("base-url-input").fill(llm.base_url);
  await visit.id("llm-api-key-input").fill(llm.api_key);
  await visit.id("onboarding-llm-next").click();

  const hello = visit.id("onboarding-step-say-hello");
  await hello.getByTestId("onboarding-hello-input").fill("Hello!");
  await hello.getByTestId("submit-button").click();
  await visit.page.waitForURL(/\/conversations\/./);
  await visit.sees("Hello to you too.");
  await visit.id("onboarding-modal").waitFor({ state: "detached" });
  await visit.picture("hello");

  await visit.goes("/settings/llm");
  await visit.sees(llm.model);
  await visit.id("onboarding-modal").waitFor({ state: "detached" });
  visit.content();
});

test("who skips the guide finds a home, and settings to come back to", async (t) => {
  const visit = await here.visit(t, "/", { newcomer: true });
  await visit.answersWhetherToBeCounted();
  await visit.id("onboarding-skip").click();
  await visit.id("home-chat-launcher").waitFor();
  await visit.goes("/settings/llm");
  await visit.id("add-llm-profile").waitFor();
  visit.content();
});
