import { defaultCaller } from "./access/callers.ts";
import type { Laws } from "./laws.ts";
import { Context } from "./service.ts";
import { settle as settleEcs } from "./services/ecs/scheduler.ts";
import { services as ecsServices } from "./services/ecs/rows.ts";
import { tasks } from "./services/ecs/rows.ts";
import type { World } from "./store.ts";

/**
 * Why the world may have to move on: its clock has, something has changed, or a client waits and, at the pace
 * `instant`, is not made to wait.
 */
export type Occasion = "clock" | "changed" | "waited";

/** Lets AWS's own machinery do what is due. Answers whether anything changed. */
export function settle(world: World, now: Date, laws: Laws, occasion: Occasion): boolean {
  const places = new Map(
    [...world.placesOf(ecsServices), ...world.placesOf(tasks)].map((place) => [
      `${place.account}/${place.region}`,
      place,
    ]),
  );
  if (places.size === 0) return false;
  return world.transact(() => {
    for (const place of places.values()) {
      const caller = defaultCaller(place.account, place.region);
      settleEcs(new Context(world, place, now, caller, laws), occasion);
    }
  }).changed;
}
