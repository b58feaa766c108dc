import { formatArn, partitionOf } from "../../aws/index.ts";
import { type FoundationCall, foundationCalls } from "./recorded-calls.generated.ts";
import type { FoundationScope } from "./foundation-scope.ts";
import { FOUNDATION_TAG } from "../synth/foundation-stack.ts";
import { stateKeyAlias } from "./state-bucket.ts";
import {
  policyDocument,
  serviceOf,
  type Statement,
  statementsFor,
  untaggedResourceCondition,
} from "./policy-statements.ts";
import type { PolicyDocument } from "./oidc-trust.ts";

/**
 * Allows an apply to tag a VPC's default security group. AWS creates this group without tags. No condition key limits the
 * statement to a VPC, so it allows any security group without the foundation tag.
 */
const defaultSecurityGroupStatement = ({ name, region, account }: FoundationScope): Statement => ({
  Sid: "Ec2DefaultSecurityGroup",
  Effect: "Allow",
  Action: ["ec2:CreateTags"],
  Resource: formatArn("ec2", region, account, "security-group/*"),
  Condition: untaggedResourceCondition(name),
});

/**
 * Actions on existing resources that the config names, by a pattern of their ARN. They do not change these resources, except
 * that a gateway endpoint adds a route to a route table.
 */
