import { existsSync } from "node:fs";
import { join } from "node:path";
import { loadConfig } from "../../config/load.ts";
import { UserError, makeFolder, replaceFile } from "../../shared/index.ts";
import type { Host } from "../host/host.ts";

export interface SynthFlags {
  readonly config: string;
  readonly env?: string;
  readonly hcl?: boolean;
  readonly out?: string;
}

const JSON_FILE = "main.tf.json";

/** Writes the Terraform configuration to stdout, or to a folder that Terraform can use without Berth. */
export async function run(flags: SynthFlags, host: Host): Promise<number> {
  const settings = await loadConfig(flags.config, flags.env);
  const { synthHcl, synthJson } = await import("../../constructs/synth/index.ts");
  const isHcl = flags.hcl === true;
  const files = isHcl ? synthHcl(settings) : new Map([[JSON_FILE, synthJson(settings)]]);
  if (flags.out === undefined) {
    const text = isHcl
      ? [...files].map(([name, part]) => `# ${name}\n\n${part}`).join("\n")
      : (files.get(JSON_FILE) ?? "");
    host.result(text, isHcl ? { files: Object.fromEntries(files) } : JSON.parse(text), "format");
    return 0;
  }
  const conflict = [isHcl ? JSON_FILE : "main.tf"]
    .map((file) => join(flags.out ?? "", file))
    .find((path) => existsSync(path));
  if (conflict !== undefined) {
    throw new UserError(
      "BERTH-E6003",
      `${conflict} already exists; with ${[...files.keys()].join(", ")}, every resource would be defined twice`,
      {
        fix: "delete it, or choose another folder",
      },
    );
  }
  makeFolder(flags.out);
  const paths = [...files].map(([name, text]) => {
    const path = join(flags.out ?? "", name);
    replaceFile(path, text);
    return path;
  });
  host.result(paths.join("\n"), { files: paths });
  return 0;
}
