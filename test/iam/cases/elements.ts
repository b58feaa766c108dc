import type { RequestContext } from "../../../src/iam/conditions.ts";
import {
  type AccessCase,
  allow,
  BUCKET,
  deny,
  type Document,
  request,
  type Source,
  SOURCES,
  user,
  without,
} from "./case.ts";

const { action, arns, notAction, notResource, resource, undocumented, variables, version, effect } =
  SOURCES;

const given = (
  title: string,
  source: Source,
  identity: Document,
  answer: AccessCase["answer"],
  accessRequest: { action?: string; resource?: string; context?: RequestContext } = {},
): AccessCase => ({
  title,
  source,
  documents: { identity },
  request: request(user, accessRequest.context, accessRequest.action, accessRequest.resource),
  answer,
});

const isAllowed = (yes: boolean): AccessCase["answer"] => (yes ? "allowed" : "implicit deny");

/** Action of the policy, action of the request, and whether it matches. */
const ACTIONS: readonly (readonly [string | readonly string[], string, boolean])[] = [
  ["*", "s3:GetObject", true],
  ["s3:*", "s3:GetObject", true],
  ["s3:*", "sqs:SendMessage", false],
  ["s3:GetObject", "s3:GetObject", true],
  ["s3:GetObject", "s3:GetObjectAcl", false],
  ["s3:Get*", "s3:GetObjectAcl", true],
  ["s3:*Object", "s3:GetObject", true],
  ["s3:Get?bject", "s3:GetObject", true],
  ["s3:Get?", "s3:GetObject", false],
  ["iam:*AccessKey*", "iam:ListAccessKeys", true],
  ["IAM:listaccesskeys", "iam:ListAccessKeys", true],
  ["S3:GETOBJECT", "s3:GetObject", true],
  ["s3:getobject", "S3:GetObject", true],
  ["*:GetObject", "s3:GetObject", true],
  [["sqs:SendMessage", "s3:GetObject"], "s3:GetObject", true],
  [["sqs:SendMessage", "s3:PutObject"], "s3:GetObject", false],
];

/** Resource of the policy, resource of the request, and whether it matches. */
const RESOURCES: readonly (readonly [string | readonly string[], string, boolean])[] = [
  ["*", BUCKET, true],
  ["arn:aws:s3:::bucket/file", BUCKET, true],
  ["arn:aws:s3:::bucket/*", BUCKET, true],
  ["arn:aws:s3:::bucket", BUCKET, false],
  ["arn:aws:s3:::bucket*", BUCKET, true],
  ["arn:aws:s3:::Bucket/file", BUCKET, false],
  ["arn:aws:s3:::bucket/fil?", BUCKET, true],
  ["arn:aws:s3:::bucket/f?", BUCKET, false],
  ["arn:aws:s3:::b/*/test/*", "arn:aws:s3:::b/1/test/object.jpg", true],
  ["arn:aws:s3:::b/*/test/*", "arn:aws:s3:::b/1/2/test/3/object.jpg", true],
  ["arn:aws:s3:::b/*/test/*", "arn:aws:s3:::b/1///test///object.jpg", true],
  ["arn:aws:s3:::b/*/test/*", "arn:aws:s3:::b//test/object.jpg", true],
  ["arn:aws:s3:::b/*/test/*", "arn:aws:s3:::b/1/test/", true],
  ["arn:aws:s3:::b/*/test/*", "arn:aws:s3:::b/1-test/object.jpg", false],
  ["arn:aws:s3:::b/*/test/*", "arn:aws:s3:::b/test/object.jpg", false],
  ["arn:aws:s3:::b/*/test/*", "arn:aws:s3:::b/1/2/test.jpg", false],
  ["arn:aws:sqs:*:111122223333:queue", "arn:aws:sqs:us-east-2:111122223333:queue", true],
  ["arn:aws:sqs:us-*:111122223333:queue", "arn:aws:sqs:eu-west-1:111122223333:queue", false],
  ["arn:aws:sqs:us-east-2:444455556666:queue", "arn:aws:sqs:us-east-2:111122223333:queue", false],
  ["arn:aws-cn:s3:::bucket/file", BUCKET, false],
  [["arn:aws:s3:::other/*", "arn:aws:s3:::bucket/*"], BUCKET, true],
];

