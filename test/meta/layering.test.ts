import { execFileSync, spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { allowedImports } from "../../tools/lint/allowed-imports.mjs";
import { lintProbes, type Probe } from "../support/lint.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));

const WRONG: readonly (readonly [folder: string, other: string])[] = [
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
    WRONG.map(([folder, other]) => [
      `${folder}-${other}`,
      probeOf(folder, `import { thing } from "../../${other}/thing.ts";`),
    ]),
  ),
  allowed: probeOf("topology", 'import { thing } from "../../ip/thing.ts";'),
  barrel: probeOf("constructs", 'import { thing } from "@cdktn/provider-aws";'),
});

/** The linter's advice for a probe. */
const findingsOf = (name: string): string =>
  report
    .of(name)
    .map(({ help }) => help)
    .join("\n");

describe("the import table", () => {
  it("lists every folder of src", () => {
    const folders = readdirSync(`${root}src`, { withFileTypes: true }).filter((entry) =>
      entry.isDirectory(),
    );
    expect(Object.keys(allowedImports).sort()).toEqual(folders.map((entry) => entry.name).sort());
  });

  it("is applied to every probe", () => {
    expect([report.status, report.number_of_files]).toEqual([1, WRONG.length + 2]);
  });

  it.each(WRONG)("makes lint reject an import by %s from %s", (folder, other) => {
    expect(findingsOf(`${folder}-${other}`)).toContain(`src/${folder} may import only`);
  });

  it("makes lint accept what the table allows", () => {
    expect(findingsOf("allowed")).not.toContain("may import only");
  });

  it("makes lint reject the provider's barrel", () => {
    expect(findingsOf("barrel")).toContain("the barrel costs 3 s");
  });
});

describe("the repository", () => {
  const files = execFileSync("git", ["ls-files"], { cwd: root, encoding: "utf8" })
    .trim()
    .split("\n");

  it("leaves no test out and none alone", () => {
    const found = spawnSync(
      "git",
      ["grep", "-nE", String.raw`\b(it|test|describe)\.(only|skip|todo)\(`, "--", "*.test.ts"],
      { cwd: root, encoding: "utf8" },
    );
    // Status 1: git grep has searched, and found nothing.
    expect([found.status, found.stdout]).toEqual([1, ""]);
  });

  it("keeps all tests in src/ and test/", () => {
    const tests = files.filter((file) => file.endsWith(".test.ts"));
    expect(tests).toContain("test/meta/layering.test.ts");
    expect(tests.filter((file) => !file.startsWith("src/") && !file.startsWith("test/"))).toEqual(
      [],
    );
  });
});
