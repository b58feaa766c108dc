import * as ec2 from "@aws-sdk/client-ec2";
import * as ecr from "@aws-sdk/client-ecr";
import * as iam from "@aws-sdk/client-iam";
import * as kms from "@aws-sdk/client-kms";
import * as s3 from "@aws-sdk/client-s3";
import * as secretsmanager from "@aws-sdk/client-secrets-manager";
import { AssumeRoleCommand, STSClient } from "@aws-sdk/client-sts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Sandbox, startSandbox } from "../../src/sandbox/server.ts";
import { clientOptions } from "../support/clients.ts";

const region = "us-east-1";
let sandbox: Sandbox;
let aws: ReturnType<typeof clientsOf>;
let keyId = "";
let endpointId = "";

const clientsOf = (url: string) => {
  const options = clientOptions(url, region);
  return {
    ec2: new ec2.EC2Client(options),
    ecr: new ecr.ECRClient(options),
    iam: new iam.IAMClient(options),
    kms: new kms.KMSClient(options),
    s3: new s3.S3Client({ ...options, forcePathStyle: true }),
    secretsmanager: new secretsmanager.SecretsManagerClient(options),
    sts: new STSClient(options),
  };
};

const document = (...Statement: readonly object[]): string =>
  JSON.stringify({ Version: "2012-10-17", Statement });

const statement = { Effect: "Allow", Action: "s3:GetObject", Resource: "*" };
const trust = {
  Effect: "Allow",
  Principal: { AWS: "111122223333" },
  Action: "sts:AssumeRole",
};
const resourceStatement = { ...statement, Principal: { AWS: "111122223333" }, Action: "*" };

beforeAll(async () => {
  sandbox = await startSandbox();
  aws = clientsOf(sandbox.url);
  await aws.iam.send(
    new iam.CreateRoleCommand({ RoleName: "app", AssumeRolePolicyDocument: document(trust) }),
  );
  await aws.iam.send(new iam.CreateUserCommand({ UserName: "alice" }));
  await aws.iam.send(
    new iam.CreatePolicyCommand({ PolicyName: "app", PolicyDocument: document(statement) }),
  );
  await aws.s3.send(new s3.CreateBucketCommand({ Bucket: "files" }));
  await aws.ecr.send(new ecr.CreateRepositoryCommand({ repositoryName: "app" }));
  await aws.secretsmanager.send(
    new secretsmanager.CreateSecretCommand({ Name: "app", SecretString: "x" }),
  );
  const { KeyMetadata } = await aws.kms.send(new kms.CreateKeyCommand({}));
  keyId = KeyMetadata?.KeyId ?? "";
  const { Vpc } = await aws.ec2.send(new ec2.CreateVpcCommand({ CidrBlock: "10.0.0.0/16" }));
  const { VpcEndpoint } = await aws.ec2.send(
    new ec2.CreateVpcEndpointCommand({
      VpcId: Vpc?.VpcId ?? "",
      ServiceName: `com.amazonaws.${region}.s3`,
    }),
  );
  endpointId = VpcEndpoint?.VpcEndpointId ?? "";
});
afterAll(() => sandbox.close());

/** Calls that store a policy document, each with a valid statement. */
const CALLS: Readonly<
  Record<string, readonly [accepted: object, call: (text: string) => Promise<unknown>]>
