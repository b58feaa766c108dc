import { execFile } from "node:child_process";
import {
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { TestProject } from "vitest/node";
import { startSandbox } from "../../../src/sandbox/server.ts";
import { findEngine } from "../../../src/terraform/engine.ts";
import { terraformEnvironment } from "../../../src/terraform/working-folder.ts";
import { testFolder } from "../folder.ts";
import type { SharedProvider } from "./attach.ts";
import { ProviderPool, ProviderServer } from "./server.ts";

declare module "vitest" {
  export interface ProvidedContext {
    /** Undefined if each Terraform command starts its provider. */
    readonly awsProvider: SharedProvider | undefined;
  }
}

const CONFIGURATION =
  'terraform {\n  required_providers {\n    aws = {\n      source = "hashicorp/aws"\n    }\n  }\n}\n';

/** Environment variables of every provider process, in addition to the test's AWS variables and an endpoint. */
const BASE: Readonly<Record<string, string>> = {
  PATH: process.env["PATH"] ?? "",
  GOGC: "200",
  AWS_CONFIG_FILE: "/nonexistent",
  AWS_SHARED_CREDENTIALS_FILE: "/nonexistent",
  AWS_EC2_METADATA_DISABLED: "true",
  // In debug mode the provider logs each step of each call.
  ...Object.fromEntries(
    ["", "_SDK", "_SDK_PROTO", "_SDK_FRAMEWORK", "_SDK_HELPER_SCHEMA", "_SDK_MUX", "_PROVIDER"].map(
      (part) => [`TF_LOG${part}`, "off"],
    ),
  ),
};

/** Paths of the files below a folder. Links are followed: Terraform links to providers that a mirror has. */
const filesBelow = (folder: string): string[] =>
  readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    return statSync(path).isDirectory() ? filesBelow(path) : [realpathSync(path)];
  });

/** The names of all resource types and data sources of AWS in this repository's code and configurations. */
function namedTypes(): Set<string> {
  const names = ["src", "test", "examples"].flatMap((name) =>
    filesBelow(fileURLToPath(new URL(`../../../${name}`, import.meta.url)))
      .filter((path) => /\.(ts|tf)$/.test(path))
      .flatMap((path) => readFileSync(path, "utf8").match(/\baws_[a-z0-9_]+/g) ?? []),
  );
  return new Set(names);
}

/** Installs the AWS provider in a folder with `terraform init`, and returns the path of its program. */
async function installProvider(folder: string): Promise<string> {
  writeFileSync(join(folder, "main.tf"), CONFIGURATION);
  const engine = await findEngine({ env: process.env });
  await promisify(execFile)(engine.path, ["init", "-input=false", "-no-color"], {
    cwd: folder,
    env: terraformEnvironment(engine, process.env, folder),
  });
  const binary = filesBelow(join(folder, ".terraform/providers")).find((path) =>
    /\/terraform-provider-aws[^/]*$/.test(path),
  );
  if (binary === undefined) throw new Error(`${engine.product} init installed no AWS provider`);
  return binary;
}

/** Starts the provider processes of a test run. */
async function startSharedProvider(): Promise<{
  provider: SharedProvider;
  stop: () => Promise<void>;
}> {
  const folder = mkdtempSync(join(tmpdir(), "berth-test-provider-"));
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  const binary = await installProvider(folder);
  // Berth configures an endpoint for each service that the sandbox implements. Requests to other services go to this
  // sandbox, which rejects them.
  const sandbox = await startSandbox();
  const base = { ...BASE, AWS_ENDPOINT_URL: sandbox.url };
  const pool = new ProviderPool({ binary, types: namedTypes() }, base);
  const servers = new Map<string, ProviderServer>();
  const serverFor = (variables: Readonly<Record<string, string>>): ProviderServer => {
    const key = JSON.stringify(variables);
    const server = servers.get(key) ?? new ProviderServer(pool, { ...base, ...variables });
    servers.set(key, server);
    return server;
  };
  const control = join(testFolder(), "control");
  createServer((request, response) => {
    text(request).then(
      (body) => response.end(serverFor(JSON.parse(body) as Record<string, string>).reattach), // attachedProvider sends it
      (error: unknown) => response.destroy(error as Error),
    );
  })
    .listen(control)
    .unref();
  const stop = (): Promise<void> => sandbox.close();
  return { provider: { reattach: serverFor({}).reattach, control }, stop };
}

/**
 * Starts provider processes for all tests of a project. With TEST_PROVIDER=separate, the tests run without them, as users run Terraform:
 * each Terraform command then takes 5 to 7 CPU seconds more.
 */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  if (process.env["TEST_PROVIDER"] === "separate") {
    project.provide("awsProvider", undefined);
    return () => Promise.resolve();
  }
  const { provider, stop } = await startSharedProvider();
  project.provide("awsProvider", provider);
  return stop;
}
