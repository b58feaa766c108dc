import { arnsFrom } from "../authorization/request-members.ts";
import type { Context, Operations } from "../core/operation.ts";
import type { Input, Service, ServicePermissions } from "../core/service.ts";
import { addTags, tagEntries, tagList, type TagRules, without } from "../core/tags.ts";
import type { AwsError } from "../protocol/errors.ts";
import type { AnyResourceType } from "./resource-type.ts";

/** Members with the ARN of the resource whose tags a request changes, where it has another name than ResourceArn. */
const TAGGED_ARN = ["ResourceName", "Resource"] as const;

/** The permissions, tags and background work of a service, from its types of resources. */
export function partsOfTypes(
  types: readonly AnyResourceType[],
  permissions: ServicePermissions,
): Pick<Service, "permissions" | "resources" | "backgroundWork"> {
  return {
    permissions: {
      resources: (context, operation, input) => [
        ...types.flatMap((type) => type.arnsFor(context, operation, input) ?? []),
        ...TAGGED_ARN.flatMap((member) => arnsFrom(input[member], String)),
      ],
      ...permissions,
    },
    resources: { tags: (context, arn) => tagsOfArn(types, context, arn) },
    backgroundWork: {
      tables: types.map(({ table }) => table),
      run: (context) => {
        for (const type of types) type.completeChanges(context);
      },
    },
  };
}

function tagsOfArn(
  types: readonly AnyResourceType[],
  context: Context,
  arn: string,
): Readonly<Record<string, string>> | undefined {
  for (const type of types) {
    const tags = type.tagsOf(context, arn);
    if (tags !== undefined) return tags;
  }
  return undefined;
}

/** The names of the operations for tags, and of their members. */
export interface TagOperations {
  readonly rules: TagRules;
  /** The error for an ARN without a resource. */
  readonly notFound: (arn: string) => AwsError;
  /** The member with the ARN. */
  readonly arn: string;
  readonly add: string;
  readonly remove: string;
  /** The member of the response to `add` and `remove` with all tags, if there is one. */
  readonly changed?: string;
  readonly list: string;
  /** The member of the response to `list`, or the response if it has another form. */
  readonly result:
    | string
    | ((arn: string, tags: Readonly<Record<string, string>>) => Readonly<Record<string, unknown>>);
}

/** The operations that add, remove and list the tags of a service's resources. */
export function tagOperations(
  types: readonly AnyResourceType[],
  { rules, notFound, arn, add, remove, changed, list, result }: TagOperations,
): Operations {
  const requireTags = (context: Context, input: Input): Readonly<Record<string, string>> => {
    const tags = tagsOfArn(types, context, String(input[arn]));
    if (tags === undefined) throw notFound(String(input[arn]));
    return tags;
  };
  const store = (
    context: Context,
    input: Input,
    tags: Readonly<Record<string, string>>,
  ): Readonly<Record<string, unknown>> => {
    for (const type of types) type.setTags(context, String(input[arn]), tags);
    return changed === undefined ? {} : { [changed]: tagList(tags) };
  };
  return {
    [add]: {
      supportedParameters: [arn, "Tags"],
      run: (context, input) => {
        const added = Object.fromEntries(tagEntries(input["Tags"]));
        return store(context, input, addTags(rules, add, requireTags(context, input), added));
      },
    },
    [remove]: {
      supportedParameters: [arn, "TagKeys"],
      run: (context, input) => {
        const keys = (input["TagKeys"] ?? []) as readonly string[]; // a list of strings by the model
        return store(context, input, without(requireTags(context, input), keys));
      },
    },
    [list]: {
      supportedParameters: [arn],
      run: (context, input) => {
        const tags = requireTags(context, input);
        return typeof result === "string"
          ? { [result]: tagList(tags) }
          : result(String(input[arn]), tags);
      },
    },
  };
}
