import {
  CloudFrontClient,
  CreateDistributionCommand,
  CreateDistributionWithTagsCommand,
  CreateInvalidationCommand,
  CreateOriginAccessControlCommand,
  DeleteDistributionCommand,
  DeleteOriginAccessControlCommand,
  type DistributionConfig,
  GetCachePolicyCommand,
  GetDistributionCommand,
  ListCachePoliciesCommand,
  ListTagsForResourceCommand,
  TagResourceCommand,
  UntagResourceCommand,
  UpdateDistributionCommand,
} from "@aws-sdk/client-cloudfront";
import { describe, expect, it } from "vitest";
import { useSandbox } from "../../support/sandbox-calls.ts";

const fixture = useSandbox();

const CACHING_OPTIMIZED = "658327ea-f89d-4fab-a63d-7e88639e58f6";
const client = (): CloudFrontClient => new CloudFrontClient(fixture.clientOptions);

const config = (changes: Partial<DistributionConfig> = {}): DistributionConfig => ({
  CallerReference: "site",
  Comment: "site",
  Enabled: true,
  Origins: {
    Quantity: 1,
    Items: [
      {
        Id: "files",
        DomainName: "files.s3.eu-west-1.amazonaws.com",
        S3OriginConfig: { OriginAccessIdentity: "" },
      },
    ],
  },
  DefaultCacheBehavior: {
    TargetOriginId: "files",
    ViewerProtocolPolicy: "redirect-to-https",
    CachePolicyId: CACHING_OPTIMIZED,
  },
  ...changes,
});
const create = (changes: Partial<DistributionConfig> = {}) =>
  client().send(new CreateDistributionCommand({ DistributionConfig: config(changes) }));
const createAccessControl = () =>
  client().send(
    new CreateOriginAccessControlCommand({
      OriginAccessControlConfig: {
        Name: "files",
        OriginAccessControlOriginType: "s3",
        SigningBehavior: "always",
        SigningProtocol: "sigv4",
      },
    }),
  );

