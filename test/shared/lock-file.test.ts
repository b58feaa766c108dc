import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { acquireLock } from "../../src/shared/lock-file.ts";
import { describeProcess, type ProcessOwner } from "../../src/shared/process-owner.ts";

let folder = "";
let path = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "berth-lock-"));
  path = join(folder, "berth.lock");
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

async function endedProcess(): Promise<ProcessOwner> {
  const child = spawn("sleep", ["60"]);
  await once(child, "spawn");
  const owner = describeProcess("berth apply", child.pid);
  child.kill("SIGKILL");
  await once(child, "exit");
  return owner;
}

describe("a lock file", () => {
  it("is held by one process at a time and describes it", () => {
    const first = acquireLock(path, describeProcess("berth apply"));
    expect(first.kind).toBe("acquired");
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(acquireLock(path, describeProcess("berth plan"))).toMatchObject({
      kind: "held",
      state: "running",
      owner: { pid: process.pid, command: "berth apply" },
    });
    if (first.kind === "acquired") first.release();
    expect(readdirSync(folder)).toEqual([]);
    expect(acquireLock(path, describeProcess("berth plan")).kind).toBe("acquired");
  });

  it("is taken over if its owner has ended or is not described", async () => {
    for (const text of [JSON.stringify(await endedProcess()), "", "4711"]) {
      writeFileSync(path, text);
      expect(acquireLock(path, describeProcess("berth plan")).kind).toBe("acquired");
      expect(JSON.parse(readFileSync(path, "utf8"))).toMatchObject({ command: "berth plan" });
      expect(readdirSync(folder)).toEqual(["berth.lock"]);
    }
  });

  it("is taken over if another process has ended during a takeover", async () => {
    const ended = JSON.stringify(await endedProcess());
    writeFileSync(path, ended);
    writeFileSync(`${path}.takeover`, ended);
    expect(acquireLock(path, describeProcess("berth plan")).kind).toBe("acquired");
    expect(readdirSync(folder)).toEqual(["berth.lock"]);
  });

  it("is not taken over during a takeover by another process", async () => {
    writeFileSync(path, JSON.stringify(await endedProcess()));
    writeFileSync(`${path}.takeover`, JSON.stringify(describeProcess("berth apply")));
    expect(acquireLock(path, describeProcess("berth plan"))).toMatchObject({ kind: "held" });
  });

  it("of another container is held, with an unknown state of its owner", () => {
    const owner = { ...describeProcess("berth apply"), pidNamespace: "pid:[1]" };
    // Without /proc there is no namespace to compare.
    if (owner.bootId === undefined) return;
    writeFileSync(path, JSON.stringify(owner));
    expect(acquireLock(path, describeProcess("berth plan"))).toMatchObject({ state: "unknown" });
  });

  it("does not delete the lock of another process when it is released", () => {
    const first = acquireLock(path, describeProcess("berth apply"));
    const otherLock = JSON.stringify(describeProcess("berth plan"));
    writeFileSync(path, otherLock);
    if (first.kind === "acquired") first.release();
    expect(readFileSync(path, "utf8")).toBe(otherLock);
  });
});
