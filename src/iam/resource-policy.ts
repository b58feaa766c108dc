import { matches } from "./match.ts";
import type { Policy, PolicyViolation, Statement } from "./policy.ts";

/**
 * Actions of objects, by prefix. All other actions of S3 apply to the bucket. Source: Service Authorization Reference,
 * "Actions, resources, and condition keys for Amazon S3".
 */
const OBJECT_ACTIONS =
  /^s3:(AbortMultipartUpload|BypassGovernanceRetention|DeleteObject\w*|GetObject\w*|InitiateReplication|ListMultipartUploadParts|ObjectOwnerOverrideToBucketOwner|PutObject\w*|Replicate(Delete|Object|Tags)|RestoreObject|UpdateObjectEncryption)$/i;

const appliesTo = (action: string, resource: string, bucket: string): boolean =>
  resource === "*" ||
  (OBJECT_ACTIONS.test(action)
    ? resource.includes("/") || matches(resource, `${bucket}/object`)
    : matches(resource, bucket));

function statementViolation(
  { actions = [], resources = [] }: Statement,
  bucket: string,
): PolicyViolation | undefined {
  const otherAction = actions.find((action) => action !== "*" && !/^s3:/i.test(action));
  if (otherAction !== undefined)
    return {
      rule: "action-foreign",
      message: `Action ${otherAction} must be an action of S3`,
      subject: otherAction,
    };
  const [prefix, bucketName] = [bucket.replace(/[^:]*$/, ""), bucket.replace(/^.*:/, "")];
  const isOfBucket = (resource: string): boolean =>
    resource === "*" ||
    (resource.startsWith(prefix) &&
      matches(resource.slice(prefix.length).replace(/\/.*$/s, ""), bucketName));
  const otherResource = resources.find((resource) => !isOfBucket(resource));
  if (otherResource !== undefined)
    return {
      rule: "resource-foreign",
      message: `Resource ${otherResource} must be the bucket ${bucketName} or its objects`,
      subject: otherResource,
    };
  const inapplicable = actions.find(
    (action) =>
      !/[*?]/.test(action) &&
      resources.length > 0 &&
      !resources.some((resource) => appliesTo(action, resource, bucket)),
  );
  return inapplicable === undefined
    ? undefined
    : {
        rule: "action-not-applicable",
        message: `Action ${inapplicable} applies to no resource of its statement`,
        subject: inapplicable,
      };
}

/**
 * The first rule about actions and resources that the policy of a bucket violates.
 *
 * Source: Amazon S3 User Guide, "Bucket policies for Amazon S3" and "Policies and permissions in Amazon S3".
 *
 * @param bucket ARN of the bucket
 */
export function bucketScopeViolation(
  { statements }: Policy,
  bucket: string,
): PolicyViolation | undefined {
  for (const statement of statements) {
    const found = statementViolation(statement, bucket);
    if (found) return found;
  }
  return undefined;
}

/**
 * The rule about resources that the policy of a topic violates.
 *
 * Source: Amazon SNS Developer Guide, "Amazon SNS API permissions: Actions and resources reference": the resource must match the
 * topic.
 *
 * @param topic ARN of the topic
 */
export function topicScopeViolation(
  { statements }: Policy,
  topic: string,
): PolicyViolation | undefined {
  const other = statements
    .flatMap(({ resources = [] }) => resources)
    .find((resource) => !matches(resource, topic));
  return other === undefined
    ? undefined
    : {
        rule: "resource-foreign",
        message: `Resource ${other} must be the topic ${topic}`,
        subject: other,
      };
}

/**
 * Condition keys that limit access to callers that the owner of a policy knows. Source: Amazon S3 User Guide, "Blocking public
 * access to your Amazon S3 storage", The meaning of "public".
 */
const LIMITING_KEYS: ReadonlySet<string> = new Set([
  "aws:principalaccount",
  "aws:principalarn",
  "aws:principalorgid",
  "aws:principalorgpaths",
  "aws:sourceaccount",
  "aws:sourcearn",
  "aws:sourceip",
  "aws:sourceorgid",
  "aws:sourceorgpaths",
  "aws:sourceowner",
  "aws:sourcevpc",
  "aws:sourcevpce",
  "aws:userid",
  "kms:calleraccount",
  "s3:dataaccesspointaccount",
  "s3:dataaccesspointarn",
]);

/** Operators that a request without the key does not satisfy. */
const LIMITING_OPERATOR =
  /^(ForAnyValue:)?(String(Equals|EqualsIgnoreCase|Like)|Arn(Equals|Like)|IpAddress)$/;

/** A range of addresses is public if its prefix is shorter. Source: as LIMITING_KEYS. */
const MINIMUM_PREFIX = { ipv4: 8, ipv6: 32 } as const;

function isFixed(key: string, value: string): boolean {
  if (key === "aws:sourceip") {
    const [address = "", prefix] = value.split("/");
    const minimum = address.includes(":") ? MINIMUM_PREFIX.ipv6 : MINIMUM_PREFIX.ipv4;
    return prefix === undefined || Number(prefix) >= minimum;
  }
  // An organization path ends with a wildcard: aws:PrincipalOrgPaths o-a1b2c3/r-ab12/*.
  const [fixedPart = value] = key.endsWith("orgpaths") ? value.split("/") : [value];
  if (!/[*?]|\$\{/.test(fixedPart)) return true;
  // The account of an ARN is enough: arn:aws:iam::111122223333:role/*.
  const [prefix, partition, service, , account = ""] = value.split(":");
  return prefix === "arn" && !/[*?]/.test(`${partition}${service}`) && /^\d{12}$/.test(account);
}

const isLimited = ({ conditions }: Statement): boolean =>
  Object.entries(conditions).some(
    ([operator, keys]) =>
      LIMITING_OPERATOR.test(operator) &&
      Object.entries(keys).some(
        ([key, values]) =>
          LIMITING_KEYS.has(key.toLowerCase()) &&
          values.length > 0 &&
          values.every((value) => isFixed(key.toLowerCase(), value)),
      ),
  );

/**
 * Whether a resource policy is public: it allows something to everyone, without a condition that limits the callers to fixed
 * values.
 *
 * Source: Amazon S3 User Guide, "Blocking public access to your Amazon S3 storage", The meaning of "public".
 */
export const isPublic = ({ statements }: Policy): boolean =>
  statements.some(
    (statement) =>
      statement.effect === "Allow" &&
      (statement.notPrincipals !== undefined ||
        statement.principals === "*" ||
        statement.principals?.AWS?.includes("*") === true) &&
      !isLimited(statement),
  );
