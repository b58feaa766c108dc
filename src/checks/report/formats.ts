import { jsonText, terminalLines, workflowCommand } from "../../shared/escape.ts";
import { failures } from "../../failures/catalogue/index.ts";
import { checks } from "../engine/registry.ts";
import type { CheckFinding, CheckResult } from "../engine/result.ts";

const xml = (text: string): string =>
  terminalLines(text)
    .replace(/[&<>"']/g, (value) => `&#${value.charCodeAt(0)};`)
    // Two more that XML 1.0 cannot hold.
    .replace(/[\uFFFE\uFFFF]/g, "\uFFFD");

const LEVEL = { error: "error", warning: "warning", note: "note" } as const;

const ruleOf = ({ id, check }: CheckFinding): string => id ?? check;

const words = ({ address, message, fix }: CheckFinding): string =>
  `${address}: ${message}${fix === "" ? "" : `. Fix: ${fix}`}`;

/** Names of a resource's file are not in a plan: results are about the input. */
export function sarifOf(result: CheckResult, input: string, version: string): string {
  const used = [...new Set(result.findings.map(ruleOf))].sort((a, b) => (a < b ? -1 : 1));
  const rules = used.map((id) => {
    const check = checks.find((otherCheck) => otherCheck.id === id);
    const failure = id in failures ? failures[id as keyof typeof failures] : undefined; // asked one step before
    return {
      id,
      shortDescription: { text: failure?.title ?? check?.title ?? id },
      ...(failure === undefined ? {} : { help: { text: failure.fix } }),
    };
  });
  const log = {
    $schema: "https://json.schemastore.org/sarif-2.1.0.json",
    version: "2.1.0",
    runs: [
      {
        tool: { driver: { name: "berth", version, rules } },
        results: result.findings.map((finding) => ({
          ruleId: ruleOf(finding),
          ruleIndex: used.indexOf(ruleOf(finding)),
          level: LEVEL[finding.severity],
          message: { text: words(finding) },
          partialFingerprints: { addressAndRule: `${finding.address}|${ruleOf(finding)}` },
          locations: [
            {
              physicalLocation: { artifactLocation: { uri: input }, region: { startLine: 1 } },
              logicalLocations: [{ fullyQualifiedName: finding.address, kind: "resource" }],
            },
          ],
        })),
      },
    ],
  };
  return jsonText(log, 2);
}

/** One test case for each check: failed by errors and warnings, skipped where a fact is missing. */
export function junitOf(result: CheckResult): string {
  const cases = checks.map(({ id, question }) => {
    const found = result.findings.filter(
      (finding) => finding.check === id && finding.severity !== "note",
    );
    const open = result.missingFacts.filter((fact) => fact.checks.includes(id));
    const inside = [
      ...found.map(
        (finding) =>
          `<failure type="${xml(ruleOf(finding))}" message="${xml(finding.title)}">${xml(words(finding))}</failure>`,
      ),
      ...(found.length === 0 && open.length > 0
        ? [`<skipped message="${xml(open.map((fact) => fact.fact).join("; "))}"/>`]
        : []),
    ];
    return {
      text: `    <testcase classname="berth.check.${question}" name="${xml(id)}">${inside.join("")}</testcase>`,
      isFailed: found.length > 0,
      isSkipped: found.length === 0 && open.length > 0,
    };
  });
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    "<testsuites>",
    `  <testsuite name="berth check" tests="${cases.length}" failures="${cases.filter((testCase) => testCase.isFailed).length}" errors="0" skipped="${cases.filter((testCase) => testCase.isSkipped).length}">`,
    ...cases.map((testCase) => testCase.text),
    "  </testsuite>",
    "</testsuites>",
  ].join("\n");
}

/** Each finding as a command that GitHub Actions shows beside the change. */
export function githubOf(result: CheckResult): string {
  const KIND = { error: "error", warning: "warning", note: "notice" } as const;
  return result.findings
    .map((finding) =>
      workflowCommand(
        KIND[finding.severity],
        { title: `${ruleOf(finding)} ${finding.title}` },
        words(finding),
      ),
    )
    .join("\n");
}
