import { accessLogWriters, partitionOf } from "../../../aws/index.ts";
import { awsErrorOf } from "../../../failures/index.ts";
import { evaluate, type Policy, type Principal } from "../../../iam/index.ts";
import { isUnknown, type PlanModel, type Resource, Unknown } from "../../../plan/index.ts";
import {
  type AccountAndRegion,
  accountAndRegionAt,
  arnOf,
  policyAt,
} from "../../../topology/index.ts";
import { type Check, fail, unknownValueAt, pass, unknownOutcome } from "../../engine/check.ts";
import { withoutUnknowns } from "../../shared/permission-check.ts";

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
      const bucketPolicy = policyResourceOf(plan, reference.resource);
      if (isUnknown(bucketPolicy)) {
        yield unknownOutcome(resource.address, bucketPolicy, "ALB-23");
        continue;
      }
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
      const testFile = { ...accountAndRegionAt(plan, resource), folder, type };
      const allowsWrite = (bound: "certain" | "possible"): boolean =>
        policy !== undefined && isWriteAllowed(policy[bound], bound === "possible", testFile);
      if (allowsWrite("certain")) yield pass(resource.address);
      else if (allowsWrite("possible"))
        yield unknownOutcome(
          resource.address,
          policy?.unknown[0] ?? missingFactOf(testFile),
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

/** The resource whose attribute `policy` is the policy of a bucket; undefined if the plan has none. */
function policyResourceOf(plan: PlanModel, bucket: Resource): Resource | Unknown | undefined {
  const policies = plan.resourcesOfType("aws_s3_bucket_policy").map((resource) => ({
    resource,
    buckets: resource.referencesTo(["aws_s3_bucket"], "bucket"),
  }));
  const policy = policies.find(
    ({ resource, buckets }) =>
      buckets.references.some((reference) => reference.resource === bucket) ||
      resource.value("bucket") === bucket.value("bucket"),
  );
  if (policy) return policy.resource;
  if (bucket.isConfigured("policy") || typeof bucket.value("policy") === "string") return bucket;
  return bucket.mode === "data"
    ? new Unknown(bucket.address, "policy", "is not in this plan")
    : policies.flatMap(({ buckets }) => buckets.unknown)[0];
}

/** The test file that Elastic Load Balancing writes. */
interface TestFile extends AccountAndRegion {
  /** ARN of the folder that contains a folder for each account. */
  readonly folder: string;
  /** The type of the load balancer. */
  readonly type: string | Unknown;
}

/** The fact without which the answer is unknown, of a policy that is known. */
const missingFactOf = ({ account, region, type }: TestFile): Unknown | string =>
  isUnknown(type)
    ? type
    : account === undefined || region === undefined
      ? "the account or the region of the load balancer is unknown"
      : "whether the conditions of the policy of the bucket are true";

/**
 * Whether a policy allows Elastic Load Balancing to write its test file.
 *
 * @param allowsUnknown whether unknown values, such as those of condition keys, are the ones with which the policy allows it
 */
function isWriteAllowed(policy: Policy, allowsUnknown: boolean, file: TestFile): boolean {
  const context = {
    "aws:SecureTransport": "true",
    "s3:x-amz-acl": "bucket-owner-full-control",
    ...(file.account === undefined ? {} : { "aws:SourceAccount": file.account }),
  };
  const known = withoutUnknowns(policy, context, allowsUnknown);
  const accounts = [
    file.account ?? "<account>",
    ...(allowsUnknown && file.account === undefined ? accountsIn(known) : []),
  ];
  return writersOf(file, allowsUnknown).some((principal) =>
    accounts.some(
      (account) =>
        evaluate(known, {
          principal,
          action: "s3:PutObject",
          resource: `${file.folder}/${account}/ELBAccessLogTestFile`,
          context,
        }).effect === "allow",
    ),
  );
}

/** The principals that may write the test file. */
function writersOf({ region, type }: TestFile, allowsUnknown: boolean): readonly Principal[] {
  const { service, networkService, accounts } = accessLogWriters;
  const regions = region === undefined ? (allowsUnknown ? Object.keys(accounts) : []) : [region];
  const isNetwork = isUnknown(type) ? allowsUnknown : type === "network";
  return [
    { service },
    ...(isNetwork ? [{ service: networkService }] : []),
    ...regions.flatMap((name) =>
      accounts[name] === undefined
        ? []
        : [{ arn: `arn:${partitionOf(name)}:iam::${accounts[name]}:root` }],
    ),
  ];
}

/** The accounts whose logs a policy names. */
const accountsIn = ({ statements }: Policy): readonly string[] =>
  statements
    .flatMap(({ resources = [] }) => resources)
    .flatMap((resource) => /\/AWSLogs\/(\d{12})\//.exec(resource)?.[1] ?? []);
