import type * as ecs from "@aws-sdk/client-ecs";
import { toHost } from "../../../network/dns.ts";
import type { Role } from "../../iam/tables.ts";
import { type Attempt, hostOf } from "./attempt.ts";
import { explainDenial } from "./role.ts";
import { lost, refused } from "./start-failure.ts";

/** Files of environment variables lie in S3. */
export function pullEnvironment(
  attempt: Attempt,
  role: Role,
  files: readonly ecs.EnvironmentFile[],
): void {
  const { context, face: networkInterface } = attempt;
  for (const { value = "" } of files) {
    const bucket = value.replace(/^arn:[^:]+:s3:::/, "").split("/")[0] ?? "";
    const host = hostOf(context, "s3");
    const trace = toHost(context, networkInterface, host);
    const failed =
      "ResourceInitializationError: failed to download env files: file download command: non empty error stream:";
    if (!trace.arrives)
      throw lost(
        "secrets",
        `${failed} RequestCanceled: request context canceled caused by: context deadline exceeded`,
        trace,
        host,
      );
    for (const [action, resource] of [
      ["s3:GetBucketLocation", `arn:${context.partition}:s3:::${bucket}`],
      ["s3:GetObject", value],
    ] as const) {
      if (explainDenial(attempt, role, action, resource, trace) !== undefined)
        throw refused(
          "secrets",
          { kind: "env-files-denied" },
          `${failed} AccessDenied: Access Denied status code: 403`,
        );
    }
  }
}
