import { arnsFrom, partsOfArn } from "../../authorization/request-members.ts";
import type { Input, ServicePermissions, ServiceResources } from "../../core/service.ts";
import { keyPermissions } from "../kms/key-permissions.ts";
import { registryPolicy } from "./registry-policy.ts";
import { repositories } from "./tables.ts";

/** Source: Service Authorization Reference, "Amazon Elastic Container Registry". */
export const ecrPermissions: ServicePermissions = {
  // Source: Amazon ECR API Reference, ListImageReferrers.
  actions: { ListImageReferrers: "BatchGetImage" },
  resources: (context, _operation, input) => [
    ...[input["repositoryName"], ...((input["repositoryNames"] ?? []) as unknown[])].flatMap(
      (nameOrArn) => arnsFrom(nameOrArn, (name) => context.arn("ecr", `repository/${name}`)),
    ), // a list by its model
    ...arnsFrom(input["resourceArn"], String),
  ],
  tagAction: () => "ecr:TagResource",
  furtherPermissions: (context, operation, input) => {
    if (operation !== "CreateRepository") return [];
    const { kmsKey } = (input["encryptionConfiguration"] ?? {}) as Input; // a structure by its model
    return keyPermissions(context, "ecr", ["kms:CreateGrant", "kms:DescribeKey"], kmsKey);
  },
};

export const ecrResources: ServiceResources = {
  policy: (context, arn) => {
    const repository = context
      .in(repositories)
      .get(partsOfArn(arn).name.replace(/^repository\//, ""));
    // The policy of the registry allows to create repositories and to import images into them. Source: Amazon ECR User Guide,
    // "Private registry permissions in Amazon ECR".
    return { document: repository ? repository.policy : registryPolicy(context) };
  },
};
