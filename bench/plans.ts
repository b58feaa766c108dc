import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { isJson, jsonsOf, type Json } from "../src/plan/plan-json.ts";
import { recorded } from "../test/support/plan-fixtures.ts";

/** A plan of so many resources and a few more: services, each with all that it stands on, as modules side by side. */
function planOf(resources: number): string {
  const { plan } = recorded("cases")["as it is"] ?? {};
  if (!isJson(plan)) throw new TypeError("npm run fixtures cases makes it");
  const configuration = isJson(plan["configuration"]) ? plan["configuration"] : {};
  const changes = jsonsOf(plan["resource_changes"]);
  const copies = Math.max(1, Math.round(resources / changes.length));
  const names = Array.from({ length: copies }, (_, index) => `copy_${index}`);
  const within = (name: string, entry: Json): Json => ({
    ...entry,
    address: `module.${name}.${String(entry["address"])}`,
    module_address: `module.${name}`,
  });
  return JSON.stringify({
    ...plan,
    resource_changes: names.flatMap((name) => changes.map((change) => within(name, change))),
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

/** What a check of a plan takes. */
export interface Taken {
  readonly resources: number;
  /** Milliseconds of JSON.parse alone. */
  readonly parse: number;
  /** Milliseconds from the text to the verdict. */
  readonly check: number;
  /** The most memory that the process held, in bytes. */
  readonly memory: number;
}

const CHILD = `
import { readFileSync } from "node:fs";
import { judge } from "${new URL("../dist/checks/run.js", import.meta.url).href}";
import { readShown } from "${new URL("../dist/plan/shown.js", import.meta.url).href}";
const text = readFileSync(process.argv[1], "utf8");
const start = performance.now();
JSON.parse(text);
const parsed = performance.now();
const { resources } = judge(readShown(text, "a plan"), { account: "111122223333" });
const done = performance.now();
console.log(JSON.stringify({
  resources,
  parse: parsed - start,
  check: done - parsed,
  memory: process.resourceUsage().maxRSS * 1024,
}));
`;

/** Checks a generated plan in a process of its own. */
export function checkOf(resources: number): Taken {
  const folder = mkdtempSync(join(tmpdir(), "berth-plans-"));
  try {
    const file = join(folder, "plan.json");
    writeFileSync(file, planOf(resources));
    const said = execFileSync(process.execPath, ["--input-type=module", "-e", CHILD, file], {
      encoding: "utf8",
      cwd: fileURLToPath(new URL("..", import.meta.url)),
    });
    return JSON.parse(said) as Taken; // the child's own
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
