import type { LocalEffect } from "../terraform-copy/providers.ts";
import {
  mapText,
  markdownBlock,
  markdownCode,
  markdownText,
  terminalText,
} from "../../shared/escape.ts";
import type {
  Finding,
  SkippedResource,
  LocalCode,
  ChangingCall,
  Outage,
  Phase,
  Rehearsal,
  ServiceVerdict,
  TestRequestResult,
} from "../result.ts";

/** How a text is coloured; by default not at all. */
export type Paint = (color: "green" | "red" | "yellow" | "dim" | "bold", text: string) => string;

const plain: Paint = (_color, text) => text;

const WIDTH = 100;

const duration = (seconds: number): string =>
  seconds < 60
    ? `${Math.round(seconds)}s`
    : `${Math.floor(seconds / 60)}m${String(Math.round(seconds % 60)).padStart(2, "0")}s`;

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

function pathLines({ path = [] }: Finding, paint: Paint, indent: string): string[] {
  const width = Math.max(...path.map(({ resource, address }) => (address ?? resource).length));
  return path.map(({ resource, address, message }, index) => {
    const isLast = index === path.length - 1;
    const mark = isLast ? paint("red", "✗") : paint("green", "✓");
    return `${indent}${mark} ${(address ?? resource).padEnd(width)}  ${isLast ? message : paint("dim", message)}`;
  });
}

/** One finding, from what it is to what mends it. */
function findingLines(found: Finding, paint: Paint, indent: string): string[] {
  const { connection: trace, path = [], message, fix, seconds, step } = found;
  const after = seconds === undefined ? "" : `, on AWS after ${duration(seconds)}`;
  return [
    `${indent}it breaks at ${step}${after}`,
    ...(trace ? [`${indent}${trace.from} → ${trace.to}`] : []),
    ...(path.length > 0 ? pathLines(found, paint, `${indent}  `) : []),
    `${indent}${paint("dim", "AWS says")}`,
    ...wrap(message, `${indent}  `),
    ...(fix === undefined ? [] : [`${indent}${paint("bold", "fix")}  ${fix}`]),
  ];
}

const titled = ({ id, title }: Finding): string =>
  id === undefined ? "" : `: ${id} ${title ?? ""}`;

function serviceLines(verdict: ServiceVerdict, paint: Paint): string[] {
  const { service, outcome, running, desired, findings, reason: because } = verdict;
  switch (outcome) {
    case "pass":
      return [`${paint("green", "✓")} ${service}: pass, ${running} of ${desired} tasks run`];
    case "unknown":
      return [`${paint("yellow", "?")} ${service}: unknown, ${because ?? "no reason given"}`];
    case "fail":
      return findings.flatMap((found, index) => [
        ...(index === 0 ? [] : [""]),
        `${paint("red", "✗")} ${service}: ${paint("red", "fail")}${titled(found)}`,
        ...findingLines(found, paint, "    "),
      ]);
  }
}

function visitLines(
  { url, from, status, answeredBy, finding, listener }: TestRequestResult,
  paint: Paint,
): string[] {
  const answer = status === undefined ? answeredBy : `${status} by ${answeredBy}`;
  if (!finding) {
    const mark = answeredBy === "not asked" ? paint("yellow", "?") : paint("green", "✓");
    return [`${mark} ${listener}: ${url} from ${from} → ${answer}`];
  }
  return [
    `${paint("red", "✗")} ${listener}: ${url} from ${from} → ${answer}${titled(finding)}`,
    ...findingLines(finding, paint, "    "),
  ];
}

const momentWords = ({ call, number, addresses }: ChangingCall): string =>
  `call ${number}, ${call}${addresses.length > 0 ? ` (${addresses.join(", ")})` : ""}`;

