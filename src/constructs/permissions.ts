import { formatArn } from "../aws/arn.ts";
import { partitionOf } from "../aws/regions.ts";
import type { FoundationOptions, ProjectOptions } from "../config/options.ts";
import { type FoundationCall, foundationCalls } from "./foundation-calls.ts";
import { OWN_TAG, stateObject } from "./foundation-stack.ts";
import { stateKeyAlias } from "./state-bucket.ts";
import type { PolicyDocument } from "./trust.ts";

/** What names a foundation and its state in an account: all that its roles may touch. */
export interface Foothold {
  readonly name: string;
  readonly region: string;
  readonly account: string;
  readonly logGroup: string;
  /** The image repository; undefined where it is somebody else's. */
  readonly repository: string | undefined;
  /** The parameter that the outputs are published in. */
  readonly parameter: string;
  readonly state: { readonly bucket: string; readonly key: string; readonly region: string };
}

/** Where a config's foundation stands. Account and state must be said: there is nothing to guard without. */
export function footholdOf(
  options: FoundationOptions & ProjectOptions & { readonly account: string },
  bucket: string,
): Foothold {
  const { name, region, account, logs, repository = {}, publish } = options;
  return {
    name,
    region,
    account,
    logGroup: logs?.name ?? `/ecs/${name}`,
    repository: "url" in repository ? undefined : (repository.name ?? name),
    parameter: typeof publish === "string" ? publish : `/berth/${name}`,
    state: { bucket, key: stateObject(options), region: options.state?.region ?? region },
  };
}

type Conditions = Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;

interface Statement {
  readonly Sid: string;
  readonly Effect: "Allow" | "Deny";
  readonly Action: readonly string[];
  readonly Resource: string | readonly string[];
  readonly Condition?: Conditions;
}

const document = (statements: readonly Statement[]): PolicyDocument => ({
  Version: "2012-10-17",
  Statement: statements.map((one) => ({ ...one })),
});

/** Kinds of resources that have no name to know them by: their tag says whose they are. */
const KNOWN_BY_TAG =
  /^arn:[^:]*:(ec2:|kms:[^:]*:[^:]*:key\/|elasticloadbalancing:.*:targetgroup\/|servicediscovery:)/;

/** Actions that put tags: on what a request makes, the request says so. */
const TAGS_NEW: Readonly<Record<string, string>> = {
  "ec2:CreateTags": "ec2:CreateAction",
  "elasticloadbalancing:AddTags": "elasticloadbalancing:CreateAction",
};

/** Actions by which tagged things come to be. */
const MAKING = ["Create*", "Allocate*", "AuthorizeSecurityGroup*"];

