import { partitionOf } from "../aws/index.ts";
import { isObject, textOf, type PlanModel, type Resource } from "../plan/index.ts";

/** The account and the region of a plan; undefined if the plan does not determine them. */
export interface AccountAndRegion {
  readonly account: string | undefined;
  readonly region: string | undefined;
}

const cache = new WeakMap<PlanModel, AccountAndRegion>();

/**
 * The account and the region of a plan: from its data sources, the ARNs and availability zones of its resources, or the
 * provider configuration.
 */
export function accountAndRegionOf(plan: PlanModel): AccountAndRegion {
  const cached = cache.get(plan);
  if (cached) return cached;
  const accountAndRegion = findAccountAndRegion(plan);
  cache.set(plan, accountAndRegion);
  return accountAndRegion;
}

function findAccountAndRegion(plan: PlanModel): AccountAndRegion {
  let account: string | undefined;
  let region: string | undefined;
  const callerAccount = plan.resourcesOfType("aws_caller_identity")[0]?.value("account_id");
  if (typeof callerAccount === "string") account = callerAccount;
  const regionData = plan.resourcesOfType("aws_region").find((data) => data.mode === "data");
  if (regionData)
    region = regionData.text("region")?.toString() ?? regionData.text("name")?.toString();
  for (const resource of plan.resources) {
    if (account !== undefined && region !== undefined) break;
    const arn = resource.value("arn");
    const [, , , arnRegion = "", arnAccount = ""] = typeof arn === "string" ? arn.split(":") : [];
    if (resource.mode === "managed" && arnAccount !== "" && arnAccount !== "aws")
      account ??= arnAccount;
    const availabilityZone = resource.value("availability_zone");
    if (arnRegion !== "") region ??= arnRegion;
    else if (typeof availabilityZone === "string")
      region ??= availabilityZone.replace(/[a-z]$/, "");
  }
  const provider = plan.planJson.providers["aws"];
  const providerRegion =
    isObject(provider) && isObject(provider["expressions"])
      ? provider["expressions"]["region"]
      : undefined;
  region ??= isObject(providerRegion) ? textOf(providerRegion["constant_value"]) : undefined;
  const awsResource = plan.resources.find((resource) => resource.type.startsWith("aws_"));
  account ??= awsResource ? plan.accountOf(awsResource) : undefined;
  return { account: account ?? plan.account, region };
}

/**
 * The account and the region of a resource: undefined if its provider is not the default one and does not have them as constants.
 * The default provider has those of the plan, and its account is that of each provider with the same credentials.
 */
export function accountAndRegionAt(plan: PlanModel, resource: Resource): AccountAndRegion {
  const isDefault = hasDefaultProvider(resource);
  const ofPlan = accountAndRegionOf(plan);
  const account = isDefault || plan.usesDefaultCredentials(resource) ? ofPlan.account : undefined;
  const region = isDefault ? ofPlan.region : undefined;
  // Other checks do not read the attribute, so that attribute-coverage reports it as unread.
  const ownRegion = resource.values["region"];
  return {
    account: plan.accountOf(resource) ?? account,
    region: typeof ownRegion === "string" ? ownRegion : (plan.regionOf(resource) ?? region),
  };
}

const hasDefaultProvider = (resource: Resource): boolean =>
  ["", "aws"].includes(resource.plan.providerOf(resource));

/** The placeholder of the revision of a task definition, which AWS assigns. */
const UNKNOWN_REVISION = ":<revision>";

/** ARNs by resource type, without the prefix "arn:" and the partition. */
const ARN_FORMATS: Readonly<Record<string, (name: string) => string>> = {
  aws_secretsmanager_secret: (name) => `secretsmanager:<region>:<account>:secret:${name}-??????`,
  aws_ssm_parameter: (name) => `ssm:<region>:<account>:parameter/${name.replace(/^\//, "")}`,
  aws_ecr_repository: (name) => `ecr:<region>:<account>:repository/${name}`,
  aws_cloudwatch_log_group: (name) => `logs:<region>:<account>:log-group:${name}`,
  aws_ecs_cluster: (name) => `ecs:<region>:<account>:cluster/${name}`,
  aws_ecs_task_definition: (family) =>
    `ecs:<region>:<account>:task-definition/${family}${UNKNOWN_REVISION}`,
  aws_iam_role: (name) => `iam::<account>:role${name}`,
  aws_sns_topic: (name) => `sns:<region>:<account>:${name}`,
  aws_s3_bucket: (name) => `s3:::${name}`,
};

/**
 * The ARN of a resource. If it is known after apply, it is derived from the name; without a known name it is a unique
 * placeholder. `<region>` and `<account>` remain in it if they are unknown.
 */
export function arnOf(resource: Resource, accountAndRegion: AccountAndRegion): string {
  const arn = resource.value("arn");
  if (typeof arn === "string" && arn !== "") return arn;
  const { account, region } = withRegionOf(resource, accountAndRegion);
  const name = nameInArn(resource);
  const format = ARN_FORMATS[resource.type];
  if (!format || typeof name !== "string") return placeholderArn(resource, { account, region });
  return `arn:${region === undefined ? "aws" : partitionOf(region)}:${format(name)}`
    .replace("<region>", region ?? "<region>")
    .replace("<account>", account ?? "<account>");
}

