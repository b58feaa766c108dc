import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));
const contributing = readFileSync(`${root}CONTRIBUTING.md`, "utf8");
const architecture = readFileSync(`${root}ARCHITECTURE.md`, "utf8");
const packageJson = readFileSync(`${root}package.json`, "utf8");

const section = (title: string): string =>
  contributing.split(`\n## ${title}\n`)[1]?.split("\n## ")[0] ?? "";

/** Paths in a Markdown text. A path with a placeholder, such as test/<folder>, counts up to the placeholder. */
const pathsIn = (text: string): string[] =>
  [...text.matchAll(/`((?:src|test|tools|docs|bench)(?:\/[^`<]*)?)(?:<[^`]*)?`/g)].map(
    ([, path]) => path ?? "",
  );

const rows = section("To change X, open Y")
  .split("\n")
  .filter((line) => line.startsWith("|"))
  .slice(2);

const missing = (text: string): string[] =>
  pathsIn(text).filter((path) => !existsSync(`${root}${path}`));

describe("ARCHITECTURE.md", () => {
  it("names only paths that exist", () => {
    expect(missing(architecture)).toEqual([]);
  });
});

describe("CONTRIBUTING.md", () => {
  it("names the files to open for each change", () => {
    expect(rows).toHaveLength(49);
    expect(rows.filter((row) => pathsIn(row).length === 0)).toEqual([]);
  });

  it("names only paths that exist", () => {
    expect(missing(contributing)).toEqual([]);
  });

  it("names only scripts that package.json has", () => {
    const scripts = [...contributing.matchAll(/npm run (\S+?)(?=[\s`;,.]|$)/gm)].map(
      ([, name]) => name ?? "",
    );
    expect(new Set(scripts).size).toBe(23);
    expect(scripts.filter((name) => !packageJson.includes(`"${name}": "`))).toEqual([]);
  });
});
