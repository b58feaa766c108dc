import { exec } from "../../app/index.ts";
import type { Host } from "../host/host.ts";
import { operationHost } from "../host/operation-host.ts";
import { awsOptions, type AwsFlags, defined } from "../project-flags.ts";

export interface ExecFlags extends AwsFlags {
  readonly service: string;
  readonly task?: string;
  readonly container?: string;
  /** @default a shell */
  readonly command: readonly string[];
}

/** Opens a session in a running task. Returns the exit code of AWS's Session Manager plugin. */
export async function run(flags: ExecFlags, host: Host): Promise<number> {
  const { service, task, container, command } = flags;
  const result = await exec(
    {
      ...awsOptions(flags),
      service,
      ...defined({ task, container, command: command.length === 0 ? undefined : command }),
    },
    operationHost(host),
  );
  host.result("", result);
  return result.exitCode;
}
