import { matchesWildcard, questionMark } from "../shared/wildcard.ts";

/** What is known of an image, in one word; what exists is for every processor, unless it is said to be for one. */
export type ImageWord = "exists" | "missing" | "arm64";

/** What is known of images, by name; names may hold * and ?. */
export type ImageWords = Readonly<Record<string, ImageWord>>;

/** A name with neither tag nor pattern is that of all its tags. */
export const imagePattern = (name: string): string =>
  /[:@*?]/.test(name.split("/").pop() ?? "") ? name : `${name}*`;

/** The word for an image: the first name that fits counts. */
export function imageWord(words: ImageWords, reference: string): ImageWord | undefined {
  return Object.entries(words).find(([name]) =>
    matchesWildcard(imagePattern(name), reference, questionMark),
  )?.[1];
}