function outageLines({ subject, what, from, until, finding }: Outage, paint: Paint): string[] {
  return [
    `${paint("red", "✗")} ${subject}: ${what}, but not`,
    `    from   ${momentWords(from)}`,
    `    until  ${until ? momentWords(until) : "the end of the change, and beyond"}`,
    ...findingLines(finding, paint, "    "),
  ];
}

function section(title: string, lines: readonly string[], paint: Paint): string[] {
  return lines.length === 0 ? [] : ["", paint("bold", title), ...lines];
}

export const phaseWords = ({ name, summary, seconds }: Phase): string =>
  `${name.padEnd(8)} ${summary} (${duration(seconds)})`;

/** Why a part of a configuration was not rehearsed. */
export function skipReason({ reason, requires }: SkippedResource): string {
  switch (reason) {
    case "sandbox":
      return `the sandbox does not know ${requires}`;
    case "provider":
      return `the provider ${requires} is skipped (--allow-provider ${requires} runs it for real)`;
    case "local-code":
      return "it acts outside the sandbox, and --no-exec leaves it out";
  }
}

const EFFECTS: Readonly<Record<LocalEffect, string>> = {
  "runs-code": "runs a program",
  "uses-network": "uses the network",
  "writes-files": "writes files",
};

function localCodeLine(code: LocalCode): string {
  const { kind, effect } = code;
  const [address, what] = [terminalText(code.address), terminalText(code.what)];
  switch (kind) {
    case "config-file":
      return `${address} (config file)`;
    case "module":
      return `${address} (module from ${what})`;
    case "provider":
      return `${address} (provider, runs for real)`;
    case "provisioner":
      return `${address} (${what} provisioner)`;
    case "resource":
    case "data":
    case "ephemeral":
    case "action":
      return `${address} (${EFFECTS[effect]})`;
  }
}

/** What runs on this machine, and what was left out of it, in lines. */
export function localCodeLines(code: readonly LocalCode[]): string[] {
  const part = (title: string, listed: readonly LocalCode[]): string[] =>
    listed.length === 0
      ? []
      : [title, ...listed.map((localCode) => `  ${localCodeLine(localCode)}`)];
  return [
    ...part(
      "Runs on this machine:",
      code.filter((localCode) => !localCode.skipped),
    ),
    ...part(
      "Left out by --no-exec:",
      code.filter((localCode) => localCode.skipped),
    ),
  ];
}

/** What the rehearsal reached outside the sandbox, for its last line. */
function reach({ allowedProviders, localCode }: Rehearsal): string {
  if (allowedProviders.length > 0) return `${allowedProviders.join(", ")} for real`;
  const ran = localCode.filter(
    ({ kind, skipped }) => !skipped && kind !== "config-file" && kind !== "module",
  );
  return ran.length > 0 ? "no account of AWS, but code that ran on this machine" : "no account";
}

