import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { packageManagerOf } from "../../src/shared/package-manager.ts";
import { testFolder } from "../support/folder.ts";

/** A folder with files, each with its text. */
function folderWith(files: Readonly<Record<string, string>>): string {
  const folder = testFolder();
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  return folder;
}

const manager = (files: Readonly<Record<string, string>>): string => {
  const folder = folderWith(files);
  return packageManagerOf(folder, folder).name;
};

describe("the package manager of a project", () => {
  it.each([
    ["package-lock.json", "npm", "npm ci --ignore-scripts", "npx --no-install"],
    ["npm-shrinkwrap.json", "npm", "npm ci --ignore-scripts", "npx --no-install"],
    ["pnpm-lock.yaml", "pnpm", "pnpm install --frozen-lockfile --ignore-scripts", "pnpm exec"],
    ["bun.lock", "bun", "bun install --frozen-lockfile --ignore-scripts", "bunx --no-install"],
    ["bun.lockb", "bun", "bun install --frozen-lockfile --ignore-scripts", "bunx --no-install"],
    [
      "yarn.lock",
      "yarn-classic",
      "yarn install --frozen-lockfile --ignore-scripts",
      "yarn --silent run",
    ],
  ])("with %s is %s", (lockFile, name, cleanInstall, run) => {
    const folder = folderWith({ [lockFile]: "" });
    expect(packageManagerOf(folder, folder)).toMatchObject({
      name,
      lockFile: join(folder, lockFile),
      cleanInstall,
      run,
    });
  });

  it("is Yarn 2 or newer if the lock file has metadata", () => {
    const folder = folderWith({ "yarn.lock": "# comment\n\n__metadata:\n  version: 8\n" });
    expect(packageManagerOf(folder, folder)).toMatchObject({
      name: "yarn",
      cleanInstall: "yarn install --immutable --mode=skip-build",
      run: "yarn run",
    });
  });

  it.each([
    ['{"packageManager":"pnpm@10.1.0+sha512.ab"}', "pnpm"],
    ['{"packageManager":"yarn@1.22.22"}', "yarn-classic"],
    ['{"packageManager":"yarn@4.5.0"}', "yarn"],
    ['{"packageManager":"bun@1.2.0"}', "bun"],
    ['{"devEngines":{"packageManager":{"name":"pnpm","version":">=10"}}}', "pnpm"],
    ['{"devEngines":{"packageManager":{"name":"yarn","version":"^1.22"}}}', "yarn-classic"],
    ['{"packageManager":"other@1.0.0"}', "npm"],
    ["{}", "npm"],
    ["not JSON", "npm"],
  ])("is the one in package.json: %s", (manifest, name) => {
    expect(manager({ "package.json": manifest })).toBe(name);
  });

  it("is the one in package.json if there is also a lock file of another", () => {
    expect(
      manager({ "package.json": '{"packageManager":"pnpm@10.0.0"}', "package-lock.json": "" }),
    ).toBe("pnpm");
  });

  it("is the one of the closest parent folder, up to the root", () => {
    const root = folderWith({ "pnpm-lock.yaml": "" });
    const inner = join(root, "packages/infra");
    mkdirSync(inner, { recursive: true });
    writeFileSync(join(inner, "package.json"), "{}");
    expect(packageManagerOf(inner, root)).toMatchObject({
      name: "pnpm",
      lockFile: join(root, "pnpm-lock.yaml"),
    });
    expect(packageManagerOf(inner, inner)).toMatchObject({ name: "npm", lockFile: undefined });
  });
});
