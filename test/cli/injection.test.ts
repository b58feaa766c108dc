import { PassThrough } from "node:stream";
import { marked } from "marked";
import { describe, expect, it } from "vitest";
import { githubAnnotationsOf } from "../../src/checks/report/github-annotations.ts";
import { junitOf } from "../../src/checks/report/junit.ts";
import { markdownOf as checkMarkdown } from "../../src/checks/report/markdown.ts";
import { sarifOf } from "../../src/checks/report/sarif.ts";
import type { CheckFinding, CheckResult } from "../../src/checks/engine/result.ts";
import { textOf as checkText } from "../../src/checks/report/text.ts";
import { JsonHost } from "../../src/cli/host/json-host.ts";
import { TextHost } from "../../src/cli/host/text-host.ts";
import { sectionOf } from "../../src/pipeline/report-section.ts";
import type { Finding, Rehearsal } from "../../src/rehearsal/result.ts";
import { markdownOf } from "../../src/rehearsal/report/markdown.ts";
import { textOf } from "../../src/rehearsal/report/text.ts";

/** A hostile value, as it may occur in a plan or in an AWS message. */
const X =
  "x\n::stop-commands::t\n\u001b]0;title\u0007\u202e ::error::y ##[error]z\n\n<img src=x> **b** @team ``` `c` | d";

const finding: Finding = {
  isSandboxError: true,
  id: "ALB-13",
  title: X,
  message: X,
  fix: X,
  address: X,
  step: X,
  connection: { from: X, to: X },
  path: [
    { resource: X, message: X },
    { resource: X, address: X, message: X },
  ],
};

const moment = { call: X, number: 1, addresses: [X] };

const rehearsal: Rehearsal = {
  verdict: "fail",
  stacks: [X],
  phases: [{ name: "apply", outcome: "fail", seconds: 1, summary: X }],
  services: (["pass", "fail", "unknown"] as const).map((outcome) => ({
    service: X,
    outcome,
    running: 1,
    desired: 1,
    findings: [finding],
    because: X,
  })),
  requests: [{ listener: X, url: X, from: X, status: 200, answeredBy: X, finding }],
  errors: [{ ...finding, phase: "apply" }],
  differences: [
    {
      address: X,
      actions: [X],
      attributes: [{ path: X, before: X, after: X, replaces: true }],
    },
  ],
  outages: [{ subject: X, what: X, from: moment, until: moment, finding }],
  remainingResources: [X],
  latentRisks: [finding],
  skippedResources: [
    { stack: X, address: X, reason: "sandbox", requires: X, dependents: [X], mayDecide: true },
  ],
  unsupportedCalls: [X],
  assumptions: [X],
  skippedProviders: [X],
  allowedProviders: [X],
  localCode: [
    { stack: X, kind: "provisioner", address: X, what: X, effect: "runs-code", skipped: false },
  ],
  calls: 1,
  seconds: 1,
};

const found: CheckFinding = {
  check: "reach-ecr-layers",
  severity: "error",
  title: X,
  address: X,
  message: X,
  connection: { from: X, to: X },
  path: [
    { resource: X, message: X },
    { resource: X, message: X },
  ],
  awsError: X,
  fix: X,
  page: "",
  otherPlaces: 1,
};

const checked: CheckResult = {
  verdict: "fail",
  kind: "plan",
  resources: 1,
  services: [
    {
      address: X,
      kind: "service",
      subnets: [X],
      answers: {
        start: "pass",
        pull: "fail",
        logs: "unknown",
        secrets: "pass",
        traffic: "pass",
        isolation: "pass",
      },
    },
  ],
  findings: [found],
  missingFacts: [
    { fact: X, addresses: [X], checks: ["reach-ecr-layers"], ids: [], isCritical: true },
  ],
  suppressed: [{ ...found, reason: X, until: "2099-01-01" }],
  passed: 1,
  checks: 1,
  unknownReason: X,
};

/** Workflow commands that the GitHub Actions runner would read. Source: ActionCommand.cs of the runner. */
const commandsIn = (text: string): string[] =>
  text.split("\n").filter((line) => /^\s*::[A-Za-z][^\n]*::/.test(line) || /##\[\w+\]/.test(line));

const INVISIBLE = /[^\P{Cc}\n]|[\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u;

/** A text host without colors that records its output. */
function textHost(): { readonly host: TextHost; readonly printed: () => string } {
  const stream = new PassThrough();
  const host = new TextHost({
    out: stream as never,
    err: stream as never,
    env: { NO_COLOR: "1" },
    quiet: false,
  });
  return { host, printed: () => String(stream.read() ?? "") };
}

describe("hostile values of a plan", () => {
  it.each([
    ["a rehearsal", textOf(rehearsal)],
    ["a check", checkText(checked, undefined, true)],
    ["SARIF", sarifOf(checked, ["plan.json"], "1")],
    ["JUnit", junitOf(checked)],
  ])("do not move the cursor or start workflow commands in %s", (_, text) => {
    expect(text).not.toMatch(INVISIBLE);
    expect(commandsIn(text)).toEqual([]);
  });

  it("do not move the cursor or start workflow commands in the output of a host", () => {
    const { host, printed } = textHost();
    const event = { address: X, action: "create" } as const;
    host.phase(X);
    host.note(X);
    host.warn(X);
    host.started(event);
    host.finished(event);
    host.failed(event);
    host.show(X);
    host.problems([{ what: X, where: X, from: X, fix: X }]);
    host.result(X, undefined);
    const text = printed();
    expect(text.split("x ")).not.toHaveLength(1);
    expect(text).not.toMatch(INVISIBLE);
    expect(commandsIn(text)).toEqual([]);
  });

  it("are unchanged and escaped in JSON", () => {
    const stream = new PassThrough();
    new JsonHost(stream).result("", { name: X });
    const text = String(stream.read());
    expect(JSON.parse(text)).toMatchObject({ data: { name: X } });
    expect(text).not.toMatch(INVISIBLE);
    expect(commandsIn(text)).toEqual([]);
  });

  it("are data of a single workflow command in the GitHub format", () => {
    const text = githubAnnotationsOf(checked);
    expect(text).not.toMatch(INVISIBLE);
    expect(text.split("\n")).toHaveLength(1);
    const { host, printed } = textHost();
    host.result(text, undefined, "format");
    expect(printed()).toBe(`${text}\n`);
  });

  it.each([
    ["a rehearsal", markdownOf(rehearsal)],
    ["a check", checkMarkdown(checked, X)],
    [
      "a plan's section",
      sectionOf(
        {
          name: "shop",
          environment: "prod",
          outputs: 0,
          changes: [{ address: X, action: "replace", replacePaths: [X], movedFrom: X }],
          fingerprint: "berth1-0",
          text: X,
        },
        "",
      ),
    ],
  ])("are plain text in the Markdown of %s", (_, markdown) => {
    expect(markdown).not.toMatch(INVISIBLE);
    const html = marked.parse(markdown, { async: false });
    expect(html).not.toContain("<img");
    expect(html).not.toMatch(/<strong>b<\/strong>/);
    const outsideOfCode = html.replaceAll(/<code[^>]*>[^]*?<\/code>/g, "");
    expect(outsideOfCode).not.toContain("@team");
  });
});
