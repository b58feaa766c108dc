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
            : "Correct the value",
      };
  }
}

/** The value that Terraform sends: it adds quotation marks to texts. Source: Terraform Registry, `aws_route53_record`. */
const sentValue = (type: string, value: string): string =>
  (type === "TXT" || type === "SPF") && !/^".*"$/s.test(value) ? `"${value}"` : value;