/** An ARN of this foundation; undefined where it has no such thing. */
function fill(template: string, foothold: Foothold): string | undefined {
  const { name, region, account, logGroup, repository, parameter } = foothold;
  const values: Readonly<Record<string, string | undefined>> = {
    partition: partitionOf(region),
    region,
    account,
    name,
    // The target group's name is the start of the foundation's, and digits of Terraform's.
    start: name.slice(0, 6).replace(/-$/, ""),
    logGroup,
    repository,
    parameter: parameter.replace(/^\//, ""),
  };
  let isWhole = true;
  const filled = template.replace(/\{(\w+)\}/g, (_, key: string) => {
    isWhole &&= values[key] !== undefined;
    return values[key] ?? "";
  });
  return isWhole ? filled : undefined;
}

/** CloudWatch Logs asks for a log group with and without its streams. Source: Service Authorization Reference, "Amazon CloudWatch Logs". */
const spellings = (arn: string): string[] =>
  /:log-group:[^:]+$/.test(arn) ? [arn, `${arn}:*`] : [arn];

/** Why a resource may be touched: by its name (or because nothing narrower is possible), or by its tag. */
type Ground = "named" | "new" | "tagging" | "own";

/** Calls about things that may have no tag. */
const MAY_HAVE_NO_TAG: readonly (readonly [action: RegExp, resource: RegExp])[] = [
  // A rule of AWS's own making. Its group must be tagged: both are asked for.
  [/^ec2:Revoke/, /:security-group-rule\/\*$/],
  // An association that has gone with its NAT gateway: Terraform asks to end it all the same.
  [/^ec2:DisassociateAddress$/, /:elastic-ip\/\*$/],
];

function groundOf(call: FoundationCall): Ground {
  const { action, resource, isNew } = call;
  if (MAY_HAVE_NO_TAG.some(([one, other]) => one.test(action) && other.test(resource)))
    return "named";
  const isUnnamed = KNOWN_BY_TAG.test(resource) || (resource === "*" && isNew);
  if (!isUnnamed) return "named";
  if (!isNew) return "own";
  return TAGS_NEW[action] === undefined ? "new" : "tagging";
}

function conditionFor(ground: Ground, service: string, name: string): Conditions | undefined {
  switch (ground) {
    case "named":
      return undefined;
    case "own":
      return { StringEquals: { [`aws:ResourceTag/${OWN_TAG}`]: name } };
    case "new":
      return { StringEquals: { [`aws:RequestTag/${OWN_TAG}`]: name } };
    case "tagging":
      return {
        StringEquals: { [`aws:RequestTag/${OWN_TAG}`]: name },
        StringLike: { [`${service}:CreateAction`]: MAKING },
      };
  }
}

const serviceOf = (action: string): string => action.split(":", 1)[0] ?? "";

const sid = (...words: string[]): string =>
  words
    .flatMap((word) => word.split(/[^A-Za-z0-9]+/))
    .map((word) => word.slice(0, 1).toUpperCase() + word.slice(1))
    .join("");

/** Statements that allow calls: by service and ground, and what is named by its very names. */
function statementsFor(calls: readonly FoundationCall[], foothold: Foothold): Statement[] {
  const names = new Map<string, Set<string>>();
  const grouped = new Map<
    string,
    { ground: Ground; actions: Set<string>; resources: Set<string> }
  >();
  for (const call of calls.filter((one) => groundOf(one) === "named")) {
    const resource = fill(call.resource, foothold);
    if (resource === undefined) continue;
    const all = names.get(call.action) ?? new Set();
    for (const one of spellings(resource)) all.add(one);
    names.set(call.action, all);
  }
  const put = (key: string, ground: Ground, action: string, resources: readonly string[]): void => {
    const group = grouped.get(key) ?? { ground, actions: new Set(), resources: new Set() };
    group.actions.add(action);
    for (const one of resources) group.resources.add(one);
    grouped.set(key, group);
  };
  for (const [action, resources] of names) {
    const sorted = [...resources].sort();
    put(`${serviceOf(action)} named ${sorted.join()}`, "named", action, sorted);
  }
  for (const call of calls) {
    const ground = groundOf(call);
    const resource = fill(call.resource, foothold);
    if (ground === "named" || resource === undefined) continue;
    // Only what is tagged needs a statement by the actions; the kinds of resources go together.
    put(`${serviceOf(call.action)} ${ground}`, ground, call.action, [resource]);
  }
  const counts = new Map<string, number>();
  return [...grouped.values()]
    .map(({ ground, actions, resources }) => ({
      ground,
      service: serviceOf([...actions][0] ?? ""),
      actions: [...actions].sort(),
      resources: [...resources].sort(),
    }))
    .sort((a, b) => (a.actions.join() < b.actions.join() ? -1 : 1))
    .map(({ ground, service, actions, resources }) => {
      const base = sid(service, ground);
      const count = (counts.get(base) ?? 0) + 1;
      counts.set(base, count);
      const condition = conditionFor(ground, service, foothold.name);
      return {
        Sid: count === 1 ? base : `${base}${count}`,
        Effect: "Allow" as const,
        Action: actions,
        Resource: resources.includes("*") ? "*" : resources,
        ...(condition ? { Condition: condition } : {}),
      };
    });
}

/**
 * AWS makes a VPC's default security group by itself, without tags: an apply takes it over by tagging it. No condition
 * says which VPC it is of, and so any group may be taken that carries nobody's tag.
 */
const takeOver = ({ name, region, account }: Foothold): Statement => ({
  Sid: "Ec2DefaultSecurityGroup",
  Effect: "Allow",
  Action: ["ec2:CreateTags"],
  Resource: formatArn("ec2", region, account, "security-group/*"),
  Condition: {
    StringEquals: { [`aws:RequestTag/${OWN_TAG}`]: name },
    Null: { [`aws:ResourceTag/${OWN_TAG}`]: "true" },
  },
});

const READS = /:(Describe|Get|List)/;

/** Services whose permissions make up the network; the others fill a policy of their own. */
const NETWORK = new Set(["ec2", "route53"]);

const stateKeyArn = ({ region, account, state }: Foothold): string =>
  formatArn("kms", state.region || region, account, "key/*");

/** The state in its bucket: to read, or to write with its lock. Source: Terraform docs, "Backend Type: s3", permissions. */
function stateStatements(foothold: Foothold, mode: "read" | "write"): Statement[] {
  const { bucket, key } = foothold.state;
  const partition = partitionOf(foothold.region);
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
      Resource: stateKeyArn(foothold),
      Condition: {
        StringEquals: { "kms:ViaService": `s3.${foothold.state.region}.amazonaws.com` },
        "ForAnyValue:StringEquals": { "kms:ResourceAliases": stateKeyAlias(bucket) },
      },
    },
  ];
}

