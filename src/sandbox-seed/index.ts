export { seedExistingResources } from "./existing-resources.ts";
