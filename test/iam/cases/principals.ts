import type { Principal } from "../../../src/iam/evaluate.ts";
import {
  ACCOUNT,
  type AccessCase,
  allow,
  BUCKET,
  deny,
  OTHER,
  request,
  role,
  ROOT,
  rootUser,
  session,
  SESSION,
  SOURCES,
  user,
} from "./case.ts";

const service: Principal = { service: "logs.us-east-1.amazonaws.com" };
const provider = `arn:aws:iam::${ACCOUNT}:oidc-provider/token.actions.githubusercontent.com`;
const federated: Principal = { federated: provider };
const ROLE = `arn:aws:iam::${ACCOUNT}:role/app`;
const USER = `arn:aws:iam::${ACCOUNT}:user/alice`;
const BOB = `arn:aws:iam::${ACCOUNT}:user/bob`;
const OTHER_ROOT = `arn:aws:iam::${OTHER}:root`;

/** A resource's policy that allows a principal, accessRequest without any other policy. */
const named = (
  title: string,
  Principal: unknown,
  by: Principal,
  answer: AccessCase["answer"],
  source: AccessCase["source"] = SOURCES.principal,
): AccessCase => ({
  title: `Principal: ${title}`,
  source,
  documents: { resource: [allow({ Principal })] },
  request: request(by),
  answer,
});

/** A Deny for all but some, beside an Allow for everybody. */
const except = (
  title: string,
  NotPrincipal: unknown,
  by: Principal,
  isDenied: boolean,
  more: Partial<AccessCase["documents"]> = {},
  source: AccessCase["source"] = SOURCES.notPrincipal,
): AccessCase => ({
  title: `NotPrincipal with Deny: ${title}`,
  source,
  documents: {
    identity: [allow()],
    resource: [allow({ Principal: "*" }), deny({ NotPrincipal })],
    ...more,
  },
  request: request(by),
  answer: isDenied ? "explicit deny" : "allowed",
});

const trusted = (
  title: string,
  Principal: unknown,
  by: Principal,
  answer: AccessCase["answer"],
  source: AccessCase["source"],
  action: string = "sts:AssumeRole",
): AccessCase => ({
  title: `trust policy: ${title}`,
  source,
  documents: {
    resource: [{ Effect: "Allow", Principal, Action: action }],
    resourceDecides: true,
  },
  request: { principal: by, action, resource: ROLE },
  answer,
});

const { boundaries, evaluation, federation, undocumented } = SOURCES;

