import type { RequestContext } from "../../../iam/index.ts";
import { partsOfArn, text } from "../../authorization/request-members.ts";
import type { Context } from "../../core/operation.ts";
import type { Input, ServicePermissions, ServiceResources } from "../../core/service.ts";
import { isGranted } from "./grants.ts";
import { aliases, findKey, type Key, keyIdOfCiphertext, keys } from "./keys.ts";

/** The key of a request: the one in the request, or the one with which the ciphertext was encrypted. */
function keyIn(context: Context, input: Input): Key | undefined {
  const given = input["KeyId"] ?? input["TargetKeyId"] ?? input["SourceKeyId"];
  const ciphertext = input["CiphertextBlob"];
  if (typeof given === "string") return findKey(context, given);
  return ciphertext instanceof Uint8Array
    ? findKey(context, keyIdOfCiphertext(ciphertext))
    : undefined;
}

const encryptionContext = (input: Input): Readonly<Record<string, string>> =>
  (input["EncryptionContext"] ?? {}) as Readonly<Record<string, string>>; // a map of strings by its model

/** Source: Service Authorization Reference, "AWS Key Management Service". */
export const kmsPermissions: ServicePermissions = {
  resources: (context, _operation, input) => {
    const key = keyIn(context, input);
    const alias = text(input["AliasName"]);
    return [
      ...(key ? [key.arn] : []),
      ...(alias === undefined ? [] : [context.arn("kms", alias)]),
      ...(key === undefined && alias === undefined ? ["*"] : []),
    ];
  },
  tagAction: () => "kms:TagResource",
  conditions: (_context, input) =>
    Object.fromEntries(
      Object.entries(encryptionContext(input)).map(([key, value]) => [
        `kms:EncryptionContext:${key}`,
        value,
      ]),
    ),
  isGranted: (context, operation, input) => {
    const key = keyIn(context, input);
    return (
      key !== undefined &&
      isGranted(context, key, context.caller.arn, operation, encryptionContext(input))
    );
  },
};

export const kmsResources: ServiceResources = {
  tags: (context, arn) => context.in(keys).get(partsOfArn(arn).id)?.tags,
  // Source: AWS KMS Developer Guide, "Key policies in AWS KMS": without the key policy, IAM policies allow nothing.
  policy: (context, arn) => {
    const key = context.in(keys).get(partsOfArn(arn).name.replace(/^key\//, ""));
    return key ? { document: key.policy, decides: true } : {};
  },
  conditions: (context, arn): RequestContext => {
    const names = context
      .in(aliases)
      .filter((alias) => arn.endsWith(`key/${alias.keyId}`))
      .map((alias) => alias.name);
    return names.length > 0 ? { "kms:ResourceAliases": names } : {};
  },
};
