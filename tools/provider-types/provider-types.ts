import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { findEngine, terraformEnvironment } from "../../src/terraform/index.ts";
import { generate } from "./generate.ts";
import type { ProviderSchema } from "./schema.ts";

/** The version whose schema the types are generated from: the oldest version that Berth accepts. */
export const GENERATED_VERSION = "5.100.0";

/** The folder of the generated files. */
export const folder: string = fileURLToPath(
  new URL("../../src/constructs/provider", import.meta.url),
);

/**
 * Reads the schema of the AWS provider that Terraform installs.
 *
 * @param version a version constraint
 */
export async function readSchema(
  version: string,
): Promise<{ readonly schema: ProviderSchema; readonly version: string }> {
  const directory = mkdtempSync(join(tmpdir(), "berth-provider-types-"));
  try {
    writeFileSync(
      join(directory, "main.tf"),
      `terraform {\n  required_providers {\n    aws = {\n      source  = "hashicorp/aws"\n      version = "${version}"\n    }\n  }\n}\n`,
    );
    const engine = await findEngine({ env: process.env });
    // The types are of the provider that Terraform installs, and not of a provider process that a test has started.
    const { TF_REATTACH_PROVIDERS: _attached, ...ownEnv } = process.env;
    const env = terraformEnvironment(engine, ownEnv, directory);
    const terraform = (...args: string[]): string =>
      execFileSync(engine.path, args, {
        cwd: directory,
        env,
        encoding: "utf8",
        maxBuffer: 2 ** 28,
      });
    terraform("init", "-input=false", "-no-color");
    const { provider_schemas } = JSON.parse(terraform("providers", "schema", "-json")) as {
      readonly provider_schemas: Readonly<Record<string, ProviderSchema>>;
    };
    const { provider_selections } = JSON.parse(terraform("version", "-json")) as {
      readonly provider_selections: Readonly<Record<string, string>>;
    };
    const [[source, schema] = []] = Object.entries(provider_schemas);
    if (source === undefined || schema === undefined) throw new TypeError("no provider schema");
    return { schema, version: provider_selections[source] ?? "" };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** Writes the generated files into a folder, formatted. */
export function writeTypes(target: string, schema: ProviderSchema, version: string): void {
  for (const [name, text] of generate(schema, version)) writeFileSync(join(target, name), text);
  const root = fileURLToPath(new URL("../..", import.meta.url));
  const oxfmt = join(root, "node_modules/.bin/oxfmt");
  execFileSync(oxfmt, ["-c", join(root, ".oxfmtrc.json"), target], { stdio: "ignore" });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { schema, version } = await readSchema(GENERATED_VERSION);
  for (const name of readdirSync(folder)) {
    if (name.endsWith(".generated.ts")) rmSync(join(folder, name));
  }
  writeTypes(folder, schema, version);
}
