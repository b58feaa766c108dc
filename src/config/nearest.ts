import { regionAt, regionNames } from "../aws/index.ts";

/** Suggests the accepted value that is most similar to a wrong one; lists all values if none is similar. */
export function nearestSuggestion(value: string, accepted: readonly string[]): string {
  // Levenshtein distance.
  const distance = (a: string, b: string): number => {
    let row = [...Array(b.length + 1).keys()];
    for (let i = 1; i <= a.length; i++) {
      const next = [i];
      for (let j = 1; j <= b.length; j++) {
        const swap = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
        next.push(Math.min(swap, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
      }
      row = next;
    }
    return row[b.length] ?? 0;
  };
  const ranked = accepted
    .map((candidate) => ({ candidate, edits: distance(value, candidate) }))
    .sort((a, b) => a.edits - b.edits);
  const best = ranked[0];
  // Three changes of a short word are no typing error, but another word.
  return best && best.edits <= Math.min(3, Math.ceil(value.length / 2))
    ? `did you mean "${best.candidate}"?`
    : `use one of ${accepted.join(", ")}`;
}

/** Suggests a region for a wrong one: by its place, such as Ireland, or by a similar name. */
export function regionSuggestion(value: string): string {
  const region = regionAt(value);
  return region === undefined ? nearestSuggestion(value, regionNames) : `did you mean "${region}"?`;
}
