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
  });
});
