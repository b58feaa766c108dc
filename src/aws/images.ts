import { matchesWildcard, questionMark } from "../shared/index.ts";

/** The status of an image: "exists" for every CPU architecture, "arm64" for ARM64 only, or "missing". */
export type ImageStatus = "exists" | "missing" | "arm64";

/** The status of images by name. A name may contain the wildcards * and ?. */
export type ImageStatuses = Readonly<Record<string, ImageStatus>>;

/** A name without a tag and without a wildcard matches all tags. */
export const imagePattern = (name: string): string =>
  /[:@*?]/.test(name.split("/").pop() ?? "") ? name : `${name}*`;

/** The status of an image: of the first name that matches. */
export function imageStatusOf(statuses: ImageStatuses, reference: string): ImageStatus | undefined {
  return Object.entries(statuses).find(([name]) =>
    matchesWildcard(imagePattern(name), reference, questionMark),
  )?.[1];
}
