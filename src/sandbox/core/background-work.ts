import { defaultCaller } from "../authorization/callers.ts";
import { loadedServices } from "../services/loader.ts";
import type { SandboxSettings } from "../settings.ts";
import { Context } from "./operation.ts";
import type { BackgroundWork } from "./service.ts";
import type { SettleTrigger } from "./settle-trigger.ts";
import type { Store } from "./store.ts";

/** Runs the background work of AWS that is due. Returns whether anything changed. */
export function runBackgroundWork(
  store: Store,
  now: Date,
  settings: SandboxSettings,
  trigger: SettleTrigger,
): boolean {
  const work = backgroundWork();
  const accountRegions = new Map(
    work
      .flatMap(({ tables }) => tables)
      .flatMap((key) => store.accountRegionsOf(key))
      .map((accountRegion) => [`${accountRegion.account}/${accountRegion.region}`, accountRegion]),
  );
  if (accountRegions.size === 0) return false;
  return store.transact(() => {
    for (const accountRegion of accountRegions.values()) {
      const caller = defaultCaller(accountRegion.account, accountRegion.region);
      const context = new Context(store, accountRegion, now, caller, settings);
      for (const { run } of work) run(context, trigger);
    }
  }).changed;
}

/** The background work of the loaded services, in alphabetical order, each after those that it names. */
function backgroundWork(): BackgroundWork[] {
  const byName = new Map(
    [...loadedServices()]
      .flatMap(({ name, backgroundWork: work }) => (work ? ([[name, work]] as const) : []))
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );
  const ordered = new Set<BackgroundWork>();
  const add = (work: BackgroundWork | undefined): void => {
    if (work === undefined || ordered.has(work)) return;
    for (const name of work.after ?? []) add(byName.get(name));
    ordered.add(work);
  };
  for (const work of byName.values()) add(work);
  return [...ordered];
}
