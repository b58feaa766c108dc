import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { describeProcess, ownerState, parseOwner } from "../../src/shared/process-owner.ts";

const hasProc = existsSync("/proc/self/stat");

describe("the owner process of a lock", () => {
  it("is running until the process ends", async () => {
    const child = spawn("sleep", ["60"]);
    await once(child, "spawn");
    const owner = describeProcess("sleep", child.pid);
    expect(ownerState(owner)).toBe("running");
    child.kill("SIGKILL");
    await once(child, "exit");
    expect(ownerState(owner)).toBe("ended");
  });

  it("can be serialized and parsed", () => {
    const owner = describeProcess("berth apply");
    expect(parseOwner(JSON.stringify(owner))).toStrictEqual(owner);
    expect(ownerState(owner)).toBe("running");
  });

  it.each(["", "1234", "null", "{}", '{"pid":0}', '{"pid":-1}', '{"pid":1.5}', '{"pid":"7"}'])(
    "cannot be parsed from %j",
    (text) => expect(parseOwner(text)).toBeUndefined(),
  );

  it("counts as running without /proc if its PID is in use", () => {
    const { pid, host, command, since } = describeProcess("berth apply");
    expect(ownerState({ pid, host, command, since })).toBe("running");
  });

  it.runIf(hasProc)("has ended if another process has its PID", () => {
    expect(ownerState({ ...describeProcess("berth apply"), startTime: "1" })).toBe("ended");
  });

  it.runIf(hasProc)("has ended if the system was restarted", () => {
    const owner = { ...describeProcess("berth apply"), bootId: "of an earlier boot" };
    expect(ownerState(owner)).toBe("ended");
    expect(ownerState({ ...owner, host: "another.example" })).toBe("unknown");
  });

  it.runIf(hasProc)("is unknown if the process is in another container", () => {
    expect(ownerState({ ...describeProcess("berth apply"), pidNamespace: "pid:[1]" })).toBe(
      "unknown",
    );
  });
});
