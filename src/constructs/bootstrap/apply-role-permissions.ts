import { formatArn, partitionOf } from "../../aws/index.ts";
import type { RecordedCall } from "./recorded-call.ts";
import { foundationCalls } from "./recorded-calls.generated.ts";
import { serviceCalls } from "./recorded-service-calls.generated.ts";
import {
  publishedOutputsKeyStatement,
  roleStatements,
  stateStatements,
} from "./shared-statements.ts";
import type { FoundationScope } from "./foundation-scope.ts";
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

const READ_ACTION = /:(Describe|Get|List)/;

/** Services whose permissions are in the network policy. The other services are in the platform policy. */
const NETWORK_SERVICES = new Set(["ec2", "route53"]);

/**
 * Allows reading whether services and jobs still exist, or have left tasks and revisions of task definitions: they must be destroyed
 * before the foundation.
 */
const existingServiceStatements = ({ services, state, region }: FoundationScope): Statement[] =>
  services.length === 0
    ? []
    : [
        {
          Sid: "ServiceStates",
          Effect: "Allow",
          Action: ["s3:GetObject"],
          Resource: state.serviceKeys.map(
            (key) => `arn:${partitionOf(region)}:s3:::${state.bucket}/${key}`,
          ),
        },
        {
          Sid: "ServiceRemains",
          Effect: "Allow",
          Action: ["ecs:ListTaskDefinitions", "ecs:ListTasks"],
          Resource: "*",
        },
      ];

/** The policies of the apply role. Each one is shorter than IAM's limit of 6,144 characters. */
export function applyPolicies(
  foundation: FoundationScope,
): Readonly<Record<string, PolicyDocument>> {
  const isNetwork = ({ action }: RecordedCall): boolean => NETWORK_SERVICES.has(serviceOf(action));
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
      ...existingServiceStatements(foundation),
      ...roleStatements(foundation, ["ecs.amazonaws.com", "elasticloadbalancing.amazonaws.com"]),
      ...existingResourceStatements(foundation),
    ]),
  };
}

/** The policies of the plan role: read what Terraform reads, except secrets. */
export function planPolicies(
  foundation: FoundationScope,
): Readonly<Record<string, PolicyDocument>> {
  const { parameter, name, region, account, services, state } = foundation;
  const calls = [...foundationCalls, ...(services.length === 0 ? [] : serviceCalls)];
  const reads = calls.filter(({ action }) => READ_ACTION.test(action));
  const parameterArn = (path: string): string =>
    formatArn("ssm", region, account, `parameter${path}`);
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
      ...stateStatements(foundation, "read", [
        state.key,
        ...(services.length === 0 ? [] : state.serviceKeys),
      ]),
      {
        Sid: "NoOtherParameters",
        Effect: "Deny",
        Action: [
          "ssm:GetParameter",
          "ssm:GetParameterHistory",
          "ssm:GetParameters",
          "ssm:GetParametersByPath",
        ],
        NotResource: [
          parameterArn(parameter),
          // The images of the last successful deployments.
          ...(services.length === 0 ? [] : [parameterArn(`/berth/${name}/*/image`)]),
        ],
      },
    ]),
  };
}

/**
 * The policy of the image role: push to a single repository, and read the results of its scans. Undefined if the config uses an
 * existing repository and builds no image.
 *
 * Source: Amazon ECR User Guide, "IAM permissions for pushing an image".
 */
export function imagePolicy(foundation: FoundationScope): PolicyDocument | undefined {
  const { repository, imageRepositoryArn, buildsImages } = foundation;
  if (repository === undefined && !buildsImages) return undefined;
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
      Resource: imageRepositoryArn,
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
  const { name, region, account, state } = foundation;
  const partition = partitionOf(region);
  const bucket = `arn:${partition}:s3:::${state.bucket}`;
  return policyDocument([
    { Sid: "WhatPoliciesAllow", Effect: "Allow", Action: ["*"], Resource: "*" },
    {
      Sid: "NoIdentities",
      Effect: "Deny",
      Action: IDENTITY_ACTIONS,
      Resource: "*",
    },
    // Users, roles, keys and policies. The role of a schedule may pass the roles of its task to ECS: they have this boundary too.
    {
      Sid: "NoOtherRoles",
      Effect: "Deny",
      Action: ["iam:*"],
      NotResource: `arn:${partition}:iam::${account}:role/${name}/*`,
    },
    {
      Sid: "OnlyRolesOfTasks",
      Effect: "Deny",
      Action: ["iam:*"],
      Resource: "*",
      // Requests other than PassRole do not have this key, so that the condition is true for them.
      Condition: { StringNotEquals: { "iam:PassedToService": "ecs-tasks.amazonaws.com" } },
    },
    { Sid: "NoStates", Effect: "Deny", Action: ["s3:*"], Resource: [bucket, `${bucket}/*`] },
  ]);
}
