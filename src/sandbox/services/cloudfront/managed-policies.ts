import { createHash } from "node:crypto";
import type * as cloudfront from "@aws-sdk/client-cloudfront";
import { operation, type Operations } from "../../core/operation.ts";
import { AwsError } from "../../protocol/errors.ts";

/** When the policies were published. Their API returns a date, which is not documented. */
const PUBLISHED = new Date("2020-07-22T00:00:00Z");

type CacheSettings = readonly [
  id: string,
  ttl: readonly [min: number, fallback: number, max: number],
  key: {
    readonly headers?: readonly string[];
    readonly cookies?: "all";
    readonly queries?: "all" | readonly string[];
    readonly gzip?: boolean;
    readonly brotli?: boolean;
  },
];

const YEAR = 31_536_000;
const DAY = 86_400;
const COMPRESSED = { gzip: true, brotli: true } as const;
const ORIGIN_HEADERS = [
  "host",
  "origin",
  "x-http-method-override",
  "x-http-method",
  "x-method-override",
];

/** Source: Amazon CloudFront Developer Guide, "Use managed cache policies". */
const CACHE_POLICIES: Readonly<Record<string, CacheSettings>> = {
  "Managed-CachingOptimized": ["658327ea-f89d-4fab-a63d-7e88639e58f6", [1, DAY, YEAR], COMPRESSED],
  "Managed-CachingOptimizedForUncompressedObjects": [
    "b2884449-e4de-46a7-ac36-70bc7f1ddd6d",
    [1, DAY, YEAR],
    {},
  ],
  "Managed-CachingDisabled": ["4135ea2d-6df8-44a3-9df3-4b5a84be39ad", [0, 0, 0], {}],
  "Managed-Elemental-MediaPackage": [
    "08627262-05a9-4f76-9ded-b50ca2e3a84f",
    [0, DAY, YEAR],
    { headers: ["origin"], queries: ["aws.manifestfilter", "start", "end", "m"], gzip: true },
  ],
  "Managed-Amplify": [
    "2e54312d-136d-493c-8eb9-b001f22f67d2",
    [2, 2, 600],
    {
      ...COMPRESSED,
      headers: ["Authorization", "CloudFront-Viewer-Country", "Host"],
      cookies: "all",
      queries: "all",
    },
  ],
  UseOriginCacheControlHeaders: [
    "83da9c7e-98b4-4e11-a168-04f0df8e2c65",
    [0, 0, YEAR],
    { ...COMPRESSED, headers: ORIGIN_HEADERS, cookies: "all" },
  ],
  "UseOriginCacheControlHeaders-QueryStrings": [
    "4cc15a8a-d715-48a4-82b8-cc0b614638fe",
    [0, 0, YEAR],
    { ...COMPRESSED, headers: ORIGIN_HEADERS, cookies: "all", queries: "all" },
  ],
};

/** Source: Amazon CloudFront Developer Guide, "Use managed origin request policies". */
const ORIGIN_REQUEST_POLICIES: Readonly<Record<string, string>> = {
  "Managed-AllViewer": "216adef6-5c7f-47e4-b989-5492eafa07d3",
  "Managed-AllViewerAndCloudFrontHeaders-2022-06": "33f36d7e-f396-46d9-90e0-52428a34d9dc",
  "Managed-AllViewerExceptHostHeader": "b689b0a8-53d0-40ab-baf2-68738e2966ac",
  "Managed-CORS-CustomOrigin": "59781a5b-3903-41f3-afcb-af62929ccde1",
  "Managed-CORS-S3Origin": "88a5eaf4-2fd4-4709-b370-b4c650ea3fcf",
  "Managed-UserAgentRefererHeaders": "acba4595-bd28-49b8-b9fe-13317c0390fa",
};

/** Source: Amazon CloudFront Developer Guide, "Use managed response headers policies". */
const RESPONSE_HEADERS_POLICIES: Readonly<Record<string, string>> = {
  "Managed-CORS-and-SecurityHeadersPolicy": "e61eb60c-9c35-4d20-a928-2b84e02af89c",
  "Managed-CORS-With-Preflight": "5cc3b908-e619-4b99-88e5-2cf7f45965bd",
  "Managed-CORS-with-preflight-and-SecurityHeadersPolicy": "eaab4381-ed33-4a86-88ca-d9558dc6cd63",
  "Managed-SecurityHeadersPolicy": "67f7725c-6f97-4210-82d7-5512b31e9d03",
  "Managed-SimpleCORS": "60669652-455b-4ae9-85a4-c4c02393f86c",
};

const namesList = (names: readonly string[]): { Quantity: number; Items: string[] } => ({
  Quantity: names.length,
  Items: [...names],
});

