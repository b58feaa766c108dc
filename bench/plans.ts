import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliDecompressSync } from "node:zlib";
import { isObject, jsonsOf, type Json } from "../src/plan/plan-json.ts";

/** The plan of one service that `npm run fixtures cases` has recorded. */
function recordedPlan(): Json {
  const file = new URL("../test/checks/fixtures/cases.json.br", import.meta.url);
  const cases = JSON.parse(brotliDecompressSync(readFileSync(file)).toString()) as Record<
    string,
    { readonly plan?: unknown }
  >; // npm run fixtures wrote it
  const plan = cases["as it is"]?.plan;
  if (!isObject(plan)) throw new TypeError(`${fileURLToPath(file)}: no plan of the unedited case`);
  return plan;
}

/** A plan with about this number of resources: copies of one service with its network, one module for each copy. */
function generatePlan(resources: number): string {
  const plan = recordedPlan();
  const configuration = isObject(plan["configuration"]) ? plan["configuration"] : {};
  const changes = jsonsOf(plan["resource_changes"]);
  const copies = Math.max(1, Math.round(resources / changes.length));
  const names = Array.from({ length: copies }, (_, index) => `copy_${index}`);
  const inModule = (name: string, change: Json): Json => ({
    ...change,
    address: `module.${name}.${String(change["address"])}`,
    module_address: `module.${name}`,
  });
  return JSON.stringify({
    ...plan,
    resource_changes: names.flatMap((name) => changes.map((change) => inModule(name, change))),
    configuration: {
      ...configuration,
      root_module: {
        module_calls: Object.fromEntries(
          names.map((name) => [
            name,
            { source: "./service", module: configuration["root_module"] },
          ]),
        ),
      },
    },
  });
}

/** Duration and memory of one check. */
export interface CheckMeasurement {
  readonly resources: number;
  /** Milliseconds of JSON.parse alone. */
  readonly parse: number;
  /** Milliseconds from the text to the verdict. */
  readonly check: number;
  /** Maximum memory of the process, in bytes. */
  readonly memory: number;
}

/** The built modules that the measured process imports. */
const EVALUATE_MODULE: URL = new URL("../dist/checks/engine/evaluate.js", import.meta.url);
const PLAN_JSON_MODULE: URL = new URL("../dist/plan/plan-json.js", import.meta.url);

const PROGRAM = `
import { readFileSync } from "node:fs";
import { evaluateChecks } from "${EVALUATE_MODULE.href}";
import { parsePlanJson } from "${PLAN_JSON_MODULE.href}";
const text = readFileSync(process.argv[1], "utf8");
const start = performance.now();
JSON.parse(text);
const parsed = performance.now();
const { resources } = evaluateChecks(parsePlanJson(text, "a plan"), { account: "111122223333" });
const done = performance.now();
console.log(JSON.stringify({
  resources,
  parse: parsed - start,
  check: done - parsed,
  memory: process.resourceUsage().maxRSS * 1024,
}));
`;

/** Checks a generated plan in a new process. */
export function measureCheck(resources: number): CheckMeasurement {
  const folder = mkdtempSync(join(tmpdir(), "berth-plans-"));
  try {
    const file = join(folder, "plan.json");
    writeFileSync(file, generatePlan(resources));
    const output = execFileSync(process.execPath, ["--input-type=module", "-e", PROGRAM, file], {
      encoding: "utf8",
      cwd: fileURLToPath(new URL("..", import.meta.url)),
    });
    return JSON.parse(output) as CheckMeasurement; // PROGRAM printed it
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
