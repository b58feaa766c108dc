export {
  type AssumedResource,
  assumeHostedZones,
  assumeResourcesOf,
  mayAssume,
} from "./assumed-resources.ts";
export { DeletedObjects } from "./deleted-objects.ts";
export { seedExistingResources } from "./existing-resources.ts";
