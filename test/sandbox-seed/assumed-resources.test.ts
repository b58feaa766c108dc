import { expect, it, onTestFinished } from "vitest";
import { type Sandbox, startSandbox } from "../../src/sandbox/index.ts";
import { inspect } from "../../src/sandbox/inspection/index.ts";
import {
  assumeHostedZones,
  assumeResourcesOf,
  DeletedObjects,
} from "../../src/sandbox-seed/index.ts";

const place = { account: "111122223333", region: "eu-west-1" };

async function givenSandbox(): Promise<Sandbox> {
  const sandbox = await startSandbox({ apps: { images: { "*": { exists: true } } } });
  onTestFinished(() => sandbox.close());
  return sandbox;
}

type Input = Readonly<Record<string, unknown>>;

/** The assumptions for a call, each as its text. The second time there is nothing left to assume. */
function assume(sandbox: Sandbox, service: string, operation: string, input: Input): string[] {
  const call = { ...place, service, operation, input, isRepeatable: true };
  const texts = assumeResourcesOf(sandbox, call).map(({ text }) => text);
  expect(assumeResourcesOf(sandbox, call)).toEqual([]);
  return texts;
}

it("lists the default VPC, as AWS creates it: a task with a public address starts in each subnet", async () => {
  const sandbox = await givenSandbox();
  const Filters = [{ Name: "isDefault", Values: ["true"] }];
  const call = { service: "ec2", operation: "DescribeVpcs", input: { Filters } };
  const assumed = assumeResourcesOf(sandbox, { ...place, ...call, isRepeatable: true });
  expect(assumed.map(({ text }) => text)).toEqual([
    "the default VPC of eu-west-1 exists as AWS creates it, with a public subnet in each zone",
  ]);
  sandbox.invoke("ec2", "DescribeVpcs", { Filters }, place);
  const subnets = inspect(sandbox).resources("subnet");
  expect(subnets).toHaveLength(3);
  for (const { id } of subnets) {
    const client = { subnetId: id, publicIp: "198.19.0.9" };
    expect(inspect(sandbox).trace(client, { host: "example.com" }).arrives).toBe(true);
  }
});

it("creates a VPC by its ID, and states that its routes are unknown", async () => {
  const sandbox = await givenSandbox();
  const vpcId = "vpc-0a1b2c3d4e5f60718";
  const call = { service: "ec2", operation: "DescribeVpcs", input: { VpcIds: [vpcId] } };
  expect(assumeResourcesOf(sandbox, { ...place, ...call, isRepeatable: true })).toMatchObject([
    { unstated: { kind: "network", vpcId } },
  ]);
  expect(inspect(sandbox).resource("vpc", vpcId)).toMatchObject(place);
});

it("creates a secret by its name or its ARN", async () => {
  const sandbox = await givenSandbox();
  const arn = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:shop/token-AbCdEf";
  for (const SecretId of [arn, "shop/other"]) {
    expect(assume(sandbox, "secretsmanager", "GetSecretValue", { SecretId })).toEqual([
      `the secret ${SecretId} exists; its value is unknown`,
    ]);
    const value = sandbox.invoke("secretsmanager", "GetSecretValue", { SecretId }, place);
    expect(value).toMatchObject({ SecretString: "{}" });
  }
});

it("creates parameters, and public parameters that the sandbox does not have", async () => {
  const sandbox = await givenSandbox();
  const fluentBit = { Name: "/aws/service/aws-for-fluent-bit/stable" };
  expect(assume(sandbox, "ssm", "GetParameter", fluentBit)).toEqual([]);
  const Name = "/aws/service/deep-learning/ami/x86_64/base/latest/ami-id";
  expect(assume(sandbox, "ssm", "GetParameter", { Name })).toEqual([
    `AWS's public parameter ${Name} exists; its value is unknown`,
  ]);
  expect(sandbox.invoke("ssm", "GetParameter", { Name }, place)).toMatchObject({
    Parameter: { Name, Value: "unknown" },
  });
  expect(assume(sandbox, "ssm", "GetParameter", { Name: "/shop/url" })).toEqual([
    "the SSM parameter /shop/url exists; its value is unknown",
  ]);
});