> = {
  CreatePolicy: [
    statement,
    async (PolicyDocument) =>
      aws.iam.send(new iam.CreatePolicyCommand({ PolicyName: "new", PolicyDocument })),
  ],
  CreatePolicyVersion: [
    statement,
    async (PolicyDocument) =>
      aws.iam.send(
        new iam.CreatePolicyVersionCommand({
          PolicyArn: "arn:aws:iam::111122223333:policy/app",
          PolicyDocument,
        }),
      ),
  ],
  PutRolePolicy: [
    statement,
    async (PolicyDocument) =>
      aws.iam.send(
        new iam.PutRolePolicyCommand({ RoleName: "app", PolicyName: "a", PolicyDocument }),
      ),
  ],
  PutUserPolicy: [
    statement,
    async (PolicyDocument) =>
      aws.iam.send(
        new iam.PutUserPolicyCommand({ UserName: "alice", PolicyName: "a", PolicyDocument }),
      ),
  ],
  CreateRole: [
    trust,
    async (AssumeRolePolicyDocument) =>
      aws.iam.send(new iam.CreateRoleCommand({ RoleName: "new", AssumeRolePolicyDocument })),
  ],
  UpdateAssumeRolePolicy: [
    trust,
    async (PolicyDocument) =>
      aws.iam.send(new iam.UpdateAssumeRolePolicyCommand({ RoleName: "app", PolicyDocument })),
  ],
  AssumeRole: [
    statement,
    async (Policy) =>
      aws.sts.send(
        new AssumeRoleCommand({
          RoleArn: "arn:aws:iam::111122223333:role/app",
          RoleSessionName: "test",
          Policy,
        }),
      ),
  ],
  CreateKey: [
    resourceStatement,
    async (Policy) => aws.kms.send(new kms.CreateKeyCommand({ Policy })),
  ],
  PutKeyPolicy: [
    resourceStatement,
    async (Policy) => aws.kms.send(new kms.PutKeyPolicyCommand({ KeyId: keyId, Policy })),
  ],
  PutBucketPolicy: [
    resourceStatement,
    async (Policy) => aws.s3.send(new s3.PutBucketPolicyCommand({ Bucket: "files", Policy })),
  ],
  SetRepositoryPolicy: [
    { Effect: "Allow", Principal: "*", Action: "ecr:BatchGetImage" },
    async (policyText) =>
      aws.ecr.send(new ecr.SetRepositoryPolicyCommand({ repositoryName: "app", policyText })),
  ],
  PutResourcePolicy: [
    resourceStatement,
    async (ResourcePolicy) =>
      aws.secretsmanager.send(
        new secretsmanager.PutResourcePolicyCommand({ SecretId: "app", ResourcePolicy }),
      ),
  ],
  ModifyVpcEndpoint: [
    resourceStatement,
    async (PolicyDocument) =>
      aws.ec2.send(new ec2.ModifyVpcEndpointCommand({ VpcEndpointId: endpointId, PolicyDocument })),
  ],
};

const IAM_ERROR = "MalformedPolicyDocument: Syntax errors in policy.";
const KMS_ERROR =
  "MalformedPolicyDocumentException: The request was rejected because the specified policy is not syntactically or semantically correct.";
const ECR_ERROR =
  "InvalidParameterException: Invalid parameter at 'PolicyText' failed to satisfy constraint: 'Invalid repository policy provided'";

/** The error of each call for a statement with both Resource and NotResource. */
const CONFLICT_ERRORS: Readonly<Record<string, string>> = {
  CreatePolicy: IAM_ERROR,
  CreatePolicyVersion: IAM_ERROR,
  PutRolePolicy: IAM_ERROR,
  PutUserPolicy: IAM_ERROR,
  CreateRole: IAM_ERROR,
  UpdateAssumeRolePolicy: IAM_ERROR,
  AssumeRole: IAM_ERROR,
  CreateKey: KMS_ERROR,
  PutKeyPolicy: KMS_ERROR,
  PutBucketPolicy: "MalformedPolicy: Invalid policy syntax.",
  SetRepositoryPolicy: ECR_ERROR,
  PutResourcePolicy: "MalformedPolicyDocumentException: This policy has invalid syntax.",
  ModifyVpcEndpoint: "InvalidPolicyDocument: The Policy Document is not valid.",
};

/** "accepted", or the error of a call. */
async function outcomeOf(call: Promise<unknown>): Promise<string> {
  try {
    await call;
    return "accepted";
  } catch (error) {
    const { name, message } = error as Error; // the SDK throws it
    return `${name.replace(/Exception$/, "")}: ${message}`;
  }
}

