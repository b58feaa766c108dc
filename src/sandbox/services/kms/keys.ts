import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import { parseArn } from "../../../aws/arn.ts";
import { AwsError } from "../../protocol/errors.ts";
import type { Context } from "../../service.ts";
import { table, type TableKey } from "../../store.ts";

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

/** Encrypts with a key: the key's id travels with the text. */
export function seal(key: Key, text: string): string {
  const nonce = randomBytes(12);
  const cipher = createCipheriv("aes-256-gcm", key.material, nonce);
  const body = Buffer.concat([cipher.update(text, "utf8"), cipher.final()]);
  return Buffer.concat([Buffer.from(key.id), nonce, cipher.getAuthTag(), body]).toString("base64");
}

/** Decrypts what `seal` made, as long as the key may be used. */
export function unseal(context: Context, sealed: string): string {
  const bytes = Buffer.from(sealed, "base64");
  const key = needUsableKey(context, bytes.subarray(0, 36).toString());
  const decipher = createDecipheriv("aes-256-gcm", key.material, bytes.subarray(36, 48));
  decipher.setAuthTag(bytes.subarray(48, 64));
  return Buffer.concat([decipher.update(bytes.subarray(64)), decipher.final()]).toString("utf8");
}
