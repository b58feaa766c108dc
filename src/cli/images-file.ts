import type { ImageStatus } from "../aws/images.ts";
import { UserError } from "../shared/errors.ts";

const WORDS: readonly string[] = ["exists", "missing", "arm64"];
const isWord = (text: string): text is ImageStatus => WORDS.includes(text);

/**
 * Images as the command line gives them: name=word.
 *
 * @throws UserError BERTH-E6001 where one is written otherwise
 */
export function imagesOf(given: readonly string[]): Record<string, ImageStatus> {
  return Object.fromEntries(
    given.map((text) => {
      const cut = text.lastIndexOf("=");
      const word = text.slice(cut + 1);
      if (cut <= 0 || !isWord(word))
        throw new UserError("BERTH-E6001", `--image ${text} is not a name and a word`, {
          fix: `write name=word, with one of ${WORDS.join(", ")}`,
          exitCode: 64,
        });
      return [text.slice(0, cut), word];
    }),
  );
}
