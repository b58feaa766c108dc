// npm run nested-members: runs the tests of the sandbox's services, repeats each call with one more nested member, and lists the
// members that the sandbox accepts and does not read. Exits with 1 if there are such members. `--all` also lists the members of
// which no request was accepted or read, with the error.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { ACCEPTED } from "./accepted.ts";
import type { Observation } from "./paths.ts";

const ORDER = ["not-tried", "rejected", "ignored", "read"] as const;

/** The most conclusive observation of each member: a member that one request reads is read. */
function merged(observations: readonly Observation[]): Observation[] {
  const best = new Map<string, Observation>();
  for (const observation of observations) {
    const key = `${observation.operation} ${observation.path}`;
    const previous = best.get(key);
    if (!previous || ORDER.indexOf(observation.result) > ORDER.indexOf(previous.result))
      best.set(key, observation);
  }
  return [...best.values()];
}

const folder = mkdtempSync(join(tmpdir(), "berth-nested-"));
const config = fileURLToPath(new URL("vitest.config.ts", import.meta.url));
spawnSync("npx", ["vitest", "run", "--config", config, "--silent", "--reporter", "dot"], {
  stdio: ["ignore", "ignore", "inherit"],
  env: { ...process.env, NESTED_MEMBERS_FOLDER: folder },
});
const observations = merged(
  readdirSync(folder).flatMap(
    (name) => JSON.parse(readFileSync(join(folder, name), "utf8")) as readonly Observation[], // written by setup.ts
  ),
);
rmSync(folder, { recursive: true });
if (observations.length === 0) throw new Error("the tests have made no calls");

const withResult = (result: Observation["result"]): Observation[] =>
  observations.filter((observation) => observation.result === result);
const ignored = withResult("ignored").filter(
  ({ operation, path }) => !Object.hasOwn(ACCEPTED, `${operation} ${path}`),
);
for (const { operation, path } of ignored) console.log(`${operation} ignores ${path}`);
if (process.argv.includes("--all"))
  for (const { operation, path, error } of [...withResult("rejected"), ...withResult("not-tried")])
    console.log(`${operation} ${path}: ${error ?? "not tried"}`);
console.log(ORDER.map((result) => `${withResult(result).length} ${result}`).join(", "));
if (ignored.length > 0) process.exitCode = 1;
