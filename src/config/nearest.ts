/** The closest of the words, as a suggestion; or how to see them all. */
export function nearest(word: string, words: readonly string[]): string {
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
  const ranked = words.map((w) => ({ w, d: distance(word, w) })).sort((a, b) => a.d - b.d);
  const best = ranked[0];
  return best && best.d <= 3 ? `did you mean "${best.w}"?` : `known are ${words.join(", ")}`;
}
