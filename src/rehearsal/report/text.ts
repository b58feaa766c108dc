import {
  type Paint,
  countOf,
  duration,
  locationText,
  mapText,
  terminalText,
  withoutColor,
  wrap,
} from "../../shared/index.ts";
import type { Finding, Outage, Rehearsal, ServiceVerdict, TestRequestResult } from "../result.ts";
import {
  deploymentLine,
  deploymentRequestsOutcome,
  deploymentRequestsText,
  describeCall,
  errorsBeforeDestroy,
  errorsInDestroy,
  externalAccess,
  failedRequestsLine,
  isListed,
  isUnsent,
  phaseLine,
  skipReason,
  verdictText,
} from "./shared.ts";

/** The mark before a result, by its outcome. */
const marksOf = (paint: Paint): Readonly<Record<"pass" | "fail" | "unknown", string>> => ({
  pass: paint("green", "✓"),
  fail: paint("red", "✗"),
  unknown: paint("yellow", "?"),
});

function pathLines({ path = [] }: Finding, paint: Paint, indent: string): string[] {
  const width = Math.max(...path.map(({ resource, address }) => (address ?? resource).length));
  return path.map(({ resource, address, message }, index) => {
    const isLast = index === path.length - 1;
    const mark = isLast ? paint("red", "✗") : paint("green", "✓");
    return `${indent}${mark} ${(address ?? resource).padEnd(width)}  ${isLast ? message : paint("dim", message)}`;
  });
}

function fixLines({ fix }: Finding, paint: Paint, indent: string): string[] {
  return fix === undefined ? [] : [`${indent}${paint("bold", "fix")}  ${fix}`];
}

const locationLines = ({ location }: Finding, paint: Paint, indent: string): string[] =>
  location === undefined ? [] : [`${indent}${paint("dim", "at")}   ${locationText(location)}`];

function findingLines(finding: Finding, paint: Paint, indent: string): string[] {
  const { connection, path = [], message, isSandboxError, seconds, step } = finding;
  const delay = seconds === undefined ? "" : ` (on AWS after ${duration(seconds)})`;
  return [
    ...locationLines(finding, paint, indent),
    `${indent}failed step: ${step}${delay}`,
    ...(connection ? [`${indent}${connection.from} → ${connection.to}`] : []),
    ...(path.length > 0 ? pathLines(finding, paint, `${indent}  `) : []),
    ...(isSandboxError === true
      ? [`${indent}${paint("dim", "error of the sandbox")}`, ...wrap(message, `${indent}  `)]
      : wrap(message, indent)),
    ...fixLines(finding, paint, indent),
  ];
}

const failureTitle = ({ id, title }: Finding): string =>
  id === undefined ? "" : `: ${id} ${title ?? ""}`;

function serviceLines(
  verdict: ServiceVerdict,
  errors: Rehearsal["errors"],
  paint: Paint,
): string[] {
  const { service, outcome, running, desired, findings, reason } = verdict;
  switch (outcome) {
    case "pass":
      return [`${paint("green", "✓")} ${service}: pass, ${running} of ${desired} tasks run`];
    case "unknown":
      return [`${paint("yellow", "?")} ${service}: unknown, ${reason ?? "no reason given"}`];
    case "fail":
      return findings.flatMap((finding, index) => [
        ...(index === 0 ? [] : [""]),
        ...(isListed(errors, finding)
          ? [`${paint("red", "✗")} ${service}: not created, see the errors`]
          : [
              `${paint("red", "✗")} ${service}${finding.id === undefined ? `: ${paint("red", "fail")}` : failureTitle(finding)}`,
              ...findingLines(finding, paint, "    "),
            ]),
      ]);
  }
}

function requestLines(request: TestRequestResult, paint: Paint): string[] {
  const { url, from, status, answeredBy, finding, listener } = request;
  const response = status === undefined ? answeredBy : `${status} by ${answeredBy}`;
  const line = `${listener}: ${url} from ${from} → ${response}`;
  if (finding)
    return [
      `${paint("red", "✗")} ${line}${failureTitle(finding)}`,
      ...findingLines(finding, paint, "    "),
    ];
  if (request.untested !== undefined)
    return [`${paint("yellow", "?")} ${line}: unknown, ${request.untested}`];
  return [`${marksOf(paint)[isUnsent(request) ? "unknown" : "pass"]} ${line}`];
}

function outageLines({ subject, what, from, until, finding }: Outage, paint: Paint): string[] {
  return [
    `${paint("red", "✗")} ${subject}: ${what}`,
    `    from   ${describeCall(from)}`,
    `    until  ${until ? describeCall(until) : "the end of the change"}`,
    ...findingLines(finding, paint, "    "),
  ];
}

function deploymentLines({ deployments = [] }: Rehearsal, paint: Paint): string[] {
  const marks = marksOf(paint);
  return deployments.flatMap((deployment) => [
    `${marks[deployment.outcome]} ${deploymentLine(deployment)}`,
    ...deployment.findings.flatMap((finding) => [
      ...(finding.id === undefined ? [] : [`    ${finding.id} ${finding.title ?? ""}`]),
      ...findingLines(finding, paint, "    "),
    ]),
  ]);
}

