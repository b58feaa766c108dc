import { createHash } from "node:crypto";
import type * as acm from "@aws-sdk/client-acm";
import type { Context } from "../../core/operation.ts";
import { table, type TableKey } from "../../core/store.ts";

export interface Certificate {
  readonly arn: string;
  readonly type: "IMPORTED" | "AMAZON_ISSUED";
  readonly status: "ISSUED" | "PENDING_VALIDATION";
  readonly domain: string;
  readonly names: readonly string[];
  readonly validation?: acm.ValidationMethod;
  readonly notBefore?: Date;
  readonly notAfter?: Date;
  readonly tags: Readonly<Record<string, string>>;
  readonly created: Date;
  /** ARNs of the listeners that use it. */
  readonly usedBy: readonly string[];
}

export const certificates: TableKey<Certificate> = table("acm/certificate");

const hash = (text: string): string => createHash("md5").update(text).digest("hex");

/** The record by which the owner of a domain shows that it is theirs: the same for each certificate of an account. */
export function validationRecord(
  context: Context,
  domain: string,
): { readonly Name: string; readonly Type: "CNAME"; readonly Value: string } {
  const bare = domain.replace(/^\*\./, "");
  return {
    Name: `_${hash(`${context.account}/${bare}`)}.${bare}.`,
    Type: "CNAME",
    Value: `_${hash(bare)}.acm-validations.aws.`,
  };
}
