/// <reference types="node" preserve="true" />
/**
 * The sandbox: a local AWS emulator that enforces AWS's validation, quotas, IAM and networking rules.
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
  faultInjectorFrom,
} from "./fault-injection.ts";
export type { CallRecord, ObservedCall } from "./http/call-record.ts";
export { AwsError } from "./protocol/errors.ts";
export { defaultQuotas, type Quota } from "./quotas.ts";
export { type Sandbox, type SandboxOptions, startSandbox } from "./server.ts";
export type { StoredResources, AccountRegion } from "./core/store.ts";
