import {
  duration,
  locationText,
  markdownBlock,
  markdownCode,
  markdownText,
} from "../../shared/index.ts";
import type { Finding, Rehearsal } from "../result.ts";
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
  localCodeLine,
  skipReason,
  verdictText,
} from "./shared.ts";

const MARK = { pass: "✅", applied: "✅", fail: "❌", unknown: "❔" } as const;

function findingLines({
  connection,
  path = [],
  message,
  isSandboxError,
  fix,
  step,
}: Finding): string[] {
  const pathText = path.map(
    ({ resource, address, message: text }, index) =>
      `${index === path.length - 1 ? "✗" : "✓"} ${address ?? resource}: ${text}`,
  );
  return [
    ...(connection ? [markdownText(`${connection.from} → ${connection.to}, at ${step}:`), ""] : []),
    ...(path.length > 0 ? [...markdownBlock(pathText.join("\n"), "text"), ""] : []),
    `${isSandboxError === true ? "Error of the sandbox: " : ""}${markdownCode(message)}`,
    "",
    ...(fix === undefined ? [] : [`**Fix:** ${markdownText(fix)}`, ""]),
  ];
}

function heading(what: string, { id, title, location }: Finding): string {
  const failure = id === undefined ? "" : ` \`${id}\` ${markdownText(title ?? "")}`;
  const place = location === undefined ? "" : ` (${markdownCode(locationText(location))})`;
  return `❌ **${markdownText(what)}**${failure}${place}`;
}

const section = (title: string, lines: readonly string[]): string[] =>
  lines.length === 0 ? [] : [`### ${title}`, "", ...lines, ""];

const errorLines = (errors: Rehearsal["errors"]): string[] =>
  errors.flatMap((error) => [
    heading(error.address ?? "Terraform", error),
    "",
    ...findingLines(error),
  ]);

function serviceLines({ services, errors }: Rehearsal): string[] {
  const failed = services.filter((service) => service.outcome === "fail");
  return [
    ...services
      .filter((service) => service.outcome !== "fail")
      .map(({ service, outcome, running, desired, reason }) =>
        outcome === "pass"
          ? `- ✅ ${markdownCode(service)}: pass, ${running} of ${desired} tasks run`
          : `- ❔ ${markdownCode(service)}: ${markdownText(reason ?? "unknown")}`,
      ),
    ...(failed.length > 0 ? [""] : []),
    ...failed.flatMap(({ service, findings }) =>
      findings.flatMap((finding) =>
        isListed(errors, finding)
          ? [`- ❌ ${markdownCode(service)}: not created, see the errors`]
          : [heading(service, finding), "", ...findingLines(finding)],
      ),
    ),
  ];
}

