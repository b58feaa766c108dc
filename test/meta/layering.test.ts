import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { allowedImports } from "../../tools/lint/allowed-imports.mjs";
import { lintProbes, type Probe } from "../support/lint.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));

const FORBIDDEN_IMPORTS: readonly (readonly [folder: string, other: string])[] = [
  ["ip", "sandbox"],
  ["constructs", "sandbox"],
  ["sandbox", "constructs"],
  ["terraform", "config"],
  ["config", "cli"],
];

const probeOf = (folder: string, line: string): Probe => ({
  folder,
  text: `${line}\nexport const probe = [thing];`,
});

const report = lintProbes("probe", {
  ...Object.fromEntries(
    FORBIDDEN_IMPORTS.map(([folder, other]) => [
      `${folder}-${other}`,
      probeOf(folder, `import { thing } from "../../${other}/thing.ts";`),
    ]),
  ),
  allowed: probeOf("topology", 'import { thing } from "../../ip/thing.ts";'),
  barrel: probeOf("constructs", 'import { thing } from "@cdktn/provider-aws";'),
});

/** The linter's messages for a probe file. */
const findingsOf = (name: string): string =>
  report
    .diagnosticsOf(name)
    .map(({ help }) => help)
    .join("\n");

describe("the table of allowed imports", () => {
  it("lists every folder of src", () => {
    const folders = readdirSync(`${root}src`, { withFileTypes: true }).filter((entry) =>
      entry.isDirectory(),
    );
    expect(Object.keys(allowedImports).sort()).toEqual(folders.map((entry) => entry.name).sort());
  });

  it("is applied to each probe file", () => {
    expect([report.status, report.number_of_files]).toEqual([1, FORBIDDEN_IMPORTS.length + 2]);
  });

  it.each(FORBIDDEN_IMPORTS)(
    "makes lint reject an import in src/%s from src/%s",
    (folder, other) => {
      expect(findingsOf(`${folder}-${other}`)).toContain(`src/${folder} may import only`);
    },
  );

  it("makes lint accept an allowed import", () => {
    expect(findingsOf("allowed")).not.toContain("may import only");
  });

  it("makes lint reject an import of the whole AWS provider", () => {
    expect(findingsOf("barrel")).toContain("the barrel costs 3 s");
  });
});

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

  it("keeps all tests in src/ and test/", () => {
    const tests = files.filter((file) => file.endsWith(".test.ts"));
    expect(tests).toContain("test/meta/layering.test.ts");
    expect(tests.filter((file) => !file.startsWith("src/") && !file.startsWith("test/"))).toEqual(
      [],
    );
  });
});
