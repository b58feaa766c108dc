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

/** A folder with a file that links point to. */
function withVictim(): { readonly root: string; readonly victim: string } {
  const root = testFolder();
  const victim = join(testFolder(), "victim");
  writeFileSync(victim, "mine");
  return { root, victim };
}

const REJECTED = expect.objectContaining({ name: "UserError", code: "BERTH-E6009" }) as Error;

it("replaces a file, and leaves nothing beside it", () => {
  const { root } = withVictim();
  const file = join(root, "a");
  replaceFile(file, "one");
  replaceFile(file, "two", { mode: 0o600 });
  expect(readFileSync(file, "utf8")).toBe("two");
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(readdirSync(root)).toEqual(["a"]);
});

it("writes through no link, to a file or to nothing", () => {
  const { root, victim } = withVictim();
  const link = join(root, "link");
  symlinkSync(victim, link);
  expect(() => replaceFile(link, "theirs")).toThrow(REJECTED);
  expect(() => replaceFile(link, "theirs")).toThrow(`${link} is a symbolic link to ${victim}`);
  expect(createFile(link, "theirs")).toBe(false);
  const dangling = join(root, "dangling");
  symlinkSync(join(root, "elsewhere"), dangling);
  expect(() => replaceFile(dangling, "theirs")).toThrow(REJECTED);
  expect(createFile(dangling, "theirs")).toBe(false);
  expect(readFileSync(victim, "utf8")).toBe("mine");
  expect(existsSync(join(root, "elsewhere"))).toBe(false);
  expect(lstatSync(link).isSymbolicLink()).toBe(true);
});

it("goes through no linked folder below the one that is given", () => {
  const { root, victim } = withVictim();
  mkdirSync(join(victim, "../folder"));
  symlinkSync(join(victim, "../folder"), join(root, "linked"));
  const below = { below: root };
  expect(() => makeFolder(join(root, "linked/a"), below)).toThrow(REJECTED);
  expect(() => replaceFile(join(root, "linked/a"), "", below)).toThrow(REJECTED);
  expect(() => createFile(join(root, "linked/a"), "", below)).toThrow(REJECTED);
  expect(() => replaceFile(join(root, "../a"), "", below)).toThrow(/is outside of/);
  expect(readdirSync(join(victim, "../folder"))).toEqual([]);
  // A path that a person has named may lead through one.
  replaceFile(join(root, "linked/a"), "");
});

it("replaces only regular files", () => {
  const { root } = withVictim();
  expect(() => replaceFile(root, "")).toThrow(/is not a regular file/);
  expect(() => assertWritable("/dev/null")).toThrow(/is not a regular file/);
});

it("says why a file cannot be written, and leaves the old one", () => {
  const { root } = withVictim();
  expect(() => replaceFile(join(root, "missing/a"), "")).toThrow(/its folder does not exist/);
  writeFileSync(join(root, "file"), "");
  expect(() => createFile(join(root, "file/a"), "")).toThrow(/part of its path is not a folder/);
  expect(readdirSync(root)).toEqual(["file"]);
});

it("rejects a folder in which another program would follow a link", () => {
  const { root, victim } = withVictim();
  assertNoLinksIn(root);
  symlinkSync(victim, join(root, "terraform.tfstate"));
  expect(() => assertNoLinksIn(root)).toThrow(REJECTED);
});
