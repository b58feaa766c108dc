/** A tag in the format of most services. */
interface Tag {
  Key?: string | undefined;
  Value?: string | undefined;
}

export const tagMap = (list: readonly Tag[] | undefined): Record<string, string> =>
  Object.fromEntries((list ?? []).map(({ Key, Value }) => [Key ?? "", Value ?? ""]));

export const tagList = (map: Readonly<Record<string, string>>): { Key: string; Value: string }[] =>
  Object.entries(map).map(([Key, Value]) => ({ Key, Value }));

export const without = (
  map: Readonly<Record<string, string>>,
  keys: readonly string[],
): Record<string, string> =>
  Object.fromEntries(Object.entries(map).filter(([key]) => !keys.includes(key)));