/** An incomplete ARN, a resource, and whether it matches. */
const INCOMPLETE: readonly (readonly [string, string, boolean])[] = [
  ["arn:aws:s3", BUCKET, true],
  ["arn:aws:sqs", "arn:aws:sqs:us-east-2:111122223333:queue", true],
  ["arn:aws:sqs", "arn:aws:sns:us-east-2:111122223333:topic", false],
  ["arn:aws:sqs:us-east-2", "arn:aws:sqs:us-east-2:111122223333:queue", true],
  ["arn:aws:sqs:us-east-2", "arn:aws:sqs:eu-west-1:111122223333:queue", false],
  ["arn:aws:sqs:us-east-2:111122223333", "arn:aws:sqs:us-east-2:111122223333:queue", true],
  ["arn:aws:sqs:us-east-2:444455556666", "arn:aws:sqs:us-east-2:111122223333:queue", false],
];

const elementCases: readonly AccessCase[] = [
  ...ACTIONS.map(([Action, accessRequest, yes]) =>
    given(
      `Action ${String(Action)} and ${accessRequest}`,
      action,
      [allow({ Action })],
      isAllowed(yes),
      {
        action: accessRequest,
      },
    ),
  ),
  ...RESOURCES.map(([Resource, accessRequest, yes]) =>
    given(
      `Resource ${String(Resource)} and ${accessRequest}`,
      resource,
      [allow({ Resource })],
      isAllowed(yes),
      {
        resource: accessRequest,
      },
    ),
  ),
  ...INCOMPLETE.map(([Resource, accessRequest, yes]) =>
    given(
      `incomplete ARN ${Resource} and ${accessRequest}`,
      arns,
      [allow({ Resource })],
      isAllowed(yes),
      {
        resource: accessRequest,
      },
    ),
  ),
  given(
    "NotAction does not allow what it names",
    notAction,
    [{ ...without(allow(), "Action"), NotAction: "s3:*" }],
    "implicit deny",
  ),
  given(
    "NotAction in another case",
    notAction,
    [{ ...without(allow(), "Action"), NotAction: "S3:getobject" }],
    "implicit deny",
  ),
  given(
    "NotAction allows all other actions",
    notAction,
    [{ ...without(allow(), "Action"), NotAction: "iam:*" }],
    "allowed",
  ),
  given(
    "NotAction with Deny denies all other actions",
    notAction,
    [allow(), { ...without(deny(), "Action"), NotAction: "iam:*" }],
    "explicit deny",
  ),
  given(
    "NotAction with Deny does not deny what it names",
    notAction,
    [allow(), { ...without(deny(), "Action"), NotAction: ["iam:*", "s3:Get*"] }],
    "allowed",
  ),
  given(
    "NotResource does not allow what it names",
    notResource,
    [{ ...without(allow(), "Resource"), NotResource: "arn:aws:s3:::bucket/*" }],
    "implicit deny",
  ),
  given(
    "NotResource allows all other resources",
    notResource,
    [{ ...without(allow(), "Resource"), NotResource: "arn:aws:s3:::other/*" }],
    "allowed",
  ),
  given(
    "NotResource with Deny denies all other resources",
    notResource,
    [
      allow(),
      {
        ...without(deny(), "Resource"),
        NotResource: ["arn:aws:s3:::HRBucket/Payroll", "arn:aws:s3:::HRBucket/Payroll/*"],
      },
    ],
    "explicit deny",
  ),
  given(
    "NotResource with Deny does not deny what it names",
    notResource,
    [allow(), { ...without(deny(), "Resource"), NotResource: ["arn:aws:s3:::bucket/*"] }],
    "allowed",
  ),
  given(
    "an incomplete ARN in NotResource",
    arns,
    [{ ...without(allow(), "Resource"), NotResource: "arn:aws:s3" }],
    "implicit deny",
  ),
  given("a Deny beside an Allow", effect, [allow(), deny({ Action: "s3:Get*" })], "explicit deny"),
  given("a Deny before an Allow", effect, [deny({ Action: "s3:Get*" }), allow()], "explicit deny"),
  given("a Deny of another action", effect, [allow(), deny({ Action: "s3:Put*" })], "allowed"),
  given("a Deny alone", effect, [deny({ Action: "s3:Put*" })], "implicit deny"),
];

