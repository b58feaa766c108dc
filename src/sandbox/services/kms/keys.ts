import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import { parseArn } from "../../../aws/index.ts";
import { AwsError } from "../../protocol/errors.ts";
import type { Context } from "../../core/operation.ts";
import { isNamedBy } from "../../core/named-by.ts";
import { table, type TableKey } from "../../core/tables.ts";

export interface Key {
  readonly id: string;
  readonly arn: string;
  readonly description: string;
  readonly policy: string;
  readonly state: "Enabled" | "Disabled" | "PendingDeletion";
  readonly rotates: boolean;
  /** Days between rotations. */
  readonly rotationDays: number;
  readonly multiRegion: boolean;
  readonly tags: Readonly<Record<string, string>>;
  readonly created: Date;
  readonly deletion?: Date;
  /** The AWS service of an AWS managed key; undefined for a customer managed key. */
  readonly managedBy?: string;
  /** The 256-bit key material. It never leaves the sandbox. */
  readonly material: Uint8Array;
}

export interface Alias {
  /** With the prefix, such as alias/hello. */
  readonly name: string;
  readonly keyId: string;
  readonly created: Date;
  readonly updated: Date;
}

export const keys: TableKey<Key> = table("kms/key", {
  exists: (key) => key.state !== "PendingDeletion" && key.managedBy === undefined,
});
export const aliases: TableKey<Alias> = table("kms/alias", {
  exists: (alias) => !alias.name.startsWith("alias/aws/"),
});

