import {
  mapText,
  markdownBlock,
  markdownCellCode,
  markdownCode,
  markdownText,
  terminalText,
} from "../../shared/escape.ts";
import type { Question } from "../engine/check.ts";
import type {
  Answer,
  CheckFinding,
  CheckResult,
  MissingFact,
  ServiceAnswers,
} from "../engine/result.ts";

/** How a text is coloured; by default not at all. */
export type Paint = (color: "green" | "red" | "yellow" | "dim" | "bold", text: string) => string;

const plain: Paint = (_color, text) => text;

const WIDTH = 100;

const ASKED: Readonly<Partial<Record<Question, string>>> = {
  start: "starts",
  pull: "pulls its image",
  logs: "writes its logs",
  secrets: "reads its secrets",
  traffic: "gets its traffic",
  isolation: "is reached and reaches out as it should",
};

/** Words in lines that fit. */
function wrap(text: string, indent: string): string[] {
  const lines: string[] = [];
  for (const word of text.split(/\s+/)) {
    const last = lines.at(-1);
    if (last === undefined || last.length + word.length + 1 + indent.length > WIDTH)
      lines.push(word);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines.map((line) => `${indent}${line}`);
}

function mark(answer: Answer, paint: Paint): string {
  switch (answer) {
    case "pass":
      return paint("green", "✓");
    case "fail":
      return paint("red", "✗");
    case "unknown":
      return paint("yellow", "?");
    case "not-applicable":
      return paint("dim", "·");
  }
}

function serviceLines({ address, kind, subnets, answers }: ServiceAnswers, paint: Paint): string[] {
  const asked = Object.entries(ASKED).flatMap(([question, words]) => {
    const answer = answers[question as Question]; // a key of ASKED
    return answer === "not-applicable" ? [] : [`${mark(answer, paint)} ${words}`];
  });
  const where = `${subnets.length} ${subnets.length === 1 ? "subnet" : "subnets"}`;
  return [
    `${paint("bold", address)} ${paint("dim", `(${kind}, ${where})`)}`,
    ...asked.map((value) => `  ${value}`),
  ];
}

function pathLines({ path = [], severity }: CheckFinding, paint: Paint): string[] {
  const width = Math.min(60, Math.max(...path.map(({ resource }) => resource.length)));
  return path.map(({ resource, message }, index) => {
    const isLast = index === path.length - 1;
    const sign = isLast ? paint(severity === "error" ? "red" : "yellow", "✗") : paint("green", "✓");
    return `      ${sign} ${resource.padEnd(width)}  ${isLast ? message : paint("dim", message)}`;
  });
}

function findingLines(found: CheckFinding, paint: Paint): string[] {
  const {
    severity,
    id,
    title,
    address,
    message: connection,
    connection: trace,
    awsError,
    fix,
    otherPlaces,
    check,
  } = found;
  const color = severity === "error" ? "red" : severity === "warning" ? "yellow" : "dim";
  const more =
    otherPlaces === undefined
      ? ""
      : paint("dim", ` (and in ${otherPlaces} more ${otherPlaces === 1 ? "place" : "places"})`);
  return [
    `${paint(color, severity)} ${paint("bold", id ?? check)} ${title}`,
    `    ${address}: ${connection}${more}`,
    ...(trace ? [`    ${trace.from} → ${trace.to}`] : []),
    ...(found.path && found.path.length > 1 ? pathLines(found, paint) : []),
    ...(awsError === undefined
      ? []
      : [`    ${paint("dim", "AWS will say")}`, ...wrap(awsError, "      ")]),
    ...(fix === "" ? [] : [`    ${paint("bold", "fix")}  ${fix}`]),
    "",
  ];
}

const factLines = ({ fact, ids, addresses }: MissingFact, paint: Paint): string[] => [
  `  ${paint("yellow", "?")} ${fact}`,
  `    ${paint("dim", `for ${addresses.slice(0, 3).join(", ")}${addresses.length > 3 ? ", …" : ""}${ids.length > 0 ? `: ${ids.slice(0, 6).join(", ")}${ids.length > 6 ? ", …" : ""}` : ""}`)}`,
];

const many = (count: number, value: string): string => `${count} ${value}${count === 1 ? "" : "s"}`;

/** The verdict in one line. */
export function verdictOf({
  verdict,
  findings,
  missingFacts,
  resources,
  kind,
  unknownReason,
}: CheckResult): string {
  const count = (severity: CheckFinding["severity"]): number =>
    findings.filter((finding) => finding.severity === severity).length;
  const open = missingFacts.filter((fact) => fact.isCritical).length;
  const counts = [
    ...(count("error") > 0 ? [many(count("error"), "error")] : []),
    ...(count("warning") > 0 ? [many(count("warning"), "warning")] : []),
    ...(count("note") > 0 ? [many(count("note"), "note")] : []),
    ...(open > 0 ? [`${many(open, "fact")} missing`] : []),
  ];
  const words = `${verdict}${unknownReason === undefined ? "" : `: ${unknownReason}`}`;
  return `${words} (a ${kind} of ${many(resources, "resource")}${counts.length > 0 ? `; ${counts.join(", ")}` : ""})`;
}

/** A result as people read it. Notes are left out unless all is asked for. */
export function textOf(given: CheckResult, paint: Paint = plain, isAll = false): string {
  const result = mapText(given, terminalText);
  const { services, findings, missingFacts, suppressed, verdict } = result;
  const shown = findings.filter((finding) => isAll || finding.severity !== "note");
  const hidden = findings.length - shown.length;
  const open = missingFacts.filter((fact) => isAll || fact.isCritical);
  const color = verdict === "pass" ? "green" : verdict === "fail" ? "red" : "yellow";
  return [
    ...services.flatMap((service) => [...serviceLines(service, paint), ""]),
    ...shown.flatMap((finding) => findingLines(finding, paint)),
    ...(open.length > 0
      ? ["what would decide the rest", ...open.flatMap((fact) => factLines(fact, paint)), ""]
      : []),
    ...(suppressed.length > 0
      ? [
          "suppressed",
          ...suppressed.map(
            (entry) =>
              `  ${entry.id ?? entry.check} ${entry.address}: ${entry.reason} (until ${entry.until})`,
          ),
          "",
        ]
      : []),
    `${paint(color, verdictOf(result))}${hidden > 0 ? paint("dim", `; --all shows ${many(hidden, "note")}`) : ""}`,
  ].join("\n");
}

/**
 * A result for a pull request.
 *
 * @param of the name of what was checked, where it stands beside others
 */
export function markdownOf(result: CheckResult, of?: string): string {
  const { services, findings, missingFacts } = result;
  const SIGN: Readonly<Record<Answer, string>> = {
    pass: "✅",
    fail: "❌",
    unknown: "❔",
    "not-applicable": "·",
  };
  const questions = Object.entries(ASKED);
  const open = missingFacts.filter((fact) => fact.isCritical);
  return [
    `### Check${of === undefined ? "" : ` of ${markdownText(of)}`}: ${markdownText(verdictOf(result))}`,
    "",
    ...(services.length === 0
      ? []
      : [
          `| | ${questions.map(([, words]) => words).join(" | ")} |`,
          `|---|${questions.map(() => ":-:|").join("")}`,
          ...services.map(
            ({ address, answers }) =>
              `| ${markdownCellCode(address)} | ${questions.map(([question]) => SIGN[answers[question as Question]]).join(" | ")} |`,
          ), // keys of ASKED
          "",
        ]),
    ...findings
      .filter((finding) => finding.severity !== "note")
      .flatMap(
        ({
          severity,
          id,
          check,
          title,
          address,
          message,
          connection: trace,
          path = [],
          awsError,
          fix,
        }) => [
          `**${severity} ${id ?? check}: ${markdownText(title)}**`,
          "",
          `${markdownCode(address)}: ${markdownText(message)}`,
          "",
          ...(trace && path.length > 1
            ? [
                ...markdownBlock(
                  [
                    `${trace.from} → ${trace.to}`,
                    ...path.map(
                      ({ resource, message: step }, index) =>
                        `  ${index === path.length - 1 ? "✗" : "✓"} ${resource}  ${step}`,
                    ),
                  ].join("\n"),
                  "text",
                ),
                "",
              ]
            : []),
          ...(awsError === undefined ? [] : [`> ${markdownText(awsError)}`, ""]),
          ...(fix === "" ? [] : [`Fix: ${markdownText(fix)}`, ""]),
        ],
      ),
    ...(open.length > 0
      ? [
          "What would decide the rest:",
          "",
          ...open.map(({ fact }) => `- ${markdownText(fact)}`),
          "",
        ]
      : []),
  ].join("\n");
}