/**
 * A placeholder for an ARN that the plan does not determine: of a resource, or of what AWS creates for it, such as the task sets of
 * a deployment group.
 */
export const placeholderArn = (
  { address }: Resource,
  { account, region }: AccountAndRegion,
): string => `arn:aws:berth:${region ?? "<region>"}:${account ?? "<account>"}:${address}`;

/** The account, and the region of the resource's provider if it is not the default one. */
function withRegionOf(resource: Resource, accountAndRegion: AccountAndRegion): AccountAndRegion {
  return hasDefaultProvider(resource)
    ? accountAndRegion
    : { ...accountAndRegion, region: accountAndRegionAt(resource.plan, resource).region };
}

function nameInArn(resource: Resource): unknown {
  if (resource.type === "aws_s3_bucket") return nameAt(resource, "bucket");
  if (resource.type === "aws_ecs_task_definition") return resource.value("family");
  const name = nameAt(resource, "name");
  if (resource.type !== "aws_iam_role") return name;
  const path = resource.value("path") ?? "/";
  return typeof path === "string" && typeof name === "string" ? `${path}${name}` : undefined;
}

/** The ARN of a task definition without its revision. */
export const withoutRevision = (arn: string): string => arn.replace(/:(?:\d+|<revision>)$/, "");

/** The attribute from which Terraform can create the name, of the types with an entry in {@link ARN_FORMATS}. */
const PREFIX_ATTRIBUTES: Readonly<Record<string, string>> = {
  aws_cloudwatch_log_group: "name_prefix",
  aws_iam_role: "name_prefix",
  aws_s3_bucket: "bucket_prefix",
  aws_secretsmanager_secret: "name_prefix",
  aws_sns_topic: "name_prefix",
};

/** The name of a resource. Terraform creates the name from a prefix with a suffix that is known after apply. */
function nameAt(resource: Resource, attribute: string): unknown {
  const name = resource.value(attribute);
  const prefixAttribute = PREFIX_ATTRIBUTES[resource.type];
  if (typeof name === "string" || prefixAttribute === undefined) return name;
  const prefix = resource.value(prefixAttribute);
  return typeof prefix === "string" ? `${prefix}<suffix>` : name;
}

const PLACEHOLDER_PREFIX = /^arn:aws:berth:[^:]*:[^:]*:/;

/** An ARN for a message; a placeholder becomes the Terraform address of its resource, because AWS has no such ARN. */
export const arnText = (arn: string): string => arn.replace(PLACEHOLDER_PREFIX, "");

/** The ARN of a resource; undefined if the plan does not determine it as a whole. */
export function knownArnOf(
  resource: Resource,
  accountAndRegion: AccountAndRegion,
): string | undefined {
  const arn = arnInAwsError(arnOf(resource, accountAndRegion));
  const isDerived = typeof resource.value("arn") !== "string";
  // Without a region, the partition of a derived ARN is unknown.
  return arn === undefined ||
    (isDerived && withRegionOf(resource, accountAndRegion).region === undefined) ||
    hasPlaceholder(arn)
    ? undefined
    : arn;
}

/** True for a derived ARN with a part that the plan does not determine. */
export const hasPlaceholder = (arn: string): boolean =>
  arnInAwsError(arn) === undefined || /<(?:account|region|revision|suffix)>/.test(arn);

/** An ARN for the text of an AWS error; undefined for a placeholder, which AWS never returns. */
export const arnInAwsError = (arn: string): string | undefined =>
  PLACEHOLDER_PREFIX.test(arn) ? undefined : arn;

/**
 * An identifier of a managed resource that is known after apply and follows from the plan: its ARN, or the ID that is its
 * ARN or its name. Undefined for other attributes.
 */
export function identifierOf(
  resource: Resource,
  attribute: string,
  accountAndRegion: AccountAndRegion,
): string | undefined {
  if (resource.mode === "data") return undefined;
  switch (`${resource.type}.${attribute}`) {
    // Source: Terraform Registry, `aws_s3_bucket`: its ID is its name.
    case "aws_s3_bucket.id": {
      const name = resource.value("bucket");
      return typeof name === "string" ? name : undefined;
    }
    case "aws_ecs_task_definition.arn_without_revision":
      return withoutRevision(arnOf(resource, accountAndRegion));
    // Source: Terraform Registry, the page of each resource: its ID is its ARN.
    case "aws_ecs_cluster.id":
    case "aws_secretsmanager_secret.id":
    case "aws_sns_topic.id":
      return arnOf(resource, accountAndRegion);
    // Source: Terraform Registry, `aws_secretsmanager_secret_version`: it has the ARN of its secret.
    case "aws_secretsmanager_secret_version.arn": {
      const [secret, ...others] = resource.referencesTo(
        ["aws_secretsmanager_secret"],
        "secret_id",
      ).references;
      return secret && others.length === 0 ? arnOf(secret.resource, accountAndRegion) : undefined;
    }
    default:
      return attribute === "arn" ? arnOf(resource, accountAndRegion) : undefined;
  }
}
