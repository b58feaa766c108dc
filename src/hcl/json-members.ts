/** A member of an object in a JSON text. */
export interface JsonMember {
  /** The keys from the root to the member. Arrays add nothing: Terraform reads the objects in an array as blocks. */
  readonly path: readonly string[];
  /** Offset of the key. */
  readonly start: number;
  /** The value, if it is a text. */
  readonly value?: string;
}

const TOKEN = /"(?:[^"\\]|\\[^])*"|[{}[\],]/g;

/** The text of a JSON string with its quotes; the string itself if an escape in it is not valid. */
function textOf(string: string): string {
  try {
    return JSON.parse(string) as string; // a string in quotes
  } catch {
    return string.slice(1, -1);
  }
}

/** The members of all objects in a JSON text, in its order. A text that is not valid has those that can be read. */
export function* jsonMembersOf(text: string): Iterable<JsonMember> {
  const open: ("{" | "[")[] = [];
  const path: string[] = [];
  let key: Omit<JsonMember, "value"> | undefined;
  for (const { 0: token, index } of text.matchAll(TOKEN)) {
    const isInObject = open.at(-1) === "{";
    if (token === "{" || token === "[") {
      if (key) yield key;
      key = undefined;
      open.push(token);
      if (token === "{") path.push("");
    } else if (token === "}" || token === "]" || token === ",") {
      if (key) yield key;
      key = undefined;
      if (token !== ",") open.pop();
      if (token === "}") path.pop();
    } else if (isInObject && key) {
      yield { ...key, value: textOf(token) };
      key = undefined;
    } else if (isInObject) {
      path.splice(-1, 1, textOf(token));
      key = { path: path.slice(), start: index };
    }
  }
}
