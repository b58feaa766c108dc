import * as ecr from "@aws-sdk/client-ecr";
import * as iam from "@aws-sdk/client-iam";
import * as kms from "@aws-sdk/client-kms";
import * as s3 from "@aws-sdk/client-s3";
import * as secretsmanager from "@aws-sdk/client-secrets-manager";
import * as sns from "@aws-sdk/client-sns";
import { beforeEach, describe, expect, it } from "vitest";
import { useSandbox } from "../support/sandbox-calls.ts";

const fixture = useSandbox();

const ACCOUNT = "111122223333";
const arn = (name: string, account = ACCOUNT): string => `arn:aws:iam::${account}:${name}`;

const clients = () => ({
  ecr: new ecr.ECRClient(fixture.clientOptions),
  iam: new iam.IAMClient(fixture.clientOptions),
  kms: new kms.KMSClient(fixture.clientOptions),
  s3: new s3.S3Client({ ...fixture.clientOptions, forcePathStyle: true }),
  secretsmanager: new secretsmanager.SecretsManagerClient(fixture.clientOptions),
  sns: new sns.SNSClient(fixture.clientOptions),
});
let aws: ReturnType<typeof clients>;
let keyId = "";
let roleId = "";

const document = (...Statement: readonly object[]): string =>
  JSON.stringify({ Version: "2012-10-17", Statement });

beforeEach(async () => {
  aws = clients();
  const { Role } = await aws.iam.send(
    new iam.CreateRoleCommand({
      RoleName: "app",
      Path: "/service/",
      AssumeRolePolicyDocument: document({
        Effect: "Allow",
        Principal: { Service: "ecs-tasks.amazonaws.com" },
        Action: "sts:AssumeRole",
      }),
    }),
  );
  roleId = Role?.RoleId ?? "";
  await aws.iam.send(new iam.CreateUserCommand({ UserName: "alice" }));
  await aws.s3.send(new s3.CreateBucketCommand({ Bucket: "files" }));
  await aws.ecr.send(new ecr.CreateRepositoryCommand({ repositoryName: "app" }));
  await aws.secretsmanager.send(new secretsmanager.CreateSecretCommand({ Name: "app" }));
  await aws.sns.send(new sns.CreateTopicCommand({ Name: "alarms" }));
  const { KeyMetadata } = await aws.kms.send(new kms.CreateKeyCommand({}));
  keyId = KeyMetadata?.KeyId ?? "";
});

const putBucketPolicy = (Policy: string): Promise<unknown> =>
  aws.s3.send(new s3.PutBucketPolicyCommand({ Bucket: "files", Policy }));
const setRepositoryPolicy = (policyText: string, force?: boolean): Promise<unknown> =>
  aws.ecr.send(new ecr.SetRepositoryPolicyCommand({ repositoryName: "app", policyText, force }));
const putResourcePolicy = (ResourcePolicy: string, BlockPublicPolicy?: boolean): Promise<unknown> =>
  aws.secretsmanager.send(
    new secretsmanager.PutResourcePolicyCommand({
      SecretId: "app",
      ResourcePolicy,
      BlockPublicPolicy,
    }),
  );
const putKeyPolicy = (
  statement: object,
  BypassPolicyLockoutSafetyCheck?: boolean,
): Promise<unknown> =>
  aws.kms.send(
    new kms.PutKeyPolicyCommand({
      KeyId: keyId,
      Policy: document(
        { Effect: "Allow", Principal: { AWS: arn("root") }, Action: "kms:*", Resource: "*" },
        statement,
      ),
      BypassPolicyLockoutSafetyCheck,
    }),
  );
const setTopicPolicy = (AttributeValue: string): Promise<unknown> =>
  aws.sns.send(
    new sns.SetTopicAttributesCommand({
      TopicArn: `arn:aws:sns:us-east-1:${ACCOUNT}:alarms`,
      AttributeName: "Policy",
      AttributeValue,
    }),
  );
const updateTrustPolicy = (PolicyDocument: string): Promise<unknown> =>
  aws.iam.send(new iam.UpdateAssumeRolePolicyCommand({ RoleName: "app", PolicyDocument }));

interface Kind {
  /** Stores a policy whose statement has a principal. */
  readonly put: (Principal: object) => Promise<unknown>;
  /** The error for a principal of the kind AWS that does not exist. */
  readonly unknown: (name: string) => string;
  /** The error for a service that does not exist. */
  readonly service: string;
}

