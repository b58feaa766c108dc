import { existsSync, readFileSync } from "node:fs";
import { basename, dirname, join, relative, resolve } from "node:path";
import { suggest } from "../../app/index.ts";
import { isRegion } from "../../aws/index.ts";
import { configFileIn, DEFAULT_CONFIG_FILE, regionSuggestion } from "../../config/index.ts";
import { createFile, isObject, UserError } from "../../shared/index.ts";
import type { ExitCode } from "../exit-codes.ts";
import type { Host } from "../host/host.ts";

export interface InitFlags {
  /** @default berth.config.ts, .mts, .js or .mjs, as fits the project */
  readonly config?: string;
  readonly name?: string;
  readonly region?: string;
}

/** The port in the EXPOSE instruction of the Dockerfile. */
function exposedPort(directory: string): number | undefined {
  const file = join(directory, "Dockerfile");
  const port = existsSync(file)
    ? /^\s*EXPOSE\s+(\d+)/im.exec(readFileSync(file, "utf8"))?.[1]
    : undefined;
  return port === undefined ? undefined : Number(port);
}

/** Converts the name of a folder into a valid name of a foundation. */
function nameFrom(directory: string): string {
  const name = basename(directory)
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^[^a-z]+|-+$/g, "")
    .slice(0, 24)
    .replace(/-+$/, "");
  return name.length < 2 ? "hello" : name;
}

/** The closest file with a name, in a folder or its parents. */
function closestFile(folder: string, name: string): string | undefined {
  const file = join(folder, name);
  if (existsSync(file)) return file;
  return dirname(folder) === folder ? undefined : closestFile(dirname(folder), name);
}

/** The content of a package.json; empty if it is not a JSON object, which the package manager reports. */
function readManifest(file: string): Readonly<Record<string, unknown>> {
  try {
    const manifest: unknown = JSON.parse(readFileSync(file, "utf8"));
    return isObject(manifest) ? manifest : {};
  } catch (error) {
    if (error instanceof SyntaxError) return {};
    throw error;
  }
}

/**
 * The name of a config file that fits the project: TypeScript if the project uses it or is not a Node.js project, and always an
 * ES module, which is .mts or .mjs in a CommonJS project. Source: Node.js docs, "Modules: Packages", "type".
 */
function fileNameFor(folder: string): string {
  const file = closestFile(folder, "package.json");
  if (file === undefined) return DEFAULT_CONFIG_FILE;
  const { type, dependencies, devDependencies } = readManifest(file);
  const usesTypeScript =
    closestFile(folder, "tsconfig.json") !== undefined ||
    [dependencies, devDependencies].some((list) => isObject(list) && "typescript" in list);
  return `berth.config.${type === "module" ? "" : "m"}${usesTypeScript ? "ts" : "js"}`;
}

function template(name: string, region: string, port: number): string {
  return `import { defineConfig } from "berth-ecs";

export default defineConfig({
  name: ${JSON.stringify(name)},
  region: ${JSON.stringify(region)},
  tasks: { containerPort: ${port} },
  loadBalancer: {
    // Networks that may connect. Restrict them to your own networks during development.
    allowFrom: ["0.0.0.0/0"],
  },
});
`;
}

/** Creates a config with the name of the folder and the port of the Dockerfile. */
export async function run(flags: InitFlags, host: Host): Promise<ExitCode> {
  const folder = process.cwd();
  const existing = flags.config === undefined ? configFileIn(folder) : undefined;
  const path = existing ?? resolve(flags.config ?? fileNameFor(folder));
  const displayPath = relative(folder, path);
  const existsError = (): UserError =>
    new UserError("BERTH-E6003", `${displayPath} already exists`, {
      fix: "edit it, or delete it first",
    });
  if (existsSync(path)) throw existsError();
  const region =
    flags.region ?? process.env["AWS_REGION"] ?? process.env["AWS_DEFAULT_REGION"] ?? "us-east-1";
  if (!isRegion(region)) {
    throw new UserError("BERTH-E6001", `unknown region "${region}"`, {
      fix: regionSuggestion(region),
      exitCode: 64,
    });
  }
  const exposed = exposedPort(dirname(path));
  const name = flags.name ?? nameFrom(dirname(path));
  if (!createFile(path, template(name, region, exposed ?? 8080))) throw existsError();
  if (exposed !== undefined) host.note(`port ${exposed} is from the Dockerfile`);
  const config = displayPath;
  host.note(
    `next: run ${suggest("check", { config })}, then ${suggest("apply", { config, sandbox: true })} to test it; neither needs an AWS account`,
  );
  host.result(displayPath, { file: displayPath, name, region });
  return 0;
}
