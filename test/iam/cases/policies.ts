import type { Principal } from "../../../src/iam/evaluate.ts";
import {
  ACCOUNT,
  type AccessCase,
  allow,
  deny,
  type Documents,
  OTHER,
  request,
  role,
  ROOT,
  rootUser,
  session,
  SESSION,
  type Source,
  SOURCES,
  user,
} from "./case.ts";

const { boundaries, crossAccount, endpoint, evaluation, keyPolicy, principal, root, viaService } =
  SOURCES;

const ROLE = `arn:aws:iam::${ACCOUNT}:role/app`;
const USER = `arn:aws:iam::${ACCOUNT}:user/alice`;

/** A policy that applies to another service, and so neither allows nor denies. */
const silent = [allow({ Action: "sqs:*" })];
const records = [allow()];
const none = [deny()];
const toUser = [allow({ Principal: { AWS: USER } })];
const toRole = [allow({ Principal: { AWS: ROLE } })];
const toSession = [allow({ Principal: { AWS: SESSION } })];
const toAccount = [allow({ Principal: { AWS: ROOT } })];
const toEverybody = [allow({ Principal: "*" })];
const silentResource = [allow({ Principal: "*", Action: "sqs:*" })];
const denyAll = [deny({ Principal: "*" })];

const together = (
  title: string,
  source: Source,
  by: Principal,
  documents: Documents,
  answer: AccessCase["answer"],
): AccessCase => ({ title, source, documents, request: request(by), answer });

const key = (
  title: string,
  by: Principal,
  documents: Documents,
  answer: AccessCase["answer"],
  source: Source = keyPolicy,
  context = {},
): AccessCase => ({
  title: `KMS: ${title}`,
  source,
  documents: { resourceDecides: true, ...documents },
  request: {
    principal: by,
    action: "kms:Decrypt",
    resource: `arn:aws:kms:us-east-1:${ACCOUNT}:key/1`,
    context,
  },
  answer,
});

const across = (documents: Documents): Documents => ({ resourceAccount: OTHER, ...documents });