const boundaryArn = ({ name, region, account }: Foothold): string =>
  `arn:${partitionOf(region)}:iam::${account}:policy/${name}-boundary`;

/** Roles for tasks, below the foundation's path and inside its boundary. */
function roleStatements(foothold: Foothold): Statement[] {
  const { name, region, account } = foothold;
  const partition = partitionOf(region);
  const roles = `arn:${partition}:iam::${account}:role/${name}/*`;
  const inside = { StringEquals: { "iam:PermissionsBoundary": boundaryArn(foothold) } };
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
export function applyPolicies(foothold: Foothold): Readonly<Record<string, PolicyDocument>> {
  const isNetwork = ({ action }: FoundationCall): boolean => NETWORK.has(serviceOf(action));
  return {
    network: document([
      ...statementsFor(foundationCalls.filter(isNetwork), foothold),
      takeOver(foothold),
    ]),
    platform: document(
      statementsFor(
        foundationCalls.filter((call) => !isNetwork(call)),
        foothold,
      ),
    ),
    state: document([...stateStatements(foothold, "write"), ...roleStatements(foothold)]),
  };
}

/** What a plan may do: read what Terraform reads, and no secret. */
export function planPolicies(foothold: Foothold): Readonly<Record<string, PolicyDocument>> {
  const { parameter, region, account } = foothold;
  const reads = foundationCalls.filter(
    ({ action }) => READS.test(action) || action === "kms:Decrypt",
  );
  return {
    read: document([
      ...statementsFor(reads, foothold),
      {
        Sid: "NoSecretValues",
        Effect: "Deny",
        Action: ["secretsmanager:BatchGetSecretValue", "secretsmanager:GetSecretValue"],
        Resource: "*",
      },
    ]),
    state: document([
      ...stateStatements(foothold, "read"),
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
      } as unknown as Statement, // the one statement with NotResource
    ]),
  };
}

/** What an image build may do: push to one repository. Source: Amazon ECR User Guide, "IAM permissions for pushing an image". */
export function imagePolicy(foothold: Foothold): PolicyDocument | undefined {
  const { repository, region, account } = foothold;
  if (repository === undefined) return undefined;
  return document([
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

/** The most that a role made by an apply may do: nothing with identities, and nothing with the states. */
export function boundaryOf(foothold: Foothold): PolicyDocument {
  const bucket = `arn:${partitionOf(foothold.region)}:s3:::${foothold.state.bucket}`;
  return document([
    { Sid: "WhatPoliciesAllow", Effect: "Allow", Action: ["*"], Resource: "*" },
    {
      Sid: "NoIdentities",
      Effect: "Deny",
      Action: ["account:*", "iam:*", "organizations:*", "sts:AssumeRole"],
      Resource: "*",
    },
    { Sid: "NoStates", Effect: "Deny", Action: ["s3:*"], Resource: [bucket, `${bucket}/*`] },
  ]);
}