const kinds: Readonly<Record<string, Kind>> = {
  bucket: {
    put: (Principal) =>
      putBucketPolicy(
        document({
          Effect: "Allow",
          Principal,
          Action: "s3:GetObject",
          Resource: "arn:aws:s3:::files/*",
        }),
      ),
    unknown: () => "MalformedPolicy: Invalid principal in policy",
    service: "MalformedPolicy: Invalid principal in policy",
  },
  repository: {
    put: (Principal) =>
      setRepositoryPolicy(document({ Effect: "Allow", Principal, Action: "ecr:BatchGetImage" })),
    unknown: (name) =>
      `InvalidParameterException: Invalid parameter at 'PolicyText' failed to satisfy constraint: '${name.includes(":group/") ? "Invalid repository policy provided" : "Principal not found"}'`,
    service:
      "InvalidParameterException: Invalid parameter at 'PolicyText' failed to satisfy constraint: 'Invalid repository policy provided'",
  },
  secret: {
    put: (Principal) =>
      putResourcePolicy(
        document({
          Effect: "Allow",
          Principal,
          Action: "secretsmanager:GetSecretValue",
          Resource: "*",
        }),
      ),
    unknown: () =>
      "MalformedPolicyDocumentException: This resource policy contains an unsupported principal.",
    service:
      "MalformedPolicyDocumentException: This resource policy contains an unsupported principal.",
  },
  key: {
    put: (Principal) =>
      putKeyPolicy({ Effect: "Allow", Principal, Action: "kms:Decrypt", Resource: "*" }),
    unknown: () =>
      "MalformedPolicyDocumentException: Policy contains a statement with one or more invalid principals.",
    service:
      "MalformedPolicyDocumentException: Policy contains a statement with one or more invalid principals.",
  },
  topic: {
    put: (Principal) =>
      setTopicPolicy(
        document({ Effect: "Allow", Principal, Action: "sns:Publish", Resource: "*" }),
      ),
    unknown: (name) =>
      `InvalidParameterException: Invalid parameter: Policy Error: ${name.includes(":group/") ? "null" : "PrincipalNotFound"}`,
    service: "InvalidParameterException: Invalid parameter: Policy Error: null",
  },
  "trust policy of a role": {
    put: (Principal) =>
      updateTrustPolicy(document({ Effect: "Allow", Principal, Action: "sts:AssumeRole" })),
    unknown: (name) =>
      `MalformedPolicyDocumentException: Invalid principal in policy: "AWS":"${name}"`,
    service: 'MalformedPolicyDocumentException: Invalid principal in policy: "SERVICE":"ecs-tasks"',
  },
};

describe.each(Object.entries(kinds))(
  "principals of the policy: %s",
  (_, { put, unknown, service }) => {
    it.each([
      arn("role/missing"),
      // The path is part of the ARN.
      arn("role/app"),
      arn("user/bob"),
      arn("group/admins"),
      "arn:aws-cn:iam::111122223333:root",
      "AROAMISSING0000000000",
    ])("cannot be %s", async (AWS) => {
      expect(await fixture.errorOf(() => put({ AWS }))).toBe(unknown(AWS));
      expect(await fixture.errorOf(() => put({ AWS: [ACCOUNT, AWS] }))).toBe(unknown(AWS));
    });

    it("cannot be a service without domain", async () => {
      expect(await fixture.errorOf(() => put({ Service: "ecs-tasks" }))).toBe(service);
    });

    it("can be a role, a user, an account, or a principal of another account", async () => {
      const AWS = [
        ACCOUNT,
        arn("root"),
        arn("role/service/app"),
        arn("user/alice"),
        roleId,
        `arn:aws:sts::${ACCOUNT}:assumed-role/app/session`,
        "444455556666",
        arn("root", "444455556666"),
        arn("role/any", "444455556666"),
      ];
      await expect(put({ AWS })).resolves.toBeDefined();
      await expect(put({ Service: "codedeploy.us-east-1.amazonaws.com" })).resolves.toBeDefined();
    });
  },
);

