export {
  type AssumedResource,
  assumeHostedZones,
  assumeResourcesOf,
  mayAssume,
} from "./assumed-resources.ts";
export { DeletedObjects } from "./deleted-objects.ts";
export { seedExistingResources } from "./existing-resources.ts";
export {
  parameterNameOf,
  removeSeededImages,
  repositoryUrlOf,
  seedWorkloadResources,
} from "./workload-resources.ts";
