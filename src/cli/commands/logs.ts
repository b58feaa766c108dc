import { logs } from "../../app/index.ts";
import type { ExitCode } from "../exit-codes.ts";
import type { Host } from "../host/host.ts";
import { operationHost } from "../host/operation-host.ts";
import { withInterrupt } from "../interrupt.ts";
import { parseSince } from "../parse-since.ts";
import { awsOptions, type AwsFlags, defined } from "../project-flags.ts";

export interface LogsFlags extends AwsFlags {
  readonly service: string;
  readonly follow?: boolean;
  /** A duration or a time, as on the command line. */
  readonly since?: string;
  readonly previous?: boolean;
  readonly filter?: string;
}

/** Prints the log of a service or job. */
export async function run(flags: LogsFlags, host: Host): Promise<ExitCode> {
  const { service, follow, since, previous, filter } = flags;
  const result = await withInterrupt((signal) =>
    logs(
      {
        ...awsOptions(flags),
        service,
        ...defined({
          follow,
          previous,
          filter,
          since: since === undefined ? undefined : parseSince(since, new Date()),
        }),
        signal,
      },
      operationHost(host),
    ),
  );
  if (result.events === 0 && follow !== true)
    host.note(
      `${result.logGroup} has no such events since ${result.since.toISOString()}: pass an earlier --since, such as 1d`,
    );
  host.result("", result);
  return 0;
}