const EXISTING_RESOURCE_ACTIONS: readonly (readonly [
  pattern: RegExp,
  actions: readonly string[],
])[] = [
  [/:vpc\//, ["ec2:CreateSecurityGroup", "ec2:CreateVpcEndpoint"]],
  [/:(subnet|route-table)\//, ["ec2:CreateVpcEndpoint", "ec2:ModifyVpcEndpoint"]],
  [/:key\//, ["kms:CreateGrant", "kms:Decrypt", "kms:DescribeKey", "kms:Encrypt"]],
];

const existingResourceStatements = ({ existingArns }: FoundationScope): Statement[] =>
  EXISTING_RESOURCE_ACTIONS.flatMap(([pattern, Action], index): Statement[] => {
    const Resource = existingArns.filter((arn) => pattern.test(arn));
    return Resource.length === 0
      ? []
      : [{ Sid: `Given${index + 1}`, Effect: "Allow", Action, Resource }];
  });

/** Allows decrypting the published outputs. SSM uses the key for the caller who reads the parameter. */
function publishedOutputsKeyStatement({
  name,
  region,
  account,
  existingArns,
}: FoundationScope): Statement {
  const keys = existingArns.filter((arn) => arn.includes(":key/"));
  const isFoundationKey = keys.length === 0;
  return {
    Sid: "PublishedKey",
    Effect: "Allow",
    Action: ["kms:Decrypt"],
    Resource: isFoundationKey ? formatArn("kms", region, account, "key/*") : keys,
    Condition: {
      StringEquals: {
        "kms:ViaService": `ssm.${region}.amazonaws.com`,
        ...(isFoundationKey ? { [`aws:ResourceTag/${FOUNDATION_TAG}`]: name } : {}),
      },
    },
  };
}

const READ_ACTION = /:(Describe|Get|List)/;

/** Services whose permissions are in the network policy. The other services are in the platform policy. */
const NETWORK_SERVICES = new Set(["ec2", "route53"]);

/** Allows reading the state in its bucket, or writing it and its lock file. Source: Terraform docs, "Backend Type: s3", permissions. */
function stateStatements(foundation: FoundationScope, mode: "read" | "write"): Statement[] {
  const { account } = foundation;
  const { bucket, key, region, kmsKeyArn } = foundation.state;
  const partition = partitionOf(region);
  const object = `arn:${partition}:s3:::${bucket}/${key}`;
  const isWriter = mode === "write";
  return [
    {
      Sid: "StateListed",
      Effect: "Allow",
      Action: ["s3:ListBucket"],
      Resource: `arn:${partition}:s3:::${bucket}`,
      // No condition on the prefix: with one, S3 would return 403 instead of 404 for a state that does not exist yet.
    },
    {
      Sid: "State",
      Effect: "Allow",
      Action: ["s3:GetObject", ...(isWriter ? ["s3:PutObject"] : [])],
      Resource: object,
    },
    ...(isWriter
      ? [
          {
            Sid: "StateLock",
            Effect: "Allow" as const,
            Action: ["s3:DeleteObject", "s3:GetObject", "s3:PutObject"],
            Resource: `${object}.tflock`,
          },
        ]
      : []),
    {
      Sid: "StateKey",
      Effect: "Allow",
      Action: ["kms:Decrypt", ...(isWriter ? ["kms:GenerateDataKey"] : [])],
      Resource: kmsKeyArn ?? formatArn("kms", region, account, "key/*"),
      Condition: {
        StringEquals: { "kms:ViaService": `s3.${region}.amazonaws.com` },
        // The ID of the key that bootstrap creates is unknown here, but its alias is known.
        ...(kmsKeyArn === undefined
          ? { "ForAnyValue:StringEquals": { "kms:ResourceAliases": stateKeyAlias(bucket) } }
          : {}),
      },
    },
  ];
}

const boundaryArn = ({ name, region, account }: FoundationScope): string =>
  `arn:${partitionOf(region)}:iam::${account}:policy/${name}-boundary`;

/** Allows managing roles for tasks, only below the foundation's path and with its permissions boundary. */
function roleStatements(foundation: FoundationScope): Statement[] {
  const { name, region, account } = foundation;
  const partition = partitionOf(region);
  const roles = `arn:${partition}:iam::${account}:role/${name}/*`;
  const hasBoundary = { StringEquals: { "iam:PermissionsBoundary": boundaryArn(foundation) } };
  return [
    {
      Sid: "RolesInsideTheBoundary",
      Effect: "Allow",
      Action: [
        "iam:AttachRolePolicy",
        "iam:CreateRole",
        "iam:DeleteRolePolicy",
        "iam:DetachRolePolicy",
        "iam:PutRolePolicy",
      ],
      Resource: roles,
      Condition: hasBoundary,
    },
    {
      Sid: "RolesRead",
      Effect: "Allow",
      Action: [
        "iam:GetRole",
        "iam:GetRolePolicy",
        "iam:ListAttachedRolePolicies",
        "iam:ListInstanceProfilesForRole",
        "iam:ListRolePolicies",
      ],
      Resource: roles,
    },
    {
      Sid: "RolesKept",
      Effect: "Allow",
      Action: ["iam:DeleteRole", "iam:TagRole", "iam:UntagRole", "iam:UpdateAssumeRolePolicy"],
      Resource: roles,
    },
    {
      Sid: "RolesOfServices",
      Effect: "Allow",
      Action: ["iam:CreateServiceLinkedRole"],
      Resource: `arn:${partition}:iam::${account}:role/aws-service-role/*`,
      Condition: {
        StringEquals: {
          "iam:AWSServiceName": ["ecs.amazonaws.com", "elasticloadbalancing.amazonaws.com"],
        },
      },
    },
  ];
}

/** The policies of the apply role. Each one is shorter than IAM's limit of 6,144 characters. */
export function applyPolicies(
  foundation: FoundationScope,
): Readonly<Record<string, PolicyDocument>> {
  const isNetwork = ({ action }: FoundationCall): boolean =>
    NETWORK_SERVICES.has(serviceOf(action));
  return {
    network: policyDocument([
      ...statementsFor(foundationCalls.filter(isNetwork), foundation),
      defaultSecurityGroupStatement(foundation),
    ]),
    platform: policyDocument(
      statementsFor(
        foundationCalls.filter((call) => !isNetwork(call)),
        foundation,
      ),
    ),
    state: policyDocument([
      ...stateStatements(foundation, "write"),
      ...roleStatements(foundation),
      ...existingResourceStatements(foundation),
    ]),
  };
}

/** The policies of the plan role: read what Terraform reads, except secrets. */
export function planPolicies(
  foundation: FoundationScope,
): Readonly<Record<string, PolicyDocument>> {
  const { parameter, region, account } = foundation;
  const reads = foundationCalls.filter(({ action }) => READ_ACTION.test(action));
  return {
    read: policyDocument([
      ...statementsFor(reads, foundation),
      publishedOutputsKeyStatement(foundation),
      {
        Sid: "NoSecretValues",
        Effect: "Deny",
        Action: ["secretsmanager:BatchGetSecretValue", "secretsmanager:GetSecretValue"],
        Resource: "*",
      },
    ]),
    state: policyDocument([
      ...stateStatements(foundation, "read"),
      {
        Sid: "NoOtherParameters",
        Effect: "Deny",
        Action: [
          "ssm:GetParameter",
          "ssm:GetParameterHistory",
          "ssm:GetParameters",
          "ssm:GetParametersByPath",
        ],
        NotResource: formatArn("ssm", region, account, `parameter${parameter}`),
      },
    ]),
  };
}

/** The policy of the image role: push to a single repository. Source: Amazon ECR User Guide, "IAM permissions for pushing an image". */
export function imagePolicy(foundation: FoundationScope): PolicyDocument | undefined {
  const { repository, region, account } = foundation;
  if (repository === undefined) return undefined;
  return policyDocument([
    { Sid: "LogIn", Effect: "Allow", Action: ["ecr:GetAuthorizationToken"], Resource: "*" },
    {
      Sid: "Push",
      Effect: "Allow",
      Action: [
        "ecr:BatchCheckLayerAvailability",
        "ecr:BatchGetImage",
        "ecr:CompleteLayerUpload",
        // berth push compares tags and reads the result of the scan.
        "ecr:DescribeImageScanFindings",
        "ecr:DescribeImages",
        "ecr:DescribeRepositories",
        "ecr:GetDownloadUrlForLayer",
        "ecr:InitiateLayerUpload",
        "ecr:PutImage",
        "ecr:UploadLayerPart",
      ],
      Resource: formatArn("ecr", region, account, `repository/${repository}`),
    },
  ]);
}

/**
 * Actions that give identities, or permissions across accounts. They could bypass the limits of a role's own policies.
 * Services that run code with a role (Lambda, EC2, Cognito identity pools) are not listed: they require iam:PassRole, which
 * is denied. Source: Service Authorization Reference, "Actions, resources, and condition keys for AWS services".
 */
const IDENTITY_ACTIONS: readonly string[] = [
  // Accounts and organizations: contacts, regions, new accounts and the policies over them.
  "account:*",
  "controltower:*",
  "organizations:*",
  // Users, roles, keys and policies.
  "iam:*",
  // IAM Identity Center: users and groups, permission sets and their assignments to accounts, tokens.
  "identity-sync:*",
  "identitystore-auth:*",
  "identitystore:*",
  "sso-directory:*",
  "sso-oauth:*",
  "sso:*",
  // Trust anchors: the holder of a certificate can assume a role from anywhere.
  "rolesanywhere:*",
  // Shares of resources with other accounts.
  "ram:*",
  // Sessions of other roles, of the root users of member accounts, and of federated users.
  "sts:AssumeRole",
  "sts:AssumeRoot",
  "sts:GetFederationToken",
];

/** The permissions boundary of roles that an apply creates: no access to identities and to Terraform states. */
export function permissionsBoundary(foundation: FoundationScope): PolicyDocument {
  const bucket = `arn:${partitionOf(foundation.region)}:s3:::${foundation.state.bucket}`;
  return policyDocument([
    { Sid: "WhatPoliciesAllow", Effect: "Allow", Action: ["*"], Resource: "*" },
    {
      Sid: "NoIdentities",
      Effect: "Deny",
      Action: IDENTITY_ACTIONS,
      Resource: "*",
    },
    { Sid: "NoStates", Effect: "Deny", Action: ["s3:*"], Resource: [bucket, `${bucket}/*`] },
  ]);
}
