import { EventEmitter } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { loadConfig } from "../../src/config/load.ts";
import { testFolder } from "../support/folder.ts";

const currentExit = (): unknown => Reflect.get(process, "exit");
const exit = currentExit();
const exitCodes: unknown[] = [];
/** In place of the function of Node.js, which would end the test process. */
const recordExit = (code: unknown): void => void exitCodes.push(code);

beforeEach(() => {
  exitCodes.length = 0;
  Reflect.set(process, "exit", recordExit);
});
afterEach(() => {
  Reflect.set(process, "exit", exit);
});

const load = (lines: string): ReturnType<typeof loadConfig> => {
  const path = join(testFolder(), "berth.config.ts");
  writeFileSync(
    path,
    `const options = { name: "hello", region: "us-east-1", loadBalancer: false };\n${lines}\n`,
  );
  return loadConfig(path);
};

const SLOW = `export default new Promise((resolve) => setTimeout(() => resolve(options), 20));`;

describe("process.exit in a config", () => {
  it.each([
    ["in the module", "process.exit(0);\nexport default options;"],
    ["in a function", "export default async () => (await null, process.exit(0));"],
    ["with a handler", "try { process.exit(0); } catch {}\nexport default options;"],
  ])("is an error: %s", async (_, lines) => {
    const others = [load(SLOW), load(SLOW)];
    await expect(load(lines)).rejects.toMatchObject({
      code: "BERTH-E1002",
      message: "the config cannot be loaded: it called process.exit(0)",
    });
    expect(await Promise.all(others)).toMatchObject([{ name: "hello" }, { name: "hello" }]);
    expect(currentExit()).toBe(recordExit);
    expect(exitCodes).toEqual([]);
  });

  it("is possible for other code while a config is evaluated", async () => {
    const resume = new EventEmitter();
    Object.assign(globalThis, { resume });
    const loaded = load(
      `export default new Promise((resolve) => resume.once("end", () => resolve(options)));`,
    );
    await vi.waitFor(() => expect(currentExit()).not.toBe(recordExit));
    process.exit(3);
    expect(exitCodes).toEqual([3]);
    await vi.waitFor(() => expect(resume.listenerCount("end")).toBe(1));
    resume.emit("end");
    await loaded;
    expect(currentExit()).toBe(recordExit);
  });
});
