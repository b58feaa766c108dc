import type * as cloudfront from "@aws-sdk/client-cloudfront";
import { certificates } from "../acm/tables.ts";
import { findWebAcl } from "../wafv2/resources.ts";
import type { Context, Operations } from "../../core/operation.ts";
import { AwsError } from "../../protocol/errors.ts";
import { ResourceType, type StoredResource } from "../../resource-store/resource-type.ts";
import {
  isCachePolicy,
  isOriginRequestPolicy,
  isResponseHeadersPolicy,
} from "./managed-policies.ts";
import { accessControls } from "./origin-access.ts";
import { arnOf, checkVersion, newId, type Versioned } from "./versions.ts";

interface DistributionMembers extends Partial<cloudfront.Distribution>, Versioned {}
export type StoredDistribution = StoredResource<DistributionMembers>;

/** Source of the text: Amazon CloudFront API Reference, GetDistribution: errors. */
export const distributions: ResourceType<DistributionMembers> =
  new ResourceType<DistributionMembers>({
    service: "cloudfront",
    table: "cloudfront/distribution",
    scope: "account",
    structure: "Distribution",
    identifier: "Id",
    arn: (context, id) => arnOf(context, `distribution/${id}`),
    notFound: () =>
      new AwsError("NoSuchDistribution", "The specified distribution does not exist.", 404),
    states: {
      member: "Status",
      ready: "Deployed",
      pending: {
        create: { state: "InProgress", seconds: 240 },
        change: { state: "InProgress", seconds: 240 },
      },
    },
    describe: (_context, { arn }) => ({
      ARN: arn,
      InProgressInvalidationBatches: 0,
      ActiveTrustedSigners: { Enabled: false, Quantity: 0 },
      ActiveTrustedKeyGroups: { Enabled: false, Quantity: 0 },
    }),
  });

const noSuch = (code: string, message: string): AwsError => new AwsError(code, message, 404);

/**
 * Checks the policies of a cache behavior. Only managed policies exist in the sandbox.
 *
 * Source of the texts: Amazon CloudFront API Reference, CreateDistribution: errors.
 */
function checkPolicies(behavior: cloudfront.DefaultCacheBehavior | cloudfront.CacheBehavior): void {
  const { CachePolicyId, OriginRequestPolicyId, ResponseHeadersPolicyId } = behavior;
  if (CachePolicyId && !isCachePolicy(CachePolicyId))
    throw noSuch("NoSuchCachePolicy", "The cache policy does not exist.");
  if (OriginRequestPolicyId && !isOriginRequestPolicy(OriginRequestPolicyId))
    throw noSuch("NoSuchOriginRequestPolicy", "The origin request policy does not exist.");
  if (ResponseHeadersPolicyId && !isResponseHeadersPolicy(ResponseHeadersPolicyId))
    throw noSuch("NoSuchResponseHeadersPolicy", "The response headers policy does not exist.");
}

/** Source of the text: hashicorp/terraform-provider-aws#13489. */
function checkCertificate(context: Context, arn: string | undefined): void {
  if (arn === undefined || arn === "") return;
  const certificate = context.at({ region: "us-east-1" }).in(certificates).get(arn);
  if (certificate === undefined)
    throw new AwsError(
      "InvalidViewerCertificate",
      "The specified SSL certificate doesn't exist, isn't in us-east-1 region, isn't valid, or doesn't include a valid certificate chain.",
    );
}

const invalidArgument = (message: string): AwsError => new AwsError("InvalidArgument", message);

/** The domain of a bucket, which is not that of its website. */
const BUCKET_DOMAIN = /\.s3(?!-website)[.-][a-z0-9.-]*amazonaws\.com(\.cn)?$/;

/** Numbers of an origin with their errors. Source: Amazon CloudFront API Reference, Origin and CustomOriginConfig. */
const rangesOf = ({
  ConnectionAttempts: attempts,
  ConnectionTimeout: timeout,
  CustomOriginConfig: custom,
}: cloudfront.Origin): readonly (readonly [
  code: string,
  name: string,
  value: number | undefined,
  from: number,
  to: number,
])[] => [
  ["InvalidArgument", "ConnectionAttempts", attempts, 1, 3],
  ["InvalidArgument", "ConnectionTimeout", timeout, 1, 10],
  ["InvalidOriginReadTimeout", "OriginReadTimeout", custom?.OriginReadTimeout, 1, 120],
  [
    "InvalidOriginKeepaliveTimeout",
    "OriginKeepaliveTimeout",
    custom?.OriginKeepaliveTimeout,
    1,
    120,
  ],
];

/**
 * Checks the origins.
 *
 * Sources: of the rules, Amazon CloudFront API Reference, Origin and CustomOriginConfig; of the texts, aws/aws-cdk#25110 (colon),
 * hashicorp/terraform-provider-aws#33214 (bucket), ansible-collections/community.aws#1819 (both kinds). No public source of the
 * other texts is known.
 */
