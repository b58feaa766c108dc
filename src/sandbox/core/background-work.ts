import { defaultCaller } from "../authorization/callers.ts";
import type { SandboxSettings } from "../settings.ts";
import { Context } from "./operation.ts";
import { certificates } from "../services/acm/tables.ts";
import { settleCertificates } from "../services/acm/validation.ts";
import { completeDeployments } from "../services/codedeploy/deployments.ts";
import { runScheduler } from "../services/ecs/scheduler.ts";
import { services as ecsServices, tasks } from "../services/ecs/tables.ts";
import type { SettleTrigger } from "./settle-trigger.ts";
import type { Store } from "./store.ts";

/** Runs the background work of AWS that is due. Returns whether anything changed. */
export function runBackgroundWork(
  store: Store,
  now: Date,
  settings: SandboxSettings,
  trigger: SettleTrigger,
): boolean {
  const accountRegions = new Map(
    [certificates, ecsServices, tasks]
      .flatMap((key) => store.accountRegionsOf(key))
      .map((accountRegion) => [`${accountRegion.account}/${accountRegion.region}`, accountRegion]),
  );
  if (accountRegions.size === 0) return false;
  return store.transact(() => {
    for (const accountRegion of accountRegions.values()) {
      const caller = defaultCaller(accountRegion.account, accountRegion.region);
      const context = new Context(store, accountRegion, now, caller, settings);
      settleCertificates(context);
      runScheduler(context, trigger);
      completeDeployments(context);
    }
  }).changed;
}
