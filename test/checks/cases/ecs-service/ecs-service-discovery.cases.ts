import { failureCase } from "../case-edits.ts";
import type { Cases } from "../case-types.ts";

export const ecsServiceDiscoveryCases: Cases = {
  "a port that nobody names": failureCase("SVC-13", ['port_name = "http"', 'port_name = "web"']),
  "an SRV record without a port": failureCase("SVC-14", [
    'type = "A"\n      ttl',
    'type = "SRV"\n      ttl',
  ]),
};
