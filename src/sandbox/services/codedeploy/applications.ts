import type * as codedeploy from "@aws-sdk/client-codedeploy";
import { AwsError } from "../../protocol/errors.ts";
import { operation, type Operations, page } from "../../core/operation.ts";
import { tagMap } from "../../core/tags.ts";
import {
  type Application,
  applications,
  type DeploymentGroup,
  deploymentGroups,
  groupKey,
  NAME,
  requireApplication,
} from "./tables.ts";

const describeApplication = (row: Application): codedeploy.ApplicationInfo => ({
  applicationId: row.id,
  applicationName: row.name,
  createTime: row.created,
  linkedToGitHub: false,
  computePlatform: row.platform,
});

export const applicationOperations: Operations = {
  CreateApplication: operation<
    codedeploy.CreateApplicationInput,
    codedeploy.CreateApplicationOutput
  >()(["applicationName", "computePlatform", "tags"], (context, input) => {
    const name = input.applicationName;
    if (!NAME.test(name))
      throw new AwsError(
        "InvalidApplicationNameException",
        `The application name '${name}' is not valid.`,
      );
    if (context.in(applications).has(name))
      throw new AwsError(
        "ApplicationAlreadyExistsException",
        `Application already exists: ${name}`,
      );
    const row = context.in(applications).put(name, {
      id: context.uuid(),
      name,
      platform: input.computePlatform ?? "Server",
      tags: tagMap(input.tags),
      created: context.now,
    });
    return { applicationId: row.id };
  }),

  GetApplication: operation<codedeploy.GetApplicationInput, codedeploy.GetApplicationOutput>()(
    ["applicationName"],
    (context, input) => ({
      application: describeApplication(requireApplication(context, input.applicationName)),
    }),
  ),

  ListApplications: operation<
    codedeploy.ListApplicationsInput,
    codedeploy.ListApplicationsOutput
  >()(["nextToken"], (context, input) => {
    const { items, next } = page(context.in(applications).all(), 100, input.nextToken);
    return {
      applications: items.map((row) => row.name),
      ...(next === undefined ? {} : { nextToken: next }),
    };
  }),

  DeleteApplication: operation<codedeploy.DeleteApplicationInput, object>()(
    ["applicationName"],
    (context, input) => {
      const belongsToApplication = (row: DeploymentGroup): boolean =>
        row.application === input.applicationName;
      for (const row of context.in(deploymentGroups).filter(belongsToApplication))
        context.in(deploymentGroups).delete(groupKey(row.application, row.name));
      context.in(applications).delete(input.applicationName);
      return {};
    },
  ),
};
