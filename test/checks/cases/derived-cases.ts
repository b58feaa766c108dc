import { isJson, type Json } from "../../../src/plan/plan-json.ts";
import { hideAttribute, withDataSource, withoutResource } from "../../support/plan-edits.ts";

/** A recorded plan of a case with a change that no edit of the configuration makes. */
export interface DerivedCase {
  /** The name of the recorded case. */
  readonly base: string;
  readonly change: (plan: Json) => Json;
  /** Checks whose outcome is unknown, and is not unknown for the base. */
  readonly unknown?: readonly string[];
  /** Checks that fail, and that do not fail for the base. */
  readonly fails?: readonly string[];
  /** Checks that pass for every resource. */
  readonly passes?: readonly string[];
}

const availabilityZones = (values: Json): ((plan: Json) => Json) =>
  withDataSource("aws_availability_zones", "available", values);

export const derivedCases: Readonly<Record<string, DerivedCase>> = {
  "a public load balancer in a VPC that the plan does not contain": {
    base: "as it is",
    change: withoutResource("aws_vpc.main"),
    unknown: ["internet-gateway-ordering"],
  },
  "an unknown capacity provider strategy": {
    base: "as it is",
    change: hideAttribute("aws_ecs_service.app", "capacity_provider_strategy"),
    unknown: ["ecs-service-capacity"],
  },
  "an unknown platform version": {
    base: "as it is",
    change: hideAttribute("aws_ecs_service.app", "platform_version"),
    unknown: ["ecs-service-deployment"],
  },
  "availability zones alone": {
    base: "as it is",
    change: availabilityZones({ names: ["us-west-2a", "us-west-2b"] }),
    passes: ["availability-zones"],
  },
  "a local zone among the availability zones": {
    base: "as it is",
    change: availabilityZones({ names: ["us-west-2a", "us-west-2-lax-1a"] }),
    fails: ["availability-zones"],
  },
  "availability zones that are known after apply": {
    base: "as it is",
    change: availabilityZones({}),
    unknown: ["availability-zones"],
  },
};

/** The plan of a derived case. */
export function derivedPlan(
  { base, change }: DerivedCase,
  recordings: Readonly<Record<string, { readonly plan?: unknown }>>,
): Json {
  const plan = recordings[base]?.plan;
  if (!isJson(plan)) throw new TypeError(`the fixtures have no plan of the case "${base}"`);
  return change(plan);
}
