import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));

describe("the repository", () => {
  const files = execFileSync("git", ["ls-files"], { cwd: root, encoding: "utf8" })
    .trim()
    .split("\n");

  it("has no skipped test and no test marked with only", () => {
    const found = spawnSync(
      "git",
      ["grep", "-nE", String.raw`\b(it|test|describe)\.(only|skip|todo)\(`, "--", "*.test.ts"],
      { cwd: root, encoding: "utf8" },
    );
    // git grep ends with status 1 if it has found nothing.
    expect([found.status, found.stdout]).toEqual([1, ""]);
  });

  it("imports nothing from test/ in src, docs and bench", () => {
    const importsTest = /(?:from|import|require)[\s(]*["'](?:\.\.?\/)+(?:[\w-]+\/)*test\//;
    expect('import { berth } from "../../test/support/berth.ts";').toMatch(importsTest);
    expect('await import("../test/support/berth.ts")').toMatch(importsTest);
    const sources = files.filter((file) => /^(?:src|docs|bench)\/.*\.(?:ts|mjs|js)$/.test(file));
    expect(sources).toContain("bench/main.ts");
    expect(
      sources.filter(
        (file) =>
          existsSync(`${root}${file}`) && importsTest.test(readFileSync(`${root}${file}`, "utf8")),
      ),
    ).toEqual([]);
  });

  it("keeps all tests in test/", () => {
    const tests = files.filter((file) => file.endsWith(".test.ts"));
    expect(tests).toContain("test/meta/repository.test.ts");
    expect(tests.filter((file) => !file.startsWith("test/"))).toEqual([]);
  });
});
