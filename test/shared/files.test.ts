import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { testFolder } from "../support/folder.ts";
import {
  assertNoLinksIn,
  assertWritable,
  createFile,
  makeFolder,
  replaceFile,
} from "../../src/shared/files.ts";

/** A folder, and a file outside of it as the target of links. */
function withVictim(): { readonly root: string; readonly victim: string } {
  const root = testFolder();
  const victim = join(testFolder(), "victim");
  writeFileSync(victim, "original");
  return { root, victim };
}

const REJECTED = expect.objectContaining({ name: "UserError", code: "BERTH-E6009" }) as Error;

it("replaceFile replaces a file and leaves no temporary file", () => {
  const { root } = withVictim();
  const file = join(root, "a");
  replaceFile(file, "one");
  replaceFile(file, "two", { mode: 0o600 });
  expect(readFileSync(file, "utf8")).toBe("two");
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(readdirSync(root)).toEqual(["a"]);
});

it("replaceFile and createFile do not write through symbolic links", () => {
  const { root, victim } = withVictim();
  const link = join(root, "link");
  symlinkSync(victim, link);
  expect(() => replaceFile(link, "changed")).toThrow(REJECTED);
  expect(() => replaceFile(link, "changed")).toThrow(`${link} is a symbolic link to ${victim}`);
  expect(createFile(link, "changed")).toBe(false);
  const dangling = join(root, "dangling");
  symlinkSync(join(root, "missing-target"), dangling);
  expect(() => replaceFile(dangling, "changed")).toThrow(REJECTED);
  expect(createFile(dangling, "changed")).toBe(false);
  expect(readFileSync(victim, "utf8")).toBe("original");
  expect(existsSync(join(root, "missing-target"))).toBe(false);
  expect(lstatSync(link).isSymbolicLink()).toBe(true);
});

it("no function writes through a linked folder below the given parent", () => {
  const { root, victim } = withVictim();
  mkdirSync(join(victim, "../folder"));
  symlinkSync(join(victim, "../folder"), join(root, "linked"));
  const below = { below: root };
  expect(() => makeFolder(join(root, "linked/a"), below)).toThrow(REJECTED);
  expect(() => replaceFile(join(root, "linked/a"), "", below)).toThrow(REJECTED);
  expect(() => createFile(join(root, "linked/a"), "", below)).toThrow(REJECTED);
  expect(() => replaceFile(join(root, "../a"), "", below)).toThrow(/is outside of/);
  expect(readdirSync(join(victim, "../folder"))).toEqual([]);
  // Without a parent folder, the path may contain linked folders.
  replaceFile(join(root, "linked/a"), "");
});

it("replaceFile replaces only regular files", () => {
  const { root } = withVictim();
  expect(() => replaceFile(root, "")).toThrow(/is not a regular file/);
  expect(() => assertWritable("/dev/null")).toThrow(/is not a regular file/);
});

it("errors contain the cause, and existing files are not changed", () => {
  const { root } = withVictim();
  expect(() => replaceFile(join(root, "missing/a"), "")).toThrow(/its folder does not exist/);
  writeFileSync(join(root, "file"), "");
  expect(() => createFile(join(root, "file/a"), "")).toThrow(/part of its path is not a folder/);
  expect(readdirSync(root)).toEqual(["file"]);
});

it("assertNoLinksIn rejects a folder with a symbolic link", () => {
  const { root, victim } = withVictim();
  assertNoLinksIn(root);
  symlinkSync(victim, join(root, "terraform.tfstate"));
  expect(() => assertNoLinksIn(root)).toThrow(REJECTED);
});
