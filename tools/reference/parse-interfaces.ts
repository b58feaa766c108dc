/** The text of a doc comment. */
interface DocComment {
  /** Empty if there is no description. */
  readonly description: string;
  /** The text of the tag `@default`; undefined without the tag. */
  readonly defaultText?: string;
}

/** A member of an interface. */
export interface Member extends DocComment {
  readonly name: string;
  readonly optional: boolean;
  /** The type, as it is written. */
  readonly type: string;
}

/** An interface with its members, without inherited ones, and the names of the interfaces that it extends. */
export interface ParsedInterface extends DocComment {
  readonly name: string;
  readonly bases: readonly string[];
  readonly members: readonly Member[];
}

/** The interfaces and the type aliases of a file, by name. */
export interface Declarations {
  readonly interfaces: ReadonlyMap<string, ParsedInterface>;
  /** The types of the aliases, as they are written. */
  readonly aliases: ReadonlyMap<string, string>;
}

/** The text of a doc comment, or nothing. */
const COMMENT = String.raw`(?:/\*\*(?<comment>(?:(?!\*/)[\s\S])*)\*/\s*)?`;
const DECLARATION = new RegExp(
  String.raw`^${COMMENT}export (?:interface (?<name>\w+)(?: extends (?<bases>[\w, ]+))? \{\n(?<body>[\s\S]*?)^\}$|type (?<alias>\w+) =(?<type>[^;]+);$)`,
  "gm",
);
const MEMBER = new RegExp(
  String.raw`\s*${COMMENT}readonly (?<name>\w+)(?<optional>\??):(?<type>[^;{]+);\s*`,
  "y",
);

const oneLine = (text: string): string => text.replace(/\s+/g, " ").trim();

/** Text of other tags than `@default`, such as an example, is not part of the description. */
function parseComment(comment = ""): DocComment {
  const text = comment.replaceAll(/^\s*\* ?/gm, "");
  const [description = "", ...tags] = text.split(/(?:^|\s)@(?=[a-z]+\s)/);
  const defaultTag = tags.find((tag) => tag.startsWith("default "));
  return {
    description: oneLine(description),
    ...(defaultTag === undefined ? {} : { defaultText: oneLine(defaultTag.slice(8)) }),
  };
}

function parseMembers(owner: string, body: string): readonly Member[] {
  const members: Member[] = [];
  let end = 0;
  while (end < body.length) {
    MEMBER.lastIndex = end;
    const { groups } = MEMBER.exec(body) ?? {};
    if (!groups) throw new Error(`cannot parse ${owner}: ${body.slice(end, end + 100).trim()}`);
    end = MEMBER.lastIndex;
    members.push({
      name: groups["name"] ?? "",
      optional: groups["optional"] === "?",
      type: oneLine(groups["type"] ?? ""),
      ...parseComment(groups["comment"]),
    });
  }
  return members;
}

/**
 * Parses the exported interfaces and type aliases of a file. It supports what src/config/options.ts needs: members are
 * `readonly`, and their types contain no object types.
 *
 * @throws Error for a member of another form.
 */
export function parseInterfaces(source: string): Declarations {
  const interfaces = new Map<string, ParsedInterface>();
  const aliases = new Map<string, string>();
  for (const { groups = {} } of source.matchAll(DECLARATION)) {
    const { name, alias, body = "", bases, comment, type = "" } = groups;
    if (alias !== undefined) aliases.set(alias, oneLine(type));
    if (name === undefined) continue;
    interfaces.set(name, {
      name,
      bases: bases?.split(", ") ?? [],
      members: parseMembers(name, body),
      ...parseComment(comment),
    });
  }
  return { interfaces, aliases };
}
