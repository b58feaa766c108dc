/**
 * An AWS for one machine, that obeys AWS's laws: for tests of anything that calls it.
 *
 * @module
 */
export type { Apps, ContainerFacts, ImageFacts } from "./apps.ts";
export type { ListenerPort } from "./doors.ts";
export { sandboxEnvironment } from "./environment.ts";
export { type Fault, type FaultInjector, type InterceptedCall, troubleFrom } from "./faults.ts";
export type { CallRecord, ObservedCall } from "./front.ts";
export { defaultQuotas, type Quota } from "./laws.ts";
export { type Sandbox, type SandboxOptions, startSandbox } from "./server.ts";
export type { Contents, Place } from "./store.ts";
