import { jsonMembersOf } from "./json-members.ts";
import { type Item, itemsOf, type Token, tokensOf } from "./tokens.ts";

/** A block at the top level of a Terraform file that has an address: a resource, a data source or a module call. */
export interface Declaration {
  /** The address in its module, such as aws_vpc.main, data.aws_vpc.main or module.network. */
  readonly address: string;
  /** The line of the block's type, from 1. */
  readonly line: number;
  /** The source of a module call, if it is a text in quotes; template sequences in it are not evaluated. */
  readonly source?: string;
}

/** The number of labels of each kind of block, and the start of its address. */
const KINDS: Readonly<Record<string, readonly [labels: number, prefix: string]>> = {
  resource: [2, ""],
  data: [2, "data."],
  ephemeral: [2, "ephemeral."],
  module: [1, "module."],
};

/**
 * The declarations in a Terraform file, in its order. A file that is not valid has those that can be read.
 *
 * @param name the name of the file: one that ends with .json has Terraform's JSON syntax
 */
export const declarationsIn = (name: string, text: string): Declaration[] =>
  name.endsWith(".json") ? jsonDeclarations(text) : hclDeclarations(text);

function hclDeclarations(text: string): Declaration[] {
  const tokens = tokensOf(text);
  const lineOf = lineCounter(text);
  return itemsOf(text, tokens).flatMap((block) => {
    const [labels, prefix = ""] = KINDS[block.name] ?? [];
    if (block.kind !== "block" || block.labels.length !== labels) return [];
    const source = block.name === "module" ? sourceOf(block, text, tokens) : undefined;
    return [
      {
        address: `${prefix}${block.labels.join(".")}`,
        line: lineOf(block.start),
        ...(source === undefined ? {} : { source }),
      },
    ];
  });
}

/** The text of the source of a module call; undefined if it is not in quotes. */
function sourceOf({ from, to }: Item, text: string, tokens: readonly Token[]): string | undefined {
  const source = itemsOf(text, tokens, from, to).find(({ name }) => name === "source");
  const opening = source && tokens[source.from];
  const closing = source && tokens[source.to - 1];
  return opening?.text === '"' && closing !== undefined && opening.close === (source?.to ?? 0) - 1
    ? text.slice(opening.end, closing.start)
    : undefined;
}

function jsonDeclarations(text: string): Declaration[] {
  const lineOf = lineCounter(text);
  const members = [...jsonMembersOf(text)];
  const sources = new Map(
    members.flatMap(({ path: [kind, call, name, ...rest], value }) =>
      kind === "module" && name === "source" && rest.length === 0 ? [[call, value]] : [],
    ),
  );
  return members.flatMap(({ path: [kind = "", ...names], start }) => {
    const [labels, prefix = ""] = KINDS[kind] ?? [];
    if (names.length !== labels) return [];
    const source = kind === "module" ? sources.get(names[0]) : undefined;
    return [
      {
        address: `${prefix}${names.join(".")}`,
        line: lineOf(start),
        ...(source === undefined ? {} : { source }),
      },
    ];
  });
}

/** A function that returns the line of an offset, from 1. The offsets must not decrease. */
function lineCounter(text: string): (offset: number) => number {
  let line = 1;
  let counted = 0;
  return (offset) => {
    for (; counted < offset; counted++) if (text[counted] === "\n") line++;
    return line;
  };
}
