// Waiting for what no event tells, with an end to it.

import { setTimeout as sleep } from "node:timers/promises";

/** What `check` answers, once that is something; asked again and again for so long. */
export async function eventually(check, what, patience = 30_000) {
  const until = Date.now() + patience;
  while (Date.now() < until) {
    const found = await check();
    if (found) return found;
    await sleep(20);
  }
  throw new Error(`waited ${patience / 1000} s in vain: ${what}`);
}
