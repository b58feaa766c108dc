import type { Workload } from "../../topology/index.ts";
import type { CheckContext } from "../engine/check.ts";

/** A function of a workload. */
export type PerWorkload<T> = (context: CheckContext, workload: Workload) => T;

/** A function that computes its result once for each workload of a context: several checks use it. */
export function oncePerWorkload<T extends object>(compute: PerWorkload<T>): PerWorkload<T> {
  const results = new WeakMap<CheckContext, Map<Workload, T>>();
  return (context, workload) => {
    const byWorkload = results.get(context) ?? new Map<Workload, T>();
    results.set(context, byWorkload);
    const known = byWorkload.get(workload);
    if (known) return known;
    const result = compute(context, workload);
    byWorkload.set(workload, result);
    return result;
  };
}
