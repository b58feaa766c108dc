import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import { parseArn } from "../../../aws/arn.ts";
import { AwsError } from "../../protocol/errors.ts";
import type { Context } from "../../core/operation.ts";
import { table, type TableKey } from "../../core/store.ts";

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
  /** The AWS service that the key belongs to; a customer's own has none. */
  readonly managedBy?: string;
  /** 256 bits that never leave the sandbox. */
  readonly material: Uint8Array;
}

export interface Alias {
  /** With its prefix: alias/hello. */
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

/** The key that an id, ARN, alias or alias ARN means; undefined where there is none. */
export function findKey(context: Context, name: string): Key | undefined {
  const resource = parseArn(name)?.resource ?? name;
  const id = resource.startsWith("alias/")
    ? context.in(aliases).get(resource)?.keyId
    : resource.replace(/^key\//, "");
  return id === undefined ? undefined : context.in(keys).get(id);
}

/**
 * The key that a name means.
 *
 * @throws AwsError NotFoundException, as AWS KMS API Reference, DescribeKey, words it
 */
export function needKey(context: Context, name: string): Key {
  const key = findKey(context, name);
  if (key) return key;
  const arn = name.startsWith("arn:")
    ? name
    : context.arn("kms", name.startsWith("alias/") ? name : `key/${name}`);
  throw name.includes("alias/")
    ? new AwsError("NotFoundException", `Alias ${arn} is not found.`)
    : new AwsError("NotFoundException", `Key '${arn}' does not exist`);
}

/**
 * The key that AWS keeps for a service in each account, made when it is first needed. Source: AWS KMS Developer Guide,
 * "AWS managed keys".
 */
export function managedKey(context: Context, service: string): Key {
  const name = `alias/aws/${service}`;
  const known = findKey(context, name);
  if (known) return known;
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

/** A key that may be used for cryptography now. Source: AWS KMS Developer Guide, "Key states of AWS KMS keys". */
export function needUsableKey(context: Context, name: string): Key {
  const key = needKey(context, name);
  if (key.state === "PendingDeletion") {
    throw new AwsError("KMSInvalidStateException", `${key.arn} is pending deletion.`);
  }
  if (key.state === "Disabled") throw new AwsError("DisabledException", `${key.arn} is disabled.`);
  return key;
}

/** What was encrypted with a context can be read with the same one alone. */
const bound = (context: Readonly<Record<string, string>> = {}): Buffer =>
  Buffer.from(JSON.stringify(Object.entries(context).sort(([a], [b]) => (a < b ? -1 : 1))));

const ID = 36;
const NONCE = 12;
const TAG = 16;

/** Encrypts with a key: the key's id travels with the text. */
export function seal(
  key: Key,
  text: Uint8Array,
  context?: Readonly<Record<string, string>>,
): Uint8Array {
  const nonce = randomBytes(NONCE);
  const cipher = createCipheriv("aes-256-gcm", key.material, nonce);
  cipher.setAAD(bound(context));
  const body = Buffer.concat([cipher.update(text), cipher.final()]);
  return new Uint8Array(Buffer.concat([Buffer.from(key.id), nonce, cipher.getAuthTag(), body]));
}

/** The id of the key that something was sealed with. */
export const sealedWith = (sealed: Uint8Array): string =>
  Buffer.from(sealed.subarray(0, ID)).toString("latin1");

/** Decrypts what `seal` made, as long as the key may be used. */
export function open(
  home: Context,
  sealed: Uint8Array,
  context?: Readonly<Record<string, string>>,
): { readonly key: Key; readonly text: Uint8Array } {
  const invalid = new AwsError("InvalidCiphertextException", "The ciphertext is not valid.");
  if (sealed.length < ID + NONCE + TAG || !findKey(home, sealedWith(sealed))) throw invalid;
  const key = needUsableKey(home, sealedWith(sealed));
  const decipher = createDecipheriv("aes-256-gcm", key.material, sealed.subarray(ID, ID + NONCE));
  decipher.setAAD(bound(context));
  decipher.setAuthTag(sealed.subarray(ID + NONCE, ID + NONCE + TAG));
  try {
    const body = decipher.update(sealed.subarray(ID + NONCE + TAG));
    return { key, text: new Uint8Array(Buffer.concat([body, decipher.final()])) };
  } catch {
    throw invalid;
  }
}

/** Encrypts a text for a service that keeps it. */
export const sealText = (key: Key, text: string): string =>
  Buffer.from(seal(key, Buffer.from(text))).toString("base64");

export const openText = (context: Context, sealed: string): string =>
  Buffer.from(open(context, Buffer.from(sealed, "base64")).text).toString("utf8");
