/**
 * An AWS for one machine, that obeys AWS's laws: for tests of anything that calls it.
 *
 * @module
 */
export type { Apps, ContainerFacts, ImageFacts } from "./workload-behavior.ts";
export type { ListenerPort } from "./http/listener-ports.ts";
export { sandboxEnvironment } from "./environment.ts";
export {
  type Fault,
  type FaultInjector,
  type InterceptedCall,
  faultInjectorFrom as troubleFrom,
} from "./fault-injection.ts";
export type { CallRecord, ObservedCall } from "./http/call-record.ts";
export { defaultQuotas, type Quota } from "./quotas.ts";
export { type Sandbox, type SandboxOptions, startSandbox } from "./server.ts";
export type { StoredResources, AccountRegion } from "./core/store.ts";