export const principalCases: readonly AccessCase[] = [
  named("* is everybody", "*", user, "allowed"),
  named("AWS: * is everybody", { AWS: "*" }, user, "allowed"),
  named("the user's ARN", { AWS: USER }, user, "allowed"),
  named("another user's ARN", { AWS: BOB }, user, "implicit deny"),
  named("one of several ARNs", { AWS: [BOB, USER] }, user, "allowed"),
  named(
    "the user's name in another case",
    { AWS: USER.replace("alice", "Alice") },
    user,
    "implicit deny",
  ),
  named("the account's ARN leaves it to the account", { AWS: ROOT }, user, "implicit deny"),
  named("the account's id leaves it to the account", { AWS: ACCOUNT }, user, "implicit deny"),
  named("another account", { AWS: OTHER }, user, "implicit deny"),
  named("the account's ARN names its root user", { AWS: ROOT }, rootUser, "allowed"),
  named("the account's id names its root user", { AWS: ACCOUNT }, rootUser, "allowed"),
  named("a role's ARN names its sessions", { AWS: ROLE }, session, "allowed"),
  named("a session's ARN names the session", { AWS: SESSION }, session, "allowed"),
  named("another session's ARN", { AWS: `${SESSION}2` }, session, "implicit deny"),
  named(
    "a wildcard in a user's ARN matches no principal",
    { AWS: `arn:aws:iam::${ACCOUNT}:user/*` },
    user,
    "implicit deny",
  ),
  named(
    "a wildcard for sessions matches none",
    { AWS: SESSION.replace("/task", "/*") },
    session,
    "implicit deny",
  ),
  named("the service", { Service: "logs.us-east-1.amazonaws.com" }, service, "allowed"),
  named("another service", { Service: "ecs.amazonaws.com" }, service, "implicit deny"),
  named(
    "a service does not name a user",
    { Service: "logs.us-east-1.amazonaws.com" },
    user,
    "implicit deny",
  ),
  named("* is a service, too", "*", service, "allowed"),
  named("AWS: * is the same as *, for a service", { AWS: "*" }, service, "allowed"),
  named("an account is no service", { AWS: ROOT }, service, "implicit deny"),
  named(
    "a service or the user, for the user",
    { Service: "ecs.amazonaws.com", AWS: USER },
    user,
    "allowed",
  ),
  named("the identity provider", { Federated: provider }, federated, "allowed", federation),
  named(
    "another identity provider",
    { Federated: "accounts.google.com" },
    federated,
    "implicit deny",
    federation,
  ),
  {
    title: "Principal: the account and an identity policy",
    source: SOURCES.principal,
    documents: { resource: [allow({ Principal: { AWS: ROOT } })], identity: [allow()] },
    request: request(user),
    answer: "allowed",
  },
  ...(
    [
      ["everyone", "*", user],
      ["AWS: *, for a service", { AWS: "*" }, service],
      ["the account, for a user of it", { AWS: ROOT }, user],
      ["the account's id, for a session", { AWS: ACCOUNT }, session],
      ["the role, for its session", { AWS: ROLE }, session],
      ["the session", { AWS: SESSION }, session],
      ["the service", { Service: "logs.us-east-1.amazonaws.com" }, service],
    ] as const
  ).map(([title, Principal, by]): AccessCase => ({
    title: `Principal with Deny: ${title}`,
    source: SOURCES.principal,
    documents: {
      identity: [allow()],
      resource: [allow({ Principal: "*" }), deny({ Principal })],
    },
    request: request(by),
    answer: "explicit deny",
  })),

  except("the account alone, for a user of it", { AWS: ROOT }, user, true),
  except("the user and the account", { AWS: [USER, ROOT] }, user, false),
  except("the user and the account's id", { AWS: [USER, ACCOUNT] }, user, false),
  except("another user and the account", { AWS: [BOB, ROOT] }, user, true),
  except("the user without the account", { AWS: USER }, user, true),
  except("the account, for its root user", { AWS: ROOT }, rootUser, false),
  except("another account", { AWS: OTHER_ROOT }, user, true),
  except("role and account, for a session", { AWS: [ROLE, ROOT] }, session, true),
  except("session, role and account", { AWS: [SESSION, ROLE, ROOT] }, session, false),
  except("session and account, without the role", { AWS: [SESSION, ROOT] }, session, true),
  except("session and role, without the account", { AWS: [SESSION, ROLE] }, session, true),
  except("another session of the role", { AWS: [`${SESSION}2`, ROLE, ROOT] }, session, true),
  except("a role whose session is not known", { AWS: [ROLE, ROOT] }, role, true, {}, undocumented),
  except("everyone", "*", user, false),
  except("the service", { Service: "logs.us-east-1.amazonaws.com" }, service, false),
  except("another service", { Service: "ecs.amazonaws.com" }, service, true),
  except("an account, for a service", { AWS: ROOT }, service, true),
  except("a service, for a user", { Service: "ecs.amazonaws.com" }, user, true),
  except(
    "a user with a boundary, who is named",
    { AWS: [USER, ROOT] },
    user,
    true,
    { boundary: [allow()] },
    boundaries,
  ),
  except(
    "a session of a role with a boundary, all named",
    { AWS: [SESSION, ROLE, ROOT] },
    session,
    true,
    { boundary: [allow()] },
    boundaries,
  ),
  {
    title: "NotPrincipal with Allow: the user",
    source: SOURCES.notPrincipal,
    documents: { resource: [allow({ NotPrincipal: { AWS: USER } })] },
    request: request(user),
    answer: "implicit deny",
  },
  {
    title: "NotPrincipal with Allow: another user",
    source: SOURCES.notPrincipal,
    documents: { resource: [allow({ NotPrincipal: { AWS: BOB } })] },
    request: request(user),
    answer: "allowed",
  },
  {
    title: "instead of NotPrincipal: a Deny for all but an ARN, for another user",
    source: SOURCES.principal,
    documents: {
      identity: [allow()],
      resource: [
        deny({ Principal: "*", Condition: { ArnNotEquals: { "aws:PrincipalArn": BOB } } }),
      ],
    },
    request: request(user, { "aws:PrincipalArn": USER }),
    answer: "explicit deny",
  },
  {
    title: "instead of NotPrincipal: a Deny for all but an ARN, for that user",
    source: SOURCES.principal,
    documents: {
      identity: [allow()],
      resource: [
        deny({ Principal: "*", Condition: { ArnNotEquals: { "aws:PrincipalArn": USER } } }),
      ],
    },
    request: request(user, { "aws:PrincipalArn": USER }),
    answer: "allowed",
  },

  trusted(
    "the service",
    { Service: "ecs-tasks.amazonaws.com" },
    { service: "ecs-tasks.amazonaws.com" },
    "allowed",
    SOURCES.principal,
  ),
  trusted(
    "another service",
    { Service: "ecs.amazonaws.com" },
    { service: "ecs-tasks.amazonaws.com" },
    "implicit deny",
    SOURCES.principal,
  ),
  trusted(
    "one of two services",
    { Service: ["ecs.amazonaws.com", "ecs-tasks.amazonaws.com"] },
    { service: "ecs-tasks.amazonaws.com" },
    "allowed",
    SOURCES.principal,
  ),
  trusted(
    "AWS: *, for a service",
    { AWS: "*" },
    { service: "ecs-tasks.amazonaws.com" },
    "implicit deny",
    undocumented,
  ),
  trusted(
    "AWS: *, for a provider",
    { AWS: "*" },
    federated,
    "implicit deny",
    undocumented,
    "sts:AssumeRoleWithWebIdentity",
  ),
  trusted(
    "a provider",
    { Federated: provider },
    federated,
    "allowed",
    federation,
    "sts:AssumeRoleWithWebIdentity",
  ),
  trusted("a user of the account", { AWS: USER }, user, "allowed", evaluation),
  trusted(
    "the account, without an identity policy",
    { AWS: ROOT },
    user,
    "implicit deny",
    evaluation,
  ),
  {
    title: "trust policy: the subject of a token",
    source: federation,
    documents: {
      resource: [
        {
          Effect: "Allow",
          Principal: { Federated: provider },
          Action: "sts:AssumeRoleWithWebIdentity",
          Condition: {
            StringLike: {
              "token.actions.githubusercontent.com:sub": "repo:acme/*:ref:refs/heads/main",
            },
            StringEquals: { "token.actions.githubusercontent.com:aud": "sts.amazonaws.com" },
          },
        },
      ],
      resourceDecides: true,
    },
    request: {
      principal: federated,
      action: "sts:AssumeRoleWithWebIdentity",
      resource: ROLE,
      context: {
        "token.actions.githubusercontent.com:sub": "repo:acme/app:ref:refs/heads/main",
        "token.actions.githubusercontent.com:aud": "sts.amazonaws.com",
      },
    },
    answer: "allowed",
  },
  {
    title: "trust policy: the subject of another branch's token",
    source: federation,
    documents: {
      resource: [
        {
          Effect: "Allow",
          Principal: { Federated: provider },
          Action: "sts:AssumeRoleWithWebIdentity",
          Condition: {
            StringLike: {
              "token.actions.githubusercontent.com:sub": "repo:acme/*:ref:refs/heads/main",
            },
          },
        },
      ],
      resourceDecides: true,
    },
    request: {
      principal: federated,
      action: "sts:AssumeRoleWithWebIdentity",
      resource: ROLE,
      context: { "token.actions.githubusercontent.com:sub": "repo:acme/app:ref:refs/heads/next" },
    },
    answer: "implicit deny",
  },
  {
    title: "a wildcard principal for principals of an account, by a condition",
    source: SOURCES.globalKeys,
    documents: {
      resource: [
        allow({ Principal: "*", Condition: { StringEquals: { "aws:PrincipalAccount": ACCOUNT } } }),
      ],
    },
    request: request(user, { "aws:PrincipalAccount": OTHER }, "s3:GetObject", BUCKET),
    answer: "implicit deny",
  },
];
