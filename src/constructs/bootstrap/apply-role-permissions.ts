import { formatArn } from "../../aws/arn.ts";
import { partitionOf } from "../../aws/regions.ts";
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
 * AWS makes a VPC's default security group by itself, without tags: an apply takes it over by tagging it. No condition
 * says which VPC it is of, and so any group may be taken that carries nobody's tag.
 */
const defaultSecurityGroupStatement = ({ name, region, account }: FoundationScope): Statement => ({
  Sid: "Ec2DefaultSecurityGroup",
  Effect: "Allow",
  Action: ["ec2:CreateTags"],
  Resource: formatArn("ec2", region, account, "security-group/*"),
  Condition: untaggedResourceCondition(name),
});

/**
 * What is done with things that are not the foundation's own, where a config names some: nothing that changes them but
 * for the endpoints that come into a route table. By the end of their ARN.
 */
const EXISTING_RESOURCE_ACTIONS: readonly (readonly [kind: RegExp, actions: readonly string[]])[] =
  [
    [/:vpc\//, ["ec2:CreateSecurityGroup", "ec2:CreateVpcEndpoint"]],
    [/:(subnet|route-table)\//, ["ec2:CreateVpcEndpoint", "ec2:ModifyVpcEndpoint"]],
    [/:key\//, ["kms:CreateGrant", "kms:Decrypt", "kms:DescribeKey", "kms:Encrypt"]],
  ];

const existingResourceStatements = ({ existingArns }: FoundationScope): Statement[] =>
  EXISTING_RESOURCE_ACTIONS.flatMap(([kind, Action], at): Statement[] => {
    const Resource = existingArns.filter((arn) => kind.test(arn));
    return Resource.length === 0
      ? []
      : [{ Sid: `Given${at + 1}`, Effect: "Allow", Action, Resource }];
  });

/** The key of the parameter that the outputs are published in, as SSM uses it for whoever reads that. */
function publishedOutputsKeyStatement({
  name,
  region,
  account,
  existingArns,
}: FoundationScope): Statement {
  const keys = existingArns.filter((arn) => arn.includes(":key/"));
  const isOwn = keys.length === 0;
  return {
    Sid: "PublishedKey",
    Effect: "Allow",
    Action: ["kms:Decrypt"],
    Resource: isOwn ? formatArn("kms", region, account, "key/*") : keys,
    Condition: {
      StringEquals: {
        "kms:ViaService": `ssm.${region}.amazonaws.com`,
        ...(isOwn ? { [`aws:ResourceTag/${FOUNDATION_TAG}`]: name } : {}),
      },
    },
  };
}

const READ_ACTION = /:(Describe|Get|List)/;

/** Services whose permissions make up the network; the others fill a policy of their own. */
const NETWORK_SERVICES = new Set(["ec2", "route53"]);

/** The state in its bucket: to read, or to write with its lock. Source: Terraform docs, "Backend Type: s3", permissions. */
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
      // Without a condition on the prefix: S3 would say 403 instead of 404 of a state that is not there yet.
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
        // The id of the key that bootstrap makes is not known here, its alias is.
        ...(kmsKeyArn === undefined
          ? { "ForAnyValue:StringEquals": { "kms:ResourceAliases": stateKeyAlias(bucket) } }
          : {}),
      },
    },
  ];
}

const boundaryArn = ({ name, region, account }: FoundationScope): string =>
  `arn:${partitionOf(region)}:iam::${account}:policy/${name}-boundary`;

/** Roles for tasks, below the foundation's path and inside its boundary. */
function roleStatements(foundation: FoundationScope): Statement[] {
  const { name, region, account } = foundation;
  const partition = partitionOf(region);
  const roles = `arn:${partition}:iam::${account}:role/${name}/*`;
  const inside = { StringEquals: { "iam:PermissionsBoundary": boundaryArn(foundation) } };
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
      Condition: inside,
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

/** What an apply may do, in policies of which each fits into IAM's 6,144 characters. */
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

/** What a plan may do: read what Terraform reads, and no secret. */
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

/** What an image build may do: push to one repository. Source: Amazon ECR User Guide, "IAM permissions for pushing an image". */
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
 * Services and calls that give identities, or permissions across accounts, whatever a role's own policies say. Services
 * that run code with a role (Lambda, EC2, a Cognito identity pool) are not among them: each asks for iam:PassRole, which
 * is. Source: Service Authorization Reference, "Actions, resources, and condition keys for AWS services".
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
  // Trust anchors: whoever has a certificate of theirs takes a role from anywhere.
  "rolesanywhere:*",
  // Shares of resources with other accounts.
  "ram:*",
  // Sessions of other roles, of other accounts' roots and of federated users.
  "sts:AssumeRole",
  "sts:AssumeRoot",
  "sts:GetFederationToken",
];

/** The most that a role made by an apply may do: nothing with identities, and nothing with the states. */
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
