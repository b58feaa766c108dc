import { table, type TableKey } from "../../core/tables.ts";

/** One value of a secret. */
export interface SecretVersion {
  readonly id: string;
  /** Encrypted with the secret's key. */
  readonly stored: string;
  readonly isBinary: boolean;
  /** Staging labels, such as AWSCURRENT. */
  readonly stages: readonly string[];
  readonly created: Date;
  /** The day on which the value was last read. */
  readonly accessed?: Date;
}

export interface Secret {
  readonly arn: string;
  readonly name: string;
  readonly description?: string;
  readonly keyId?: string;
  readonly policy?: string;
  readonly versions: readonly SecretVersion[];
  readonly tags: Readonly<Record<string, string>>;
  readonly created: Date;
  readonly changed: Date;
  /** The day on which a value was last read. */
  readonly accessed?: Date;
  /** The end of the recovery window; undefined if the secret is not scheduled for deletion. */
  readonly deletion?: Date;
}

export const secrets: TableKey<Secret> = table("secretsmanager/secret", {
  exists: (secret) => secret.deletion === undefined,
});
