import { arnsFrom } from "../../authorization/request-members.ts";
import type { ServicePermissions, ServiceResources } from "../../core/service.ts";
import { secrets } from "./tables.ts";

/** Source: Service Authorization Reference, "AWS Secrets Manager". */
export const secretsManagerPermissions: ServicePermissions = {
  resources: (context, _operation, input) =>
    [input["SecretId"], input["Name"]].flatMap((nameOrArn) =>
      arnsFrom(nameOrArn, (name) => context.arn("secretsmanager", `secret:${name}-??????`)),
    ),
  tagAction: () => "secretsmanager:TagResource",
};

export const secretsManagerResources: ServiceResources = {
  policy: (context, arn) => ({ document: context.in(secrets).get(arn)?.policy }),
};
