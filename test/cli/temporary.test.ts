import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readdirSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { describeProcess } from "../../src/shared/process-owner.ts";
import { testFolder } from "../support/folder.ts";

const module = new URL("../../dist/shared/temporary-folder.js", import.meta.url).href;

/** Starts a process that creates a temporary folder, prints its path, and waits. */
async function startOwner(
  parent: string,
  then = "setInterval(() => {}, 1000)",
): Promise<{ readonly child: ChildProcess; readonly path: string }> {
  const code = `import { temporaryFolder } from ${JSON.stringify(module)};
    console.log(temporaryFolder("plan").path); ${then};`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", code], {
    env: { TMPDIR: parent },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [text] = (await once(child.stdout, "data")) as [Buffer];
  return { child, path: String(text).trim() };
}

async function ended(child: ChildProcess): Promise<NodeJS.Signals | null> {
  const [, signal] = (await once(child, "exit")) as [number | null, NodeJS.Signals | null];
  return signal;
}

it.each(["SIGINT", "SIGTERM", "SIGHUP"] as const)(
  "a temporary folder is removed on %s",
  async (signal) => {
    const { child, path } = await startOwner(testFolder());
    expect(statSync(path).mode & 0o777).toBe(0o700);
    const end = ended(child);
    child.kill(signal);
    expect(await end).toBe(signal);
    expect(existsSync(path)).toBe(false);
  },
);

it("a temporary folder is removed when another signal listener ends the process", async () => {
  const then = 'process.on("SIGTERM", () => process.exit(0)); setInterval(() => {}, 1000)';
  const { child, path } = await startOwner(testFolder(), then);
  const end = ended(child);
  child.kill("SIGTERM");
  expect(await end).toBeNull();
  expect(existsSync(path)).toBe(false);
});

it("the next run removes only the folders of processes that were ended by SIGKILL", async () => {
  const parent = testFolder();
  const killed = await startOwner(parent);
  const end = ended(killed.child);
  killed.child.kill("SIGKILL");
  await end;
  expect(existsSync(killed.path)).toBe(true);

  const unrelated = testFolder();
  const dead = { ...describeProcess("berth plan", killed.child.pid), startTime: "1" };
  const described = JSON.stringify(dead);
  writeFileSync(join(unrelated, "owner.json"), described);
  symlinkSync(unrelated, join(parent, "berth-plan-linked"));
  for (const [name, text] of [
    ["berth-plan-ownerless", ""],
    ["berth-plan-running", JSON.stringify(describeProcess("berth plan"))],
    ["berth-other-dead", described],
    ["berth-plan-dead", described],
  ] as const) {
    mkdirSync(join(parent, name));
    writeFileSync(join(parent, name, "owner.json"), text);
  }
  const next = await startOwner(parent, "process.exit()");
  await ended(next.child);
  expect(existsSync(killed.path)).toBe(false);
  expect(readdirSync(parent).sort()).toEqual([
    "berth-other-dead",
    "berth-plan-linked",
    "berth-plan-ownerless",
    "berth-plan-running",
  ]);
  expect(readdirSync(unrelated)).toEqual(["owner.json"]);
});
