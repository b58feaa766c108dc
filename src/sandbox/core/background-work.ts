import { defaultCaller } from "../authorization/callers.ts";
import type { SandboxSettings } from "../settings.ts";
import { Context } from "./operation.ts";
import { certificates } from "../services/acm/tables.ts";
import { settleCertificates } from "../services/acm/validation.ts";
import { settleDeployments } from "../services/codedeploy/deployments.ts";
import { settle as settleEcs } from "../services/ecs/scheduler.ts";
import { services as ecsServices, tasks } from "../services/ecs/tables.ts";
import type { SettleTrigger } from "./settle-trigger.ts";
import type { Store } from "./store.ts";

/** Lets AWS's own machinery do what is due. Answers whether anything changed. */
export function runBackgroundWork(
  world: Store,
  now: Date,
  laws: SandboxSettings,
  occasion: SettleTrigger,
): boolean {
  const places = new Map(
    [certificates, ecsServices, tasks]
      .flatMap((key) => world.placesOf(key))
      .map((place) => [`${place.account}/${place.region}`, place]),
  );
  if (places.size === 0) return false;
  return world.transact(() => {
    for (const place of places.values()) {
      const caller = defaultCaller(place.account, place.region);
      const context = new Context(world, place, now, caller, laws);
      settleCertificates(context);
      settleEcs(context, occasion);
      settleDeployments(context);
    }
  }).changed;
}
