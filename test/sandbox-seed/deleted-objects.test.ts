import * as sm from "@aws-sdk/client-secrets-manager";
import * as ssm from "@aws-sdk/client-ssm";
import { expect, it } from "vitest";
import { DEFAULT_ACCOUNT } from "../../src/sandbox/default-account.ts";
import { type ObservedCall, startSandbox } from "../../src/sandbox/index.ts";
import { assumeResourcesOf, DeletedObjects } from "../../src/sandbox-seed/index.ts";
import { clientOptions } from "../support/clients.ts";

const place = { account: "111122223333", region: "eu-west-1" };

const call = (
  service: string,
  operation: string,
  input: ObservedCall["input"],
  changed = true,
): ObservedCall => ({ ...place, service, operation, input, changed });

const after = (...calls: readonly ObservedCall[]): DeletedObjects => {
  const deleted = new DeletedObjects();
  for (const observed of calls) deleted.observeCall(observed);
  return deleted;
};

it("contains the objects of successful delete calls", () => {
  const deleted = after(
    call("ec2", "DeleteVpc", { VpcId: "vpc-1" }),
    call("ec2", "DeleteVpc", { VpcId: "vpc-2" }, false),
    call("ec2", "ModifyVpcAttribute", { VpcId: "vpc-3" }),
  );
  const ids = ["vpc-1", "vpc-2", "vpc-3"];
  expect(ids.filter((id) => deleted.has("vpc", id, place))).toEqual(["vpc-1"]);
});

it("does not take an object of another kind, account or region for a deleted one", () => {
  const deleted = after(
    call("logs", "DeleteLogGroup", { logGroupName: "logs" }),
    call("ecs", "DeleteService", { cluster: "cluster", service: "service" }),
    call("secretsmanager", "DeleteResourcePolicy", { SecretId: "policy" }),
    call("ssm", "DeleteParameter", { Name: "parameter" }),
  );
  const names = ["logs", "cluster", "service", "policy", "parameter"];
  expect(names.filter((name) => deleted.has("secret", name, place))).toEqual([]);
  expect(names.filter((name) => deleted.has("parameter", name, place))).toEqual(["parameter"]);
  expect(deleted.has("parameter", "parameter", { ...place, region: "eu-west-2" })).toBe(false);
  expect(deleted.has("parameter", "parameter", { ...place, account: "444455556666" })).toBe(false);
});

const SECRET = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:shop/token";

it.each(["shop/token", SECRET, `${SECRET}-AbCdEf`])(
  "recognizes a secret that was deleted as %s by its name and its ARN",
  (SecretId) => {
    const deleted = after(call("secretsmanager", "DeleteSecret", { SecretId }));
    const ids = ["shop/token", SECRET, `${SECRET}-AbCdEf`, "shop/tokens"];
    expect(ids.map((id) => deleted.has("secret", id, place))).toEqual([true, true, true, false]);
    const elsewhere = { ...place, region: "eu-west-2" };
    expect(ids.map((id) => deleted.has("secret", id, elsewhere))).toEqual([
      false,
      true,
      true,
      false,
    ]);
  },
);

it("contains each parameter of a list, also if a version is read", () => {
  const deleted = after(call("ssm", "DeleteParameters", { Names: ["/shop/url", "/shop/key"] }));
  const names = ["/shop/url", "/shop/key:2", "/shop"];
  expect(names.map((name) => deleted.has("parameter", name, place))).toEqual([true, true, false]);
});

it("records the calls of a sandbox, after which nothing is assumed", async () => {
  const deleted = new DeletedObjects();
  const sandbox = await startSandbox({ onCall: (observed) => deleted.observeCall(observed) });
  const options = clientOptions(sandbox.url, place.region);
  const [secrets, parameters] = [new sm.SecretsManagerClient(options), new ssm.SSMClient(options)];
  const { ARN } = await secrets.send(
    new sm.CreateSecretCommand({ Name: "token", SecretString: "x" }),
  );
  await parameters.send(new ssm.PutParameterCommand({ Name: "/a", Value: "x", Type: "String" }));
  await secrets.send(
    new sm.DeleteSecretCommand({ SecretId: ARN, ForceDeleteWithoutRecovery: true }),
  );
  await parameters.send(new ssm.DeleteParametersCommand({ Names: ["/a", "/b"] }));
  const reads = [
    { service: "secretsmanager", operation: "DescribeSecret", input: { SecretId: "token" } },
    { service: "secretsmanager", operation: "GetSecretValue", input: { SecretId: ARN } },
    { service: "ssm", operation: "GetParameter", input: { Name: "/a" } },
  ].map((read) => ({
    ...read,
    account: DEFAULT_ACCOUNT,
    region: place.region,
    isRepeatable: true,
  }));
  expect(reads.map((read) => assumeResourcesOf(sandbox, read, { deleted }))).toEqual([[], [], []]);
  expect(reads.map((read) => assumeResourcesOf(sandbox, read).length)).toEqual([1, 0, 1]);
  await sandbox.close();
});
