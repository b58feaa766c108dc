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
  accountPolicy: registryPolicy,
  policy: (context, arn) => {
    const repository = context
      .in(repositories)
      .get(partsOfArn(arn).name.replace(/^repository\//, ""));
    // ECR evaluates the policy of the registry for every request, also for repositories that do not exist yet. Source: Amazon ECR
    // User Guide, "Private registry permissions in Amazon ECR": version 2.
    return { document: repository?.policy, parentDocument: registryPolicy(context) };
  },
};
