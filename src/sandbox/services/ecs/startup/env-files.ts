import type * as ecs from "@aws-sdk/client-ecs";
import { traceToHost } from "../../ec2/network/dns.ts";
import type { Role } from "../../iam/tables.ts";
import { type Attempt, hostOf } from "./attempt.ts";
import { explainDenial } from "./role.ts";
import { connectionFailure, startFailure } from "./start-failure.ts";

/** Downloads the environment files of a container from Amazon S3. */
export function downloadEnvFiles(
  attempt: Attempt,
  role: Role,
  files: readonly ecs.EnvironmentFile[],
): void {
  const { context, networkInterface } = attempt;
  for (const { value = "" } of files) {
    const bucket = value.replace(/^arn:[^:]+:s3:::/, "").split("/")[0] ?? "";
    const host = hostOf(context, "s3");
    const trace = traceToHost(context, networkInterface, host);
    const errorPrefix =
      "ResourceInitializationError: failed to download env files: file download command: non empty error stream:";
    if (!trace.arrives)
      throw connectionFailure(
        "secrets",
        `${errorPrefix} RequestCanceled: request context canceled caused by: context deadline exceeded`,
        trace,
        host,
      );
    for (const [action, resource] of [
      ["s3:GetBucketLocation", `arn:${context.partition}:s3:::${bucket}`],
      ["s3:GetObject", value],
    ] as const) {
      if (explainDenial(attempt, role, action, resource, trace) !== undefined)
        throw startFailure(
          "secrets",
          { kind: "env-files-denied" },
          `${errorPrefix} AccessDenied: Access Denied status code: 403`,
        );
    }
  }
}