it("creates certificates of listeners, repositories of other accounts, and hosted zones", async () => {
  const sandbox = await givenSandbox();
  const arn = "arn:aws:acm:eu-west-1:111122223333:certificate/0d2f5c3e-9a41-4c1d-8f0e-3b7f5a6c7d8e";
  const Certificates = [{ CertificateArn: arn }];
  expect(assume(sandbox, "elasticloadbalancing", "CreateListener", { Certificates })).toEqual([
    `the certificate ${arn} is issued for the domain names that clients use`,
  ]);
  const image = (account: string): Input => ({
    image: `${account}.dkr.ecr.eu-west-1.amazonaws.com/app:1`,
  });
  const containerDefinitions = [image("999999999999"), image(place.account)];
  expect(assume(sandbox, "ecs", "RegisterTaskDefinition", { containerDefinitions })).toEqual([
    "the repository app exists in account 999999999999, and account 111122223333 may pull its images",
  ]);
  expect(inspect(sandbox).resources("repository")).toMatchObject([{ account: "999999999999" }]);
  expect(assumeHostedZones(sandbox, place, ["example.com."])).toEqual([
    { text: "the public hosted zone example.com exists" },
  ]);
  expect(assumeHostedZones(sandbox, place, ["example.com"])).toEqual([]);
});

it("leaves an error to the call where AWS would not create the object", async () => {
  const sandbox = await givenSandbox();
  const call = {
    service: "secretsmanager",
    operation: "GetSecretValue",
    input: { SecretId: "a b" },
  };
  expect(assumeResourcesOf(sandbox, { ...place, ...call, isRepeatable: true })).toEqual([]);
  expect(assume(sandbox, "s3", "HeadBucket", { Bucket: "x" })).toEqual([]);
});

it("does not assume a value that an earlier stack must publish", async () => {
  const sandbox = await givenSandbox();
  const parameter = (Name: string): string[] =>
    assumeResourcesOf(
      sandbox,
      { ...place, service: "ssm", operation: "GetParameter", input: { Name }, isRepeatable: true },
      { assumesValues: false },
    ).map(({ text }) => text);
  expect(parameter("/network/vpc_id")).toEqual([]);
  expect(parameter("/aws/service/deep-learning/ami/x86_64/base/latest/ami-id")).toHaveLength(1);
});

it("does not assume an object that Terraform has deleted", async () => {
  const sandbox = await givenSandbox();
  const vpcId = "vpc-0a1b2c3d4e5f60718";
  const arn = "arn:aws:acm:eu-west-1:111122223333:certificate/0d2f5c3e-9a41-4c1d-8f0e-3b7f5a6c7d8e";
  const calls = [
    { service: "ec2", operation: "DescribeVpcs", input: { VpcIds: [vpcId] } },
    { service: "secretsmanager", operation: "DescribeSecret", input: { SecretId: "token" } },
    { service: "ssm", operation: "GetParameter", input: { Name: "/token" } },
    {
      service: "elasticloadbalancing",
      operation: "CreateListener",
      input: { Certificates: [{ CertificateArn: arn }] },
    },
    {
      service: "ecs",
      operation: "RegisterTaskDefinition",
      input: {
        containerDefinitions: [{ image: "999999999999.dkr.ecr.eu-west-1.amazonaws.com/app:1" }],
      },
    },
  ].map((call) => ({ ...place, ...call, isRepeatable: true }));
  const deleted = new DeletedObjects();
  const observe = (
    service: string,
    operation: string,
    input: Input,
    account = place.account,
  ): void => deleted.observeCall({ ...place, account, service, operation, input, changed: true });
  observe("ec2", "DeleteVpc", { VpcId: vpcId });
  observe("secretsmanager", "DeleteSecret", { SecretId: "token" });
  observe("ssm", "DeleteParameter", { Name: "/token" });
  observe("acm", "DeleteCertificate", { CertificateArn: arn });
  observe("ecr", "DeleteRepository", { repositoryName: "app" }, "999999999999");
  expect(calls.map((call) => assumeResourcesOf(sandbox, call, { deleted }))).toEqual([
    [],
    [],
    [],
    [],
    [],
  ]);
  expect(calls.map((call) => assumeResourcesOf(sandbox, call).length)).toEqual([1, 1, 1, 1, 1]);
});
