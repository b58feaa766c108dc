export {
  type AssumedResource,
  assumeHostedZones,
  assumeResourcesOf,
  mayAssume,
} from "./assumed-resources.ts";
export { seedExistingResources } from "./existing-resources.ts";
