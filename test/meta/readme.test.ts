import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { loadConfig } from "../../src/config/load.ts";
import { synthJson } from "../../src/constructs/synth/synth.ts";
import { testFolder } from "../support/folder.ts";

const readme = readFileSync(new URL("../../README.md", import.meta.url), "utf8");
const blocks = [...readme.matchAll(/```ts\n(.*?)```/gs)].map(([, code]) => code ?? "");
const configs = blocks.filter((code) => code.includes("defineConfig"));

describe("the README", () => {
  it("shows a small config and a full one", () => {
    expect(configs).toHaveLength(2);
  });

  it.each([
    ["small", 0, undefined],
    ["full", 1, "prod"],
    ["full", 1, "dev"],
  ] as const)("has a valid %s config", async (_, index, environment) => {
    const file = join(testFolder(), "berth.config.ts");
    writeFileSync(file, configs[index] ?? "");
    const settings = await loadConfig(file, environment);
    expect(JSON.parse(synthJson(settings))).toHaveProperty("resource.aws_lb.load_balancer");
  });

  it("has every top-level option in its configs", () => {
    const options = readFileSync(new URL("../../src/config/options.ts", import.meta.url), "utf8");
    const body = /export interface FoundationOptions \{(.*?)\n\}/s.exec(options)?.[1] ?? "";
    const names = [...body.matchAll(/readonly (\w+)\??:/g)].map(([, name]) => name);
    expect(names.length).toBeGreaterThan(10);
    expect(names.filter((name) => !configs.join("\n").includes(`${name}:`))).toEqual([]);
  });
});
