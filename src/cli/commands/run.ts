import { runTask } from "../../app/index.ts";
import type { Host } from "../host/host.ts";
import { operationHost } from "../host/operation-host.ts";
import { withInterrupt } from "../interrupt.ts";
import { awsOptions, type AwsFlags } from "../project-flags.ts";

export interface RunFlags extends AwsFlags {
  readonly service: string;
  /** @default the command of the task definition */
  readonly command: readonly string[];
}

/** Runs one task of a service or job. Returns the exit code of its container. */
export async function run({ service, command, ...flags }: RunFlags, host: Host): Promise<number> {
  const result = await withInterrupt((signal) =>
    runTask({ ...awsOptions(flags), service, command, signal }, operationHost(host)),
  );
  host.note(`task ${result.task} of ${result.revision} ended with exit code ${result.exitCode}`);
  host.result("", result);
  return result.exitCode;
}
