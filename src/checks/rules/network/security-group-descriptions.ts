import { nameProblem, securityGroupDescription } from "../../../aws/index.ts";
import { type AttributePath, formatValue, isUnknown, type Resource } from "../../../plan/index.ts";
import { type Check, type CheckOutcome, pass, unknownOutcome } from "../../engine/check.ts";

const GROUP_TYPES = ["aws_security_group", "aws_default_security_group"];
const RULE_TYPES = [
  "aws_security_group_rule",
  "aws_vpc_security_group_ingress_rule",
  "aws_vpc_security_group_egress_rule",
];

export const securityGroupDescriptionsCheck: Check = {
  id: "security-group-descriptions",
  question: "other",
  title: "Security groups and their rules have valid names and descriptions",
  severity: "error",
  ids: [],
  explanation:
    "EC2 rejects names and descriptions with more than 255 characters, or with other characters than letters, digits, spaces and ._-:/()#,@[]+=&;{}!$*. The AWS provider of Terraform does not validate all of them.",
  sources: ["Amazon EC2 API Reference, CreateSecurityGroup and IpRange"],
  *run({ plan }) {
    for (const resource of plan.resourcesOfType(...GROUP_TYPES, ...RULE_TYPES)) {
      if (resource.mode !== "managed") continue;
      const outcomes = [...textOutcomes(resource)];
      yield* outcomes.length === 0 ? [pass(resource.address)] : outcomes;
    }
  },
};

/** The outcomes of the texts of a security group or rule that are invalid or unknown. */
function* textOutcomes(resource: Resource): Iterable<CheckOutcome> {
  const { address, type } = resource;
  if (type === "aws_security_group") {
    const name = resource.text("name");
    // Terraform generates a name in place of an empty text.
    const problem =
      typeof name === "string" && name !== "" ? nameProblem("securityGroup", name) : undefined;
    if (problem !== undefined)
      yield { answer: "fail", address, message: `its name ${problem}`, fix: "Correct the name" };
  }
  for (const path of descriptionPaths(resource)) {
    const text = resource.text(...path);
    // A text that the configuration composes is usually valid: the fact does not decide the verdict.
    if (isUnknown(text) && resource.hasExpression(...path))
      yield unknownOutcome(address, text, undefined, "note");
    if (typeof text === "string" && text !== "" && !securityGroupDescription.test(text))
      yield {
        answer: "fail",
        address,
        message: `the description ${formatValue(text)} is too long or has characters that EC2 does not accept`,
        fix: "Use up to 255 letters, digits, spaces and ._-:/()#,@[]+=&;{}!$*",
      };
  }
}

function descriptionPaths(resource: Resource): readonly AttributePath[] {
  if (RULE_TYPES.includes(resource.type)) return [["description"]];
  const ofRules = [resource.blockPaths("ingress"), resource.blockPaths("egress")]
    .flatMap((paths) => (isUnknown(paths) ? [] : paths))
    .map((path) => [...path, "description"]);
  // AWS sets the description of a default security group.
  return resource.type === "aws_security_group" ? [["description"], ...ofRules] : ofRules;
}
