import { recordValueProblem } from "../../../aws/index.ts";
import { formatValue, isUnknown, type Resource } from "../../../plan/index.ts";
import { type Check, type CheckOutcome, pass, unknownOutcome } from "../../engine/check.ts";

export const recordValuesCheck: Check = {
  id: "record-values",
  question: "other",
  title: "Values of Route 53 records are valid for their type",
  severity: "error",
  ids: [],
  explanation:
    "Route 53 rejects values that do not have the form of the record's type, such as a host name in a record of the type A, or a text of more than 255 characters in a record of the type TXT.",
  sources: ["Amazon Route 53 Developer Guide, “Supported DNS record types”"],
  *run({ plan }) {
    for (const record of plan.resourcesOfType("aws_route53_record")) {
      if (record.mode !== "managed") continue;
      const outcomes = [...valueOutcomes(record)];
      yield* outcomes.length === 0 ? [pass(record.address)] : outcomes;
    }
  },
};

const DOMAIN_NAME = "a domain name";
const TEXT = "texts in quotation marks";

/** What a value of a record is, by the type of the record. */
const VALUE_FORMS: Readonly<Record<string, string>> = {
  A: "an IPv4 address",
  AAAA: "an IPv6 address",
  CAA: 'flags, a tag and a value in quotation marks, such as 0 issue "ca.example.com"',
  CNAME: DOMAIN_NAME,
  MX: "a priority and a domain name, such as 10 mail.example.com",
  NS: DOMAIN_NAME,
  PTR: DOMAIN_NAME,
  SPF: TEXT,
  SRV: "a priority, a weight, a port and a domain name, such as 1 10 5269 server.example.com",
  TXT: TEXT,
};

/** The outcomes of the values of a record that are invalid or unknown. */
function* valueOutcomes(record: Resource): Iterable<CheckOutcome> {
  const { address } = record;
  const [type, values] = [record.text("type"), record.valueWithUnknowns("records")];
  if (typeof type !== "string") return;
  for (const value of Array.isArray(values) ? values : [values]) {
    // An attribute of another resource, such as a DNS name, is valid: the fact does not decide the verdict.
    if (isUnknown(value)) yield unknownOutcome(address, value, undefined, "note");
    if (typeof value !== "string") continue;
    const problem = recordValueProblem(type, sentValue(type, value));
    if (problem)
      yield {
        answer: "fail",
        address,
        message: `the value ${formatValue(value)} is not valid in a record of the type ${type}`,
        fix:
          problem.kind === "length"
            ? 'Divide the text into parts of up to 255 characters, with \\"\\" between them'
            : `Set ${VALUE_FORMS[type] ?? "a value with the form of the type"}`,
      };
  }
}

/** The value that Terraform sends: it adds quotation marks to texts. Source: Terraform Registry, `aws_route53_record`. */
const sentValue = (type: string, value: string): string =>
  (type === "TXT" || type === "SPF") && !/^".*"$/s.test(value) ? `"${value}"` : value;
