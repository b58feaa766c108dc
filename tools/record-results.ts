// npm run results <file> [-- --text]: what the prover says of every recorded plan and state, and which failure a rehearsal
// identifies in every broken configuration of test/sandbox/failures. A refactoring leaves the file as it was. IDs only,
// unless --text adds the sentences.
import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import type { CheckOptions } from "../src/checks/engine/evaluate.ts";
import type { CheckResult } from "../src/checks/engine/result.ts";
import { cases } from "../test/checks/cases/cases.ts";
import { ofPlan, ofState, type Recorded, recorded } from "../test/support/plan-fixtures.ts";
import { failures } from "../test/sandbox/failures/index.ts";
import { shapes } from "../test/e2e/stacks/index.ts";

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

/** Sorts by JSON, so that an order that decides nothing does not count. */
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

/** Images that a case or the stack of a recording brings along. */
function imagesOf(fixture: string, name: string): CheckOptions["images"] {
  if (fixture === "cases") return cases[name]?.images;
  return shapes[name.split(": ")[0] ?? ""]?.options?.images;
}

function* ofRecording(
  source: string,
  recording: Recorded,
  options: CheckOptions,
): Iterable<object> {
  if (recording.plan !== undefined) yield resultOf(source, ofPlan(recording, options));
  if (recording.state !== undefined)
    yield resultOf(`${source} (state)`, ofState(recording, options));
}

const checked = FIXTURES.flatMap((fixture) =>
  Object.entries(recorded(fixture)).flatMap(([name, recording]) => {
    const images = imagesOf(fixture, name);
    return [
      ...ofRecording(`${fixture}: ${name}`, recording, images === undefined ? {} : { images }),
    ];
  }),
);

/** The lines of a message in order, without random IDs, repetitions and ECS events, whose number depends on time. */
const normalized = (message: string): string[] => {
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
    ...(text ? { message: normalized(await failure.broken()) } : {}),
  });
}

const results = JSON.stringify({ checked: sorted(checked), simulated: sorted(simulated) }, null, 1);
if (file === undefined) throw new TypeError("usage: npm run results <file> [-- --text]");
writeFileSync(file, `${results}\n`);
