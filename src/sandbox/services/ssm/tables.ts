import type * as ssm from "@aws-sdk/client-ssm";
import { table, type TableKey } from "../../core/tables.ts";

export interface Parameter {
  readonly name: string;
  readonly arn: string;
  readonly type: ssm.ParameterType;
  /** The value. It is encrypted for a SecureString. */
  readonly stored: string;
  readonly keyId?: string;
  readonly description?: string;
  readonly allowedPattern?: string;
  readonly tier: ssm.ParameterTier;
  readonly dataType: string;
  readonly version: number;
  readonly tags: Readonly<Record<string, string>>;
  readonly modified: Date;
}

export const parameters: TableKey<Parameter> = table("ssm/parameter");

export const parameterName = (nameOrArn: string): string =>
  nameOrArn.replace(/^arn:[^:]+:ssm:[^:]*:[^:]*:parameter/, "").replace(/:\d+$/, "");
