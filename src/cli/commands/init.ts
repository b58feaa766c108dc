import { existsSync, readFileSync } from "node:fs";
import { basename, dirname, join, relative, resolve } from "node:path";
import { suggest } from "../../app/index.ts";
import { isRegion } from "../../aws/index.ts";
import {
  configFileIn,
  DEFAULT_CONFIG_FILE,
  foundationNameProblem,
  regionSuggestion,
} from "../../config/index.ts";
import { exposedPorts, ignoreFileExcludes } from "../../images/index.ts";
import { createFile, isObject, UserError } from "../../shared/index.ts";
import type { ExitCode } from "../exit-codes.ts";
import type { Host } from "../host/host.ts";

export interface InitFlags {
  /** @default berth.config.ts, .mts, .js or .mjs, as fits the project */
  readonly config?: string;
  readonly name?: string;
  readonly region?: string;
}

/** What a config describes in addition to the foundation: a service with the image of the Dockerfile. */
interface ProposedService {
  readonly name: string;
  /** Absent for a worker. */
  readonly port?: number;
  /** The architecture of this machine: a builder builds for another one only with an emulator. */
  readonly architecture: "arm64" | "x86_64";
  /** Where the port is from, or why there is no port. */
  readonly notes: readonly string[];
}

/** The service of the Dockerfile in a folder; undefined without a Dockerfile. */
function proposedService(folder: string): ProposedService | undefined {
  const file = join(folder, "Dockerfile");
  if (!existsSync(file)) return undefined;
  const { ports, unknown } = exposedPorts(readFileSync(file, "utf8"));
  const [port, ...others] = ports;
  const architecture = process.arch === "x64" ? "x86_64" : "arm64";
  if (port === undefined) {
    const found = unknown.length === 0 ? "" : ` (found ${unknown.join(", ")})`;
    return {
      name: "worker",
      architecture,
      notes: [
        `the Dockerfile exposes no port with a number${found}: the service is a worker; to receive requests, set port and route, and remove loadBalancer: false`,
      ],
    };
  }
  return {
    name: "web",
    port,
    architecture,
    notes: [
      others.length === 0
        ? `port ${port} is from the Dockerfile`
        : `port ${port} is the first that the Dockerfile exposes; the others are ${others.join(", ")}`,
    ],
  };
}

/** Excludes Berth's working files from the build. Returns what was done, or what the user must do. */
function excludeWorkingFiles(folder: string): readonly string[] {
  const file = join(folder, ".dockerignore");
  if (createFile(file, ".berth\n.git\n"))
    return ["created .dockerignore, which excludes .berth and .git from the image"];
  return ignoreFileExcludes(file, ".berth") ? [] : ["add the line .berth to .dockerignore"];
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

const LOAD_BALANCER = `  loadBalancer: {
    // Networks that may connect. Restrict them to your own networks during development.
    allowFrom: ["0.0.0.0/0"],
  },
`;

const template = (name: string, region: string, options: string): string =>
  `import { defineConfig } from "berth-ecs";

export default defineConfig({
  name: ${JSON.stringify(name)},
  region: ${JSON.stringify(region)},
${options}});
`;

function serviceOptions({ name, port, architecture }: ProposedService): string {
  const requests =
    port === undefined
      ? ""
      : `      port: ${port},
      route: { path: "/*" },
      healthCheck: { path: "/" },
`;
  return `${port === undefined ? "  loadBalancer: false,\n" : LOAD_BALANCER}  services: {
    ${name}: {
      image: { build: "." },
${requests}      architecture: "${architecture}",
    },
  },
`;
}

/** Creates a config with the name of the folder, and with a service if there is a Dockerfile. */
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
  const project = dirname(path);
  const service = proposedService(project);
  const name = flags.name ?? nameFrom(project);
  const problem = foundationNameProblem(name);
  if (problem !== undefined)
    throw new UserError("BERTH-E6001", `invalid --name: ${problem}`, {
      fix: `omit --name, or pass another one, such as --name ${nameFrom(name)}`,
      exitCode: 64,
    });
  const options =
    service === undefined
      ? `  tasks: { containerPort: 8080 },\n${LOAD_BALANCER}`
      : serviceOptions(service);
  if (!createFile(path, template(name, region, options))) throw existsError();
  if (service !== undefined)
    for (const note of [...service.notes, ...excludeWorkingFiles(project)]) host.note(note);
  const config = displayPath;
  host.note(
    `next: run ${suggest("check", { config })}, then ${suggest("apply", { config, sandbox: true })} to test it; neither needs an AWS account`,
  );
  if (service !== undefined)
    host.note(
      `then ${suggest("deploy", { config, sandbox: true })}, which builds the image and needs Docker, Podman, Buildah or Finch`,
    );
  host.result(displayPath, {
    file: displayPath,
    name,
    region,
    ...(service === undefined
      ? {}
      : {
          service: {
            name: service.name,
            ...(service.port === undefined ? {} : { port: service.port }),
          },
        }),
  });
  return 0;
}
