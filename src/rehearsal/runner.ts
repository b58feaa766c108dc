/**
 * The rehearsal and its parts for the command line. index.ts is the public interface, and loads this code only when it runs.
 *
 * @module
 */
export { locationOf, requiredVariableFix } from "./diagnosis/terraform-errors.ts";
export { appsOf, rootModuleOptions } from "./options.ts";
export { firstVariables } from "./services/variants.ts";
export { rehearse } from "./rehearsal-run.ts";
export { withWrittenAddresses } from "./terraform-copy/exclusions.ts";
export { configFilesOf, prepareStacks } from "./terraform-copy/root-modules.ts";
export { configurationAddress } from "./terraform-copy/state-resources.ts";
export type { Stack } from "./terraform-copy/terraform-stack.ts";
