import { accessLogWriters } from "../../../aws/index.ts";
import { awsErrorOf } from "../../../failures/index.ts";
import { evaluate, type Policy } from "../../../iam/index.ts";
import { isUnknown } from "../../../plan/index.ts";
import { type AccountAndRegion, arnOf, policyAt } from "../../../topology/index.ts";
import { type Check, fail, unknownValueAt, pass, unknownOutcome } from "../../engine/check.ts";

export const accessLogBucketPolicyCheck: Check = {
  id: "access-log-bucket-policy",
  question: "traffic",
  title: "Buckets for access logs allow load balancers to write",
  severity: "error",
  ids: ["ALB-23"],
  explanation:
    "When access logs are enabled, Elastic Load Balancing writes a test file to the bucket. It rejects a bucket whose policy does not allow this.",
  sources: ["Elastic Load Balancing, “Enable access logs for your Application Load Balancer”"],
  *run({ plan, accountAndRegion, network }) {
    for (const { resource, type } of network.loadBalancers) {
      const unknownValue = unknownValueAt(resource, "access_logs", 0, "enabled");
      if (unknownValue) yield unknownOutcome(resource.address, unknownValue, "ALB-23");
      if (resource.value("access_logs", 0, "enabled") !== true) continue;
      const { references, externalIds, unknown } = resource.referencesTo(
        ["aws_s3_bucket"],
        "access_logs",
        0,
        "bucket",
      );
      const [reference] = references;
      if (!reference) {
        yield unknownOutcome(
          resource.address,
          unknown[0] ?? `this plan does not contain the bucket ${externalIds[0] ?? ""}`,
          "ALB-23",
        );
        continue;
      }
      const bucketPolicy = plan
        .resourcesOfType("aws_s3_bucket_policy")
        .find(
          (candidate) =>
            candidate
              .referencesTo(["aws_s3_bucket"], "bucket")
              .references.some((bucket) => bucket.resource === reference.resource) ||
            candidate.value("bucket") === reference.resource.value("bucket"),
        );
      const policy = bucketPolicy
        ? policyAt(plan, accountAndRegion, bucketPolicy, "policy")
        : undefined;
      const prefix = resource.text("access_logs", 0, "prefix");
      if (isUnknown(prefix)) {
        yield unknownOutcome(resource.address, prefix, "ALB-23");
        continue;
      }
      const bucketArn = arnOf(reference.resource, accountAndRegion);
      const folder = [bucketArn, prefix ?? "", "AWSLogs"].filter((part) => part !== "").join("/");
      const allowsWrite = (bound: "certain" | "possible"): boolean =>
        policy !== undefined &&
        isWriteAllowed(policy[bound], bound === "possible", {
          ...accountAndRegion,
          folder,
          isNetwork: type === "network",
        });
      if (allowsWrite("certain")) yield pass(resource.address);
      else if (allowsWrite("possible"))
        yield unknownOutcome(
          resource.address,
          policy?.unknown[0] ?? "whether the conditions of the policy of the bucket are true",
          "ALB-23",
        );
      else
        yield fail(
          resource.address,
          "ALB-23",
          `the policy of ${reference.resource.address} does not allow load balancers to write`,
          {
            awsError: awsErrorOf("access-log-bucket-denied"),
          },
        );
    }
  },
};

/** The test file that Elastic Load Balancing writes. */
interface TestFile extends AccountAndRegion {
  /** ARN of the folder that contains a folder for each account. */
  readonly folder: string;
  /** True for the access logs of a Network Load Balancer. */
  readonly isNetwork: boolean;
}

/**
 * Whether a policy allows Elastic Load Balancing to write its test file.
 *
 * @param holds whether conditions hold whose keys have unknown values, and whether an unknown account or region matches
 */
function isWriteAllowed(
  policy: Policy,
  holds: boolean,
  { account, region, folder, isNetwork }: TestFile,
): boolean {
  const { service, networkService, accounts } = accessLogWriters;
  const ids =
    region === undefined ? (holds ? Object.values(accounts) : []) : [accounts[region] ?? []].flat();
  const principals = [
    { service },
    ...(isNetwork ? [{ service: networkService }] : []),
    ...ids.map((id) => ({ arn: `arn:aws:iam::${id}:root` })),
  ];
  const context = {
    "aws:SecureTransport": "true",
    "s3:x-amz-acl": "bucket-owner-full-control",
    ...(account === undefined ? {} : { "aws:SourceAccount": account }),
  };
  const known = withKnownConditions(policy, new Set(Object.keys(context)), holds);
  return principals.some(
    (principal) =>
      evaluate(known, {
        principal,
        action: "s3:PutObject",
        resource: `${folder}/${account ?? (holds ? "*" : "<account>")}/ELBAccessLogTestFile`,
        context,
      }).effect === "allow",
  );
}

/** The policy whose conditions with other keys hold for statements that allow, and not for statements that deny; or the other way round. */
function withKnownConditions(
  policy: Policy,
  knownKeys: ReadonlySet<string>,
  holds: boolean,
): Policy {
  const known = new Set([...knownKeys].map((key) => key.toLowerCase()));
  return {
    ...policy,
    statements: policy.statements.flatMap((statement) => {
      const keys = Object.values(statement.conditions).flatMap((condition) => Object.keys(condition));
      if (keys.every((key) => known.has(key.toLowerCase()))) return [statement];
      return (statement.effect === "Allow") === holds ? [{ ...statement, conditions: {} }] : [];
    }),
  };
}
