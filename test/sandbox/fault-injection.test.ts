import { DescribeVpcsCommand, CreateVpcCommand, EC2Client } from "@aws-sdk/client-ec2";
import { AssumeRoleCommand, GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { expect, it } from "vitest";
import { isRepeatable, faultInjectorFrom } from "../../src/sandbox/fault-injection.ts";
import type { ObservedCall } from "../../src/sandbox/http/call-record.ts";
import { startSandbox } from "../../src/sandbox/server.ts";
import { clientOptions } from "../support/clients.ts";

const region = "us-east-1";
const call = (operation: string, input: Readonly<Record<string, unknown>> = {}) => ({
  account: "111122223333",
  region,
  service: "ec2",
  operation,
  input,
  isRepeatable: isRepeatable(operation, input),
});

it("injects the same faults for the same seed, and at most three consecutive ones", () => {
  const sequence = (seed: number): unknown[] => {
    const faultInjector = faultInjectorFrom(seed, 0.5);
    return Array.from({ length: 200 }, () => faultInjector(call("CreateVpc")));
  };
  expect(sequence(7)).toEqual(sequence(7));
  expect(sequence(7)).not.toEqual(sequence(8));
  const kinds = sequence(7).map(
    (entry) => (entry as { kind?: string } | undefined)?.kind ?? "none",
  );
  expect(kinds.join(" ")).not.toMatch(/((error|disconnect) ){4}/);
});

it("does not disconnect after the execution of a creation without a token", () => {
  const faultInjector = faultInjectorFrom(3, 1);
  const outcomes = Array.from({ length: 500 }, () => faultInjector(call("CreateVpc")));
  expect(outcomes.filter((fault) => fault?.kind === "disconnect" && fault.isExecuted)).toEqual([]);
  expect(outcomes.some((fault) => fault?.kind === "disconnect")).toBe(true);
});

it("lets AWS clients succeed by retries without duplicate resources", async () => {
  const sandbox = await startSandbox({ faultInjector: faultInjectorFrom(11, 0.3) });
  const ec2 = new EC2Client({ ...clientOptions(sandbox.url, region), maxAttempts: 10 });
  for (let index = 0; index < 4; index++)
    await ec2.send(new CreateVpcCommand({ CidrBlock: `10.${index}.0.0/16` }));
  for (let index = 0; index < 20; index++)
    // The default VPC, and the four that were created.
    expect((await ec2.send(new DescribeVpcsCommand({}))).Vpcs).toHaveLength(5);
  expect(
    sandbox.calls.filter((callRecord) => callRecord.error !== undefined).length,
  ).toBeGreaterThan(0);
  await sandbox.close();
});

it("reports each call with its input and result to the hook onCall", async () => {
  const calls: ObservedCall[] = [];
  const sandbox = await startSandbox({ onCall: (observedCall) => calls.push(observedCall) });
  const ec2 = new EC2Client(clientOptions(sandbox.url, region));
  await ec2.send(new CreateVpcCommand({ CidrBlock: "10.0.0.0/16" }));
  await expect(ec2.send(new CreateVpcCommand({ CidrBlock: "10.0.0.0/8" }))).rejects.toThrow(
    "10.0.0.0/8",
  );
  expect(calls.map(({ operation, changed, error }) => [operation, changed, error])).toEqual([
    ["CreateVpc", true, undefined],
    ["CreateVpc", false, "InvalidVpc.Range"],
  ]);
  expect(calls[0]?.input).toMatchObject({ CidrBlock: "10.0.0.0/16" });
  await sandbox.close();
});

it("answers a call whose changes are stored, although the hook onCall throws", async () => {
  const warnings: string[] = [];
  const sandbox = await startSandbox({
    onCall: () => {
      throw new TypeError("the observer has a fault");
    },
    onWarning: (message) => warnings.push(message),
  });
  const ec2 = new EC2Client({ ...clientOptions(sandbox.url, region), maxAttempts: 3 });
  await ec2.send(new CreateVpcCommand({ CidrBlock: "10.0.0.0/16" }));
  await expect(ec2.send(new CreateVpcCommand({ CidrBlock: "10.0.0.0/8" }))).rejects.toThrow(
    "10.0.0.0/8",
  );
  expect(sandbox.calls.map(({ operation, error }) => [operation, error])).toEqual([
    ["CreateVpc", undefined],
    ["CreateVpc", "InvalidVpc.Range"],
  ]);
  const warning = "the option onCall of the sandbox threw an error: TypeError: the observer has";
  expect(warnings.map((message) => message.slice(0, warning.length))).toEqual([warning, warning]);
  await sandbox.close();
});

it("lets callers assume unknown roles only if unknownRoles is assumable", async () => {
  const RoleArn = "arn:aws:iam::222233334444:role/deploy";
  const assumeUnknownRole = async (
    unknownRoles: "rejected" | "assumable",
  ): Promise<string | undefined> => {
    const sandbox = await startSandbox({ unknownRoles });
    try {
      const { Credentials } = await new STSClient(clientOptions(sandbox.url, region)).send(
        new AssumeRoleCommand({ RoleArn, RoleSessionName: "test" }),
      );
      const client = new STSClient({
        ...clientOptions(sandbox.url, region),
        credentials: {
          accessKeyId: Credentials?.AccessKeyId ?? "",
          secretAccessKey: Credentials?.SecretAccessKey ?? "",
        },
      });
      return (await client.send(new GetCallerIdentityCommand({}))).Account;
    } finally {
      await sandbox.close();
    }
  };
  expect(await assumeUnknownRole("assumable")).toBe("222233334444");
  await expect(assumeUnknownRole("rejected")).rejects.toThrow(
    "not authorized to perform: sts:AssumeRole",
  );
});

it("executes and rejects calls of Sandbox.invoke like HTTP calls", async () => {
  const sandbox = await startSandbox();
  expect(sandbox.invoke("ec2", "CreateVpc", { CidrBlock: "10.0.0.0/16" })).toHaveProperty("Vpc");
  expect(() => sandbox.invoke("ec2", "CreateVpc", { CidrBlock: "10.0.0.0/8" })).toThrow("invalid");
  expect(() => sandbox.invoke("nothing", "X", {})).toThrow("unknown service nothing");
  await sandbox.close();
});
