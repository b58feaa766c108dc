import { scale } from "../../app/index.ts";
import { countOf, UserError } from "../../shared/index.ts";
import { causeTitle } from "../deployment-text.ts";
import type { ExitCode } from "../exit-codes.ts";
import type { Host } from "../host/host.ts";
import { operationHost } from "../host/operation-host.ts";
import { withInterrupt } from "../interrupt.ts";
import { awsOptions, type AwsFlags } from "../project-flags.ts";

export interface ScaleFlags extends AwsFlags {
  readonly service: string;
  /** As on the command line. */
  readonly count: string;
}

/** Sets the number of tasks of a service, and waits until they run. */
export async function run({ service, count, ...flags }: ScaleFlags, host: Host): Promise<ExitCode> {
  if (!/^\d{1,9}$/.test(count))
    throw new UserError("BERTH-E6001", `invalid count "${count}"`, {
      fix: "pass a number of tasks, 0 or more",
      exitCode: 64,
    });
  const result = await withInterrupt((signal) =>
    scale({ ...awsOptions(flags), service, count: Number(count), signal }, operationHost(host)),
  );
  for (const cause of result.causes) host.warn(causeTitle(cause));
  host.result(
    `${service} runs ${countOf(result.to, "task")}, after ${result.from}${result.isAutomatic ? "; automatic scaling may change the number" : ""}`,
    result,
  );
  return 0;
}
