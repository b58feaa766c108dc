import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { lintProbes, lintWithRule, type Probe } from "../support/lint.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** Files of src in which code may decide by text. */
const EXCLUDED = ["src/failures/match-aws-error.ts", "src/terraform/**"];

/** Lines that decide by a sentence. */
const FORBIDDEN: Readonly<Record<string, string>> = {
  includes: 'finding.message.includes("no route")',
  starts: 'hop.stopped?.message.startsWith("there is")',
  ends: "(finding.message ?? own).endsWith(own)",
  equal: 'finding.message === "does not resolve"',
  constant: "finding.message !== own",
  turned: '"the response is lost" === finding.reason',
  template: "finding.rule === `egress ${own}`",
  pattern: "/network ACL/.test(finding.because)",
  exec: 'new RegExp("nat").exec(String(finding.why))',
  joined: "/nat/.test(`${finding.summary} ${finding.detail}`)",
  sentinel: 'finding.error.startsWith("none")',
  list: 'finding.at.split(", ")',
  match: "finding.message.match(/sgr-[0-9a-f]+/g)",
};

/** Lines that decide by another value, or that do not decide. */
const ALLOWED: Readonly<Record<string, string>> = {
  kind: 'finding.reason.kind === "no-route"',
  absent: "finding.message === undefined",
  empty: 'finding.message !== ""',
  code: 'finding.error === "NotImplemented"',
  union: 'finding.reason === "sandbox"',
  twice: "finding.message === hop.message",
  shown: 'finding.message.replace("a", "b")',
};

const probe = (line: string): Probe => ({
  folder: "rehearsal",
  text: `import type { finding, hop, own } from "./x.ts";\nexport const probe = [${line}];`,
});

const withPrefix = <T>(prefix: string, lines: Readonly<Record<string, T>>): [string, T][] =>
  Object.entries(lines).map(([name, line]) => [`${prefix}-${name}`, line]);

describe("the lint rule text-decisions", () => {
  const probes = Object.fromEntries(
    [...withPrefix("forbidden", FORBIDDEN), ...withPrefix("allowed", ALLOWED)].map(
      ([name, line]) => [name, probe(line)],
    ),
  );
  const report = lintProbes("text", {
    ...probes,
    matcher: { ...probe(FORBIDDEN["includes"] ?? ""), folder: "terraform" },
  });
  const decisionsIn = (name: string): number =>
    report.diagnosticsOf(name).filter(({ code }) => code === "berth(text-decisions)").length;

  it("is applied to each probe file", () => {
    expect([report.status, report.number_of_files]).toEqual([1, Object.keys(probes).length + 1]);
  });

  it.each(Object.entries(FORBIDDEN))("rejects a decision by a sentence: %s", (name) => {
    expect(decisionsIn(`forbidden-${name}`)).toBe(1);
  });

  it.each(Object.entries(ALLOWED))("accepts other code: %s", (name) => {
    expect(decisionsIn(`allowed-${name}`)).toBe(0);
  });

  it("is not applied to src/terraform, which reads Terraform's output", () => {
    expect(decisionsIn("matcher")).toBe(0);
  });
});

describe("src", () => {
  it("has no decision by a sentence outside the matcher of AWS and Terraform errors", () => {
    const report = lintWithRule(
      "tools/lint/text-decisions.mjs",
      "berth/text-decisions",
      "src",
      EXCLUDED,
    );
    expect([report.status, report.diagnostics]).toEqual([0, []]);
    expect(report.number_of_files).toBeGreaterThan(300);
  });

  it("has no exception from the rule", () => {
    const { stdout, status } = spawnSync(
      "git",
      ["grep", "-l", "oxlint-disable.* berth/text-decisions", "--", "src"],
      { cwd: root, encoding: "utf8" },
    );
    expect({ stdout, status }).toEqual({ stdout: "", status: 1 });
  });

  it("excludes only the matcher and src/terraform from the rule", () => {
    expect(readFileSync(`${root}oxlint.config.mjs`, "utf8")).toContain(
      `excludeFiles: [${EXCLUDED.map((pattern) => `"${pattern}"`).join(", ")}]`,
    );
  });
});
