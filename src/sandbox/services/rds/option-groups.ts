import type * as rds from "@aws-sdk/client-rds";
import type { Context, Operations } from "../../core/operation.ts";
import { AwsError, notImplemented } from "../../protocol/errors.ts";
import { RECORD_PAGE } from "../../resource-store/record-page.ts";
import { ResourceType } from "../../resource-store/resource-type.ts";
import { invalidCombination, rdsName, requireEngine } from "./shared.ts";

/**
 * Source of the text for a group that does not exist: ansible/ansible#25290. No public source of the text for an existing
 * group is known.
 */
export const optionGroups: ResourceType<rds.OptionGroup> = new ResourceType<rds.OptionGroup>({
  service: "rds",
  table: "rds/option-group",
  structure: "OptionGroup",
  identifier: "OptionGroupName",
  normalize: rdsName,
  arn: (context, id) => context.arn("rds", `og:${id}`),
  notFound: (id) =>
    new AwsError("OptionGroupNotFoundFault", `Specified OptionGroupName: ${id} not found.`, 404),
  exists: (id) =>
    new AwsError("OptionGroupAlreadyExistsFault", `The option group ${id} already exists.`),
  describe: (_context, { arn, members }) => ({
    OptionGroupArn: arn,
    AllowsVpcAndNonVpcInstanceMemberships: true,
    Options: members.Options ?? [],
  }),
});

/** Source: Amazon RDS User Guide, "Working with option groups". */
export const defaultOptionGroup = (engine: string, majorVersion: string): string =>
  `default:${engine}-${majorVersion.replaceAll(".", "-")}`;

/** Checks that an option group exists and is one of the engine. AWS has a default group of each major version. */
export function requireOptionGroup(
  context: Context,
  name: string,
  engine: string,
  majorVersion: string,
): void {
  if (name === defaultOptionGroup(engine, majorVersion)) return;
  const { members } = optionGroups.require(context, name);
  if (members.EngineName !== engine || members.MajorEngineVersion !== majorVersion)
    throw invalidCombination(
      `The option group ${name} is associated with a different DB engine or version than ${engine} ${majorVersion}.`,
    );
}

/** The operations for option groups. Options, which are functions of an engine, are not supported. */
export const optionGroupOperations = (
  instances: (context: Context) => readonly { readonly members: rds.DBInstance }[],
): Operations => ({
  ...optionGroups.create<rds.CreateOptionGroupMessage>("CreateOptionGroup", {
    effective: ["EngineName", "MajorEngineVersion"],
    values: (_context, input) => {
      requireEngine(input.EngineName);
      return { Options: [] };
    },
  }),
  ...optionGroups.list<rds.DescribeOptionGroupsMessage>("DescribeOptionGroups", {
    result: "OptionGroupsList",
    page: RECORD_PAGE,
  }),
  ...optionGroups.change<rds.ModifyOptionGroupMessage>("ModifyOptionGroup", {
    supports: ["OptionsToInclude", "OptionsToRemove", "ApplyImmediately"],
    values: (_context, input) => {
      if ((input.OptionsToInclude ?? []).length > 0)
        throw notImplemented("options of an RDS option group");
      return {};
    },
  }),
  ...optionGroups.delete<rds.DeleteOptionGroupMessage>("DeleteOptionGroup", {
    check: (context, _input, { id }) => {
      if (
        instances(context).some(
          ({ members }) => members.OptionGroupMemberships?.[0]?.OptionGroupName === id,
        )
      )
        throw new AwsError(
          "InvalidOptionGroupStateFault",
          `The option group ${id} cannot be deleted because it is in use.`,
        );
    },
  }),
});
