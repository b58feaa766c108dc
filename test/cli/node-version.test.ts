import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { isSupportedNode } from "../../src/cli/node-version.ts";

it.for([
  ["18.20.8", false],
  ["20.18.3", false],
  ["20.19.0", true],
  ["22.0.0", true],
  ["24.21.0", true],
] as const)("decides whether Berth runs on Node.js %s", ([version, isSupported]) => {
  expect(isSupportedNode(version)).toBe(isSupported);
});

it("loads no other module before the version is known", () => {
  const read = (name: string): string =>
    readFileSync(new URL(`../../src/cli/${name}`, import.meta.url), "utf8");
  const importsOf = (source: string): string[] =>
    [...source.matchAll(/^import .* from "(.+)";$/gm)].map(([, name = ""]) => name);
  expect(importsOf(read("main.ts"))).toEqual(["./node-version.ts"]);
  expect(importsOf(read("node-version.ts"))).toEqual([]);
});
