import { defaultCaller } from "../authorization/callers.ts";
import { notImplemented } from "../protocol/errors.ts";
import { serviceNamed } from "../services/loader.ts";
import type { SandboxSettings } from "../settings.ts";
import { runBackgroundWork } from "./background-work.ts";
import { Context } from "./operation.ts";
import { ownProperty } from "./own-property.ts";
import type { Input } from "./service.ts";
import type { AccountRegion, Store } from "./store.ts";

/** What is simulated. */
export interface SimulationRequest {
  /** Signing name of the service. */
  readonly service: string;
  readonly name: string;
  readonly input: Input;
}

/**
 * Causes something that happens on AWS without a call of a client, and the background work that follows.
 *
 * @throws AwsError if the input is invalid, and NotImplemented if the service or the name is unknown
 */
export function simulate(
  store: Store,
  { service, name, input }: SimulationRequest,
  accountRegion: AccountRegion,
  now: Date,
  settings: SandboxSettings,
): Readonly<Record<string, unknown>> {
  const simulation = ownProperty(serviceNamed(service)?.simulations ?? {}, name);
  if (!simulation) throw notImplemented(`the simulation ${service}:${name}`);
  const caller = defaultCaller(accountRegion.account, accountRegion.region);
  return store.transact(() => {
    const output = simulation(new Context(store, accountRegion, now, caller, settings), input);
    runBackgroundWork(store, now, settings, "changed");
    return output;
  }).result;
}
