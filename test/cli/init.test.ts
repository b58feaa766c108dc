import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { loadConfig } from "../../src/config/load.ts";
import { berth } from "../support/berth.ts";
import { testFolder } from "../support/folder.ts";

function project(files: Readonly<Record<string, object>>): string {
  const folder = testFolder();
  for (const [name, content] of Object.entries(files))
    writeFileSync(join(folder, name), JSON.stringify(content));
  return folder;
}

describe("berth init", () => {
  it.each<readonly [project: string, files: Readonly<Record<string, object>>, config: string]>([
    ["no package", {}, "berth.config.ts"],
    [
      "TypeScript and ES modules",
      { "package.json": { type: "module" }, "tsconfig.json": {} },
      "berth.config.ts",
    ],
    [
      "TypeScript and CommonJS",
      { "package.json": { devDependencies: { typescript: "5" } } },
      "berth.config.mts",
    ],
    ["JavaScript and ES modules", { "package.json": { type: "module" } }, "berth.config.js"],
    ["JavaScript and CommonJS", { "package.json": { type: "commonjs" } }, "berth.config.mjs"],
  ])("writes a config that fits a project with %s", async (_, files, config) => {
    const cwd = project(files);
    const ran = await berth(["init", "--name", "hello", "--region", "eu-west-1"], { cwd });
    expect(ran).toEqual({
      code: 0,
      stdout: `${config}\n`,
      stderr:
        "  next: run npx berth-ecs check, then npx berth-ecs apply --sandbox to test it; neither needs an AWS account\n",
    });
    expect((await loadConfig(join(cwd, config))).name).toBe("hello");
    const again = await berth(["init"], { cwd });
    expect([again.code, again.stderr]).toEqual([
      1,
      `error: ${config} already exists\n  fix   edit it, or delete it first\n  code  BERTH-E6003\n`,
    ]);
  });
});

describe("the config in a parent folder", () => {
  it("is used, and its folder has the working files", async () => {
    const cwd = project({});
    writeFileSync(
      join(cwd, "berth.config.mjs"),
      'export default () => ({ name: process.env.SHOP, region: "eu-west-1", zones: 1, loadBalancer: false });\n',
    );
    writeFileSync(join(cwd, ".env"), "SHOP=shop\n");
    mkdirSync(join(cwd, "src/app"), { recursive: true });
    const ran = await berth(["synth"], { cwd: join(cwd, "src/app") });
    expect([ran.code, ran.stderr]).toEqual([0, ""]);
    expect(ran.stdout).toContain('"name": "shop"');
    expect(readdirSync(join(cwd, "src/app"))).toEqual([]);
  });
});
