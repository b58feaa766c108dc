import * as ec2 from "@aws-sdk/client-ec2";
import * as ecr from "@aws-sdk/client-ecr";
import * as iam from "@aws-sdk/client-iam";
import * as kms from "@aws-sdk/client-kms";
import * as s3 from "@aws-sdk/client-s3";
import * as secretsmanager from "@aws-sdk/client-secrets-manager";
import { AssumeRoleCommand, STSClient } from "@aws-sdk/client-sts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Sandbox, startSandbox } from "../../src/sandbox/server.ts";
import { clientOptions } from "../../start/clients.ts";

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
const ofResource = { ...statement, Principal: { AWS: "111122223333" }, Action: "*" };

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

/** Calls that store a document, each with a statement that it accepts. */
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
  CreateKey: [ofResource, async (Policy) => aws.kms.send(new kms.CreateKeyCommand({ Policy }))],
  PutKeyPolicy: [
    ofResource,
    async (Policy) => aws.kms.send(new kms.PutKeyPolicyCommand({ KeyId: keyId, Policy })),
  ],
  PutBucketPolicy: [
    ofResource,
    async (Policy) => aws.s3.send(new s3.PutBucketPolicyCommand({ Bucket: "files", Policy })),
  ],
  SetRepositoryPolicy: [
    { Effect: "Allow", Principal: "*", Action: "ecr:BatchGetImage" },
    async (policyText) =>
      aws.ecr.send(new ecr.SetRepositoryPolicyCommand({ repositoryName: "app", policyText })),
  ],
  PutResourcePolicy: [
    ofResource,
    async (ResourcePolicy) =>
      aws.secretsmanager.send(
        new secretsmanager.PutResourcePolicyCommand({ SecretId: "app", ResourcePolicy }),
      ),
  ],
  ModifyVpcEndpoint: [
    ofResource,
    async (PolicyDocument) =>
      aws.ec2.send(new ec2.ModifyVpcEndpointCommand({ VpcEndpointId: endpointId, PolicyDocument })),
  ],
};

const SYNTAX = "MalformedPolicyDocument: Syntax errors in policy.";
const KEY =
  "MalformedPolicyDocumentException: The request was rejected because the specified policy is not syntactically or semantically correct.";
const ECR =
  "InvalidParameterException: Invalid parameter at 'PolicyText' failed to satisfy constraint: 'Invalid repository policy provided'";

/** What a call answers to Resource with NotResource. */
const BOTH: Readonly<Record<string, string>> = {
  CreatePolicy: SYNTAX,
  CreatePolicyVersion: SYNTAX,
  PutRolePolicy: SYNTAX,
  PutUserPolicy: SYNTAX,
  CreateRole: SYNTAX,
  UpdateAssumeRolePolicy: SYNTAX,
  AssumeRole: SYNTAX,
  CreateKey: KEY,
  PutKeyPolicy: KEY,
  PutBucketPolicy: "MalformedPolicy: Invalid policy syntax.",
  SetRepositoryPolicy: ECR,
  PutResourcePolicy: "MalformedPolicyDocumentException: This policy has invalid syntax.",
  ModifyVpcEndpoint: "InvalidPolicyDocument: The Policy Document is not valid.",
};

async function answer(call: Promise<unknown>): Promise<string> {
  try {
    await call;
    return "accepted";
  } catch (error) {
    const { name, message } = error as Error; // of AWS's SDK
    return `${name.replace(/Exception$/, "")}: ${message}`;
  }
}

const plain = (text: string | undefined): string | undefined =>
  text?.replace(/^(\w+?)Exception:/, "$1:");

describe("policy documents", () => {
  it.each(Object.entries(CALLS))(
    "%s rejects one, and changes nothing",
    async (name, [accepted, call]) => {
      const before = JSON.stringify(sandbox.store.contents());
      const both = document({ ...accepted, Resource: "*", NotResource: "*" });
      expect(await answer(call(both))).toBe(plain(BOTH[name]));
      const nobody = document({ ...accepted, Principal: { Robot: "r2" } });
      expect(await answer(call(nobody))).not.toBe("accepted");
      expect(JSON.stringify(sandbox.store.contents())).toBe(before);
      expect(await answer(call(document(accepted)))).toBe("accepted");
    },
  );

  it("are rejected by IAM for Sids, and by KMS and S3 not", async () => {
    const sid = (name: string) => {
      const [accepted, call] = CALLS[name] ?? [];
      return call && answer(call(document({ ...accepted, Sid: "Allow all of it" })));
    };
    const words =
      "MalformedPolicyDocument: Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression [0-9A-Za-z]*";
    expect(await sid("PutRolePolicy")).toBe(words);
    expect(await sid("UpdateAssumeRolePolicy")).toBe(words);
    expect(await sid("PutKeyPolicy")).toBe("accepted");
    expect(await sid("PutBucketPolicy")).toBe("accepted");
  });

  it("are rejected beyond IAM's quotas", async () => {
    const long = (accepted: object, length: number): string =>
      document({ ...accepted, Sid: "a".repeat(length) });
    const of = (name: string, accepted: object, length: number) =>
      answer(CALLS[name]?.[1](long(accepted, length)) ?? Promise.resolve());
    expect(await of("CreatePolicyVersion", statement, 6144)).toBe(
      "LimitExceeded: Cannot exceed quota for PolicySize: 6144",
    );
    expect(await of("UpdateAssumeRolePolicy", trust, 2048)).toBe(
      "LimitExceeded: Cannot exceed quota for ACLSizePerRole: 2048",
    );
    expect(await of("PutRolePolicy", statement, 10_240)).toBe(
      "LimitExceeded: Maximum policy size of 10240 bytes exceeded for role app",
    );
    expect(await of("PutUserPolicy", statement, 2048)).toBe(
      "LimitExceeded: Maximum policy size of 2048 bytes exceeded for user alice",
    );
  });
});
