/**
 * A token of HCL's native syntax. Literal text in quotes and comments produce no tokens, but the expressions in a template do.
 * Brackets, quotes and template sequences come in pairs.
 *
 * Source: HashiCorp, "HCL Native Syntax Specification".
 */
export interface Token {
  readonly kind: "identifier" | "number" | "punctuation" | "newline";
  readonly text: string;
  /** Offset of the first character, in UTF-16 code units. */
  readonly start: number;
  /** Offset after the last character. */
  readonly end: number;
  /** For an opening token, the index of the closing token. */
  close?: number;
}

/** A block or an attribute in a body. */
export interface Item {
  readonly kind: "block" | "attribute";
  readonly name: string;
  readonly labels: readonly string[];
  readonly start: number;
  readonly end: number;
  /** Indexes of the tokens of the block's body or of the attribute's value: the first, and the one after the last. */
  readonly from: number;
  readonly to: number;
}

const SPACE = /[ \t\r\uFEFF]+/y;
const COMMENT = /#[^\n]*|\/\/[^\n]*|\/\*[\s\S]*?\*\//y;
const HEREDOC = /<<-?([\p{ID_Start}_][\p{ID_Continue}-]*)[ \t]*\r?\n/uy;
const IDENTIFIER = /[\p{ID_Start}_][\p{ID_Continue}-]*/uy;
const NUMBER = /\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const OPENING = new Set(["{", "[", "(", "${", "%{"]);
const CLOSING = new Set(["}", "]", ")"]);

/** Reads the tokens of a file, or of the text between two quotes. */
class Scanner {
  readonly tokens: Token[] = [];
  readonly #text: string;
  readonly #open: number[] = [];
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  #match(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.#at;
    return pattern.exec(this.#text);
  }

  #push(kind: Token["kind"], text: string): void {
    this.tokens.push({ kind, text, start: this.#at, end: this.#at + text.length });
    this.#at += text.length;
  }

  #pushOpening(text: string): void {
    this.#open.push(this.tokens.length);
    this.#push("punctuation", text);
  }

  #pushClosing(text: string): void {
    const opening = this.tokens[this.#open.pop() ?? -1];
    if (opening) opening.close = this.tokens.length;
    this.#push("punctuation", text);
  }

  /** Reads code up to the end of the text, or up to the brace that closes the template sequence. */
  code(isInTemplate: boolean): void {
    const depth = this.#open.length;
    while (this.#at < this.#text.length) {
      const skipped = this.#match(SPACE) ?? this.#match(COMMENT);
      const heredoc = this.#match(HEREDOC);
      const identifier = this.#match(IDENTIFIER);
      const number = this.#match(NUMBER);
      const character = this.#text[this.#at] ?? "";
      if (skipped) this.#at += skipped[0].length;
      else if (character === "\n") this.#push("newline", character);
      else if (character === '"') this.#quoted();
      else if (heredoc) this.#heredoc(heredoc[0], heredoc[1] ?? "");
      else if (identifier) this.#push("identifier", identifier[0]);
      else if (number) this.#push("number", number[0]);
      else if (OPENING.has(character)) this.#pushOpening(character);
      else if (CLOSING.has(character)) {
        this.#pushClosing(character);
        if (isInTemplate && this.#open.length < depth) return;
      } else this.#push("punctuation", character);
    }
  }

  #quoted(): void {
    this.#pushOpening('"');
    this.template((text, at) => text[at] === '"', true);
    this.#pushClosing('"');
  }

  #heredoc(opening: string, marker: string): void {
    this.#pushOpening(opening);
    const end = new RegExp(`[ \\t]*${marker}[ \\t]*\\r?(?=\\n|$)`, "y");
    this.template((text, at) => {
      end.lastIndex = at;
      return text[at - 1] === "\n" && end.test(text);
    }, false);
    end.lastIndex = this.#at;
    this.#pushClosing(end.exec(this.#text)?.[0] ?? "");
  }

  /** Reads a template up to its end. Ignores its literal text and reads its sequences. */
  template(isEnd: (text: string, at: number) => boolean, hasEscapes: boolean): void {
    while (this.#at < this.#text.length && !isEnd(this.#text, this.#at)) {
      const next = this.#text.slice(this.#at, this.#at + 3);
      if (next === "$${" || next === "%%{") this.#at += 3;
      else if (hasEscapes && next.startsWith("\\")) this.#at += 2;
      else if (next.startsWith("${") || next.startsWith("%{")) {
        this.#pushOpening(next.slice(0, 2));
        this.code(true);
      } else this.#at++;
    }
  }
}

/** The tokens of a file. Invalid HCL has tokens too: Terraform's parser rejects it later. */
export function tokensOf(text: string): readonly Token[] {
  const scanner = new Scanner(text);
  scanner.code(false);
  return scanner.tokens;
}

/** The tokens of the sequences in a template, such as a string of Terraform's JSON syntax. */
export function tokensOfTemplate(text: string): readonly Token[] {
  const scanner = new Scanner(text);
  scanner.template(() => false, false);
  return scanner.tokens;
}

/** The blocks and attributes in a file, or in the body between two tokens. */
export function itemsOf(
  text: string,
  tokens: readonly Token[],
  from: number = 0,
  to: number = tokens.length,
): Item[] {
  const items: Item[] = [];
  let at = from;
  while (at < to) {
    const first = tokens[at];
    const second = tokens[at + 1];
    if (first?.kind !== "identifier" || !second) at++;
    else if (second.text === "=") {
      let end = at + 2;
      while (end < to && tokens[end]?.kind !== "newline") end = (tokens[end]?.close ?? end) + 1;
      const last = tokens[end - 1] ?? second;
      const rest = { start: first.start, end: last.end, from: at + 2, to: end };
      items.push({ kind: "attribute", name: first.text, labels: [], ...rest });
      at = end;
    } else {
      const labels: string[] = [];
      let brace = at + 1;
      while (brace < to && tokens[brace]?.text !== "{" && tokens[brace]?.kind !== "newline") {
        const token = tokens[brace];
        const closing = tokens[token?.close ?? brace];
        const isQuoted = token?.text === '"';
        labels.push(
          isQuoted ? text.slice(token.end, closing?.start) : text.slice(token?.start, token?.end),
        );
        brace = (token?.close ?? brace) + 1;
      }
      const close = tokens[brace]?.close;
      const end = tokens[close ?? -1]?.end;
      if (close === undefined || end === undefined) return items;
      items.push({
        kind: "block",
        name: first.text,
        labels,
        start: first.start,
        end,
        from: brace + 1,
        to: close,
      });
      at = close + 1;
    }
  }
  return items;
}

/** A replacement of a part of a text. */
export interface Edit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** Applies edits to a text. An edit within the range of a larger edit is ignored. */
export function edited(text: string, edits: readonly Edit[]): string {
  const ordered = [...edits].sort((a, b) => a.start - b.start || b.end - a.end);
  let result = "";
  let at = 0;
  for (const { start, end, text: replacement } of ordered) {
    if (start < at) continue;
    result += text.slice(at, start) + replacement;
    at = end;
  }
  return result + text.slice(at);
}
