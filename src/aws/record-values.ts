import { isIPv4, isIPv6 } from "node:net";

interface ValueRule {
  readonly kind?: RecordValueProblem["kind"];
  readonly isValid: (value: string) => boolean;
  /** Route 53's name and text of the problem; undefined for a problem whose text is not public. */
  readonly problem?: string;
}

/** A domain name of printable characters, with labels of 1 to 63 characters. Source: Amazon Route 53 Developer Guide, "DNS domain name format". */
const isDomainName = (text: string): boolean =>
  /^[!-~]{1,255}$/.test(text) &&
  (text === "." ||
    text
      .replace(/\.$/, "")
      .split(".")
      .every((label) => /^.{1,63}$/.test(label)));

/** A value of numbers, followed by a domain name. */
const isNumbersAndName =
  (count: number) =>
  (value: string): boolean => {
    const parts = value.trim().split(/\s+/);
    const numbers = parts.slice(0, -1);
    return (
      numbers.length === count &&
      numbers.every((part) => /^\d{1,5}$/.test(part) && Number(part) <= 65_535) &&
      isDomainName(parts.at(-1) ?? "")
    );
  };

const DOMAIN_NAME: readonly ValueRule[] = [{ isValid: isDomainName }];

/** Character strings in quotation marks, each with up to 255 characters. */
const TEXT: readonly ValueRule[] = [
  {
    isValid: (value) => value.trimStart().startsWith('"'),
    problem: "InvalidCharacterString (Value should be enclosed in quotation marks)",
  },
  { isValid: (value) => /^(\s*"([^"\\]|\\.)*")+\s*$/s.test(value) },
  {
    kind: "length",
    isValid: (value) =>
      [...value.matchAll(/"((?:[^"\\]|\\.)*)"/gs)].every(
        ([, text = ""]) => text.replaceAll(/\\([0-7]{3}|.)/gs, "x").length <= 255,
      ),
    problem: "CharacterStringTooLong (Value is too long)",
  },
];

/**
 * The rules for the values of records, in the order in which they are checked.
 *
 * Sources: Amazon Route 53 Developer Guide, "Supported DNS record types"; of the texts, gomodules/dns#7 (A),
 * danpilch/aws-dyndns#3 (spaces), aws-cloudformation/cfn-lint#94 and virtualmin/virtualmin-gpl#355 (TXT).
 */
const RULES: ReadonlyMap<string, readonly ValueRule[]> = new Map([
  [
    "A",
    [
      {
        isValid: (value) => !value.includes(" "),
        problem: "ARRDATANotSingleField (Value contains spaces)",
      },
      {
        isValid: isIPv4,
        problem: "ARRDATAIllegalIPv4Address (Value is not a valid IPv4 address)",
      },
    ],
  ],
  ["AAAA", [{ isValid: isIPv6 }]],
  ["CAA", [{ isValid: (value) => /^\d{1,3}\s+[A-Za-z0-9]+\s+"[^"]*"$/.test(value.trim()) }]],
  ["CNAME", DOMAIN_NAME],
  ["MX", [{ isValid: isNumbersAndName(1) }]],
  ["NS", DOMAIN_NAME],
  ["PTR", DOMAIN_NAME],
  ["SPF", TEXT],
  ["SRV", [{ isValid: isNumbersAndName(3) }]],
  ["TXT", TEXT],
]);

/** Why Route 53 rejects a value of a record. */
export interface RecordValueProblem {
  /** Whether a text is too long, or the value does not have the form of its type. */
  readonly kind: "form" | "length";
  /** Route 53's name and text of the problem; undefined if it is not public. */
  readonly problem: string | undefined;
}

/**
 * Why Route 53 rejects a value of a record; undefined if it accepts the value.
 *
 * @param type such as `A` or `TXT`; values of other types than the common ones are accepted
 */
export function recordValueProblem(type: string, value: string): RecordValueProblem | undefined {
  const broken = RULES.get(type)?.find(({ isValid }) => !isValid(value));
  return broken && { kind: broken.kind ?? "form", problem: broken.problem };
}
