import * as iam from "@aws-sdk/client-iam";
import * as kms from "@aws-sdk/client-kms";
import { describe, expect, it } from "vitest";
import { clientOptions } from "../../support/clients.ts";
import { account, givenStage, region } from "../failures/stage.ts";

describe("KMS key", () => {
  it("decrypts with the same encryption context, for principals with a grant", async () => {
    const stage = await givenStage();
    const { KeyMetadata } = await stage.aws.kms.send(new kms.CreateKeyCommand({}));
    const KeyId = KeyMetadata?.KeyId ?? "";
    const EncryptionContext = { app: "web" };
    const { CiphertextBlob, Plaintext } = await stage.aws.kms.send(
      new kms.GenerateDataKeyCommand({ KeyId, KeySpec: "AES_256", EncryptionContext }),
    );
    const opened = await stage.aws.kms.send(
      new kms.DecryptCommand({ CiphertextBlob, EncryptionContext }),
    );
    expect(opened.Plaintext).toEqual(Plaintext);
    await expect(stage.aws.kms.send(new kms.DecryptCommand({ CiphertextBlob }))).rejects.toThrow(
      "The ciphertext is not valid.",
    );
    await stage.aws.iam.send(new iam.CreateUserCommand({ UserName: "reader" }));
    const { AccessKey } = await stage.aws.iam.send(
      new iam.CreateAccessKeyCommand({ UserName: "reader" }),
    );
    const reader = new kms.KMSClient({
      ...clientOptions(stage.sandbox.url, region),
      credentials: {
        accessKeyId: AccessKey?.AccessKeyId ?? "",
        secretAccessKey: AccessKey?.SecretAccessKey ?? "",
      },
    });
    const read = (): Promise<unknown> =>
      reader.send(new kms.DecryptCommand({ CiphertextBlob, EncryptionContext }));
    await expect(read()).rejects.toThrow("is not authorized to perform: kms:Decrypt");
    await stage.aws.kms.send(
      new kms.CreateGrantCommand({
        KeyId,
        GranteePrincipal: `arn:aws:iam::${account}:user/reader`,
        Operations: ["Decrypt"],
        Constraints: { EncryptionContextSubset: { app: "web" } },
      }),
    );
    await expect(read()).resolves.toMatchObject({ KeyId: KeyMetadata?.Arn });
    await stage.close();
  });
});
