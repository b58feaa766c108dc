import { AwsError } from "../protocol/errors.ts";
import type { Input } from "./service.ts";

/** A tag in the format of most services. */
interface Tag {
  Key?: string | undefined;
  Value?: string | undefined;
}

type TagMap = Readonly<Record<string, string>>;

export const tagMap = (list: readonly Tag[] | undefined): Record<string, string> =>
  Object.fromEntries((list ?? []).map(({ Key, Value }) => [Key ?? "", Value ?? ""]));

export const tagList = (map: TagMap): { Key: string; Value: string }[] =>
  Object.entries(map).map(([Key, Value]) => ({ Key, Value }));

export const without = (map: TagMap, keys: readonly string[]): Record<string, string> =>
  Object.fromEntries(Object.entries(map).filter(([key]) => !keys.includes(key)));

/** Key and value of a tag. */
export type TagEntry = readonly [key: string, value: string];

/** A tag that a service does not accept, or one tag too many. */
export interface TagViolation {
  readonly operation: string;
  /** The key of the tag. Empty if there are too many tags. */
  readonly key: string;
  /** The tags of the request or, if the resource exists, the tags that it would have. */
  readonly tags: readonly TagEntry[];
}

type TagError = (violation: TagViolation) => AwsError;

/**
 * A service's rules for tags. The rules of the service model (lengths, characters, number of tags in a request) apply
 * before these.
 */
export interface TagRules {
  /** The tags that a request sets, if they are not in one of the members `Tags`, `tags` and `TagSpecifications`. */
  readonly tagsIn?: (input: Input) => readonly (readonly TagEntry[])[];
  /** Maximum number of tags of a resource. @default 50 */
  readonly limit?: (operation: string) => number;
  /** True if keys that differ in upper and lower case are the same key. */
  readonly isCaseInsensitive?: true;
  /** The prefixes that AWS reserves. @default `aws:` in any case */
  readonly reservedPrefix?: RegExp;
  /** The error for a key with a reserved prefix. */
  readonly reserved: TagError;
  /** The error for a key that occurs twice in a request. Undefined if tags are a map. */
  readonly duplicate?: TagError;
  /** The error for too many tags. */
  readonly count: TagError;
  /** The error for an empty key. Undefined if the service model requires a length. */
  readonly emptyKey?: TagError;
  /** The error for a key of more than 128 characters. Undefined if the service model limits the length. */
  readonly longKey?: TagError;
  /** The error for a value of more than 256 characters. Undefined if the service model limits the length. */
  readonly longValue?: TagError;
  /**
   * The characters of keys and values, and the errors for others. Undefined if the service model limits the characters, or if
   * no source of a limit is known.
   */
  readonly characters?: {
    readonly pattern: RegExp;
    readonly key: TagError;
    readonly value: TagError;
  };
}

/** The usual characters of keys and values. Source: Tag Editor User Guide, "Tag naming limits and requirements". */
export const USUAL_CHARACTERS: RegExp = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u;

/** The usual limits of a tag. Source: Tag Editor User Guide, "Tag naming limits and requirements". */
const MAXIMUM = { tags: 50, key: 128, value: 256 } as const;

/** AWS reserves the prefix in any case. Source: Tag Editor User Guide, "Tag naming limits and requirements". */
const RESERVED = /^aws:/i;

/** An error about tags with a fixed code. */
export const tagError =
  (code: string, message: string | ((key: string) => string), status?: number): TagError =>
  ({ key }) =>
    new AwsError(code, typeof message === "string" ? message : message(key), status);

/**
 * The message for a reserved key. Public issues quote it for Amazon SNS, Amazon CloudWatch and AWS Systems Manager. For the other
 * services that use it here, no public source of the text is known.
 */
export const RESERVED_KEY_MESSAGE = "aws: prefixed tag key names are not allowed for external use.";

/** Tags in one of the forms that services have: a list of structures, or a map. */
export function tagEntries(tags: unknown): readonly TagEntry[] {
  const text = (value: unknown): string => (typeof value === "string" ? value : "");
  if (Array.isArray(tags))
    return tags.map((tag: Input) => [
      text(tag["Key"] ?? tag["key"] ?? tag["TagKey"]),
      text(tag["Value"] ?? tag["value"] ?? tag["TagValue"]),
    ]);
  return typeof tags === "object" && tags !== null ? Object.entries(tags as TagMap) : []; // a map of strings by its model
}

/** The tags that a request sets, by resource. */
export function tagsInRequest(input: Input): readonly (readonly TagEntry[])[] {
  const tags = input["Tags"] ?? input["tags"];
  if (tags !== undefined) return [tagEntries(tags)];
  const specifications = input["TagSpecifications"];
  return Array.isArray(specifications)
    ? specifications.map((specification: Input) => tagEntries(specification["Tags"]))
    : [];
}

/**
 * Checks the tags in a request.
 *
 * @throws AwsError of the service for the first tag that the service does not accept, or for too many tags
 */
export function checkTags(rules: TagRules, operation: string, input: Input): void {
  for (const tags of (rules.tagsIn ?? tagsInRequest)(input)) {
    const seen = new Set<string>();
    for (const [key, value] of tags) {
      const name = rules.isCaseInsensitive ? key.toLowerCase() : key;
      const error = seen.has(name) ? rules.duplicate : errorOfTag(rules, key, value);
      if (error) throw error({ operation, key, tags });
      seen.add(name);
    }
    checkCount(rules, operation, tags);
  }
}

function errorOfTag(rules: TagRules, key: string, value: string): TagError | undefined {
  if (key === "") return rules.emptyKey;
  if ((rules.reservedPrefix ?? RESERVED).test(key)) return rules.reserved;
  if (key.length > MAXIMUM.key) return rules.longKey;
  if (value.length > MAXIMUM.value) return rules.longValue;
  if (rules.characters?.pattern.test(key) === false) return rules.characters.key;
  return rules.characters?.pattern.test(value) === false ? rules.characters.value : undefined;
}

/** Tags of AWS itself do not count. Source: Tag Editor User Guide, "Tag naming limits and requirements". */
function checkCount(rules: TagRules, operation: string, tags: readonly TagEntry[]): void {
  const count = tags.filter(([key]) => !RESERVED.test(key)).length;
  if (count > (rules.limit?.(operation) ?? MAXIMUM.tags))
    throw rules.count({ operation, key: "", tags });
}

/**
 * Adds tags to those of a resource. A new value replaces the value of the same key.
 *
 * @throws AwsError of the service if the resource would have too many tags
 */
export function addTags(
  rules: TagRules,
  operation: string,
  existing: TagMap | undefined,
  added: TagMap,
): Record<string, string> {
  const newKeys = new Set(Object.keys(added).map((key) => key.toLowerCase()));
  const kept = Object.entries(existing ?? {}).filter(
    ([key]) => !(rules.isCaseInsensitive && newKeys.has(key.toLowerCase())),
  );
  const tags = { ...Object.fromEntries(kept), ...added };
  checkCount(rules, operation, Object.entries(tags));
  return tags;
}
