import type * as scheduler from "@aws-sdk/client-scheduler";
import { partsOfArn } from "../../authorization/request-members.ts";
import { type Context, operation, type Operations, page } from "../../core/operation.ts";
import { addTags, tagList, tagMap, without } from "../../core/tags.ts";
import { AwsError } from "../../protocol/errors.ts";
import {
  DEFAULT_GROUP,
  groupArn,
  invalid,
  requireGroup,
  type ScheduleGroup,
  scheduleGroups,
  scheduleKey,
  schedules,
} from "./tables.ts";
import { schedulerTagRules } from "./tag-rules.ts";

const describe = (
  row: ScheduleGroup,
): scheduler.GetScheduleGroupOutput & scheduler.ScheduleGroupSummary => ({
  Arn: row.arn,
  Name: row.name,
  State: "ACTIVE",
  CreationDate: row.created,
  LastModificationDate: row.modified,
});

const byArn = (context: Context, arn: string): ScheduleGroup =>
  requireGroup(context, partsOfArn(arn).id);

export const groupOperations: Operations = {
  CreateScheduleGroup: operation<
    scheduler.CreateScheduleGroupInput,
    scheduler.CreateScheduleGroupOutput
  >()(["Name", "Tags"], (context, { Name: name, Tags }) => {
    if (name === DEFAULT_GROUP || context.in(scheduleGroups).has(name))
      throw new AwsError("ConflictException", `Schedule group ${name} already exists.`, 409);
    const { arn } = context.in(scheduleGroups).put(name, {
      name,
      arn: groupArn(context, name),
      tags: tagMap(Tags),
      created: context.now,
      modified: context.now,
    });
    return { ScheduleGroupArn: arn };
  }),

  GetScheduleGroup: operation<scheduler.GetScheduleGroupInput, scheduler.GetScheduleGroupOutput>()(
    ["Name"],
    (context, input) => describe(requireGroup(context, input.Name)),
  ),

  // The schedules of a group are deleted with it. Source: EventBridge Scheduler API Reference, DeleteScheduleGroup.
  DeleteScheduleGroup: operation<
    scheduler.DeleteScheduleGroupInput,
    scheduler.DeleteScheduleGroupOutput
  >()(["Name"], (context, input) => {
    const { name } = requireGroup(context, input.Name);
    if (name === DEFAULT_GROUP) throw invalid("The default schedule group cannot be deleted.");
    for (const row of context.in(schedules).filter(({ group }) => group === name))
      context.in(schedules).delete(scheduleKey(name, row.name));
    context.in(scheduleGroups).delete(name);
    return {};
  }),

  ListScheduleGroups: operation<
    scheduler.ListScheduleGroupsInput,
    scheduler.ListScheduleGroupsOutput
  >()(["NamePrefix", "NextToken", "MaxResults"], (context, input) => {
    const others = context.in(scheduleGroups).filter(({ name }) => name !== DEFAULT_GROUP);
    const rows = [requireGroup(context, DEFAULT_GROUP), ...others].filter(({ name }) =>
      name.startsWith(input.NamePrefix ?? ""),
    );
    const { items, next } = page(rows, input.MaxResults ?? 100, input.NextToken);
    return {
      ScheduleGroups: items.map(describe),
      ...(next === undefined ? {} : { NextToken: next }),
    };
  }),

  ListTagsForResource: operation<
    scheduler.ListTagsForResourceInput,
    scheduler.ListTagsForResourceOutput
  >()(["ResourceArn"], (context, input) => ({
    Tags: tagList(byArn(context, input.ResourceArn).tags),
  })),

  TagResource: operation<scheduler.TagResourceInput, scheduler.TagResourceOutput>()(
    ["ResourceArn", "Tags"],
    (context, input) => {
      const row = byArn(context, input.ResourceArn);
      const tags = addTags(schedulerTagRules, "TagResource", row.tags, tagMap(input.Tags));
      context.in(scheduleGroups).put(row.name, { ...row, tags });
      return {};
    },
  ),

  UntagResource: operation<scheduler.UntagResourceInput, scheduler.UntagResourceOutput>()(
    ["ResourceArn", "TagKeys"],
    (context, input) => {
      const row = byArn(context, input.ResourceArn);
      context.in(scheduleGroups).put(row.name, { ...row, tags: without(row.tags, input.TagKeys) });
      return {};
    },
  ),
};
