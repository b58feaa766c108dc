/** A set of whole numbers, as ranges in ascending order that neither overlap nor touch. Both ends of a range are included. */
export type Intervals = readonly (readonly [first: number, last: number])[];

export const none: Intervals = [];

/** The set of a single number. */
export const single = (value: number): Intervals => [[value, value]];

/** The set of some ranges, in any order; they may overlap. */
export function intervals(...ranges: readonly (readonly [number, number])[]): Intervals {
  const sorted = ranges.filter(([first, last]) => first <= last).sort((a, b) => a[0] - b[0]);
  const joined: [number, number][] = [];
  for (const [first, last] of sorted) {
    const previous = joined.at(-1);
    if (previous && first <= previous[1] + 1) previous[1] = Math.max(previous[1], last);
    else joined.push([first, last]);
  }
  return joined;
}

export const union = (...sets: readonly Intervals[]): Intervals => intervals(...sets.flat());

/** The numbers in both sets. It is the object `a` if `b` contains all of it. */
export function intersect(a: Intervals, b: Intervals): Intervals {
  const [lowest, otherLowest] = [a[0], b[0]];
  const [highest, otherHighest] = [a.at(-1), b.at(-1)];
  if (!lowest || !otherLowest || !highest || !otherHighest) return none;
  if (highest[1] < otherLowest[0] || otherHighest[1] < lowest[0]) return none;
  if (b.length === 1 && otherLowest[0] <= lowest[0] && highest[1] <= otherLowest[1]) return a;
  if (a.length === 1 && lowest[0] <= otherLowest[0] && otherHighest[1] <= lowest[1]) return b;
  return intersectRanges(a, b);
}

function intersectRanges(a: Intervals, b: Intervals): Intervals {
  const ranges: [number, number][] = [];
  for (let i = 0, j = 0; i < a.length && j < b.length;) {
    const [range, otherRange] = [a[i], b[j]];
    if (!range || !otherRange) break;
    const [first, last] = [Math.max(range[0], otherRange[0]), Math.min(range[1], otherRange[1])];
    if (first <= last) ranges.push([first, last]);
    if (range[1] < otherRange[1]) i++;
    else j++;
  }
  return isEqual(ranges, a) ? a : ranges;
}

const isEqual = (a: Intervals, b: Intervals): boolean =>
  a.length === b.length &&
  a.every(([first, last], index) => b[index]?.[0] === first && b[index][1] === last);

/** The numbers of `a` that are not in `b`. */
export function subtract(a: Intervals, b: Intervals): Intervals {
  const [lowest, otherLowest] = [a[0], b[0]];
  const [highest, otherHighest] = [a.at(-1), b.at(-1)];
  if (!lowest || !otherLowest || !highest || !otherHighest) return a;
  if (highest[1] < otherLowest[0] || otherHighest[1] < lowest[0]) return a;
  if (b.length === 1 && otherLowest[0] <= lowest[0] && highest[1] <= otherLowest[1]) return none;
  return subtractRanges(a, b);
}

function subtractRanges(a: Intervals, b: Intervals): Intervals {
  let rest: (readonly [number, number])[] = [...a];
  for (const [first, last] of b) {
    rest = rest.flatMap(([start, end]): [number, number][] =>
      last < start || first > end
        ? [[start, end]]
        : [
            ...(start < first ? [[start, first - 1] as [number, number]] : []),
            ...(end > last ? [[last + 1, end] as [number, number]] : []),
          ],
    );
  }
  return rest;
}

export const isEmpty = (set: Intervals): boolean => set.length === 0;
