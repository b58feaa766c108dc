import { existsSync, readFileSync } from "node:fs";
import { basename, dirname, join, relative, resolve } from "node:path";
import { isRegion, regionNames } from "../../aws/regions.ts";
import { UserError } from "../../shared/errors.ts";
import { createFile } from "../../shared/files.ts";
import { nearest } from "../../config/nearest.ts";
import type { Host } from "../host/host.ts";
import { suggest } from "../suggested-command.ts";

export interface InitFlags {
  readonly config: string;
  readonly name?: string;
  readonly region?: string;
}

/** The port that a Dockerfile exposes. */
function exposedPort(directory: string): number | undefined {
  const file = join(directory, "Dockerfile");
  const port = existsSync(file)
    ? /^\s*EXPOSE\s+(\d+)/im.exec(readFileSync(file, "utf8"))?.[1]
    : undefined;
  return port === undefined ? undefined : Number(port);
}

/** A foundation's name from a folder's. */
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
  return `import { defineConfig } from "berth";

export default defineConfig({
  name: ${JSON.stringify(name)},
  region: ${JSON.stringify(region)},
  tasks: { containerPort: ${port} },
  loadBalancer: {
    // Who may connect. Narrow it to your own networks while you build.
    allowFrom: ["0.0.0.0/0"],
  },
});
`;
}

/** Writes a first config, from what the folder tells. */
export function run(flags: InitFlags, host: Host): Promise<number> {
  const path = resolve(flags.config);
  const shown = relative(process.cwd(), path);
  const alreadyThere = (): UserError =>
    new UserError("BERTH-E6003", `${shown} is there already`, {
      fix: "edit it, or delete it first",
    });
  if (existsSync(path)) throw alreadyThere();
  const region =
    flags.region ?? process.env["AWS_REGION"] ?? process.env["AWS_DEFAULT_REGION"] ?? "us-east-1";
  if (!isRegion(region)) {
    throw new UserError("BERTH-E6001", `"${region}" is not a region known here`, {
      fix: nearest(region, regionNames),
      exitCode: 64,
    });
  }
  const exposed = exposedPort(dirname(path));
  const name = flags.name ?? nameFrom(dirname(path));
  if (!createFile(path, template(name, region, exposed ?? 8080))) throw alreadyThere();
  if (exposed !== undefined) host.note(`port ${exposed} is from the Dockerfile`);
  const { config } = flags;
  host.note(
    `next: ${suggest("apply", { config, sandbox: true })} tries it without an account; ${suggest("plan", { config })} asks AWS`,
  );
  host.result(shown, { file: shown, name, region });
  return Promise.resolve(0);
}