export const policyCases: readonly AccessCase[] = [
  // Within an account
  together("no policy at all", evaluation, user, {}, "implicit deny"),
  together("an identity policy", evaluation, user, { identity: records }, "allowed"),
  together(
    "an identity policy for another service",
    evaluation,
    user,
    { identity: silent },
    "implicit deny",
  ),
  together("a resource's policy alone", evaluation, user, { resource: toUser }, "allowed"),
  together(
    "an identity policy, and a resource's that does not allow",
    evaluation,
    user,
    { identity: records, resource: silentResource },
    "allowed",
  ),
  together(
    "neither identity nor resource",
    evaluation,
    user,
    { identity: silent, resource: silentResource },
    "implicit deny",
  ),
  together(
    "a Deny in the identity policy",
    evaluation,
    user,
    { identity: none, resource: toUser },
    "explicit deny",
  ),
  together(
    "a Deny in the resource's policy",
    evaluation,
    user,
    { identity: records, resource: denyAll },
    "explicit deny",
  ),
  together(
    "a Deny in the boundary",
    evaluation,
    user,
    { identity: records, resource: toUser, boundary: [...records, ...none] },
    "explicit deny",
  ),
  together(
    "a Deny in the session policy",
    evaluation,
    session,
    { identity: records, resource: toSession, session: [...records, ...none] },
    "explicit deny",
  ),
  together(
    "a Deny in the endpoint's policy",
    evaluation,
    user,
    { identity: records, endpoint: denyAll },
    "explicit deny",
  ),
  together("the root user without any policy", root, rootUser, {}, "allowed"),
  together(
    "the root user, and a Deny in the resource's policy",
    root,
    rootUser,
    { resource: denyAll },
    "explicit deny",
  ),

  // Boundaries
  together(
    "identity policy and boundary",
    boundaries,
    user,
    { identity: records, boundary: records },
    "allowed",
  ),
  together(
    "identity policy, boundary does not allow",
    boundaries,
    user,
    { identity: records, boundary: silent },
    "implicit deny",
  ),
  together(
    "a boundary allows nothing alone",
    boundaries,
    user,
    { boundary: records },
    "implicit deny",
  ),
  together(
    "the user's ARN in the resource's policy, boundary does not allow",
    boundaries,
    user,
    { resource: toUser, boundary: silent },
    "allowed",
  ),
  together(
    "the user's ARN in the resource's policy, identity and boundary does not allow",
    boundaries,
    user,
    { identity: silent, resource: toUser, boundary: silent },
    "allowed",
  ),
  together(
    "the role's ARN in the resource's policy, boundary does not allow",
    boundaries,
    session,
    { resource: toRole, boundary: silent },
    "implicit deny",
  ),
  together(
    "the role's ARN in the resource's policy, boundary allows",
    boundaries,
    session,
    { resource: toRole, boundary: records },
    "allowed",
  ),
  together(
    "the session's ARN in the resource's policy, boundary does not allow",
    boundaries,
    session,
    { resource: toSession, boundary: silent },
    "allowed",
  ),
  together(
    "the account in the resource's policy, boundary does not allow",
    boundaries,
    user,
    { identity: records, resource: toAccount, boundary: silent },
    "implicit deny",
  ),
  together(
    "everyone in the resource's policy, boundary does not allow",
    principal,
    session,
    { resource: toEverybody, boundary: silent },
    "allowed",
  ),
  {
    title: "everyone with aws:PrincipalArn in the resource's policy, boundary does not allow",
    source: principal,
    documents: {
      resource: [allow({ Principal: "*", Condition: { ArnEquals: { "aws:PrincipalArn": ROLE } } })],
      boundary: silent,
    },
    request: request(session, { "aws:PrincipalArn": ROLE }),
    answer: "allowed",
  },

  // Session policies
  together(
    "identity and session policy",
    evaluation,
    session,
    { identity: records, session: records },
    "allowed",
  ),
  together(
    "identity policy, session policy does not allow",
    evaluation,
    session,
    { identity: records, session: silent },
    "implicit deny",
  ),
  together(
    "a session policy allows nothing alone",
    evaluation,
    session,
    { session: records },
    "implicit deny",
  ),
  together(
    "identity, boundary and session policy",
    evaluation,
    session,
    { identity: records, boundary: records, session: records },
    "allowed",
  ),
  together(
    "the role's ARN in the resource's policy, session policy does not allow",
    evaluation,
    session,
    { resource: toRole, session: silent },
    "implicit deny",
  ),
  together(
    "the role's ARN in the resource's policy, session policy allows",
    evaluation,
    session,
    { resource: toRole, session: records },
    "allowed",
  ),
  together(
    "the session's ARN in the resource's policy, session policy does not allow",
    evaluation,
    session,
    { resource: toSession, session: silent },
    "allowed",
  ),
  together(
    "the session's ARN in the resource's policy, no other policy allows",
    evaluation,
    session,
    { identity: silent, boundary: silent, resource: toSession, session: silent },
    "allowed",
  ),
  together(
    "the session's ARN for the role without a session",
    evaluation,
    role,
    { resource: toSession },
    "implicit deny",
  ),

  // Across accounts
  together(
    "another account's resource: identity alone",
    crossAccount,
    user,
    across({ identity: records }),
    "implicit deny",
  ),
  together(
    "another account's resource: its policy alone",
    crossAccount,
    user,
    across({ resource: toUser }),
    "implicit deny",
  ),
  together(
    "another account's resource: both",
    crossAccount,
    user,
    across({ identity: records, resource: toUser }),
    "allowed",
  ),
  together(
    "another account's resource: both, by the account",
    crossAccount,
    user,
    across({ identity: records, resource: toAccount }),
    "allowed",
  ),
  together(
    "another account's resource: its policy names everybody",
    crossAccount,
    user,
    across({ resource: toEverybody }),
    "implicit deny",
  ),
  together(
    "another account's resource: everybody, and identity",
    crossAccount,
    user,
    across({ identity: records, resource: toEverybody }),
    "allowed",
  ),
  together(
    "another account's resource: the user's ARN, boundary does not allow",
    crossAccount,
    user,
    across({ identity: records, resource: toUser, boundary: silent }),
    "implicit deny",
  ),
  together(
    "another account's resource: the session's ARN, session policy does not allow",
    crossAccount,
    session,
    across({ identity: records, resource: toSession, session: silent }),
    "implicit deny",
  ),
  together(
    "another account's resource: a Deny there",
    crossAccount,
    user,
    across({ identity: records, resource: [...toUser, ...denyAll] }),
    "explicit deny",
  ),
  together(
    "another account's resource: a Deny here",
    crossAccount,
    user,
    across({ identity: [...records, ...none], resource: toUser }),
    "explicit deny",
  ),
  together(
    "another account's resource: its own account is named",
    crossAccount,
    user,
    across({ identity: records, resource: [allow({ Principal: { AWS: OTHER } })] }),
    "implicit deny",
  ),
  together(
    "another account's resource: the root user needs its policy",
    crossAccount,
    rootUser,
    across({}),
    "implicit deny",
  ),

  // Endpoints
  together(
    "an endpoint's policy that allows all",
    endpoint,
    user,
    { identity: records, endpoint: toEverybody },
    "allowed",
  ),
  together(
    "an endpoint's policy for another service",
    endpoint,
    user,
    { identity: records, endpoint: silentResource },
    "implicit deny",
  ),
  together(
    "an endpoint's policy allows nothing alone",
    endpoint,
    user,
    { endpoint: toEverybody },
    "implicit deny",
  ),
  together(
    "an endpoint's policy limits a resource's, too",
    endpoint,
    user,
    { resource: toUser, endpoint: silentResource },
    "implicit deny",
  ),
  {
    title: "an endpoint's policy for the account's principals",
    source: endpoint,
    documents: {
      identity: records,
      endpoint: [
        allow({ Principal: "*", Condition: { StringEquals: { "aws:PrincipalAccount": ACCOUNT } } }),
      ],
    },
    request: request(user, { "aws:PrincipalAccount": ACCOUNT }),
    answer: "allowed",
  },

  // Keys
  key(
    "a key policy for the account, and an identity policy",
    session,
    { identity: records, resource: toAccount },
    "allowed",
  ),
  key("a key policy for the account alone", session, { resource: toAccount }, "implicit deny"),
  key(
    "an identity policy, and a key policy that does not allow",
    session,
    { identity: records, resource: silentResource },
    "implicit deny",
  ),
  key("a key policy for the role alone", session, { resource: toRole }, "allowed"),
  key("a key policy for the user alone", user, { resource: toUser }, "allowed"),
  key(
    "a key policy for the role, boundary does not allow",
    session,
    { resource: toRole, boundary: silent },
    "implicit deny",
    evaluation,
  ),
  key(
    "a key policy for the user, boundary does not allow",
    user,
    { resource: toUser, boundary: silent },
    "allowed",
    evaluation,
  ),
  key(
    "the root user, and a key policy for the account",
    rootUser,
    { resource: toAccount },
    "allowed",
  ),
  key(
    "the root user, and a key policy that does not allow",
    rootUser,
    { resource: silentResource },
    "implicit deny",
  ),
  key(
    "a Deny in the key policy",
    session,
    { identity: records, resource: [...toAccount, ...denyAll] },
    "explicit deny",
  ),
  ...(
    [
      ["through the service", "secretsmanager.us-east-1.amazonaws.com", "allowed"],
      ["through another service", "ssm.us-east-1.amazonaws.com", "implicit deny"],
      ["in another region", "secretsmanager.eu-west-1.amazonaws.com", "implicit deny"],
    ] as const
  ).map(([title, via, answer]) =>
    key(
      `kms:ViaService, ${title}`,
      session,
      {
        identity: silent,
        resource: [
          allow({
            Principal: { AWS: ROLE },
            Condition: {
              StringEquals: { "kms:ViaService": "secretsmanager.us-east-1.amazonaws.com" },
            },
          }),
        ],
      },
      answer,
      viaService,
      { "kms:ViaService": via },
    ),
  ),
  key(
    "kms:ViaService, accessRequest directly",
    session,
    {
      resource: [
        allow({
          Principal: { AWS: ROLE },
          Condition: {
            StringEquals: { "kms:ViaService": "secretsmanager.us-east-1.amazonaws.com" },
          },
        }),
      ],
    },
    "implicit deny",
    viaService,
  ),
  key(
    "kms:CallerAccount of everybody",
    session,
    {
      resource: [
        allow({ Principal: "*", Condition: { StringEquals: { "kms:CallerAccount": ACCOUNT } } }),
      ],
    },
    "allowed",
    viaService,
    { "kms:CallerAccount": ACCOUNT },
  ),
  key(
    "an encryption context that fits",
    { service: "logs.us-east-1.amazonaws.com" },
    {
      resource: [
        allow({
          Principal: { Service: "logs.us-east-1.amazonaws.com" },
          Condition: {
            ArnLike: {
              "kms:EncryptionContext:aws:logs:arn": `arn:aws:logs:us-east-1:${ACCOUNT}:log-group:*`,
            },
          },
        }),
      ],
    },
    "allowed",
    viaService,
    { "kms:EncryptionContext:aws:logs:arn": `arn:aws:logs:us-east-1:${ACCOUNT}:log-group:app` },
  ),
  key(
    "another account's key: both policies",
    session,
    { resourceAccount: OTHER, identity: records, resource: toRole },
    "allowed",
  ),
  key(
    "another account's key: its policy alone",
    session,
    { resourceAccount: OTHER, resource: toRole },
    "implicit deny",
  ),
];