function checkOrigins(origins: readonly cloudfront.Origin[]): void {
  const ids = origins.map(({ Id }) => Id);
  const duplicate = ids.find((id, index) => ids.indexOf(id) !== index);
  if (duplicate !== undefined)
    throw invalidArgument(`More than one origin has the ID ${duplicate}.`);
  for (const origin of origins) {
    const { DomainName: domain = "", CustomOriginConfig: custom, S3OriginConfig } = origin;
    if (domain.includes(":"))
      throw invalidArgument("The parameter origin name cannot contain a colon.");
    if (custom && S3OriginConfig)
      throw new AwsError(
        "InvalidOrigin",
        "You must specify either a CustomOrigin or an S3Origin. You cannot specify both.",
      );
    if (!custom && !origin.VpcOriginConfig && !BUCKET_DOMAIN.test(domain))
      throw invalidArgument("The parameter Origin DomainName does not refer to a valid S3 bucket.");
    for (const [code, name, value, from, to] of rangesOf(origin))
      if (value !== undefined && (value < from || value > to))
        throw new AwsError(code, `${name} of an origin must be from ${from} to ${to}.`);
    for (const port of [custom?.HTTPPort, custom?.HTTPSPort])
      if (port !== undefined && port !== 80 && port !== 443 && (port < 1024 || port > 65_535))
        throw invalidArgument(
          `The port ${port} of an origin must be 80, 443 or from 1024 to 65535.`,
        );
  }
}

/**
 * Checks what depends on other members of the configuration.
 *
 * Sources: of the rules, Amazon CloudFront API Reference, DistributionConfig, DefaultCacheBehavior, CacheBehavior ("must
 * include either a CachePolicyId or ForwardedValues"), CustomErrorResponse and GeoRestriction; of the texts,
 * hashicorp/terraform-provider-aws#29015 (ForwardedValues), hashicorp/terraform-provider-aws#19243 (GeoRestriction). No public
 * source of the other texts is known.
 */
function checkCombinations(
  config: cloudfront.DistributionConfig,
  behaviors: readonly (cloudfront.DefaultCacheBehavior | cloudfront.CacheBehavior)[],
): void {
  for (const { AllowedMethods: { Items: methods = [] } = {} } of behaviors)
    if (methods.length > 0 && !METHODS.has([...methods].sort().join(" ")))
      throw invalidArgument(
        `CloudFront does not support the allowed methods ${methods.join(", ")}.`,
      );
  for (const { CachePolicyId, ForwardedValues } of behaviors) {
    if (!CachePolicyId && !ForwardedValues)
      throw invalidArgument("The parameter ForwardedValues is required.");
    if (CachePolicyId && ForwardedValues)
      throw invalidArgument(
        "The parameter ForwardedValues cannot be used when a cache policy is associated to the cache behavior.",
      );
  }
  const { RestrictionType: restriction = "none", Quantity: countries = 0 } =
    config.Restrictions?.GeoRestriction ?? {};
  if (restriction === "none" && countries > 0)
    throw new AwsError(
      "InvalidGeoRestrictionParameter",
      "Your request contains invalid Restriction parameters.",
    );
  for (const { ErrorCode, ResponsePagePath, ResponseCode } of config.CustomErrorResponses?.Items ??
    []) {
    if (!ERROR_CODES.has(ErrorCode ?? 0))
      throw new AwsError(
        "InvalidErrorCode",
        `CloudFront does not handle the error code ${ErrorCode}.`,
      );
    if ((ResponsePagePath ?? "") === "" ? (ResponseCode ?? "") !== "" : (ResponseCode ?? "") === "")
      throw invalidArgument("ResponsePagePath and ResponseCode must be specified together.");
  }
}

/** The sets of methods that a behavior can have. Source: Amazon CloudFront API Reference, AllowedMethods. */
const METHODS = new Set(["GET HEAD", "GET HEAD OPTIONS", "DELETE GET HEAD OPTIONS PATCH POST PUT"]);

/** Source: Amazon CloudFront Developer Guide, "HTTP 4xx and 5xx status codes that CloudFront caches". */
const ERROR_CODES = new Set([400, 403, 404, 405, 414, 416, 500, 501, 502, 503, 504]);

/** The lists of a configuration whose number of items is not their quantity, at any depth. */
const hasWrongQuantity = (value: unknown): boolean => {
  if (typeof value !== "object" || value === null) return false;
  const { Quantity: quantity, Items: items } = value as Readonly<Record<string, unknown>>;
  const isWrong =
    typeof quantity === "number" && quantity !== (Array.isArray(items) ? items.length : 0);
  return isWrong || Object.values(value).some(hasWrongQuantity);
};