describe("the policy of a bucket", () => {
  it.each([
    ["s3:GetObject", "arn:aws:s3:::other/*", "MalformedPolicy: Policy has invalid resource"],
    ["sqs:SendMessage", "arn:aws:s3:::files", "MalformedPolicy: Policy has invalid action"],
    [
      "s3:GetObject",
      "arn:aws:s3:::files",
      "MalformedPolicy: Action does not apply to any resource(s) in statement",
    ],
  ])("cannot have %s on %s", async (Action, Resource, error) => {
    const statement = { Effect: "Allow", Principal: { AWS: ACCOUNT }, Action, Resource };
    expect(await fixture.errorOf(() => putBucketPolicy(document(statement)))).toBe(error);
  });

  const withKey = (key: string): string =>
    document({
      Effect: "Deny",
      Principal: "*",
      Action: "s3:PutObject",
      Resource: "arn:aws:s3:::files/*",
      Condition: { StringNotEquals: { [key]: "a" } },
    });

  it.each(["s3:x-acl", "s3:ExistingObjectTags/team", "SourceIp"])(
    "cannot have the condition key %s",
    async (key) => {
      expect(await fixture.errorOf(() => putBucketPolicy(withKey(key)))).toBe(
        "MalformedPolicy: Policy has an invalid condition key",
      );
    },
  );

  it.each(["s3:X-Amz-Acl", "s3:ExistingObjectTag/team", "aws:NewKey"])(
    "can have the condition key %s",
    async (key) => {
      await expect(putBucketPolicy(withKey(key))).resolves.toBeDefined();
    },
  );

  const forEveryone = {
    Effect: "Allow",
    Principal: "*",
    Action: "s3:GetObject",
    Resource: "arn:aws:s3:::files/*",
  };

  it("cannot be public while BlockPublicPolicy is on", async () => {
    expect(await fixture.errorOf(() => putBucketPolicy(document(forEveryone)))).toBe(
      `AccessDenied: User: ${arn("user/berth")} is not authorized to perform: s3:PutBucketPolicy on resource: "arn:aws:s3:::files" because public policies are prevented by the BlockPublicPolicy setting in S3 Block Public Access.`,
    );
    const limited = {
      ...forEveryone,
      Condition: { StringEquals: { "aws:SourceVpce": "vpce-1" } },
    };
    await expect(putBucketPolicy(document(limited))).resolves.toBeDefined();
    await aws.s3.send(
      new s3.PutPublicAccessBlockCommand({
        Bucket: "files",
        PublicAccessBlockConfiguration: { BlockPublicAcls: true, BlockPublicPolicy: false },
      }),
    );
    await expect(putBucketPolicy(document(forEveryone))).resolves.toBeDefined();
    await aws.s3.send(new s3.DeletePublicAccessBlockCommand({ Bucket: "files" }));
    await expect(putBucketPolicy(document(forEveryone))).resolves.toBeDefined();
  });
});

describe("the policy of a secret", () => {
  const forEveryone = document({
    Effect: "Allow",
    Principal: "*",
    Action: "secretsmanager:GetSecretValue",
    Resource: "*",
  });

  it("cannot be public if BlockPublicPolicy is true", async () => {
    expect(await fixture.errorOf(() => putResourcePolicy(forEveryone, true))).toBe(
      "PublicPolicyException: The BlockPublicPolicy parameter is set to true, and the resource policy did not prevent broad access to the secret.",
    );
    await expect(putResourcePolicy(forEveryone, false)).resolves.toBeDefined();
    await expect(putResourcePolicy(forEveryone)).resolves.toBeDefined();
  });
});

describe("the policy of a repository", () => {
  it("cannot have actions of another service", async () => {
    const policy = document({ Effect: "Allow", Principal: "*", Action: "s3:GetObject" });
    expect(await fixture.errorOf(() => setRepositoryPolicy(policy))).toBe(
      "InvalidParameterException: Invalid parameter at 'PolicyText' failed to satisfy constraint: 'Invalid repository policy provided'",
    );
  });

  const lockout = document({
    Effect: "Deny",
    Principal: "*",
    Action: "ecr:*",
  });

  it("cannot deny its own replacement without force", async () => {
    expect(await fixture.errorOf(() => setRepositoryPolicy(lockout))).toBe(
      "InvalidParameterException: Invalid parameter at 'PolicyText' failed to satisfy constraint: 'Invalid repository policy provided'",
    );
    await expect(setRepositoryPolicy(lockout, true)).resolves.toBeDefined();
  });
});

describe("the policy of a key", () => {
  const lockout = {
    Effect: "Deny",
    Principal: "*",
    Action: "kms:PutKeyPolicy",
    Resource: "*",
  };

  it("cannot deny its own replacement unless the check is bypassed", async () => {
    expect(await fixture.errorOf(() => putKeyPolicy(lockout))).toBe(
      "MalformedPolicyDocumentException: The new key policy will not allow you to update the key policy in the future.",
    );
    await expect(putKeyPolicy(lockout, true)).resolves.toBeDefined();
  });
});