/** A rehearsal as a person reads it. */
export function textOf(given: Rehearsal, paint: Paint = plain): string {
  const rehearsal = mapText(given, terminalText);
  const { verdict, stacks, phases, services, requests, errors, differences } = rehearsal;
  const {
    outages,
    remainingResources,
    latentRisks,
    skippedResources,
    unsupportedCalls,
    assumptions,
    seconds,
    calls,
    faults,
  } = rehearsal;
  const marks = {
    pass: paint("green", "✓"),
    fail: paint("red", "✗"),
    unknown: paint("yellow", "?"),
  };
  const color = { pass: "green", fail: "red", unknown: "yellow" } as const;
  const lines = [
    ...phases.map((phase) => `${marks[phase.outcome]} ${phaseWords(phase)}`),
    ...section(
      "Refused",
      errors.flatMap((refusal) => [
        `${paint("red", "✗")} ${refusal.address ?? "Terraform"} at ${refusal.phase}${titled(refusal)}`,
        ...wrap(refusal.message, "    "),
        ...(refusal.fix === undefined ? [] : [`    ${paint("bold", "fix")}  ${refusal.fix}`]),
      ]),
      paint,
    ),
    ...section(
      "Services",
      services.flatMap((service) => serviceLines(service, paint)),
      paint,
    ),
    ...section(
      "Requests",
      requests.flatMap((visit) => visitLines(visit, paint)),
      paint,
    ),
    ...section(
      "Out of order during the change",
      outages.flatMap((outage) => outageLines(outage, paint)),
      paint,
    ),
    ...section(
      "The second plan is not empty",
      differences.flatMap(({ address, actions, attributes }) => [
        `${paint("red", "✗")} ${address} (${actions.join(", ")})`,
        ...attributes.map(
          ({ path, before, after, replaces }) =>
            `    ${path}: ${before} → ${after}${replaces ? paint("red", "  forces replacement") : ""}`,
        ),
      ]),
      paint,
    ),
    ...section(
      "Left after destroy",
      remainingResources.map((value) => `  ${value}`),
      paint,
    ),
    ...section(
      "Not rehearsed",
      [
        ...skippedResources.flatMap((skipped) => [
          `${paint("yellow", "?")} ${skipped.address}: ${skipReason(skipped)}`,
          ...(skipped.dependents.length > 0
            ? wrap(`left out with it: ${skipped.dependents.join(", ")}`, "    ")
            : []),
        ]),
        ...unsupportedCalls.map(
          (value) => `${paint("yellow", "?")} ${value}: Terraform went on without it`,
        ),
      ],
      paint,
    ),
    ...section(
      "Went well, and need not the next time",
      latentRisks.flatMap(({ id, title, message, fix, address: where }) => [
        `${paint("yellow", "!")} ${where ?? ""}: ${id === undefined ? "" : `${id} `}${title ?? message}`,
        ...(title === undefined ? [] : wrap(message, "    ")),
        ...(fix === undefined ? [] : [`    ${paint("bold", "fix")}  ${fix}`]),
      ]),
      paint,
    ),
    ...section(
      "Taken for granted",
      assumptions.map((assumption) => `  ${assumption}`),
      paint,
    ),
    "",
    `${paint(color[verdict], `${stacks.join(", ")}: ${verdict}`)} ${paint("dim", `${duration(seconds)}, ${calls} calls${faults ? `, ${faults.count} faults (seed ${faults.seed}) and ${faults.interrupts} interrupt` : ""}, ${reach(rehearsal)}`)}`,
  ];
  return lines.join("\n");
}

function findingMarkdown(found: Finding): string[] {
  const { connection: trace, path = [], message, fix, step } = found;
  return [
    ...(trace ? [markdownText(`${trace.from} → ${trace.to}, at ${step}:`), ""] : []),
    ...(path.length > 0
      ? [
          ...markdownBlock(
            path
              .map(
                ({ resource, address, message: words }, index) =>
                  `${index === path.length - 1 ? "✗" : "✓"} ${address ?? resource}: ${words}`,
              )
              .join("\n"),
            "text",
          ),
          "",
        ]
      : []),
    `AWS says: ${markdownCode(message)}`,
    "",
    ...(fix === undefined ? [] : [`**Fix:** ${markdownText(fix)}`, ""]),
  ];
}

