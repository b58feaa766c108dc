/** A position in a file. Lines and columns start at 1. */
export interface Position {
  readonly line: number;
  readonly column: number;
  /** True for the position of the option itself, false for that of an object around it. */
  readonly isExact: boolean;
}

interface Token {
  readonly text: string;
  /** The index of the first character. */
  readonly start: number;
}

/** Comments and white space, strings, template literals without nested ones, words and numbers, `=>`, `...`, punctuation. */
const TOKEN =
  /\/\/[^\n]*|\/\*[^]*?\*\/|\s+|"(?:\\[^]|[^"\\])*"|'(?:\\[^]|[^'\\])*'|`(?:\\[^]|[^`\\])*`|[\w$]+|=>|\.\.\.|[^]/g;
const IGNORED = /^(\s|\/\/|\/\*)/;
const OPENING = new Set(["{", "[", "("]);
const CLOSING = new Set(["}", "]", ")"]);

const tokensOf = (source: string): Token[] =>
  [...source.matchAll(TOKEN)]
    .filter(([text]) => !IGNORED.test(text))
    .map((match) => ({ text: match[0], start: match.index }));

/** The key that a token of an object literal names, without quotes. */
const keyOf = ({ text }: Token): string => text.replace(/^(["'])(.*)\1$/, "$2");

/** The index of the first token of each member of the object or list literal that starts at `open`, and of its end. */
function membersOf(tokens: readonly Token[], open: number): number[] {
  const starts: number[] = [];
  let depth = 0;
  let isStart = true;
  for (let index = open + 1; index < tokens.length; index++) {
    const text = tokens[index]?.text ?? "";
    if (CLOSING.has(text) && depth === 0) break;
    if (isStart) starts.push(index);
    isStart = text === "," && depth === 0;
    if (OPENING.has(text)) depth++;
    if (CLOSING.has(text)) depth--;
  }
  return starts;
}

/** The index of the brace of the exported object literal; undefined if the export has another form. */
function exportedObject(tokens: readonly Token[]): number | undefined {
  const at = (index: number): string | undefined => tokens[index]?.text;
  const indexAfter = (...texts: readonly string[]): number | undefined => {
    const found = tokens.findIndex((_, index) =>
      texts.every((text, offset) => at(index + offset) === text),
    );
    return found === -1 ? undefined : found + texts.length;
  };
  let start =
    indexAfter("export", "default") ?? indexAfter("module", ".", "exports", "=") ?? tokens.length;
  const name = at(start);
  // The name of a variable that is declared elsewhere in the file.
  if (name !== undefined && /^[A-Za-z_$]/.test(name) && [";", undefined].includes(at(start + 1)))
    start = indexAfter("const", name, "=") ?? start;
  const open = tokens.findIndex(({ text }, index) => index >= start && text === "{");
  if (open === -1) return undefined;
  // The brace of a function: the object is what the function returns.
  const isBody = at(open - 1) === "=>" || (at(open - 1) === ")" && at(start) !== "(");
  if (!isBody) return open;
  const returned = tokens.findIndex(({ text }, index) => index > open && text === "return");
  const inner = tokens.findIndex(({ text }, index) => index > returned && text === "{");
  return returned === -1 || inner === -1 ? undefined : inner;
}

/** The index of the value of a member, and of its first token; undefined if the literal has no such member. */
function memberAt(
  tokens: readonly Token[],
  open: number,
  key: PropertyKey,
): { readonly first: number; readonly value: number } | undefined {
  const starts = membersOf(tokens, open);
  if (tokens[open]?.text === "[") {
    const hasSpread = starts.some((start) => tokens[start]?.text === "...");
    const first = hasSpread ? undefined : starts[Number(key)];
    return first === undefined ? undefined : { first, value: first };
  }
  const first = starts.find((start) => {
    const token = tokens[start];
    return token !== undefined && keyOf(token) === String(key);
  });
  return first === undefined ? undefined : { first, value: first + 2 };
}

/**
 * The position of a config option in the source of the config: of its key, or of the closest object around it that the source
 * contains as a literal. The source is not evaluated: values from variables, function calls and other files have no position.
 *
 * @param path the path of the option, such as ["loadBalancer", "port"]
 */
export function positionOf(source: string, path: readonly PropertyKey[]): Position | undefined {
  const tokens = tokensOf(source);
  let open = exportedObject(tokens);
  if (open === undefined) return undefined;
  let position = open;
  let found = 0;
  for (const key of path) {
    if (!["{", "["].includes(tokens[open]?.text ?? "")) break;
    const member = memberAt(tokens, open, key);
    if (member === undefined) break;
    position = member.first;
    found += 1;
    open = member.value;
  }
  const lines = source.slice(0, tokens[position]?.start ?? 0).split("\n");
  return {
    line: lines.length,
    column: (lines.at(-1)?.length ?? 0) + 1,
    isExact: found === path.length,
  };
}

/**
 * The position of a config option: in an environment, if the environment overrides the option.
 *
 * @param environment the name of the environment. @default none
 */
export function optionPosition(
  source: string,
  path: readonly PropertyKey[],
  environment?: string,
): Position | undefined {
  const override =
    environment === undefined
      ? undefined
      : positionOf(source, ["environments", environment, ...path]);
  return override?.isExact === true ? override : positionOf(source, path);
}
