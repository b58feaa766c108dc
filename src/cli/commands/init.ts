import { existsSync, readFileSync } from "node:fs";
import { basename, dirname, join, relative, resolve } from "node:path";
import { suggest } from "../../app/index.ts";
import { isRegion, regionNames } from "../../aws/index.ts";
import { UserError, createFile } from "../../shared/index.ts";
import { nearestSuggestion } from "../../config/index.ts";
import type { ExitCode } from "../exit-codes.ts";
import type { Host } from "../host/host.ts";

export interface InitFlags {
  readonly config: string;
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
  const path = resolve(flags.config);
  const displayPath = relative(process.cwd(), path);
  const existsError = (): UserError =>
    new UserError("BERTH-E6003", `${displayPath} already exists`, {
      fix: "edit it, or delete it first",
    });
  if (existsSync(path)) throw existsError();
  const region =
    flags.region ?? process.env["AWS_REGION"] ?? process.env["AWS_DEFAULT_REGION"] ?? "us-east-1";
  if (!isRegion(region)) {
    throw new UserError("BERTH-E6001", `unknown region "${region}"`, {
      fix: nearestSuggestion(region, regionNames),
      exitCode: 64,
    });
  }
  const exposed = exposedPort(dirname(path));
  const name = flags.name ?? nameFrom(dirname(path));
  if (!createFile(path, template(name, region, exposed ?? 8080))) throw existsError();
  if (exposed !== undefined) host.note(`port ${exposed} is from the Dockerfile`);
  const { config } = flags;
  host.note(
    `next: run ${suggest("apply", { config, sandbox: true })} to test it without an account, or ${suggest("plan", { config })} to plan for your AWS account`,
  );
  host.result(displayPath, { file: displayPath, name, region });
  return 0;
}