const withoutExceptionSuffix = (text: string | undefined): string | undefined =>
  text?.replace(/^(\w+?)Exception:/, "$1:");

describe("policy documents", () => {
  it.each(Object.entries(CALLS))(
    "%s rejects an invalid document without a change",
    async (name, [accepted, call]) => {
      const before = JSON.stringify(sandbox.store.contents());
      const conflicting = document({ ...accepted, Resource: "*", NotResource: "*" });
      expect(await outcomeOf(call(conflicting))).toBe(
        withoutExceptionSuffix(CONFLICT_ERRORS[name]),
      );
      const unknownPrincipal = document({ ...accepted, Principal: { Robot: "r2" } });
      expect(await outcomeOf(call(unknownPrincipal))).not.toBe("accepted");
      expect(JSON.stringify(sandbox.store.contents())).toBe(before);
      expect(await outcomeOf(call(document(accepted)))).toBe("accepted");
    },
  );

  it("with a Sid that has spaces are rejected by IAM, and accepted by KMS and S3", async () => {
    const outcomeWithSid = (name: string) => {
      const [accepted, call] = CALLS[name] ?? [];
      return call && outcomeOf(call(document({ ...accepted, Sid: "Allow all of it" })));
    };
    const message =
      "MalformedPolicyDocument: Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression [0-9A-Za-z]*";
    expect(await outcomeWithSid("PutRolePolicy")).toBe(message);
    expect(await outcomeWithSid("UpdateAssumeRolePolicy")).toBe(message);
    expect(await outcomeWithSid("PutKeyPolicy")).toBe("accepted");
    expect(await outcomeWithSid("PutBucketPolicy")).toBe("accepted");
  });

  it("and roles whose names differ only in case cannot exist side by side", async () => {
    const create = (RoleName: string) =>
      aws.iam.send(
        new iam.CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: document(trust) }),
      );
    await create("Reader");
    expect(await outcomeOf(create("reader"))).toBe(
      "EntityAlreadyExists: Role with name reader already exists.",
    );
    const createPolicy = (PolicyName: string) =>
      aws.iam.send(
        new iam.CreatePolicyCommand({ PolicyName, PolicyDocument: document(statement) }),
      );
    await createPolicy("Read");
    expect(await outcomeOf(createPolicy("read"))).toBe(
      "EntityAlreadyExists: A policy called read already exists. Duplicate names are not allowed.",
    );
  });

  it("that exceed IAM's quotas are rejected", async () => {
    const longDocument = (accepted: object, length: number): string =>
      document({ ...accepted, Sid: "a".repeat(length) });
    const outcomeWithLength = (name: string, accepted: object, length: number) =>
      outcomeOf(CALLS[name]?.[1](longDocument(accepted, length)) ?? Promise.resolve());
    expect(await outcomeWithLength("CreatePolicyVersion", statement, 6144)).toBe(
      "LimitExceeded: Cannot exceed quota for PolicySize: 6144",
    );
    expect(await outcomeWithLength("UpdateAssumeRolePolicy", trust, 2048)).toBe(
      "LimitExceeded: Cannot exceed quota for ACLSizePerRole: 2048",
    );
    expect(await outcomeWithLength("PutRolePolicy", statement, 10_240)).toBe(
      "LimitExceeded: Maximum policy size of 10240 bytes exceeded for role app",
    );
    expect(await outcomeWithLength("PutUserPolicy", statement, 2048)).toBe(
      "LimitExceeded: Maximum policy size of 2048 bytes exceeded for user alice",
    );
    await aws.iam.send(new iam.CreateUserCommand({ UserName: "bob" }));
    const createKey = () => aws.iam.send(new iam.CreateAccessKeyCommand({ UserName: "bob" }));
    await createKey();
    await createKey();
    expect(await outcomeOf(createKey())).toBe(
      "LimitExceeded: Cannot exceed quota for AccessKeysPerUser: 2",
    );
  });
});
