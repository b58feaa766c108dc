import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { lintProbes, lintWithRule, type Probe } from "../support/lint.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** Files of src in which a text may decide. */
const EXCLUDED = ["src/failures/match-aws-error.ts", "src/terraform/**"];

/** Lines by which a sentence would decide. */
const FORBIDDEN: Readonly<Record<string, string>> = {
  includes: 'finding.says.includes("no route")',
  starts: 'hop.stopped?.says.startsWith("there is")',
  ends: "(finding.message ?? own).endsWith(own)",
  equal: 'finding.message === "does not resolve"',
  constant: "finding.says !== own",
  turned: '"the answer is lost" === finding.reason',
  template: "finding.rule === `egress ${own}`",
  pattern: "/network ACL/.test(finding.because)",
  exec: 'new RegExp("nat").exec(String(finding.why))',
  joined: "/nat/.test(`${finding.summary} ${finding.detail}`)",
  sentinel: 'finding.error.startsWith("none")',
  list: 'finding.at.split(", ")',
  match: "finding.says.match(/sgr-[0-9a-f]+/g)",
};

/** Lines that decide by something else, or decide nothing. */
const ALLOWED: Readonly<Record<string, string>> = {
  kind: 'finding.reason.kind === "no-route"',
  absent: "finding.says === undefined",
  empty: 'finding.message !== ""',
  code: 'finding.error === "NotImplemented"',
  union: 'finding.reason === "sandbox"',
  twice: "finding.says === hop.says",
  shown: 'finding.says.replace("a", "b")',
};

const probe = (line: string): Probe => ({
  folder: "rehearsal",
  text: `import type { finding, hop, own } from "./x.ts";\nexport const probe = [${line}];`,
});

const named = <T>(prefix: string, lines: Readonly<Record<string, T>>): [string, T][] =>
  Object.entries(lines).map(([name, line]) => [`${prefix}-${name}`, line]);

describe("a sentence that decides", () => {
  const probes = Object.fromEntries(
    [...named("forbidden", FORBIDDEN), ...named("allowed", ALLOWED)].map(([name, line]) => [
      name,
      probe(line),
    ]),
  );
  const report = lintProbes("text", {
    ...probes,
    matcher: { ...probe(FORBIDDEN["includes"] ?? ""), folder: "terraform" },
  });
  const decisionsIn = (name: string): number =>
    report.of(name).filter(({ code }) => code === "berth(text-decisions)").length;

  it("is looked for in every probe", () => {
    expect([report.status, report.number_of_files]).toEqual([1, Object.keys(probes).length + 1]);
  });

  it.each(Object.entries(FORBIDDEN))("is rejected by lint: %s", (name) => {
    expect(decisionsIn(`forbidden-${name}`)).toBe(1);
  });

  it.each(Object.entries(ALLOWED))("is not mistaken: %s", (name) => {
    expect(decisionsIn(`allowed-${name}`)).toBe(0);
  });

  it("may be in src/terraform, which reads the output of its own program", () => {
    expect(decisionsIn("matcher")).toBe(0);
  });
});

describe("src", () => {
  it("decides by no sentence outside the matcher of AWS's and Terraform's errors", () => {
    const report = lintWithRule(
      "tools/lint/text-decisions.mjs",
      "berth/text-decisions",
      "src",
      EXCLUDED,
    );
    expect([report.status, report.diagnostics]).toEqual([0, []]);
    expect(report.number_of_files).toBeGreaterThan(300);
  });

  it("has three exceptions", () => {
    const { stdout, status } = spawnSync(
      "git",
      ["grep", "-l", "oxlint-disable.* berth/text-decisions", "--", "src"],
      { cwd: root, encoding: "utf8" },
    );
    expect([status, stdout.trim().split("\n")]).toEqual([
      0,
      [
        "src/cli/errors.ts",
        "src/sandbox/services/acm/index.ts",
        "src/sandbox/services/logs/streams.ts",
      ],
    ]);
  });

  it("excludes only the matcher, tests and src/terraform from the rule", () => {
    expect(readFileSync(`${root}oxlint.config.mjs`, "utf8")).toContain(
      `excludeFiles: [${EXCLUDED.map((pattern) => `"${pattern}"`).join(", ")}]`,
    );
  });
});
