import { synth } from "../../app/index.ts";
import type { ExitCode } from "../exit-codes.ts";
import type { Host } from "../host/host.ts";
import { defined } from "../project-flags.ts";

export interface SynthFlags {
  readonly config: string;
  readonly env?: string;
  readonly hcl?: boolean;
  readonly out?: string;
}

/** Writes the Terraform configuration to stdout, or to a folder that Terraform can use without Berth. */
export async function run(flags: SynthFlags, host: Host): Promise<ExitCode> {
  const { config, env: environment, hcl: isHcl = false, out: outputFolder } = flags;
  const { text, file } = await synth({
    ...defined({ config, environment, outputFolder }),
    format: isHcl ? "hcl" : "json",
  });
  if (file === undefined) host.result(text, isHcl ? { hcl: text } : JSON.parse(text), "format");
  else host.result(file, { file });
  return 0;
}
