import type { Workload } from "../../topology/index.ts";
import type { CheckContext } from "../engine/check.ts";

/** A function of a subject of the checks, such as a workload or a resource. */
export type PerSubject<S, T> = (context: CheckContext, subject: S) => T;

/** A function of a workload. */
export type PerWorkload<T> = PerSubject<Workload, T>;

/** A function that computes its result once for each subject of a context: several checks or workloads use it. */
export function oncePerSubject<S extends object, T>(compute: PerSubject<S, T>): PerSubject<S, T> {
  const results = new WeakMap<CheckContext, Map<S, T>>();
  return (context, subject) => {
    const bySubject = results.get(context) ?? new Map<S, T>();
    results.set(context, bySubject);
    const known = bySubject.get(subject);
    if (known !== undefined || bySubject.has(subject)) return known as T; // it has the subject
    const result = compute(context, subject);
    bySubject.set(subject, result);
    return result;
  };
}
