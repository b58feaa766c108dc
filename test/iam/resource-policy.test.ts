import { describe, expect, it } from "vitest";
import { parsePolicy } from "../../src/iam/policy.ts";
import { bucketScopeViolation, isPublic } from "../../src/iam/resource-policy.ts";

const policy = (statement: object) =>
  parsePolicy(
    JSON.stringify({
      Version: "2012-10-17",
      Statement: {
        Effect: "Allow",
        Principal: "*",
        Action: "s3:GetObject",
        Resource: "*",
        ...statement,
      },
    }),
  );

describe("a public policy", () => {
  it.each<[string, object]>([
    ["everyone", {}],
    ["every AWS principal", { Principal: { AWS: "*" } }],
    ["everyone but one", { Principal: undefined, NotPrincipal: { AWS: "111122223333" } }],
    [
      "a condition that does not limit callers",
      { Condition: { Bool: { "aws:SecureTransport": "true" } } },
    ],
    ["a wildcard", { Condition: { StringLike: { "aws:PrincipalOrgID": "o-*" } } }],
    [
      "a policy variable",
      { Condition: { StringEquals: { "aws:SourceVpc": "${aws:PrincipalTag/vpc}" } } },
    ],
    [
      "one value of two with a wildcard",
      { Condition: { StringLike: { "aws:SourceVpc": ["vpc-1", "*"] } } },
    ],
    ["a negated condition", { Condition: { StringNotEquals: { "aws:SourceVpc": "vpc-1" } } }],
    [
      "a condition that a request without the key satisfies",
      { Condition: { StringEqualsIfExists: { "aws:SourceVpc": "vpc-1" } } },
    ],
    [
      "a set operator that an absent key satisfies",
      { Condition: { "ForAllValues:StringEquals": { "aws:SourceVpc": "vpc-1" } } },
    ],
    ["most addresses", { Condition: { IpAddress: { "aws:SourceIp": "0.0.0.0/1" } } }],
    [
      "an ARN without account",
      { Condition: { ArnLike: { "aws:SourceArn": "arn:aws:sns:*:*:topic" } } },
    ],
  ])("allows %s", (_, statement) => {
    expect(isPublic(policy(statement))).toBe(true);
  });

  it.each<[string, object]>([
    ["denies", { Effect: "Deny" }],
    ["names an account", { Principal: { AWS: "444455556666" } }],
    ["names a service", { Principal: { Service: "cloudfront.amazonaws.com" } }],
    [
      "limits the organization",
      { Condition: { StringEquals: { "aws:PrincipalOrgID": "o-a1b2c3d4e5" } } },
    ],
    [
      "limits the part of an organization",
      {
        Condition: {
          "ForAnyValue:StringLike": { "aws:PrincipalOrgPaths": "o-a1b2c3d4e5/r-ab12/*" },
        },
      },
    ],
    ["limits the VPC endpoint", { Condition: { StringEquals: { "aws:sourceVpce": "vpce-1" } } }],
    [
      "limits the addresses",
      { Condition: { IpAddress: { "aws:SourceIp": ["203.0.113.0/24", "198.51.100.7"] } } },
    ],
    [
      "limits the account of an ARN",
      { Condition: { ArnLike: { "aws:PrincipalArn": "arn:aws:iam::111122223333:role/*" } } },
    ],
  ])("is not one that %s", (_, statement) => {
    expect(isPublic(policy(statement))).toBe(false);
  });
});

describe("the policy of a bucket", () => {
  const violation = (Action: unknown, Resource: unknown): string | undefined =>
    bucketScopeViolation(policy({ Action, Resource }), "arn:aws:s3:::files")?.rule;

  it.each<[unknown, unknown]>([
    ["s3:GetObject", "arn:aws:s3:::files/*"],
    ["s3:ListBucket", "arn:aws:s3:::files"],
    [
      ["s3:GetObject", "s3:ListBucket"],
      ["arn:aws:s3:::files", "arn:aws:s3:::files/*"],
    ],
    ["s3:GetObject", "arn:aws:s3:::files*"],
    ["s3:ListBucket", "arn:aws:s3:::fi?es"],
    ["s3:*", "arn:aws:s3:::files/logs/*"],
    ["S3:PutObject", "arn:aws:s3:::files/${aws:PrincipalTag/team}/*"],
    ["*", "*"],
  ])("may have %j on %j", (action, resource) => {
    expect(violation(action, resource)).toBeUndefined();
  });

  it.each<[unknown, unknown, string]>([
    ["s3:GetObject", "arn:aws:s3:::files", "action-not-applicable"],
    ["s3:ListBucket", "arn:aws:s3:::files/*", "action-not-applicable"],
    [["s3:GetObject", "s3:ListBucket"], "arn:aws:s3:::files/*", "action-not-applicable"],
    ["s3:GetObject", "arn:aws:s3:::other/*", "resource-foreign"],
    ["s3:GetObject", ["arn:aws:s3:::files/*", "arn:aws:s3:::files-2/*"], "resource-foreign"],
    ["s3:GetObject", "arn:aws-cn:s3:::files/*", "resource-foreign"],
    ["s3:GetObject", "arn:aws:s3:us-east-1:111122223333:accesspoint/a", "resource-foreign"],
    ["sqs:SendMessage", "arn:aws:s3:::files", "action-foreign"],
  ])("may not have %j on %j", (action, resource, rule) => {
    expect(violation(action, resource)).toBe(rule);
  });
});
