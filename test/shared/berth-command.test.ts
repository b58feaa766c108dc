import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { berthCommand } from "../../src/shared/index.ts";
import { testFolder } from "../support/folder.ts";

const INSTALLED = { devDependencies: { "berth-ecs": "^1.0.0" } };
const OTHER = { dependencies: { berth: "1.0.0" } };

it.each([
  ["no package.json", undefined, undefined, "npx berth-ecs"],
  ["npm", INSTALLED, "package-lock.json", "npx berth"],
  ["npm without a lock file", INSTALLED, undefined, "npx berth"],
  ["pnpm", INSTALLED, "pnpm-lock.yaml", "pnpm berth"],
  ["Yarn", { ...INSTALLED, packageManager: "yarn@4.1.0" }, undefined, "yarn berth"],
  ["Yarn 1", INSTALLED, "yarn.lock", "yarn berth"],
  ["Bun", INSTALLED, "bun.lock", "bunx berth"],
  ["npm, without Berth", OTHER, "package-lock.json", "npx berth-ecs"],
  ["pnpm, without Berth", OTHER, "pnpm-lock.yaml", "pnpm dlx berth-ecs"],
  [
    "Yarn, without Berth",
    { ...OTHER, packageManager: "yarn@4.1.0" },
    undefined,
    "yarn dlx berth-ecs",
  ],
  ["Yarn 1, without Berth", OTHER, "yarn.lock", "npx berth-ecs"],
  ["Bun, without Berth", OTHER, "bun.lock", "bunx berth-ecs"],
])("the command of a project with %s", (_what, manifest, lockFile, command) => {
  const project = testFolder();
  const folder = join(project, "infra");
  mkdirSync(folder);
  if (manifest) writeFileSync(join(project, "package.json"), JSON.stringify(manifest));
  if (lockFile !== undefined) writeFileSync(join(project, lockFile), "");
  expect(berthCommand(folder)).toBe(command);
});

it("ignores a package.json that is not JSON, and finds the one of the workspace", () => {
  const project = testFolder();
  writeFileSync(join(project, "package.json"), JSON.stringify(INSTALLED));
  const folder = join(project, "infra");
  mkdirSync(folder);
  writeFileSync(join(folder, "package.json"), "{");
  expect(berthCommand(folder)).toBe("npx berth");
});
