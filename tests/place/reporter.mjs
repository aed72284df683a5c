// Reports tests in the words of `cargo test`, so that `cargo xtask test` counts both alike.

import { stripVTControlCharacters } from "node:util";

/** Lines for the events of a test run. */
export default async function* report(events) {
  let passed = 0;
  let failed = 0;
  let skipped = 0;
  for await (const { type, data } of events) {
    const suite = data?.details?.type === "suite";
    if (type === "test:pass" && !suite) {
      if (data.skip !== undefined || data.todo !== undefined) {
        skipped += 1;
        yield `test ${name(data)} ... ignored\n`;
      } else {
        passed += 1;
        yield `test ${name(data)} ... ok (${Math.round(data.details.duration_ms)} ms)\n`;
      }
    } else if (type === "test:fail" && !suite) {
      failed += 1;
      yield `${reason(data.details.error)}\ntest ${name(data)} ... FAILED\n`;
    } else if (type === "test:stderr" || type === "test:stdout") {
      yield data.message;
    }
  }
  const result = failed ? "FAILED" : "ok";
  yield `test result: ${result}. ${passed} passed; ${failed} failed; ${skipped} ignored\n`;
}

function name({ file, name }) {
  const suite = file?.split("/").at(-1)?.replace(/\.test\.mjs$/, "");
  return suite && !name.endsWith(".mjs") ? `${suite}: ${name}` : name;
}

/** What went wrong, without colours, and no longer than a screen. */
function reason(error) {
  const cause = error?.cause ?? error;
  const lines = stripVTControlCharacters(cause?.stack ?? String(cause)).split("\n");
  return [...lines.slice(0, 24), ...(lines.length > 24 ? [`... and ${lines.length - 24} lines`] : [])].join("\n");
}
