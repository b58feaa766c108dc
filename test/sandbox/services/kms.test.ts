import * as kms from "@aws-sdk/client-kms";
import { describe, expect, it } from "vitest";
import { createKey, useSandbox } from "../../support/sandbox-calls.ts";

const fixture = useSandbox();

describe("KMS", () => {
  it("rejects a key policy that locks the caller out, and a malformed policy", async () => {
    const arn = await createKey(fixture);
    const put = (Policy: string) =>
      fixture.aws.kms.send(new kms.PutKeyPolicyCommand({ KeyId: arn, Policy }));
    const otherAccountPolicy = {
      Version: "2012-10-17",
      Statement: [
        {
          Effect: "Allow",
          Principal: { AWS: "arn:aws:iam::999999999999:root" },
          Action: "kms:*",
          Resource: "*",
        },
      ],
    };
    expect(await fixture.errorOf(() => put(JSON.stringify(otherAccountPolicy)))).toBe(
      "MalformedPolicyDocumentException: The new key policy will not allow you to update the key policy in the future.",
    );
    expect(await fixture.errorOf(() => put("{"))).toContain("MalformedPolicyDocumentException");
  });

  it("creates a primary key for several Regions", async () => {
    const { KeyMetadata } = await fixture.aws.kms.send(
      new kms.CreateKeyCommand({ MultiRegion: true }),
    );
    expect(KeyMetadata?.KeyId).toMatch(/^mrk-[0-9a-f]{32}$/);
    expect(KeyMetadata).toMatchObject({
      MultiRegion: true,
      MultiRegionConfiguration: {
        MultiRegionKeyType: "PRIMARY",
        PrimaryKey: { Arn: KeyMetadata?.Arn, Region: "us-east-1" },
        ReplicaKeys: [],
      },
    });
    const { KeyMetadata: single } = await fixture.aws.kms.send(new kms.CreateKeyCommand({}));
    expect(single?.MultiRegionConfiguration).toBeUndefined();
  });

  it("reports a text that is not a key ID", async () => {
    const describeKey = (KeyId: string) => () =>
      fixture.aws.kms.send(new kms.DescribeKeyCommand({ KeyId }));
    expect(await fixture.errorOf(describeKey("fake-key-id"))).toBe(
      "NotFoundException: Invalid keyId 'fake-key-id'",
    );
    expect(await fixture.errorOf(describeKey("00000000-0000-0000-0000-000000000000"))).toBe(
      "NotFoundException: Key 'arn:aws:kms:us-east-1:111122223333:key/00000000-0000-0000-0000-000000000000' does not exist",
    );
  });

  it("does not find a key by the ARN of another region or account", async () => {
    const arn = await createKey(fixture);
    for (const KeyId of [
      arn.replace("us-east-1", "eu-west-1"),
      arn.replace("111122223333", "999999999999"),
    ])
      expect(
        await fixture.errorOf(() => fixture.aws.kms.send(new kms.DescribeKeyCommand({ KeyId }))),
      ).toBe(`NotFoundException: Key '${KeyId}' does not exist`);
  });

  it("rejects a duplicate alias, and an alias that is reserved for AWS", async () => {
    const TargetKeyId = await createKey(fixture);
    const alias = (AliasName: string) =>
      fixture.aws.kms.send(new kms.CreateAliasCommand({ AliasName, TargetKeyId }));
    await alias("alias/hello");
    expect(await fixture.errorOf(() => alias("alias/hello"))).toContain(
      "AlreadyExistsException: An alias with the name",
    );
    expect(await fixture.errorOf(() => alias("alias/aws/hello"))).toContain(
      "NotAuthorizedException",
    );
    expect(await fixture.errorOf(() => alias("hello"))).toBe(
      'ValidationException: Alias must start with the prefix "alias/". Please see https://docs.aws.amazon.com/kms/latest/developerguide/kms-alias.html',
    );
    expect(await fixture.errorOf(() => alias("alias/hello:world"))).toBe(
      "ValidationException: alias/hello:world contains invalid characters for an alias",
    );
  });

  it("rejects a waiting period of less than 7 days", async () => {
    const command = new kms.ScheduleKeyDeletionCommand({
      KeyId: await createKey(fixture),
      PendingWindowInDays: 6,
    });
    expect(await fixture.errorOf(() => fixture.aws.kms.send(command))).toBe(
      "ValidationException: PendingWindowInDays must be between 7 and 30",
    );
  });
});