const ALICE: RequestContext = { "aws:username": "alice" };
const userPath = (more = ""): string => `arn:aws:s3:::bucket/\${aws:username}${more}`;
const OF_2008 = "2008-10-17";
const LITERAL = "arn:aws:s3:::bucket/${aws:username}";

/** A policy of a version. */
const of = (Version: string | undefined, ...Statement: readonly object[]): Document => ({
  ...(Version === undefined ? {} : { Version }),
  Statement,
});

const like = (operator: string, wanted: string): object => ({
  Condition: { [operator]: { "s3:prefix": wanted } },
});

const variableCases: readonly AccessCase[] = [
  given("a variable in Resource", variables, [allow({ Resource: userPath() })], "allowed", {
    resource: "arn:aws:s3:::bucket/alice",
    context: ALICE,
  }),
  given(
    "a variable in Resource, for another user",
    variables,
    [allow({ Resource: userPath() })],
    "implicit deny",
    {
      resource: "arn:aws:s3:::bucket/bob",
      context: ALICE,
    },
  ),
  given(
    "a variable before a wildcard",
    variables,
    [allow({ Resource: userPath("/*") })],
    "allowed",
    {
      resource: "arn:aws:s3:::bucket/alice/file",
      context: ALICE,
    },
  ),
  given(
    "a variable's name in another case",
    variables,
    [allow({ Resource: "arn:aws:s3:::bucket/${AWS:UserName}" })],
    "allowed",
    {
      resource: "arn:aws:s3:::bucket/alice",
      context: ALICE,
    },
  ),
  given(
    "two variables",
    variables,
    [allow({ Resource: "arn:aws:s3:::${aws:PrincipalTag/team}/${aws:username}" })],
    "allowed",
    {
      resource: "arn:aws:s3:::blue/alice",
      context: { ...ALICE, "aws:PrincipalTag/team": "blue" },
    },
  ),
  given(
    "a variable without a value in Resource matches nothing",
    variables,
    [allow({ Resource: userPath() })],
    "implicit deny",
    {
      resource: LITERAL,
    },
  ),
  given(
    "a variable without a value in NotResource excludes nothing",
    variables,
    [allow(), { ...without(deny(), "Resource"), NotResource: userPath() }],
    "explicit deny",
    { resource: "arn:aws:s3:::bucket/alice" },
  ),
  given(
    "a key with several values is no variable",
    variables,
    [allow({ Resource: "arn:aws:s3:::bucket/${aws:TagKeys}" })],
    "implicit deny",
    {
      resource: "arn:aws:s3:::bucket/a",
      context: { "aws:TagKeys": ["a"] },
    },
  ),
  given(
    "a variable before the fifth colon is no variable",
    variables,
    [allow({ Resource: "arn:aws:sqs:us-east-2:${aws:PrincipalAccount}:queue" })],
    "implicit deny",
    {
      resource: "arn:aws:sqs:us-east-2:111122223333:queue",
      context: { "aws:PrincipalAccount": "111122223333" },
    },
  ),
  given(
    "a default that is not needed",
    variables,
    [allow({ Resource: "arn:aws:s3:::bucket-${aws:PrincipalTag/team, 'company-wide'}" })],
    "allowed",
    {
      resource: "arn:aws:s3:::bucket-yellow",
      context: { "aws:PrincipalTag/team": "yellow" },
    },
  ),
  given(
    "a default",
    variables,
    [allow({ Resource: "arn:aws:s3:::bucket-${aws:PrincipalTag/team, 'company-wide'}" })],
    "allowed",
    {
      resource: "arn:aws:s3:::bucket-company-wide",
    },
  ),
  given(
    "a default does not apply beside a value",
    variables,
    [allow({ Resource: "arn:aws:s3:::bucket-${aws:PrincipalTag/team, 'company-wide'}" })],
    "implicit deny",
    {
      resource: "arn:aws:s3:::bucket-company-wide",
      context: { "aws:PrincipalTag/team": "yellow" },
    },
  ),
  given(
    "${*} is an asterisk",
    variables,
    [allow({ Resource: "arn:aws:s3:::bucket/${*}" })],
    "allowed",
    {
      resource: "arn:aws:s3:::bucket/*",
    },
  ),
  given(
    "${*} is no wildcard",
    variables,
    [allow({ Resource: "arn:aws:s3:::bucket/${*}" })],
    "implicit deny",
  ),
  given(
    "${?} is a question mark",
    variables,
    [allow({ Resource: "arn:aws:s3:::bucket/a${?}" })],
    "allowed",
    {
      resource: "arn:aws:s3:::bucket/a?",
    },
  ),
  given(
    "${?} is no wildcard",
    variables,
    [allow({ Resource: "arn:aws:s3:::bucket/a${?}" })],
    "implicit deny",
    {
      resource: "arn:aws:s3:::bucket/ab",
    },
  ),
  given(
    "${$} is a dollar sign",
    variables,
    [allow({ Resource: "arn:aws:s3:::bucket/${$}5" })],
    "allowed",
    {
      resource: "arn:aws:s3:::bucket/$5",
    },
  ),
  given(
    "${*} beside a wildcard",
    variables,
    [allow({ Resource: "arn:aws:s3:::bucket/${*}*" })],
    "allowed",
    {
      resource: "arn:aws:s3:::bucket/*abc",
    },
  ),
  given("${*} in StringEquals", variables, [allow(like("StringEquals", "a${*}"))], "allowed", {
    context: { "s3:prefix": "a*" },
  }),
  given("${*} in StringLike", variables, [allow(like("StringLike", "a${*}"))], "implicit deny", {
    context: { "s3:prefix": "ab" },
  }),
  given(
    "a variable in StringLike",
    variables,
    [allow(like("StringLike", "home/${aws:username}/*"))],
    "allowed",
    {
      context: { ...ALICE, "s3:prefix": "home/alice/x" },
    },
  ),
  given(
    "a variable in StringEquals",
    variables,
    [allow(like("StringEquals", "${aws:username}"))],
    "implicit deny",
    {
      context: { ...ALICE, "s3:prefix": "bob" },
    },
  ),
  given(
    "a variable without a value in StringEquals",
    variables,
    [allow(like("StringEquals", "${aws:username}"))],
    "implicit deny",
    {
      context: { "s3:prefix": "${aws:username}" },
    },
  ),
  given(
    "a variable without a value in StringNotEquals",
    variables,
    [allow(), deny(like("StringNotEquals", "${aws:PrincipalTag/Team}"))],
    "explicit deny",
    {
      context: { "s3:prefix": "blue" },
    },
  ),
  given(
    "a variable without a value in StringNotLike",
    variables,
    [allow(like("StringNotLike", "${aws:PrincipalTag/Team}"))],
    "allowed",
    {
      context: { "s3:prefix": "blue" },
    },
  ),
  given(
    "a variable in ArnLike",
    variables,
    [allow(like("ArnLike", "arn:aws:s3:::bucket/${aws:username}"))],
    "allowed",
    {
      context: { ...ALICE, "s3:prefix": "arn:aws:s3:::bucket/alice" },
    },
  ),
  given(
    "no variables in numbers",
    variables,
    [allow(like("NumericEquals", "${aws:PrincipalTag/n}"))],
    "implicit deny",
    {
      context: { "aws:PrincipalTag/n": "5", "s3:prefix": "5" },
    },
  ),
  given(
    "no variables in dates",
    variables,
    [allow(like("DateEquals", "${aws:PrincipalTag/n}"))],
    "implicit deny",
    {
      context: { "aws:PrincipalTag/n": "2026-01-01", "s3:prefix": "2026-01-01" },
    },
  ),
  given(
    "no variables in addresses",
    variables,
    [allow(like("IpAddress", "${aws:PrincipalTag/n}"))],
    "implicit deny",
    {
      context: { "aws:PrincipalTag/n": "10.0.0.0/8", "s3:prefix": "10.0.0.1" },
    },
  ),
  given(
    "a tag in a condition, compared with another",
    variables,
    [
      allow({
        Condition: { StringEquals: { "aws:ResourceTag/team": "${aws:PrincipalTag/team}" } },
      }),
    ],
    "allowed",
    {
      context: { "aws:ResourceTag/team": "blue", "aws:PrincipalTag/team": "blue" },
    },
  ),

  // The language of 2008 has no variables.
  given(
    "Version 2008-10-17: a variable is text",
    version,
    of(OF_2008, allow({ Resource: userPath() })),
    "implicit deny",
    {
      resource: "arn:aws:s3:::bucket/alice",
      context: ALICE,
    },
  ),
  given(
    "no Version: a variable is text",
    version,
    of(undefined, allow({ Resource: userPath() })),
    "implicit deny",
    {
      resource: "arn:aws:s3:::bucket/alice",
      context: ALICE,
    },
  ),
  given(
    "Version 2008-10-17: the text itself",
    version,
    of(OF_2008, allow({ Resource: userPath() })),
    "allowed",
    {
      resource: LITERAL,
      context: ALICE,
    },
  ),
  given(
    "no Version: the text itself",
    version,
    of(undefined, allow({ Resource: userPath() })),
    "allowed",
    {
      resource: LITERAL,
      context: ALICE,
    },
  ),
  given(
    "Version 2008-10-17: ${*} is text with a wildcard",
    version,
    of(OF_2008, allow({ Resource: "arn:aws:s3:::bucket/${*}" })),
    "allowed",
    {
      resource: "arn:aws:s3:::bucket/${x}",
    },
  ),
  given(
    "Version 2008-10-17: Deny with StringNotEquals of a variable",
    version,
    of(OF_2008, allow(), deny(like("StringNotEquals", "${aws:username}"))),
    "explicit deny",
    {
      context: { ...ALICE, "s3:prefix": "alice" },
    },
  ),
  given(
    "no Version: StringEquals of a variable",
    version,
    of(undefined, allow(like("StringEquals", "${aws:username}"))),
    "implicit deny",
    {
      context: { ...ALICE, "s3:prefix": "alice" },
    },
  ),
  given(
    "Version 2012-10-17: the same",
    version,
    of("2012-10-17", allow(like("StringEquals", "${aws:username}"))),
    "allowed",
    {
      context: { ...ALICE, "s3:prefix": "alice" },
    },
  ),

  // An asterisk in a value is a wildcard where it denies, and none where it allows.
  given(
    "a tag's value * in Resource of an Allow",
    undocumented,
    [allow({ Resource: "arn:aws:s3:::bucket/${aws:PrincipalTag/p}" })],
    "implicit deny",
    {
      context: { "aws:PrincipalTag/p": "*" },
    },
  ),
  given(
    "a tag's value * in StringLike of an Allow",
    undocumented,
    [allow(like("StringLike", "${aws:PrincipalTag/p}"))],
    "implicit deny",
    {
      context: { "aws:PrincipalTag/p": "*", "s3:prefix": "secret" },
    },
  ),
  given(
    "a tag's value * names the asterisk",
    undocumented,
    [allow({ Resource: "arn:aws:s3:::bucket/${aws:PrincipalTag/p}" })],
    "allowed",
    {
      resource: "arn:aws:s3:::bucket/*",
      context: { "aws:PrincipalTag/p": "*" },
    },
  ),
  given(
    "a tag's value * in Resource of a Deny",
    undocumented,
    [allow(), deny({ Resource: "arn:aws:s3:::bucket/${aws:PrincipalTag/p}" })],
    "explicit deny",
    {
      context: { "aws:PrincipalTag/p": "*" },
    },
  ),
  given(
    "a tag's value * in NotResource of a Deny",
    undocumented,
    [
      allow(),
      { ...without(deny(), "Resource"), NotResource: "arn:aws:s3:::bucket/${aws:PrincipalTag/p}" },
    ],
    "explicit deny",
    { context: { "aws:PrincipalTag/p": "*" } },
  ),
];

export const elementAndVariableCases: readonly AccessCase[] = [...elementCases, ...variableCases];
