import { accessLogWriters } from "../../../aws/index.ts";
import { evaluate, parsePolicy } from "../../../iam/index.ts";
import { AwsError } from "../../protocol/errors.ts";
import type { Context } from "../../core/operation.ts";
import { buckets } from "../s3/buckets.ts";

/** Checks the bucket when access logs are enabled: the load balancer must be allowed to write to it. */
export function checkAccessLogs(
  context: Context,
  attributes: Readonly<Record<string, string>>,
): void {
  if (attributes["access_logs.s3.enabled"] !== "true") return;
  const name = attributes["access_logs.s3.bucket"] ?? "";
  const prefix = attributes["access_logs.s3.prefix"] ?? "";
  const bucket = context.in(buckets).get(name);
  const account = accessLogWriters.accounts[context.region];
  const policy = bucket?.policy === undefined ? undefined : parsePolicy(bucket.policy);
  const resource = `arn:${context.partition}:s3:::${name}/${prefix === "" ? "" : `${prefix}/`}AWSLogs/${context.account}/ELBAccessLogTestFile`;
  const principals = [
    { service: accessLogWriters.service },
    ...(account === undefined ? [] : [{ arn: `arn:${context.partition}:iam::${account}:root` }]),
  ];
  const mayWrite =
    bucket?.region === context.region &&
    policy !== undefined &&
    principals.some(
      (principal) =>
        evaluate(policy, { principal, action: "s3:PutObject", resource }).effect === "allow",
    );
  if (!mayWrite) {
    throw new AwsError(
      "InvalidConfigurationRequest",
      `Access Denied for bucket: ${name}. Please check S3bucket permission`,
    );
  }
}
