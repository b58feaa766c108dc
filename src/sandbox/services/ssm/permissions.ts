import { arnsFrom, text } from "../../authorization/request-members.ts";
import type { Context } from "../../core/operation.ts";
import type { Input, Permission, ServicePermissions } from "../../core/service.ts";
import { keyPermissions } from "../kms/key-permissions.ts";
import { findParameter, referencedSecret } from "./parameters.ts";

/** Permissions for the key that encrypts a SecureString. */
function keyPermissionsOf(context: Context, operation: string, input: Input): Permission[] {
  switch (operation) {
    case "PutParameter":
      return keyPermissions(context, "ssm", ["kms:Encrypt"], input["KeyId"]);
    case "GetParameter":
    case "GetParameters": {
      if (input["WithDecryption"] !== true) return [];
      const names = Array.isArray(input["Names"]) ? input["Names"] : [input["Name"]];
      return names.flatMap((name) => {
        const secret = referencedSecret(context, text(name) ?? "");
        if (secret)
          return [
            {
              action: "secretsmanager:GetSecretValue",
              resource: secret.arn,
              conditions: {},
              isNew: false,
            },
          ];
        const row = findParameter(context, text(name) ?? "");
        return keyPermissions(context, "ssm", ["kms:Decrypt"], row?.keyId);
      });
    }
    default:
      return [];
  }
}

/** Source: Service Authorization Reference, "AWS Systems Manager". */
export const ssmPermissions: ServicePermissions = {
  resources: (context, _operation, input) => {
    const parameter = (name: string): string =>
      context.arn("ssm", `parameter/${name.replace(/^\//, "")}`);
    const names = input["Names"];
    return [
      ...arnsFrom(input["Name"], parameter),
      ...(input["ResourceType"] === "Parameter" ? arnsFrom(input["ResourceId"], parameter) : []),
      ...(Array.isArray(names) ? names.flatMap((name) => arnsFrom(name, parameter)) : []),
    ];
  },
  tagAction: () => "ssm:AddTagsToResource",
  furtherPermissions: keyPermissionsOf,
};