describe("CloudFront", () => {
  it("creates, changes and deletes a distribution", async () => {
    const { Distribution, ETag } = await create();
    expect(Distribution).toMatchObject({
      Status: "InProgress",
      DomainName: expect.stringMatching(/^d\w{13}\.cloudfront\.net$/) as string,
    });
    const Id = Distribution?.Id;
    const get = () => client().send(new GetDistributionCommand({ Id }));
    expect((await get()).Distribution).toMatchObject({
      Status: "Deployed",
      ARN: `arn:aws:cloudfront::111122223333:distribution/${Id}`,
      DistributionConfig: {
        ...config(),
        Origins: {
          Quantity: 1,
          Items: [{ ConnectionAttempts: 3, OriginShield: { Enabled: false }, OriginPath: "" }],
        },
        DefaultCacheBehavior: {
          Compress: false,
          TrustedKeyGroups: { Enabled: false, Quantity: 0 },
          AllowedMethods: { Quantity: 2, Items: ["HEAD", "GET"] },
        },
        DefaultRootObject: "",
        PriceClass: "PriceClass_All",
        ViewerCertificate: { CloudFrontDefaultCertificate: true },
      },
    });
    const remove = (IfMatch: string | undefined) =>
      client().send(new DeleteDistributionCommand({ Id, IfMatch }));
    expect(await fixture.errorOf(() => remove(ETag))).toContain("DistributionNotDisabled");
    const updated = await client().send(
      new UpdateDistributionCommand({
        Id,
        IfMatch: ETag,
        DistributionConfig: config({ Enabled: false, Comment: "off" }),
      }),
    );
    expect(await fixture.errorOf(() => remove(ETag))).toContain("PreconditionFailed");
    expect((await get()).Distribution?.DistributionConfig?.Comment).toBe("off");
    await remove(updated.ETag);
    expect(await fixture.errorOf(get)).toContain("NoSuchDistribution");
  });

  it("protects an origin access control that a distribution uses", async () => {
    const { OriginAccessControl, ETag } = await createAccessControl();
    const Id = OriginAccessControl?.Id;
    expect(await fixture.errorOf(createAccessControl)).toContain(
      "OriginAccessControlAlreadyExists",
    );
    const [origin] = config().Origins?.Items ?? [];
    const withControl = (id: string | undefined): Partial<DistributionConfig> => ({
      Origins: {
        Quantity: 1,
        Items: [{ Id: "", DomainName: "", ...origin, OriginAccessControlId: id }],
      },
    });
    expect(await fixture.errorOf(() => create(withControl("none")))).toContain(
      "NoSuchOriginAccessControl",
    );
    await create(withControl(Id));
    expect(
      await fixture.errorOf(() =>
        client().send(new DeleteOriginAccessControlCommand({ Id, IfMatch: ETag })),
      ),
    ).toContain("OriginAccessControlInUse");
  });

  const origin = (changes: object) => ({
    Origins: {
      Quantity: 1,
      Items: [{ Id: "files", DomainName: "app.example.com", ...changes }],
    },
  });
  const custom = { HTTPPort: 80, HTTPSPort: 443, OriginProtocolPolicy: "https-only" as const };
  const behavior = {
    TargetOriginId: "files",
    ViewerProtocolPolicy: "https-only" as const,
    CachePolicyId: CACHING_OPTIMIZED,
  };
  const forwarded = { QueryString: false, Cookies: { Forward: "none" as const } };

  it.each<[string, Partial<DistributionConfig>, string]>([
    [
      "a URL as origin",
      origin({ DomainName: "https://app.example.com", CustomOriginConfig: custom }),
      "InvalidArgument: The parameter origin name cannot contain a colon.",
    ],
    [
      "an origin that is no bucket",
      origin({}),
      "InvalidArgument: The parameter Origin DomainName does not refer to a valid S3 bucket.",
    ],
    [
      "the website of a bucket as bucket",
      origin({ DomainName: "files.s3-website-us-east-1.amazonaws.com" }),
      "InvalidArgument: The parameter Origin DomainName does not refer to a valid S3 bucket.",
    ],
    [
      "both kinds of origin",
      origin({ CustomOriginConfig: custom, S3OriginConfig: { OriginAccessIdentity: "" } }),
      "InvalidOrigin: You must specify either a CustomOrigin or an S3Origin.",
    ],
    [
      "a reserved port",
      origin({ CustomOriginConfig: { ...custom, HTTPPort: 22 } }),
      "InvalidArgument: The port 22 of an origin",
    ],
    [
      "a long read timeout",
      origin({ CustomOriginConfig: { ...custom, OriginReadTimeout: 121 } }),
      "InvalidOriginReadTimeout: OriginReadTimeout of an origin must be from 1 to 120.",
    ],
    [
      "some of the methods",
      {
        DefaultCacheBehavior: {
          ...behavior,
          AllowedMethods: { Quantity: 2, Items: ["GET", "PUT"] },
        },
      },
      "InvalidArgument: CloudFront does not support the allowed methods GET, PUT.",
    ],
    ["a wrong quantity", { Aliases: { Quantity: 1 } }, "InconsistentQuantities"],
    [
      "no cache policy",
      { DefaultCacheBehavior: { ...behavior, CachePolicyId: undefined } },
      "InvalidArgument: The parameter ForwardedValues is required.",
    ],
    [
      "a cache policy and forwarded values",
      { DefaultCacheBehavior: { ...behavior, ForwardedValues: forwarded } },
      "InvalidArgument: The parameter ForwardedValues cannot be used when a cache policy is associated to the cache behavior.",
    ],
    [
      "countries without a restriction",
      {
        Restrictions: { GeoRestriction: { RestrictionType: "none", Quantity: 1, Items: ["DE"] } },
      },
      "InvalidGeoRestrictionParameter: Your request contains invalid Restriction parameters.",
    ],
    [
      "a response for success",
      { CustomErrorResponses: { Quantity: 1, Items: [{ ErrorCode: 200 }] } },
      "InvalidErrorCode",
    ],
    [
      "an error page without a code",
      {
        CustomErrorResponses: {
          Quantity: 1,
          Items: [{ ErrorCode: 404, ResponsePagePath: "/404.html" }],
        },
      },
      "ResponsePagePath and ResponseCode must be specified together.",
    ],
  ])("rejects %s", async (_, changes, message) => {
    expect(await fixture.errorOf(() => create(changes))).toContain(message);
  });

  it("keeps tags", async () => {
    const { Distribution } = await client().send(
      new CreateDistributionWithTagsCommand({
        DistributionConfigWithTags: {
          DistributionConfig: config(),
          Tags: { Items: [{ Key: "team", Value: "a" }] },
        },
      }),
    );
    const Resource = Distribution?.ARN;
    await client().send(
      new TagResourceCommand({ Resource, Tags: { Items: [{ Key: "stage", Value: "b" }] } }),
    );
    await client().send(new UntagResourceCommand({ Resource, TagKeys: { Items: ["team"] } }));
    expect((await client().send(new ListTagsForResourceCommand({ Resource }))).Tags?.Items).toEqual(
      [{ Key: "stage", Value: "b" }],
    );
  });

  it("has the managed cache policies", async () => {
    const { CachePolicyList } = await client().send(
      new ListCachePoliciesCommand({ Type: "managed" }),
    );
    expect(CachePolicyList?.Items).toHaveLength(7);
    const { CachePolicy } = await client().send(
      new GetCachePolicyCommand({ Id: CACHING_OPTIMIZED }),
    );
    expect(CachePolicy?.CachePolicyConfig).toMatchObject({
      Name: "Managed-CachingOptimized",
      DefaultTTL: 86_400,
    });
  });

  it.each<[Partial<DistributionConfig>, string]>([
    [{ Aliases: { Quantity: 1, Items: ["a.example.com"] } }, "InvalidViewerCertificate"],
    [
      {
        ViewerCertificate: {
          ACMCertificateArn: "arn:aws:acm:us-east-1:111122223333:certificate/none",
          SSLSupportMethod: "sni-only",
        },
      },
      "InvalidViewerCertificate",
    ],
    [
      {
        DefaultCacheBehavior: {
          TargetOriginId: "none",
          ViewerProtocolPolicy: "allow-all",
          CachePolicyId: CACHING_OPTIMIZED,
        },
      },
      "NoSuchOrigin",
    ],
    [
      {
        DefaultCacheBehavior: {
          TargetOriginId: "files",
          ViewerProtocolPolicy: "allow-all",
          CachePolicyId: "none",
        },
      },
      "NoSuchCachePolicy",
    ],
  ])("rejects %j", async (changes, message) => {
    expect(await fixture.errorOf(() => create(changes))).toContain(message);
  });

  it("does not invalidate", async () => {
    const { Distribution } = await create();
    expect(
      await fixture.errorOf(() =>
        client().send(
          new CreateInvalidationCommand({
            DistributionId: Distribution?.Id,
            InvalidationBatch: { CallerReference: "1", Paths: { Quantity: 1, Items: ["/*"] } },
          }),
        ),
      ),
    ).toContain("NotImplemented");
  });
});