const requestLines = ({ requests }: Rehearsal): string[] =>
  requests.map((request) => {
    const { url, from, status, answeredBy, finding, untested } = request;
    const isUnknown = untested !== undefined || isUnsent(request);
    return `- ${finding ? "❌" : isUnknown ? "❔" : "✅"} ${markdownCode(url)} from ${markdownText(`${from} → ${status ?? ""} ${answeredBy}`)}${finding?.id === undefined ? "" : ` (\`${finding.id}\` ${markdownText(finding.title ?? "")})`}${untested === undefined ? "" : `: ${markdownText(untested)}`}`;
  });

const deploymentLines = ({ deployments = [] }: Rehearsal): string[] =>
  deployments.flatMap((deployment) => [
    `- ${MARK[deployment.outcome]} ${markdownText(deploymentLine(deployment))}`,
    ...deployment.findings.flatMap((finding) => [
      "",
      heading(deployment.service, finding),
      "",
      ...findingLines(finding),
    ]),
  ]);

const deploymentRequestLines = ({ deploymentRequests }: Rehearsal): string[] =>
  deploymentRequests === undefined
    ? []
    : [
        `- ${MARK[deploymentRequestsOutcome(deploymentRequests)]} ${markdownText(deploymentRequestsText(deploymentRequests))}`,
        ...deploymentRequests.failed.map(
          (failed) => `- ❌ ${markdownText(failedRequestsLine(failed))}`,
        ),
      ];

const outageLines = ({ outages }: Rehearsal): string[] =>
  outages.flatMap((outage) => [
    heading(`${outage.subject}: ${outage.what}`, outage.finding),
    "",
    markdownText(
      `from ${describeCall(outage.from)} until ${outage.until ? describeCall(outage.until) : "the end of the change"}`,
    ),
    "",
    ...findingLines(outage.finding),
  ]);

const differenceLines = ({ differences }: Rehearsal): string[] =>
  differences.flatMap(({ address, attributes }) => [
    `- ${markdownCode(address)}`,
    ...attributes.map(
      ({ path, before, after }) =>
        `  - ${markdownCode(path)}: ${markdownCode(before)} → ${markdownCode(after)}`,
    ),
  ]);

const skippedLines = ({ skippedResources, unsupportedCalls }: Rehearsal): string[] => [
  ...skippedResources.map(
    (skipped) =>
      `- ${markdownCode(skipped.address)}: ${markdownText(skipReason(skipped))}${skipped.dependents.length > 0 ? `; skipped because of it: ${skipped.dependents.map(markdownCode).join(", ")}` : ""}`,
  ),
  ...unsupportedCalls.map(
    (call) => `- ${markdownText(call)}: not supported, and Terraform continued without it`,
  ),
];

const riskLines = ({ latentRisks }: Rehearsal): string[] =>
  latentRisks.map(
    ({ id, title, message, fix }) =>
      `- ${id === undefined ? "" : `\`${id}\` `}${markdownText(`${title ?? ""}: ${message}${fix === undefined ? "" : ` — ${fix}`}`)}`,
  );

/** The result of a rehearsal in GitHub's Markdown, for a pull request. */
export function markdownOf(rehearsal: Rehearsal): string {
  const { verdict, stacks, phases, remainingResources, seconds, calls, localCode } = rehearsal;
  const lines = [
    `## ${MARK[verdict]} Rehearsal: ${markdownText(stacks.join(", "))}: ${verdictText(rehearsal)}`,
    "",
    "| phase | | |",
    "|---|---|---|",
    ...phases.map(
      (phase) =>
        `| ${phase.name} | ${MARK[phase.outcome]} ${markdownText(phase.summary)} | ${duration(phase.seconds)} |`,
    ),
    "",
    ...section("Errors", errorLines(errorsBeforeDestroy(rehearsal))),
    ...section("Services", serviceLines(rehearsal)),
    ...section("Requests", requestLines(rehearsal)),
    ...section("Deployments", deploymentLines(rehearsal)),
    ...section("Requests during the deployments", deploymentRequestLines(rehearsal)),
    ...section("Outages during the change", outageLines(rehearsal)),
    ...section("The second plan is not empty", differenceLines(rehearsal)),
    ...section("Errors during destroy", errorLines(errorsInDestroy(rehearsal))),
    ...section(
      "Resources left after destroy",
      remainingResources.map((resource) => `- ${markdownText(resource)}`),
    ),
    ...section("Skipped", skippedLines(rehearsal)),
    ...section(
      "Not rehearsed",
      (rehearsal.notRehearsed ?? []).map((name) => `- ${markdownCode(name)}: it was not deployed`),
    ),
    ...section("Risks that did not occur in this run", riskLines(rehearsal)),
    ...section(
      "Ran outside the sandbox",
      localCode
        .filter((code) => !code.skipped)
        .map((code) => `- ${markdownCode(localCodeLine(code))}`),
    ),
    `<sub>${duration(seconds)}, ${calls} calls to the sandbox, ${markdownText(externalAccess(rehearsal))}</sub>`,
  ];
  return `${lines.join("\n")}\n`;
}
