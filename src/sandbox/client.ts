/**
 * Environment variables and provider settings for Terraform against a sandbox, for the command line and the rehearsal.
 *
 * @module
 */
export {
  fetchEnvironment,
  pinnedProvider,
  sandboxEnvironment,
  sandboxOverride,
} from "./environment.ts";
export { parseApps } from "./workload-behavior-file.ts";
