import * as kms from "@aws-sdk/client-kms";
import { describe, expect, it } from "vitest";
import { createKey, useSandbox } from "../../support/sandbox-calls.ts";

const fixture = useSandbox();

describe("KMS", () => {
  it("refuses a key policy that locks its author out, or that cannot be read", async () => {
    const arn = await createKey(fixture);
    const put = (Policy: string) =>
      fixture.aws.kms.send(new kms.PutKeyPolicyCommand({ KeyId: arn, Policy }));
    const elsewhere = {
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
    expect(await fixture.errorOf(() => put(JSON.stringify(elsewhere)))).toBe(
      "MalformedPolicyDocumentException: The new key policy will not allow you to update the key policy in the future.",
    );
    expect(await fixture.errorOf(() => put("{"))).toContain("MalformedPolicyDocumentException");
  });

  it("gives an alias once, and never one of AWS's", async () => {
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
