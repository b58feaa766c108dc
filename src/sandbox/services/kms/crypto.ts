import { randomBytes } from "node:crypto";
import type * as kms from "@aws-sdk/client-kms";
import { AwsError } from "../../protocol/errors.ts";
import { type Context, operation, type Operations } from "../../core/operation.ts";
import { type Key, requireUsableKey, decryptWithKey, encryptWithKey } from "./keys.ts";

/** Maximum number of bytes that one call encrypts. Source: AWS KMS API Reference, Encrypt. */
const MAX_PLAINTEXT_BYTES = 4096;

type EncryptionContext = Readonly<Record<string, string>> | undefined;

const encrypt = (key: Key, text: Uint8Array, context: EncryptionContext): Uint8Array =>
  encryptWithKey(key, text, context);

/**
 * Decrypts a ciphertext.
 *
 * @throws AwsError IncorrectKeyException if the caller specifies another key than that of the ciphertext
 */
function decrypt(
  context: Context,
  ciphertext: Uint8Array,
  encryptionContext: EncryptionContext,
  expectedKey: string | undefined,
): { readonly key: Key; readonly text: Uint8Array } {
  const decrypted = decryptWithKey(context, ciphertext, encryptionContext);
  if (expectedKey !== undefined && requireUsableKey(context, expectedKey).id !== decrypted.key.id) {
    throw new AwsError(
      "IncorrectKeyException",
      "The key ID in the request does not identify a CMK that can perform this operation.",
    );
  }
  return decrypted;
}

/** The size of a data key in bytes. Source: AWS KMS API Reference, GenerateDataKey. */
function dataKeySize(spec: string | undefined, bytes: number | undefined): number {
  if ((spec === undefined) === (bytes === undefined)) {
    throw new AwsError("ValidationException", "Please specify either number of bytes or key spec.");
  }
  const size = spec === undefined ? (bytes ?? 0) : spec === "AES_128" ? 16 : 32;
  if (size < 1 || size > 1024)
    throw new AwsError("ValidationException", `NumberOfBytes must be from 1 to 1024, not ${size}`);
  return size;
}

export const cryptoOperations: Operations = {
  Encrypt: operation<kms.EncryptRequest, kms.EncryptResponse>()(
    ["KeyId", "Plaintext", "EncryptionContext", "EncryptionAlgorithm"],
    (context, input) => {
      const key = requireUsableKey(context, input.KeyId);
      if ((input.EncryptionAlgorithm ?? "SYMMETRIC_DEFAULT") !== "SYMMETRIC_DEFAULT")
        throw new AwsError(
          "InvalidKeyUsageException",
          `${input.EncryptionAlgorithm} is not an algorithm of a symmetric key.`,
        );
      if (input.Plaintext.length === 0 || input.Plaintext.length > MAX_PLAINTEXT_BYTES)
        throw new AwsError(
          "ValidationException",
          `1 validation error detected: Value at 'plaintext' failed to satisfy constraint: Member must have length from 1 to ${MAX_PLAINTEXT_BYTES}`,
        );
      return {
        KeyId: key.arn,
        CiphertextBlob: encrypt(key, input.Plaintext, input.EncryptionContext),
        EncryptionAlgorithm: "SYMMETRIC_DEFAULT",
      };
    },
  ),

  Decrypt: operation<kms.DecryptRequest, kms.DecryptResponse>()(
    ["CiphertextBlob", "EncryptionContext", "KeyId", "EncryptionAlgorithm"],
    (context, input) => {
      if (input.CiphertextBlob === undefined)
        throw new AwsError("ValidationException", "A ciphertext is required.");
      const { key, text } = decrypt(
        context,
        input.CiphertextBlob,
        input.EncryptionContext,
        input.KeyId,
      );
      return { KeyId: key.arn, Plaintext: text, EncryptionAlgorithm: "SYMMETRIC_DEFAULT" };
    },
  ),

  ReEncrypt: operation<kms.ReEncryptRequest, kms.ReEncryptResponse>()(
    [
      "CiphertextBlob",
      "SourceEncryptionContext",
      "SourceKeyId",
      "DestinationKeyId",
      "DestinationEncryptionContext",
    ],
    (context, input) => {
      const { key: sourceKey, text } = decrypt(
        context,
        input.CiphertextBlob ?? new Uint8Array(),
        input.SourceEncryptionContext,
        input.SourceKeyId,
      );
      const destinationKey = requireUsableKey(context, input.DestinationKeyId);
      return {
        CiphertextBlob: encrypt(destinationKey, text, input.DestinationEncryptionContext),
        SourceKeyId: sourceKey.arn,
        KeyId: destinationKey.arn,
        SourceEncryptionAlgorithm: "SYMMETRIC_DEFAULT",
        DestinationEncryptionAlgorithm: "SYMMETRIC_DEFAULT",
      };
    },
  ),

  GenerateDataKey: operation<kms.GenerateDataKeyRequest, kms.GenerateDataKeyResponse>()(
    ["KeyId", "EncryptionContext", "KeySpec", "NumberOfBytes"],
    (context, input) => {
      const key = requireUsableKey(context, input.KeyId);
      const dataKey = new Uint8Array(randomBytes(dataKeySize(input.KeySpec, input.NumberOfBytes)));
      return {
        KeyId: key.arn,
        Plaintext: dataKey,
        CiphertextBlob: encrypt(key, dataKey, input.EncryptionContext),
      };
    },
  ),

  GenerateDataKeyWithoutPlaintext: operation<
    kms.GenerateDataKeyWithoutPlaintextRequest,
    kms.GenerateDataKeyWithoutPlaintextResponse
  >()(["KeyId", "EncryptionContext", "KeySpec", "NumberOfBytes"], (context, input) => {
    const key = requireUsableKey(context, input.KeyId);
    const dataKey = new Uint8Array(randomBytes(dataKeySize(input.KeySpec, input.NumberOfBytes)));
    return { KeyId: key.arn, CiphertextBlob: encrypt(key, dataKey, input.EncryptionContext) };
  }),

  GenerateRandom: operation<kms.GenerateRandomRequest, kms.GenerateRandomResponse>()(
    ["NumberOfBytes"],
    (_context, input) => ({
      Plaintext: new Uint8Array(randomBytes(dataKeySize(undefined, input.NumberOfBytes ?? 0))),
    }),
  ),
};
