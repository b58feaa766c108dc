import type * as ssm from "@aws-sdk/client-ssm";
import { table, type TableKey } from "../../core/tables.ts";

/** One version of a parameter. */
export interface ParameterVersion {
  readonly version: number;
  readonly type: ssm.ParameterType;
  /** The value. It is encrypted for a SecureString. */
  readonly stored: string;
  readonly keyId?: string;
  readonly description?: string;
  readonly allowedPattern?: string;
  readonly tier: ssm.ParameterTier;
  readonly dataType: string;
  readonly modified: Date;
  /** ARN of the caller that created the version. */
  readonly modifiedBy: string;
  readonly labels: readonly string[];
}

/** A parameter with the members of its latest version. */
export interface Parameter extends ParameterVersion {
  readonly name: string;
  readonly arn: string;
  readonly tags: Readonly<Record<string, string>>;
  /** The versions before the latest one, the oldest first. */
  readonly earlier: readonly ParameterVersion[];
}

export const parameters: TableKey<Parameter> = table("ssm/parameter");
