import * as logs from "@aws-sdk/client-cloudwatch-logs";
import * as kms from "@aws-sdk/client-kms";
import { describe, expect, it } from "vitest";
import { createKey, REGION, useSandbox } from "../../support/sandbox-calls.ts";

const fixture = useSandbox();

const statementForLogGroup = (name: string): object => ({
  Effect: "Allow",
  Principal: { Service: `logs.${REGION}.amazonaws.com` },
  Action: ["kms:Encrypt*", "kms:Decrypt*", "kms:GenerateDataKey*"],
  Resource: "*",
  Condition: {
    ArnEquals: {
      "kms:EncryptionContext:aws:logs:arn": `arn:aws:logs:${REGION}:111122223333:log-group:${name}`,
    },
  },
});
const create = (logGroupName: string, kmsKeyId: string) =>
  fixture.aws.logs.send(new logs.CreateLogGroupCommand({ logGroupName, kmsKeyId }));
const denied = (name: string): string =>
  `AccessDeniedException: The specified KMS key does not exist or is not allowed to be used with Arn 'arn:aws:logs:${REGION}:111122223333:log-group:${name}'`;

describe("CloudWatch Logs", () => {
  it("rejects a log group if the key policy does not allow CloudWatch Logs for that log group", async () => {
    const closed = await createKey(fixture);
    expect(await fixture.errorOf(() => create("/ecs/hello", closed))).toBe(denied("/ecs/hello"));
    const other = await createKey(fixture, [statementForLogGroup("/ecs/other")]);
    expect(await fixture.errorOf(() => create("/ecs/hello", other))).toBe(denied("/ecs/hello"));
    const open = await createKey(fixture, [statementForLogGroup("/ecs/hello")]);
    await create("/ecs/hello", open);
    expect(await fixture.errorOf(() => create("/ecs/hello", open))).toBe(
      "ResourceAlreadyExistsException: The specified log group already exists",
    );
  });

  it("rejects a key that is disabled or pending deletion", async () => {
    const arn = await createKey(fixture, [statementForLogGroup("/ecs/hello")]);
    await fixture.aws.kms.send(new kms.DisableKeyCommand({ KeyId: arn }));
    expect(await fixture.errorOf(() => create("/ecs/hello", arn))).toBe(denied("/ecs/hello"));
    await fixture.aws.kms.send(
      new kms.ScheduleKeyDeletionCommand({ KeyId: arn, PendingWindowInDays: 7 }),
    );
    expect(
      await fixture.errorOf(() => fixture.aws.kms.send(new kms.EnableKeyCommand({ KeyId: arn }))),
    ).toBe(`KMSInvalidStateException: ${arn} is pending deletion.`);
  });

  it("rejects a retention period that CloudWatch Logs does not support", async () => {
    await fixture.aws.logs.send(new logs.CreateLogGroupCommand({ logGroupName: "plain" }));
    const put = (retentionInDays: number) =>
      fixture.aws.logs.send(
        new logs.PutRetentionPolicyCommand({ logGroupName: "plain", retentionInDays }),
      );
    expect(await fixture.errorOf(() => put(100))).toContain("InvalidParameterException");
    await put(365);
  });
});
