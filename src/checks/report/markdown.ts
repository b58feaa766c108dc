import {
  locationText,
  markdownBlock,
  markdownCellCode,
  markdownCode,
  markdownText,
} from "../../shared/index.ts";
import type { Answer, CheckFinding, CheckResult, ServiceAnswers } from "../engine/result.ts";
import { ruleIdOf } from "./finding-text.ts";
import { noteOf, questionLabels, verdictLine } from "./summary.ts";

const SYMBOLS: Readonly<Record<Answer, string>> = {
  pass: "✅",
  fail: "❌",
  unknown: "❔",
  "not-applicable": "·",
};

function servicesTable(services: readonly ServiceAnswers[]): string[] {
  if (services.length === 0) return [];
  return [
    `| | ${questionLabels.map(([, label]) => label).join(" | ")} |`,
    `|---|${questionLabels.map(() => ":-:|").join("")}`,
    ...services.map(
      ({ address, answers }) =>
        `| ${markdownCellCode(address)} | ${questionLabels.map(([question]) => SYMBOLS[answers[question]]).join(" | ")} |`,
    ),
    "",
  ];
}

function connectionBlock({ connection, path = [] }: CheckFinding): string[] {
  if (!connection || path.length < 2) return [];
  const hops = path.map(
    ({ resource, message }, index) =>
      `  ${index === path.length - 1 ? "✗" : "✓"} ${resource}  ${message}`,
  );
  const lines = [`${connection.from} → ${connection.to}`, ...hops];
  return [...markdownBlock(lines.join("\n"), "text"), ""];
}

function findingLines(finding: CheckFinding): string[] {
  const { severity, title, address, location, message, awsError, awsErrorSource, fix } = finding;
  const place = location === undefined ? "" : ` (${markdownCode(locationText(location))})`;
  return [
    `**${severity} ${ruleIdOf(finding)}: ${markdownText(title)}**`,
    "",
    `${markdownCode(address)}${place}: ${markdownText(message)}`,
    "",
    ...connectionBlock(finding),
    ...(awsError === undefined
      ? []
      : [
          `> ${markdownText(awsError)}`,
          ">",
          `> Source: ${markdownText(awsErrorSource ?? "")}`,
          "",
        ]),
    ...(fix === "" ? [] : [`Fix: ${markdownText(fix)}`, ""]),
  ];
}

/**
 * A result as a comment of a pull request. It has no notes.
 *
 * @param name of the configuration, for a comment about several
 */
export function markdownOf(result: CheckResult, name?: string): string {
  const { services, findings, missingFacts } = result;
  const criticalFacts = missingFacts.filter((fact) => fact.isCritical);
  const note = noteOf(result);
  return [
    `### Check${name === undefined ? "" : ` of ${markdownText(name)}`}: ${markdownText(verdictLine(result))}`,
    "",
    ...servicesTable(services),
    ...findings.filter((finding) => finding.severity !== "note").flatMap(findingLines),
    ...(criticalFacts.length > 0
      ? ["Missing facts:", "", ...criticalFacts.map(({ fact }) => `- ${markdownText(fact)}`), ""]
      : []),
    ...(note === undefined ? [] : [`Note: ${markdownText(note)}`, ""]),
  ].join("\n");
}