/** Finds a key by its ID, ARN, alias or alias ARN. */
export function findKey(context: Context, name: string): Key | undefined {
  const resource = parseArn(name)?.resource ?? name;
  if (!isNamedBy({ arn: context.arn("kms", resource) }, name)) return undefined;
  const id = resource.startsWith("alias/")
    ? context.in(aliases).get(resource)?.keyId
    : resource.replace(/^key\//, "");
  return id === undefined ? undefined : context.in(keys).get(id);
}

/**
 * The key with an ID, ARN, alias or alias ARN.
 *
 * @throws AwsError NotFoundException. Source: AWS KMS API Reference, DescribeKey
 */
export function requireKey(context: Context, name: string): Key {
  const key = findKey(context, name);
  if (key) return key;
  // Recorded at AWS: localstack/localstack, the snapshots of its tests of KMS.
  if (!/^(arn:|alias\/|mrk-[0-9a-f]{32}$|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$)/.test(name))
    throw new AwsError("NotFoundException", `Invalid keyId '${name}'`);
  const arn = name.startsWith("arn:")
    ? name
    : context.arn("kms", name.startsWith("alias/") ? name : `key/${name}`);
  throw name.includes("alias/")
    ? new AwsError("NotFoundException", `Alias ${arn} is not found.`)
    : new AwsError("NotFoundException", `Key '${arn}' does not exist`);
}

/**
 * The AWS managed key of a service. It is created at its first use. Source: AWS KMS Developer Guide, "AWS managed keys".
 */
export function ensureManagedKey(context: Context, service: string): Key {
  const name = `alias/aws/${service}`;
  const existing = findKey(context, name);
  if (existing) return existing;
  const id = context.uuid();
  const key: Key = {
    id,
    arn: context.arn("kms", `key/${id}`),
    description: `Default key that protects my ${service} data when no other key is defined`,
    policy: JSON.stringify({
      Version: "2012-10-17",
      Statement: [
        {
          Effect: "Allow",
          Principal: { AWS: "*" },
          Action: [
            "kms:Encrypt",
            "kms:Decrypt",
            "kms:ReEncrypt*",
            "kms:GenerateDataKey*",
            "kms:DescribeKey",
          ],
          Resource: "*",
          Condition: {
            StringEquals: {
              "kms:ViaService": `${service}.${context.region}.amazonaws.com`,
              "kms:CallerAccount": context.account,
            },
          },
        },
      ],
    }),
    state: "Enabled",
    rotates: true,
    rotationDays: 365,
    multiRegion: false,
    tags: {},
    created: context.now,
    managedBy: service,
    material: new Uint8Array(randomBytes(32)),
  };
  context.in(aliases).put(name, { name, keyId: id, created: context.now, updated: context.now });
  return context.in(keys).put(id, key);
}

/** An enabled key. Source: AWS KMS Developer Guide, "Key states of AWS KMS keys". */
export function requireUsableKey(context: Context, name: string): Key {
  const key = requireKey(context, name);
  if (key.state === "PendingDeletion") {
    throw new AwsError("KMSInvalidStateException", `${key.arn} is pending deletion.`);
  }
  if (key.state === "Disabled") throw new AwsError("DisabledException", `${key.arn} is disabled.`);
  return key;
}

/** The encryption context as additional authenticated data: decryption needs the same context. */
const additionalData = (context: Readonly<Record<string, string>> = {}): Buffer =>
  Buffer.from(JSON.stringify(Object.entries(context).sort(([a], [b]) => (a < b ? -1 : 1))));

const KEY_ID_LENGTH = 36;
const NONCE_LENGTH = 12;
const AUTH_TAG_LENGTH = 16;

/** Encrypts with a key. The ciphertext begins with the key's ID. */
export function encryptWithKey(
  key: Key,
  text: Uint8Array,
  context?: Readonly<Record<string, string>>,
): Uint8Array {
  const nonce = randomBytes(NONCE_LENGTH);
  const cipher = createCipheriv("aes-256-gcm", key.material, nonce);
  cipher.setAAD(additionalData(context));
  const body = Buffer.concat([cipher.update(text), cipher.final()]);
  return new Uint8Array(Buffer.concat([Buffer.from(key.id), nonce, cipher.getAuthTag(), body]));
}

/** The ID of the key of a ciphertext. */
export const keyIdOfCiphertext = (ciphertext: Uint8Array): string =>
  Buffer.from(ciphertext.subarray(0, KEY_ID_LENGTH)).toString("latin1");

/**
 * Decrypts a ciphertext of `encryptWithKey`.
 *
 * @throws AwsError InvalidCiphertextException, or the error of a key that is not enabled
 */
export function decryptWithKey(
  callContext: Context,
  ciphertext: Uint8Array,
  context?: Readonly<Record<string, string>>,
): { readonly key: Key; readonly text: Uint8Array } {
  const invalid = new AwsError("InvalidCiphertextException", "The ciphertext is not valid.");
  if (
    ciphertext.length < KEY_ID_LENGTH + NONCE_LENGTH + AUTH_TAG_LENGTH ||
    !findKey(callContext, keyIdOfCiphertext(ciphertext))
  )
    throw invalid;
  const key = requireUsableKey(callContext, keyIdOfCiphertext(ciphertext));
  const decipher = createDecipheriv(
    "aes-256-gcm",
    key.material,
    ciphertext.subarray(KEY_ID_LENGTH, KEY_ID_LENGTH + NONCE_LENGTH),
  );
  decipher.setAAD(additionalData(context));
  decipher.setAuthTag(
    ciphertext.subarray(
      KEY_ID_LENGTH + NONCE_LENGTH,
      KEY_ID_LENGTH + NONCE_LENGTH + AUTH_TAG_LENGTH,
    ),
  );
  try {
    const body = decipher.update(
      ciphertext.subarray(KEY_ID_LENGTH + NONCE_LENGTH + AUTH_TAG_LENGTH),
    );
    return { key, text: new Uint8Array(Buffer.concat([body, decipher.final()])) };
  } catch {
    throw invalid;
  }
}

/** Encrypts a text that a service stores, as base64. */
export const encryptText = (key: Key, text: string): string =>
  Buffer.from(encryptWithKey(key, Buffer.from(text))).toString("base64");

export const decryptText = (context: Context, ciphertext: string): string =>
  Buffer.from(decryptWithKey(context, Buffer.from(ciphertext, "base64")).text).toString("utf8");
