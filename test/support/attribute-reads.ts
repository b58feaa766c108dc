import { checks } from "../../src/checks/engine/registry.ts";
import { parsePlanJson } from "../../src/plan/plan-json.ts";
import { PlanModel } from "../../src/plan/plan-model.ts";
import { accountAndRegionOf } from "../../src/topology/account-and-region.ts";
import { PlanNetwork } from "../../src/topology/plan-network.ts";
import { readFixture } from "./plan-fixtures.ts";

/** Fixtures whose configurations together use every attribute that the checks read. */
const FIXTURES = ["cases", "reported-cases", "stacks", "endpoints", "nat", "public"] as const;

/** The attributes that the checks read in the recorded plans, by resource type: paths without indexes. */
export function recordReads(): ReadonlyMap<string, ReadonlySet<string>> {
  const reads = new Map<string, Set<string>>();
  for (const fixture of FIXTURES)
    for (const { plan: recorded, sources } of Object.values(readFixture(fixture))) {
      if (recorded === undefined) continue;
      const json = parsePlanJson(JSON.stringify(recorded), "a fixture");
      const plan = new PlanModel(json, sources, "111122223333", ({ type }, path) => {
        const attribute = path.filter((step) => typeof step === "string").join(".");
        const ofType = reads.get(type);
        if (ofType) ofType.add(attribute);
        else reads.set(type, new Set([attribute]));
      });
      const context = {
        plan,
        network: new PlanNetwork(plan),
        accountAndRegion: accountAndRegionOf(plan),
        images: {},
      };
      for (const check of checks) {
        // The guard itself reads every attribute.
        if (check.id === "unread-attributes") continue;
        for (const _ of check.run(context));
      }
    }
  return reads;
}
