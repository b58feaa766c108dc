import type { Json } from "../../../../src/plan/plan-json.ts";
import { withResource } from "../../../support/plan-edits.ts";
import type { DerivedCase, DerivedCases } from "../case-types.ts";

const VPC = { references: ["aws_vpc.main.id", "aws_vpc.main"] };
const UNKNOWN = { references: ["terraform_data.unknown.output", "terraform_data.unknown"] };

const withZone = (label: string, name: string, vpc: Json = VPC): DerivedCase["change"] =>
  withResource(`aws_route53_zone.${label}`, {
    values: { name, vpc: [{}] },
    unknown: { vpc: [{ vpc_id: true }], zone_id: true },
    expressions: { vpc: [{ vpc_id: vpc }] },
  });

const withNamespace = withResource("aws_service_discovery_private_dns_namespace.app", {
  values: { name: "example.com" },
  unknown: { vpc: true },
  expressions: { vpc: VPC },
});

const withAssociation = withResource("aws_route53_zone_association.app", {
  values: {},
  unknown: { vpc_id: true, zone_id: true },
  expressions: {
    vpc_id: VPC,
    zone_id: { references: ["aws_route53_zone.app.zone_id", "aws_route53_zone.app"] },
  },
});

const derived = (
  outcome: Partial<DerivedCase>,
  ...changes: readonly DerivedCase["change"][]
): DerivedCase => ({
  base: "as it is",
  change: (plan) => changes.reduce((changed, change) => change(changed), plan),
  ...outcome,
});

const FAILS = { failedChecks: ["private-zone-names"] };
const PASSES = { passedChecks: ["private-zone-names"] };

export const privateZoneNamesDerivedCases: DerivedCases = {
  "two private zones of one name": derived(
    FAILS,
    withZone("app", "example.com"),
    withZone("other", "Example.com."),
  ),
  "a private zone and a namespace of one name": derived(
    FAILS,
    withZone("app", "example.com"),
    withNamespace,
  ),
  "a VPC that is associated twice with a zone": derived(
    FAILS,
    withZone("app", "example.com"),
    withAssociation,
  ),
  "two private zones of different names": derived(
    PASSES,
    withZone("app", "example.com"),
    withZone("other", "app.example.com"),
  ),
  "two private zones of one name, one of them in an unknown VPC": derived(
    { unknownChecks: ["private-zone-names"] },
    withZone("app", "example.com"),
    withZone("other", "example.com", UNKNOWN),
  ),
};
