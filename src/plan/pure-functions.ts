/** A function of known values: undefined if it does not determine the result, or if Terraform rejects the arguments. */
type PureFunction = (...args: readonly unknown[]) => unknown;

const ofText =
  (evaluate: (text: string) => unknown): PureFunction =>
  (text) =>
    isScalar(text) ? evaluate(String(text)) : undefined;

const ofTexts =
  (evaluate: (text: string, other: string) => unknown): PureFunction =>
  (text, other) =>
    isScalar(text) && isScalar(other) ? evaluate(String(text), String(other)) : undefined;

const ofNumbers =
  (evaluate: (numbers: readonly number[]) => unknown): PureFunction =>
  (...args) => {
    const [first] = args;
    const numbers: readonly unknown[] = Array.isArray(first) ? first : args;
    return numbers.every((number) => typeof number === "number") && numbers.length > 0
      ? evaluate(numbers)
      : undefined;
  };

const isScalar = (value: unknown): boolean =>
  typeof value === "string" || typeof value === "number" || typeof value === "boolean";

/** The characters as Terraform counts them. Source: Terraform Language Documentation, "substr Function". */
const charactersOf = (text: string): string[] =>
  Array.from(new Intl.Segmenter().segment(text), ({ segment }) => segment);

const trimmed = (text: string, cutset: string, { start, end }: Trimming): string => {
  const characters = [...text];
  let from = 0;
  let to = characters.length;
  while (start && from < to && cutset.includes(characters[from] ?? "")) from++;
  while (end && to > from && cutset.includes(characters[to - 1] ?? "")) to--;
  return characters.slice(from, to).join("");
};

interface Trimming {
  readonly start: boolean;
  readonly end: boolean;
}

/**
 * Functions whose result depends on the values of their arguments alone, and that need all of them.
 * Source: Terraform Language Documentation, "Built-in Functions".
 */
export const PURE_FUNCTIONS: Readonly<Record<string, PureFunction>> = {
  abs: ofNumbers(([number = 0]) => Math.abs(number)),
  ceil: ofNumbers(([number = 0]) => Math.ceil(number)),
  chomp: ofText((text) => text.replace(/(?:\r?\n|\r)+$/, "")),
  endswith: ofTexts((text, suffix) => text.endsWith(suffix)),
  floor: ofNumbers(([number = 0]) => Math.floor(number)),
  lower: ofText((text) => text.toLowerCase()),
  max: ofNumbers((numbers) => Math.max(...numbers)),
  min: ofNumbers((numbers) => Math.min(...numbers)),
  range: ofNumbers(([first = 0, second, step = 1]) => {
    const [start, end] = second === undefined ? [0, first] : [first, second];
    const length = Math.ceil((end - start) / step);
    return step > 0 && length >= 0 && length <= 1024
      ? Array.from({ length }, (_, index) => start + index * step)
      : undefined;
  }),
  split: ofTexts((separator, text) => text.split(separator)),
  startswith: ofTexts((text, prefix) => text.startsWith(prefix)),
  strcontains: ofTexts((text, part) => text.includes(part)),
  substr: (text, offset, length) => {
    if (typeof text !== "string" || typeof offset !== "number" || typeof length !== "number")
      return undefined;
    const characters = charactersOf(text);
    const start = offset < 0 ? Math.max(0, characters.length + offset) : offset;
    return characters.slice(start, length < 0 ? undefined : start + length).join("");
  },
  sum: ofNumbers((numbers) => numbers.reduce((total, number) => total + number, 0)),
  tobool: (value) => {
    const text = String(value);
    return isScalar(value) && /^(true|false)$/.test(text) ? text === "true" : undefined;
  },
  trim: ofTexts((text, cutset) => trimmed(text, cutset, { start: true, end: true })),
  trimprefix: ofTexts((text, prefix) =>
    prefix !== "" && text.startsWith(prefix) ? text.slice(prefix.length) : text,
  ),
  trimspace: ofText((text) => text.trim()),
  trimsuffix: ofTexts((text, suffix) =>
    suffix !== "" && text.endsWith(suffix) ? text.slice(0, -suffix.length) : text,
  ),
  upper: ofText((text) => text.toUpperCase()),
};