function deploymentRequestLines({ deploymentRequests }: Rehearsal, paint: Paint): string[] {
  if (deploymentRequests === undefined) return [];
  const mark = marksOf(paint)[deploymentRequestsOutcome(deploymentRequests)];
  return [
    `${mark} ${deploymentRequestsText(deploymentRequests)}`,
    ...deploymentRequests.failed.flatMap((requests) => wrap(failedRequestsLine(requests), "    ")),
  ];
}

const errorLines = (errors: Rehearsal["errors"], paint: Paint): string[] =>
  errors.flatMap((error) => [
    `${paint("red", "✗")} ${error.address ?? "Terraform"} during ${error.phase}${failureTitle(error)}`,
    ...locationLines(error, paint, "    "),
    ...wrap(error.message, "    "),
    ...fixLines(error, paint, "    "),
  ]);

const differenceLines = ({ differences }: Rehearsal, paint: Paint): string[] =>
  differences.flatMap(({ address, actions, attributes }) => [
    `${paint("red", "✗")} ${address} (${actions.join(", ")})`,
    ...attributes.map(
      ({ path, before, after, replaces }) =>
        `    ${path}: ${before} → ${after}${replaces ? paint("red", "  forces replacement") : ""}`,
    ),
  ]);

const skippedLines = (
  { skippedResources, unsupportedCalls }: Rehearsal,
  paint: Paint,
): string[] => [
  ...skippedResources.flatMap((skipped) => [
    `${paint("yellow", "?")} ${skipped.address}: ${skipReason(skipped)}`,
    ...(skipped.dependents.length > 0
      ? wrap(`skipped because of it: ${skipped.dependents.join(", ")}`, "    ")
      : []),
  ]),
  ...unsupportedCalls.map(
    (call) => `${paint("yellow", "?")} ${call}: not supported, and Terraform continued without it`,
  ),
];

const riskLines = ({ latentRisks }: Rehearsal, paint: Paint): string[] =>
  latentRisks.flatMap((risk) => [
    `${paint("yellow", "!")} ${risk.address ?? ""}: ${risk.id === undefined ? "" : `${risk.id} `}${risk.title ?? risk.message}`,
    ...locationLines(risk, paint, "    "),
    ...(risk.title === undefined ? [] : wrap(risk.message, "    ")),
    ...fixLines(risk, paint, "    "),
  ]);

function lastLine(rehearsal: Rehearsal, paint: Paint): string {
  const { stacks, seconds, calls, faults, verdict } = rehearsal;
  const color = { pass: "green", applied: "green", fail: "red", unknown: "yellow" } as const;
  const facts = [
    duration(seconds),
    countOf(calls, "call"),
    ...(faults
      ? [
          `${countOf(faults.count, "fault")} (seed ${faults.seed}) and ${countOf(faults.interrupts, "interrupt")}`,
        ]
      : []),
    externalAccess(rehearsal),
  ];
  return `${paint(color[verdict], `${stacks.join(", ")}: ${verdictText(rehearsal)}`)} ${paint("dim", facts.join(", "))}`;
}

/** The result of a rehearsal as text for a terminal. @param paint @default no colors */
export function textOf(result: Rehearsal, paint: Paint = withoutColor): string {
  const rehearsal = mapText(result, terminalText);
  const { phases, services, requests, outages, remainingResources, assumptions } = rehearsal;
  const { notRehearsed = [] } = rehearsal;
  const marks = marksOf(paint);
  const section = (title: string, lines: readonly string[]): string[] =>
    lines.length === 0 ? [] : ["", paint("bold", title), ...lines];
  const indented = (lines: readonly string[]): string[] => lines.map((line) => `  ${line}`);
  return [
    ...phases.map((phase) => `${marks[phase.outcome]} ${phaseLine(phase)}`),
    ...section("Errors", errorLines(errorsBeforeDestroy(rehearsal), paint)),
    ...section(
      "Services",
      services.flatMap((service) => serviceLines(service, rehearsal.errors, paint)),
    ),
    ...section(
      "Requests",
      requests.flatMap((request) => requestLines(request, paint)),
    ),
    ...section("Deployments", deploymentLines(rehearsal, paint)),
    ...section("Requests during the deployments", deploymentRequestLines(rehearsal, paint)),
    ...section(
      "Outages during the change",
      outages.flatMap((outage) => outageLines(outage, paint)),
    ),
    ...section("The second plan is not empty", differenceLines(rehearsal, paint)),
    ...section("Errors during destroy", errorLines(errorsInDestroy(rehearsal), paint)),
    ...section("Resources left after destroy", indented(remainingResources)),
    ...section("Skipped", skippedLines(rehearsal, paint)),
    ...section("Risks that did not occur in this run", riskLines(rehearsal, paint)),
    ...section(
      "Not rehearsed",
      indented(notRehearsed.map((name) => `${name}: it was not deployed`)),
    ),
    ...section("Assumptions", indented(assumptions)),
    "",
    lastLine(rehearsal, paint),
  ].join("\n");
}
