import type { DerivedCases } from "../case-types.ts";
import { withDataSource } from "../../../support/plan-edits.ts";
import type { Json } from "../../../../src/plan/plan-json.ts";

const availabilityZones = (values: Json): ((plan: Json) => Json) =>
  withDataSource("aws_availability_zones", "available", values);

export const availabilityZonesDerivedCases: DerivedCases = {
  "availability zones alone": {
    base: "as it is",
    change: availabilityZones({ names: ["us-west-2a", "us-west-2b"] }),
    passedChecks: ["availability-zones"],
  },
  "a local zone among the availability zones": {
    base: "as it is",
    change: availabilityZones({ names: ["us-west-2a", "us-west-2-lax-1a"] }),
    failedChecks: ["availability-zones"],
  },
  "availability zones that are known after apply": {
    base: "as it is",
    change: availabilityZones({}),
    unknownChecks: ["availability-zones"],
  },
};
