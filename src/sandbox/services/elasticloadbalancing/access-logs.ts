import { evaluate, parsePolicy } from "../../../iam/index.ts";
import { AwsError } from "../../protocol/errors.ts";
import type { Context } from "../../core/operation.ts";
import { buckets } from "../s3/buckets.ts";

/**
 * The accounts from which load balancers write access logs in older regions. Newer regions use the service principal.
 * Source: Elastic Load Balancing, "Enable access logs for your Application Load Balancer".
 */
const ACCOUNTS: Readonly<Record<string, string>> = {
  "us-east-1": "127311923021",
  "us-east-2": "033677994240",
  "us-west-1": "027434742980",
  "us-west-2": "797873946194",
  "af-south-1": "098369216593",
  "ap-east-1": "754344448648",
  "ap-northeast-1": "582318560864",
  "ap-northeast-2": "600734575887",
  "ap-northeast-3": "383597477331",
  "ap-south-1": "718504428378",
  "ap-southeast-1": "114774131450",
  "ap-southeast-2": "783225319266",
  "ca-central-1": "985666609251",
  "eu-central-1": "054676820928",
  "eu-north-1": "897822967062",
  "eu-south-1": "635631232127",
  "eu-west-1": "156460612806",
  "eu-west-2": "652711504416",
  "eu-west-3": "009996457667",
  "me-south-1": "076674570225",
  "sa-east-1": "507241528517",
};

const SERVICE = "logdelivery.elasticloadbalancing.amazonaws.com";

/** Checks the bucket when access logs are enabled: the load balancer must be allowed to write to it. */
export function checkAccessLogs(
  context: Context,
  attributes: Readonly<Record<string, string>>,
): void {
  if (attributes["access_logs.s3.enabled"] !== "true") return;
  const name = attributes["access_logs.s3.bucket"] ?? "";
  const prefix = attributes["access_logs.s3.prefix"] ?? "";
  const bucket = context.in(buckets).get(name);
  const account = ACCOUNTS[context.region];
  const policy = bucket?.policy === undefined ? undefined : parsePolicy(bucket.policy);
  const resource = `arn:${context.partition}:s3:::${name}/${prefix === "" ? "" : `${prefix}/`}AWSLogs/${context.account}/ELBAccessLogTestFile`;
  const principals = [
    { service: SERVICE },
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
