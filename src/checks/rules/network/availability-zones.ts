import { listOf, formatValue, isUnknown } from "../../../plan/index.ts";
import { type Check, fail, pass, unknownOutcome } from "../../engine/check.ts";

export const availabilityZonesCheck: Check = {
  id: "availability-zones",
  question: "other",
  title: "Data source aws_availability_zones lists no local zones",
  severity: "warning",
  ids: ["TF-04"],
  explanation:
    "The data source also lists the local zones that the account has enabled. Subnets of Fargate tasks and load balancers need availability zones.",
  sources: ["Terraform AWS provider, aws_availability_zones"],
  *run({ plan }) {
    if (plan.planJson.kind === "state") return;
    for (const zones of plan.resourcesOfType("aws_availability_zones")) {
      const names = zones.value("names");
      if (isUnknown(names)) {
        yield unknownOutcome(zones.address, names, "TF-04");
        continue;
      }
      const localZone = listOf(names).find((entry) =>
        /-\w+-\d[a-z]$/.test(String(entry).replace(/^[a-z]{2}(-gov)?-[a-z]+-\d/, "")),
      );
      if (localZone === undefined) yield pass(zones.address);
      else yield fail(zones.address, "TF-04", `it lists ${formatValue(localZone)}, a local zone`);
    }
  },
};
