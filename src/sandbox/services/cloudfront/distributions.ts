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

/** Source of the texts: getmoto/moto, `moto/cloudfront/exceptions.py`. */
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

/** The policies of a cache behavior. Only managed policies exist in the sandbox. */
function checkPolicies(behavior: cloudfront.DefaultCacheBehavior | cloudfront.CacheBehavior): void {
  const { CachePolicyId, OriginRequestPolicyId, ResponseHeadersPolicyId } = behavior;
  if (CachePolicyId && !isCachePolicy(CachePolicyId))
    throw noSuch("NoSuchCachePolicy", "The cache policy does not exist.");
  if (OriginRequestPolicyId && !isOriginRequestPolicy(OriginRequestPolicyId))
    throw noSuch("NoSuchOriginRequestPolicy", "The origin request policy does not exist.");
  if (ResponseHeadersPolicyId && !isResponseHeadersPolicy(ResponseHeadersPolicyId))
    throw noSuch("NoSuchResponseHeadersPolicy", "The response headers policy does not exist.");
}

function checkCertificate(context: Context, arn: string | undefined): void {
  if (arn === undefined || arn === "") return;
  const certificate = context.at({ region: "us-east-1" }).in(certificates).get(arn);
  if (certificate === undefined)
    throw new AwsError(
      "InvalidViewerCertificate",
      "The specified SSL certificate doesn't exist, isn't in us-east-1 region, isn't valid, or doesn't include a valid certificate chain.",
    );
}

/** Checks a configuration. Source: Amazon CloudFront API Reference, CreateDistribution: errors. */
function check(
  context: Context,
  config: cloudfront.DistributionConfig,
  own: string | undefined,
): void {
  const origins = config.Origins?.Items ?? [];
  const behaviors = [config.DefaultCacheBehavior, ...(config.CacheBehaviors?.Items ?? [])].flatMap(
    (behavior) => behavior ?? [],
  );
  const groups = (config.OriginGroups?.Items ?? []).map(({ Id }) => Id);
  const names = new Set([...origins.map(({ Id }) => Id), ...groups]);
  if (behaviors.some(({ TargetOriginId }) => !names.has(TargetOriginId)))
    throw noSuch("NoSuchOrigin", "One or more of your origins or origin groups do not exist.");
  for (const behavior of behaviors) checkPolicies(behavior);
  for (const { OriginAccessControlId: id } of origins)
    if (id && !accessControls.find(context, id))
      throw noSuch(
        "NoSuchOriginAccessControl",
        "The specified origin access control does not exist.",
      );
  const webAcl = config.WebACLId ?? "";
  if (webAcl.includes(":wafv2:") && !findWebAcl(context.at({ region: "us-east-1" }), webAcl))
    throw new AwsError("InvalidWebACLId", "Web ACL is not accessible by the requester.");
  const aliases = config.Aliases?.Items ?? [];
  const certificate = config.ViewerCertificate;
  checkCertificate(context, certificate?.ACMCertificateArn);
  if (aliases.length > 0 && !certificate?.ACMCertificateArn && !certificate?.IAMCertificateId)
    throw new AwsError(
      "InvalidViewerCertificate",
      "To add an alternate domain name (CNAME) to a CloudFront distribution, you must attach a trusted certificate that validates your authorization to use the domain name.",
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

/** The configuration with the members that AWS adds. */
const withDefaults = (config: cloudfront.DistributionConfig): cloudfront.DistributionConfig => ({
  ...config,
  Aliases: config.Aliases ?? { Quantity: 0 },
  OriginGroups: config.OriginGroups ?? { Quantity: 0, Items: [] },
  CacheBehaviors: config.CacheBehaviors ?? { Quantity: 0 },
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