const heading = (mark: string, what: string, found: Finding): string =>
  `${mark} **${markdownText(what)}**${found.id === undefined ? "" : ` \`${found.id}\` ${markdownText(found.title ?? "")}`}`;

/** A rehearsal for a pull request, as GitHub's Markdown. */
export function markdownOf(rehearsal: Rehearsal): string {
  const { verdict, stacks, phases, services, requests, errors, differences } = rehearsal;
  const {
    outages,
    remainingResources,
    latentRisks,
    skippedResources,
    unsupportedCalls,
    seconds,
    calls,
    localCode,
  } = rehearsal;
  const mark = { pass: "✅", fail: "❌", unknown: "❔" } as const;
  const broken = services.filter((service) => service.outcome === "fail");
  const part = (title: string, lines: readonly string[]): string[] =>
    lines.length === 0 ? [] : [`### ${title}`, "", ...lines, ""];
  const lines = [
    `## ${mark[verdict]} Rehearsal: ${markdownText(stacks.join(", "))}: ${verdict}`,
    "",
    "| phase | | |",
    "|---|---|---|",
    ...phases.map(
      ({ name, outcome, summary, seconds: took }) =>
        `| ${name} | ${mark[outcome]} ${markdownText(summary)} | ${duration(took)} |`,
    ),
    "",
    ...part(
      "Refused",
      errors.flatMap((refusal) => [
        heading("❌", refusal.address ?? "Terraform", refusal),
        "",
        ...findingMarkdown(refusal),
      ]),
    ),
    ...part("Services", [
      ...services
        .filter((service) => service.outcome !== "fail")
        .map(({ service, outcome, running, desired, reason: because }) =>
          outcome === "pass"
            ? `- ✅ ${markdownCode(service)}: pass, ${running} of ${desired} tasks run`
            : `- ❔ ${markdownCode(service)}: ${markdownText(because ?? "not rehearsed")}`,
        ),
      ...(broken.length > 0 ? [""] : []),
      ...broken.flatMap(({ service, findings }) =>
        findings.flatMap((finding) => [
          heading("❌", service, finding),
          "",
          ...findingMarkdown(finding),
        ]),
      ),
    ]),
    ...part(
      "Requests",
      requests.map(
        ({ url, from, status, answeredBy, finding }) =>
          `- ${finding ? "❌" : "✅"} ${markdownCode(url)} from ${markdownText(`${from} → ${status ?? ""} ${answeredBy}`)}${finding?.id === undefined ? "" : ` (\`${finding.id}\` ${markdownText(finding.title ?? "")})`}`,
      ),
    ),
    ...part(
      "Out of order during the change",
      outages.flatMap((outage) => [
        heading("❌", `${outage.subject}: ${outage.what}, but not`, outage.finding),
        "",
        markdownText(
          `from ${momentWords(outage.from)} until ${outage.until ? momentWords(outage.until) : "the end"}`,
        ),
        "",
        ...findingMarkdown(outage.finding),
      ]),
    ),
    ...part(
      "The second plan is not empty",
      differences.flatMap(({ address, attributes }) => [
        `- ${markdownCode(address)}`,
        ...attributes.map(
          ({ path, before, after }) =>
            `  - ${markdownCode(path)}: ${markdownCode(before)} → ${markdownCode(after)}`,
        ),
      ]),
    ),
    ...part(
      "Left after destroy",
      remainingResources.map((value) => `- ${markdownText(value)}`),
    ),
    ...part("Not rehearsed", [
      ...skippedResources.map(
        (skipped) =>
          `- ${markdownCode(skipped.address)}: ${markdownText(skipReason(skipped))}${skipped.dependents.length > 0 ? `; left out with it: ${skipped.dependents.map(markdownCode).join(", ")}` : ""}`,
      ),
      ...unsupportedCalls.map((value) => `- ${markdownText(value)}: Terraform went on without it`),
    ]),
    ...part(
      "Went well, and need not the next time",
      latentRisks.map(
        ({ id, title, message, fix }) =>
          `- ${id === undefined ? "" : `\`${id}\` `}${markdownText(`${title ?? ""}: ${message}${fix === undefined ? "" : ` — ${fix}`}`)}`,
      ),
    ),
    ...part(
      "Ran outside the sandbox",
      localCode
        .filter((otherLocalCode) => !otherLocalCode.skipped)
        .map((otherLocalCode) => `- ${markdownCode(localCodeLine(otherLocalCode))}`),
    ),
    `<sub>${duration(seconds)}, ${calls} calls to an embedded AWS, ${markdownText(reach(rehearsal))}</sub>`,
  ];
  return `${lines.join("\n")}\n`;
}