/**
 * Checks a configuration.
 *
 * Sources: of the rules, Amazon CloudFront API Reference, CreateDistribution: errors, with the text for an origin access
 * control; of the other texts, aws-cloudformation/rain#517 (origin), hashicorp/terraform#17544 (web ACL), winglang/wing#2440
 * (certificate), jogold/cloudstructs#169 (alias in use).
 */
function check(
  context: Context,
  config: cloudfront.DistributionConfig,
  own: string | undefined,
): void {
  const origins = config.Origins?.Items ?? [];
  const behaviors = [config.DefaultCacheBehavior, ...(config.CacheBehaviors?.Items ?? [])].flatMap(
    (behavior) => behavior ?? [],
  );
  // Source of the text: Amazon CloudFront API Reference, CreateDistribution: InconsistentQuantities.
  if (hasWrongQuantity(config))
    throw new AwsError(
      "InconsistentQuantities",
      "The value of Quantity and the size of Items don't match.",
    );
  checkOrigins(origins);
  checkCombinations(config, behaviors);
  const groups = (config.OriginGroups?.Items ?? []).map(({ Id }) => Id);
  const names = new Set([...origins.map(({ Id }) => Id), ...groups]);
  if (behaviors.some(({ TargetOriginId }) => !names.has(TargetOriginId)))
    throw noSuch(
      "NoSuchOrigin",
      "One or more of your cache behavior target origins or origin groups do not exist.",
    );
  for (const behavior of behaviors) checkPolicies(behavior);
  for (const { OriginAccessControlId: id } of origins)
    if (id && !accessControls.find(context, id))
      throw noSuch("NoSuchOriginAccessControl", "The origin access control does not exist.");
  const webAcl = config.WebACLId ?? "";
  if (webAcl.includes(":wafv2:") && !findWebAcl(context.at({ region: "us-east-1" }), webAcl))
    throw new AwsError("InvalidWebACLId", "Web ACL is not accessible by the requester.");
  const aliases = config.Aliases?.Items ?? [];
  const certificate = config.ViewerCertificate;
  checkCertificate(context, certificate?.ACMCertificateArn);
  if (aliases.length > 0 && !certificate?.ACMCertificateArn && !certificate?.IAMCertificateId)
    throw new AwsError(
      "InvalidViewerCertificate",
      "To add an alternate domain name (CNAME) to a CloudFront distribution, you must attach a trusted certificate that validates your authorization to use the domain name. For more details, see: https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/CNAMEs.html#alternate-domain-names-requirements",
    );
  const taken = distributions
    .in(context)
    .find(
      ({ id, members }) =>
        id !== own &&
        (members.DistributionConfig?.Aliases?.Items ?? []).some((alias) => aliases.includes(alias)),
    );
  if (taken)
    throw new AwsError(
      "CNAMEAlreadyExists",
      "One or more of the CNAMEs you provided are already associated with a different resource.",
      409,
    );
}

const READ_METHODS = { Quantity: 2, Items: ["HEAD" as const, "GET" as const] };

/** Members that AWS adds to an origin, a behavior and a configuration. Source: Amazon CloudFront API Reference, GetDistribution. */
const ORIGIN_DEFAULTS = {
  OriginPath: "",
  CustomHeaders: { Quantity: 0 },
  ConnectionAttempts: 3,
  ConnectionTimeout: 10,
  OriginShield: { Enabled: false },
  OriginAccessControlId: "",
};
const BEHAVIOR_DEFAULTS = {
  TrustedSigners: { Enabled: false, Quantity: 0 },
  TrustedKeyGroups: { Enabled: false, Quantity: 0 },
  AllowedMethods: { ...READ_METHODS, CachedMethods: READ_METHODS },
  SmoothStreaming: false,
  Compress: false,
  LambdaFunctionAssociations: { Quantity: 0 },
  FunctionAssociations: { Quantity: 0 },
  FieldLevelEncryptionId: "",
};
const CONFIG_DEFAULTS = {
  DefaultRootObject: "",
  Logging: { Enabled: false, IncludeCookies: false, Bucket: "", Prefix: "" },
  IsIPV6Enabled: false,
  Staging: false,
  ContinuousDeploymentPolicyId: "",
};

