import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { planFolder } from "../../../src/cli/plan-folder.ts";
import type { Sources } from "../../../src/plan/source-expressions.ts";
import { isJson, type Json, jsonsOf, textOf } from "../../../src/plan/plan-json.ts";
import { type Case, cases } from "./cases.ts";

const here = fileURLToPath(new URL(".", import.meta.url));

function edited(folder: string, { edits }: Case, name: string): void {
  const found = new Set<string>();
  for (const file of readdirSync(folder)) {
    const path = join(folder, file);
    let text = readFileSync(path, "utf8");
    for (const [before, after] of edits) {
      if (!text.includes(before)) continue;
      found.add(before);
      text = text.replaceAll(before, () => after);
    }
    writeFileSync(path, text);
  }
  for (const [before] of edits)
    if (!found.has(before)) throw new Error(`${name}: nothing says ${before}`);
}

/** The part of an address that is inside a module; undefined where it is not of it. */
const inside = (address: unknown, module: string): string | undefined =>
  typeof address === "string" && address.startsWith(`${module}.`)
    ? address.slice(module.length + 1)
    : undefined;

/** The plan that a module would have as a root module of its own. */
function planOf(plan: Json, name: string): Json {
  const module = `module.${name}`;
  const configuration = isJson(plan["configuration"]) ? plan["configuration"] : {};
  const root = isJson(configuration["root_module"]) ? configuration["root_module"] : {};
  const calls = isJson(root["module_calls"]) ? root["module_calls"] : {};
  const call = calls[name];
  return {
    format_version: plan["format_version"],
    terraform_version: plan["terraform_version"],
    resource_changes: jsonsOf(plan["resource_changes"]).flatMap((entry) => {
      const address = inside(entry["address"], module);
      if (address === undefined) return [];
      const { module_address: _, ...rest } = entry;
      return [{ ...rest, address }];
    }),
    configuration: {
      provider_config: configuration["provider_config"],
      root_module: isJson(call) ? call["module"] : {},
    },
  };
}

const within = <T>(records: Readonly<Record<string, T>>, module: string): Record<string, T> =>
  Object.fromEntries(
    Object.entries(records).flatMap(([key, value]) =>
      key.startsWith(`${module}|`) ? [[key.slice(module.length), value]] : [],
    ),
  );

/**
 * Plans all cases at once, each as a module of its own.
 *
 * @throws Error where an edit finds nothing to change
 */
export async function recordCases(): Promise<
  Record<string, { readonly plan: unknown; readonly sources: Sources }>
> {
  const root = mkdtempSync(join(tmpdir(), "berth-cases-"));
  const names = Object.keys(cases);
  const calls = names.map((name, index) => {
    const folder = join(root, "cases", String(index));
    mkdirSync(folder, { recursive: true });
    const otherCase = cases[name] ?? { edits: [] };
    cpSync(join(here, "base"), folder, { recursive: true });
    cpSync(join(here, otherCase.ways ?? "endpoints"), folder, { recursive: true });
    edited(folder, otherCase, name);
    return `module "case_${index}" {\n  source = "./cases/${index}"\n}\n`;
  });
  writeFileSync(
    join(root, "main.tf"),
    `provider "aws" {\n  region = "us-east-1"\n}\n\n${calls.join("\n")}`,
  );
  const { plan, sources } = await planFolder({ dir: root });
  if (!isJson(plan)) throw new TypeError(`terraform show -json has said ${textOf(plan) ?? "odd"}`);
  return Object.fromEntries(
    names.map((name, index) => [
      name,
      {
        plan: planOf(plan, `case_${index}`),
        sources: {
          locals: within(sources.locals, `module.case_${index}`),
          attributes: within(sources.attributes, `module.case_${index}`),
          secretKeys: { "": sources.secretKeys[`module.case_${index}`] ?? [] },
        },
      },
    ]),
  );
}
