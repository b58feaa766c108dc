/** A set of whole numbers: its runs, both ends included, in order and apart from each other. */
export type Intervals = readonly (readonly [first: number, last: number])[];

export const none: Intervals = [];

/** The set of the runs given, whatever their order and overlap. */
export function intervals(...runs: readonly (readonly [number, number])[]): Intervals {
  const sorted = runs.filter(([first, last]) => first <= last).sort((a, b) => a[0] - b[0]);
  const joined: [number, number][] = [];
  for (const [first, last] of sorted) {
    const before = joined.at(-1);
    if (before && first <= before[1] + 1) before[1] = Math.max(before[1], last);
    else joined.push([first, last]);
  }
  return joined;
}

export const union = (...sets: readonly Intervals[]): Intervals => intervals(...sets.flat());

export function intersect(a: Intervals, b: Intervals): Intervals {
  const runs: [number, number][] = [];
  for (let i = 0, j = 0; i < a.length && j < b.length;) {
    const [entry, other] = [a[i], b[j]];
    if (!entry || !other) break;
    const [first, last] = [Math.max(entry[0], other[0]), Math.min(entry[1], other[1])];
    if (first <= last) runs.push([first, last]);
    if (entry[1] < other[1]) i++;
    else j++;
  }
  return runs;
}

export function subtract(a: Intervals, b: Intervals): Intervals {
  let left: (readonly [number, number])[] = [...a];
  for (const [first, last] of b) {
    left = left.flatMap(([from, to]): [number, number][] =>
      last < from || first > to
        ? [[from, to]]
        : [
            ...(from < first ? [[from, first - 1] as [number, number]] : []),
            ...(to > last ? [[last + 1, to] as [number, number]] : []),
          ],
    );
  }
  return left;
}

export const isEmpty = (set: Intervals): boolean => set.length === 0;