/** The configuration with the members that AWS adds, at each depth. */
const withDefaults = (config: cloudfront.DistributionConfig): cloudfront.DistributionConfig => ({
  ...CONFIG_DEFAULTS,
  ...config,
  Origins: config.Origins && {
    ...config.Origins,
    Items: config.Origins.Items?.map((origin) => ({ ...ORIGIN_DEFAULTS, ...origin })),
  },
  DefaultCacheBehavior: config.DefaultCacheBehavior && {
    ...BEHAVIOR_DEFAULTS,
    ...config.DefaultCacheBehavior,
  },
  Aliases: config.Aliases ?? { Quantity: 0 },
  OriginGroups: config.OriginGroups ?? { Quantity: 0, Items: [] },
  CacheBehaviors: config.CacheBehaviors
    ? {
        ...config.CacheBehaviors,
        ...(config.CacheBehaviors.Items && {
          Items: config.CacheBehaviors.Items.map((behavior) => ({
            ...BEHAVIOR_DEFAULTS,
            ...behavior,
          })),
        }),
      }
    : { Quantity: 0 },
  CustomErrorResponses: config.CustomErrorResponses ?? { Quantity: 0 },
  PriceClass: config.PriceClass ?? "PriceClass_All",
  HttpVersion: config.HttpVersion ?? "http2",
  ViewerCertificate: config.ViewerCertificate ?? { CloudFrontDefaultCertificate: true },
  Restrictions: config.Restrictions ?? {
    GeoRestriction: { RestrictionType: "none", Quantity: 0 },
  },
  WebACLId: config.WebACLId ?? "",
});

function newMembers(context: Context, config: cloudfront.DistributionConfig): DistributionMembers {
  check(context, config, undefined);
  const repeated = distributions
    .in(context)
    .find(({ members }) => members.DistributionConfig?.CallerReference === config.CallerReference);
  // Source of the text: awslabs/aws-saas-boost#153.
  if (repeated)
    throw new AwsError(
      "DistributionAlreadyExists",
      `The caller reference that you are using to create a distribution is associated with another distribution. Already exists: ${repeated.id}`,
      409,
    );
  return {
    etag: newId(context),
    DistributionConfig: withDefaults(config),
    DomainName: `d${context.hex(13)}.cloudfront.net`,
    LastModifiedTime: context.now,
  };
}

const describe = (context: Context, distribution: StoredDistribution): object => ({
  Distribution: distributions.describe(context, distribution),
  ETag: distribution.members.etag,
});

/** The members that a response to a creation has in addition. */
const describeNew = (context: Context, distribution: StoredDistribution): object => ({
  ...describe(context, distribution),
  Location: `https://cloudfront.amazonaws.com/2020-05-31/distribution/${distribution.id}`,
});

/** Whether a distribution uses an origin access control. */
export const usesAccessControl = (context: Context, id: string): boolean =>
  distributions
    .in(context)
    .all()
    .some(({ members }) =>
      (members.DistributionConfig?.Origins?.Items ?? []).some(
        (origin) => origin.OriginAccessControlId === id,
      ),
    );

export const distributionOperations: Operations = {
  ...distributions.create<cloudfront.CreateDistributionRequest>("CreateDistribution", {
    supports: ["DistributionConfig"],
    id: newId,
    values: (context, input) => newMembers(context, input.DistributionConfig),
    respond: describeNew,
  }),
  ...distributions.create<cloudfront.CreateDistributionWithTagsRequest>(
    "CreateDistributionWithTags",
    {
      supports: ["DistributionConfigWithTags"],
      id: newId,
      tagsIn: (input) => input.DistributionConfigWithTags.Tags?.Items,
      values: (context, { DistributionConfigWithTags: { DistributionConfig: config } }) => {
        if (config === undefined) throw new TypeError("required by the model");
        return newMembers(context, config);
      },
      respond: describeNew,
    },
  ),
  ...distributions.read<cloudfront.GetDistributionRequest>("GetDistribution", {
    respond: describe,
  }),
  ...distributions.read<cloudfront.GetDistributionConfigRequest>("GetDistributionConfig", {
    respond: (_context, { members }) => ({
      DistributionConfig: members.DistributionConfig,
      ETag: members.etag,
    }),
  }),
  ...distributions.change<cloudfront.UpdateDistributionRequest>("UpdateDistribution", {
    supports: ["DistributionConfig", "IfMatch"],
    values: (context, input, { id, members }) => {
      checkVersion(members, input.IfMatch);
      check(context, input.DistributionConfig, id);
      return {
        etag: newId(context),
        DistributionConfig: withDefaults(input.DistributionConfig),
        LastModifiedTime: context.now,
      };
    },
    respond: describe,
  }),
  ...distributions.delete<cloudfront.DeleteDistributionRequest>("DeleteDistribution", {
    supports: ["IfMatch"],
    check: (_context, input, distribution) => {
      checkVersion(distribution.members, input.IfMatch);
      // Source of the text: rebuy-de/aws-nuke#155.
      if (
        distribution.members.DistributionConfig?.Enabled === true ||
        distributions.stateOf(distribution) !== "Deployed"
      )
        throw new AwsError(
          "DistributionNotDisabled",
          "The distribution you are trying to delete has not been disabled.",
          409,
        );
    },
    respond: () => ({}),
  }),
};
