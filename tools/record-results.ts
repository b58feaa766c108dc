// npm run results <file> [-- --text]: writes the result of the checks for every recorded plan and state, and the failure that a
// rehearsal identifies in every broken configuration of test/sandbox/failures. A refactoring must not change the file. It
// contains ids; --text adds the messages.
import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import type { CheckOptions } from "../src/checks/engine/evaluate.ts";
import type { CheckResult } from "../src/checks/engine/result.ts";
import { cases } from "../test/checks/cases/index.ts";
import {
  checkRecordedPlan,
  checkRecordedState,
  type RecordedConfiguration,
  readFixture,
} from "../test/support/plan-fixtures.ts";
import { failures } from "../test/sandbox/failures/index.ts";
import { stackExamples } from "../test/e2e/stacks/index.ts";

const FIXTURES = [
  "cases",
  "changes",
  "endpoints",
  "nat",
  "nat-per-zone",
  "public",
  "stacks",
  "stack-mutants",
] as const;

const {
  values: { text },
  positionals: [file],
} = parseArgs({ allowPositionals: true, options: { text: { type: "boolean", default: false } } });

/** Sorts by JSON, so that the order of the entries does not change the file. */
const sorted = <T>(list: readonly T[]): T[] =>
  [...list].sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));

function resultOf(source: string, result: CheckResult): object {
  const { verdict, findings, missingFacts, services } = result;
  return {
    source,
    verdict,
    findings: sorted(findings.map((found) => [found.check, found.id ?? null, found.address])),
    facts: sorted(
      missingFacts.map((fact) => [fact.checks, fact.ids, fact.addresses, fact.isCritical]),
    ),
    services: sorted(services.map((service) => [service.address, service.answers])),
    ...(text ? { result } : {}),
  };
}

/** The images of a case, or of the stack of a recording. */
function imagesOf(fixture: string, name: string): CheckOptions["images"] {
  if (fixture === "cases") return cases[name]?.images;
  return stackExamples[name.split(": ")[0] ?? ""]?.options?.images;
}

function* ofRecording(
  source: string,
  recording: RecordedConfiguration,
  options: CheckOptions,
): Iterable<object> {
  if (recording.plan !== undefined) yield resultOf(source, checkRecordedPlan(recording, options));
  if (recording.state !== undefined)
    yield resultOf(`${source} (state)`, checkRecordedState(recording, options));
}

const checked = FIXTURES.flatMap((fixture) =>
  Object.entries(readFixture(fixture)).flatMap(([name, recording]) => {
    const images = imagesOf(fixture, name);
    return [...ofRecording(`${fixture}: ${name}`, recording, { images })];
  }),
);

/** The lines of a message, sorted, without random ids, duplicates and ECS events, whose number depends on time. */
const normalizedLines = (message: string): string[] => {
  const lines = message
    .replace(/\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/g, "<id>")
    .replace(/\b[0-9a-f]{32}\b|[0-9a-f]{16,17}\b|(?<=-)[0-9a-f]{6}\b/g, "<id>")
    .split("\n");
  return sorted([...new Set(lines)].filter((line) => !line.startsWith("(service ")));
};

const simulated = [];
for (const failure of failures) {
  const identified = (await failure.identified?.()) ?? [];
  simulated.push({
    source: `sandbox: ${failure.id} ${failure.title}`,
    identified: identified.map((id) => id ?? null),
    ...(text ? { message: normalizedLines(await failure.broken()) } : {}),
  });
}

const results = JSON.stringify({ checked: sorted(checked), simulated: sorted(simulated) }, null, 1);
if (file === undefined) throw new TypeError("usage: npm run results <file> [-- --text]");
writeFileSync(file, `${results}\n`);
