// Where things are: the repository, what was built from it, and folders that last as long as a test.

import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

/** The top folder of the repository. */
export const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), "../..");

/** A program that cargo built: where the environment says it is, else in `target/debug`. */
export function built(name, variable) {
  const path = process.env[variable] ?? join(target(), "debug", name);
  if (!existsSync(path)) {
    throw new Error(`there is no ${path}: build it first, or run \`cargo xtask test\``);
  }
  return path;
}

/** Where cargo builds. */
export function target() {
  return resolve(ROOT, process.env.CARGO_TARGET_DIR ?? "target");
}

/** A new folder, and what removes it. */
export async function temporary(name) {
  const path = await mkdtemp(join(tmpdir(), `openhands-${name}-`));
  return { path, remove: () => rm(path, { recursive: true, force: true, maxRetries: 5 }) };
}
