import { terminalLines } from "../../shared/index.ts";
import type { Check } from "../engine/check.ts";
import { checks } from "../engine/registry.ts";
import type { CheckResult } from "../engine/result.ts";
import { locatedText, ruleIdOf } from "./finding-text.ts";

const xmlText = (text: string): string =>
  terminalLines(text)
    .replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
    // XML 1.0 cannot contain these two characters.
    .replace(/[\uFFFE\uFFFF]/g, "\uFFFD");

interface TestCase {
  readonly xml: string;
  readonly isFailed: boolean;
  readonly isSkipped: boolean;
}

function testCaseOf({ id, question }: Check, { findings, missingFacts }: CheckResult): TestCase {
  const failing = findings.filter((finding) => finding.check === id && finding.severity !== "note");
  const failures = failing.map(
    (finding) =>
      `<failure type="${xmlText(ruleIdOf(finding))}" message="${xmlText(finding.title)}">${xmlText(locatedText(finding))}</failure>`,
  );
  const location = failing.find((finding) => finding.location)?.location;
  const place =
    location === undefined ? "" : ` file="${xmlText(location.file)}" line="${location.line}"`;
  const facts = missingFacts.filter(({ checks: ids }) => ids.includes(id));
  const isFailed = failures.length > 0;
  const isSkipped = !isFailed && facts.length > 0;
  const skipped = isSkipped
    ? `<skipped message="${xmlText(facts.map(({ fact }) => fact).join("; "))}"/>`
    : "";
  return {
    xml: `    <testcase classname="berth.check.${question}" name="${xmlText(id)}"${place}>${failures.join("")}${skipped}</testcase>`,
    isFailed,
    isSkipped,
  };
}

/** A service or job of a config that was not checked. */
const uncheckedTestCase = (name: string): TestCase => ({
  xml: `    <testcase classname="berth.check" name="${xmlText(name)}"><skipped message="not checked: nothing in the plan starts a task"/></testcase>`,
  isFailed: false,
  isSkipped: true,
});

/**
 * A JUnit report with one test case for each check. Errors and warnings fail it; a missing fact skips it. A test case has the
 * location of its first failure. Services and jobs that were not checked are skipped test cases.
 */
export function junitOf(result: CheckResult): string {
  const testCases = [
    ...checks.map((check) => testCaseOf(check, result)),
    ...(result.notChecked ?? []).map(uncheckedTestCase),
  ];
  const failed = testCases.filter(({ isFailed }) => isFailed).length;
  const skipped = testCases.filter(({ isSkipped }) => isSkipped).length;
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    "<testsuites>",
    `  <testsuite name="berth check" tests="${testCases.length}" failures="${failed}" errors="0" skipped="${skipped}">`,
    ...testCases.map(({ xml }) => xml),
    "  </testsuite>",
    "</testsuites>",
  ].join("\n");
}
