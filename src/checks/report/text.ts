import {
  type Paint,
  countOf,
  locationText,
  mapText,
  terminalText,
  withoutColor,
  wrap,
} from "../../shared/index.ts";
import type {
  Answer,
  CheckFinding,
  CheckResult,
  MissingFact,
  ServiceAnswers,
} from "../engine/result.ts";
import { ruleIdOf } from "./finding-text.ts";
import { noteOf, questionLabels, verdictLine } from "./summary.ts";

/** The lists of a missing fact show this many entries. */
const MAX_ADDRESSES = 3;
const MAX_IDS = 6;

function symbolOf(answer: Answer, paint: Paint): string {
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

/** If more services than this have only the answer "pass", they share one line. */
const MAX_PASSED_SERVICES = 10;

const hasPassed = ({ answers }: ServiceAnswers): boolean =>
  Object.values(answers).every((answer) => answer === "pass" || answer === "not-applicable");

function headingOf({ address, kind, subnets }: ServiceAnswers, paint: Paint): string {
  return `${paint("bold", address)} ${paint("dim", `(${kind}, ${countOf(subnets.length, "subnet")})`)}`;
}

/** Services without a failed or unknown answer: a line for each, or one line for many. */
function passedLines(services: readonly ServiceAnswers[], paint: Paint): string[] {
  const passed = services.filter(hasPassed);
  if (passed.length === 0) return [];
  const symbol = symbolOf("pass", paint);
  return passed.length > MAX_PASSED_SERVICES
    ? [`${symbol} ${passed.length} services pass`, ""]
    : [
        ...passed.map((service) => `${symbol} ${headingOf(service, paint)}${answersText(service)}`),
        "",
      ];
}

/** What a service does, such as " starts, pulls its image". */
const answersText = ({ answers }: ServiceAnswers): string =>
  ` ${questionLabels
    .filter(([question]) => answers[question] === "pass")
    .map(([, label]) => label)
    .join(", ")}`.trimEnd();

function serviceLines(service: ServiceAnswers, paint: Paint): string[] {
  if (hasPassed(service)) return [];
  const { answers } = service;
  const applicable = questionLabels.filter(([question]) => answers[question] !== "not-applicable");
  return [
    headingOf(service, paint),
    ...applicable.map(([question, label]) => `  ${symbolOf(answers[question], paint)} ${label}`),
    "",
  ];
}

function pathLines({ path = [], severity }: CheckFinding, paint: Paint): string[] {
  if (path.length < 2) return [];
  const width = Math.min(60, Math.max(...path.map(({ resource }) => resource.length)));
  return path.map(({ resource, message }, index) => {
    const isLast = index === path.length - 1;
    const symbol = isLast
      ? paint(severity === "error" ? "red" : "yellow", "✗")
      : paint("green", "✓");
    return `      ${symbol} ${resource.padEnd(width)}  ${isLast ? message : paint("dim", message)}`;
  });
}

function findingLines(finding: CheckFinding, paint: Paint): string[] {
  const {
    severity,
    title,
    address,
    location,
    message,
    connection,
    awsError,
    awsErrorSource,
    fix,
    otherPlaces,
  } = finding;
  const color = severity === "error" ? "red" : severity === "warning" ? "yellow" : "dim";
  const more =
    otherPlaces === undefined
      ? ""
      : paint("dim", ` (and in ${countOf(otherPlaces, "more place")})`);
  return [
    `${paint(color, severity)} ${paint("bold", ruleIdOf(finding))} ${title}`,
    // The problem matcher in docs/guides/check.md reads these two lines.
    ...(location === undefined ? [] : [`    ${paint("dim", "at")}   ${locationText(location)}`]),
    `    ${address}: ${message}${more}`,
    ...(connection ? [`    ${connection.from} → ${connection.to}`] : []),
    ...pathLines(finding, paint),
    ...(awsError === undefined
      ? []
      : [
          `    ${paint("dim", "AWS error")}`,
          ...wrap(awsError, "      "),
          ...wrap(`Source: ${awsErrorSource ?? ""}`, "      ").map((line) => paint("dim", line)),
        ]),
    ...(fix === "" ? [] : [`    ${paint("bold", "fix")}  ${fix}`]),
    "",
  ];
}

const listOf = (entries: readonly string[], most: number): string =>
  `${entries.slice(0, most).join(", ")}${entries.length > most ? ", …" : ""}`;

function factLines({ fact, ids, addresses }: MissingFact, paint: Paint): string[] {
  const failures = ids.length > 0 ? `: ${listOf(ids, MAX_IDS)}` : "";
  return [
    `  ${paint("yellow", "?")} ${fact}`,
    `    ${paint("dim", `for ${listOf(addresses, MAX_ADDRESSES)}${failures}`)}`,
  ];
}

const suppressedLines = (suppressed: CheckResult["suppressed"]): string[] =>
  suppressed.map(
    (finding) =>
      `  ${ruleIdOf(finding)} ${finding.address}: ${finding.reason} (until ${finding.until})`,
  );

const section = (heading: string, lines: readonly string[]): string[] =>
  lines.length === 0 ? [] : [heading, ...lines, ""];

/**
 * A result as text for a terminal.
 *
 * @param paint colors the text. @default no colors
 * @param showAll also shows notes, and facts that do not change the verdict. @default false
 */
export function textOf(
  result: CheckResult,
  paint: Paint = withoutColor,
  showAll: boolean = false,
): string {
  const safe = mapText(result, terminalText);
  const { services, findings, missingFacts, suppressed, verdict } = safe;
  const visible = findings.filter((finding) => showAll || finding.severity !== "note");
  const hiddenCount = findings.length - visible.length;
  const hint = hiddenCount > 0 ? paint("dim", `; --all shows ${countOf(hiddenCount, "note")}`) : "";
  const facts = missingFacts.filter((fact) => showAll || fact.isCritical);
  const note = noteOf(safe);
  const color = verdict === "pass" ? "green" : verdict === "fail" ? "red" : "yellow";
  return [
    ...passedLines(services, paint),
    ...services.flatMap((service) => serviceLines(service, paint)),
    ...visible.flatMap((finding) => findingLines(finding, paint)),
    ...section(
      "missing facts",
      facts.flatMap((fact) => factLines(fact, paint)),
    ),
    ...section("suppressed", suppressedLines(suppressed)),
    ...(note === undefined ? [] : [`${paint("dim", "note")} ${note}`, ""]),
    `${paint(color, verdictLine(safe))}${hint}`,
  ].join("\n");
}