function cachePolicy(
  name: string,
  [id, [MinTTL, DefaultTTL, MaxTTL], { headers, cookies, queries, gzip, brotli }]: CacheSettings,
): cloudfront.CachePolicy {
  return {
    Id: id,
    LastModifiedTime: PUBLISHED,
    CachePolicyConfig: {
      Name: name,
      MinTTL,
      DefaultTTL,
      MaxTTL,
      ParametersInCacheKeyAndForwardedToOrigin: {
        EnableAcceptEncodingGzip: gzip ?? false,
        EnableAcceptEncodingBrotli: brotli ?? false,
        HeadersConfig:
          headers === undefined
            ? { HeaderBehavior: "none" }
            : { HeaderBehavior: "whitelist", Headers: namesList(headers) },
        CookiesConfig: { CookieBehavior: cookies ?? "none" },
        QueryStringsConfig:
          queries === undefined || queries === "all"
            ? { QueryStringBehavior: queries ?? "none" }
            : { QueryStringBehavior: "whitelist", QueryStrings: namesList(queries) },
      },
    },
  };
}

const cachePolicies = (): cloudfront.CachePolicy[] =>
  Object.entries(CACHE_POLICIES).map(([name, settings]) => cachePolicy(name, settings));

/** Whether the sandbox has a policy with this ID. Requests that create policies are not supported. */
export const isCachePolicy = (id: string): boolean =>
  Object.values(CACHE_POLICIES).some(([known]) => known === id);

export const isOriginRequestPolicy = (id: string): boolean =>
  Object.values(ORIGIN_REQUEST_POLICIES).includes(id);

export const isResponseHeadersPolicy = (id: string): boolean =>
  Object.values(RESPONSE_HEADERS_POLICIES).includes(id);

/** Origin request policies with their settings. Source: as for their IDs. */
const ORIGIN_REQUEST_SETTINGS: Readonly<
  Record<
    string,
    {
      readonly headers: "allViewer" | "allExcept" | "whitelist";
      readonly names?: readonly string[];
      readonly others: "all" | "none";
    }
  >
> = {
  "Managed-AllViewer": { headers: "allViewer", others: "all" },
  "Managed-AllViewerExceptHostHeader": { headers: "allExcept", names: ["host"], others: "all" },
  "Managed-CORS-CustomOrigin": { headers: "whitelist", names: ["origin"], others: "none" },
  "Managed-CORS-S3Origin": {
    headers: "whitelist",
    names: ["origin", "access-control-request-headers", "access-control-request-method"],
    others: "none",
  },
  "Managed-UserAgentRefererHeaders": {
    headers: "whitelist",
    names: ["user-agent", "referer"],
    others: "none",
  },
};

const originRequestPolicies = (): cloudfront.OriginRequestPolicy[] =>
  Object.entries(ORIGIN_REQUEST_SETTINGS).map(([name, { headers, names, others }]) => ({
    Id: ORIGIN_REQUEST_POLICIES[name],
    LastModifiedTime: PUBLISHED,
    OriginRequestPolicyConfig: {
      Name: name,
      HeadersConfig: {
        HeaderBehavior: headers,
        ...(names === undefined ? {} : { Headers: namesList(names) }),
      },
      CookiesConfig: { CookieBehavior: others },
      QueryStringsConfig: { QueryStringBehavior: others },
    },
  }));

const etagOf = (id: string): string =>
  `E${createHash("sha256").update(id).digest("hex").slice(0, 13).toUpperCase()}`;

export const managedPolicyOperations: Operations = {
  ListCachePolicies: operation<
    cloudfront.ListCachePoliciesRequest,
    cloudfront.ListCachePoliciesResult
  >()(["Type", "Marker", "MaxItems"], (_context, input) => {
    const policies = input.Type === "custom" ? [] : cachePolicies();
    return {
      CachePolicyList: {
        MaxItems: input.MaxItems ?? 100,
        Quantity: policies.length,
        Items: policies.map((policy) => ({ Type: "managed", CachePolicy: policy })),
      },
    };
  }),

  GetCachePolicy: operation<cloudfront.GetCachePolicyRequest, cloudfront.GetCachePolicyResult>()(
    ["Id"],
    (_context, { Id }) => {
      const policy = cachePolicies().find((candidate) => candidate.Id === Id);
      if (!policy) throw new AwsError("NoSuchCachePolicy", "The cache policy does not exist.", 404);
      return { CachePolicy: policy, ETag: etagOf(Id) };
    },
  ),

  ListOriginRequestPolicies: operation<
    cloudfront.ListOriginRequestPoliciesRequest,
    cloudfront.ListOriginRequestPoliciesResult
  >()(["Type", "Marker", "MaxItems"], (_context, input) => {
    const policies = input.Type === "custom" ? [] : originRequestPolicies();
    return {
      OriginRequestPolicyList: {
        MaxItems: input.MaxItems ?? 100,
        Quantity: policies.length,
        Items: policies.map((policy) => ({ Type: "managed", OriginRequestPolicy: policy })),
      },
    };
  }),

  GetOriginRequestPolicy: operation<
    cloudfront.GetOriginRequestPolicyRequest,
    cloudfront.GetOriginRequestPolicyResult
  >()(["Id"], (_context, { Id }) => {
    const policy = originRequestPolicies().find((candidate) => candidate.Id === Id);
    if (!policy)
      throw new AwsError(
        "NoSuchOriginRequestPolicy",
        "The origin request policy does not exist.",
        404,
      );
    return { OriginRequestPolicy: policy, ETag: etagOf(Id) };
  }),
};
