import type { ImageStatus } from "../aws/index.ts";
import { UserError } from "../shared/index.ts";

const STATES: readonly string[] = ["exists", "missing", "arm64"];
const isImageWord = (text: string): text is ImageStatus => STATES.includes(text);

/**
 * Parses the values of --image: name=exists, name=missing or name=arm64.
 *
 * @throws UserError BERTH-E6001 if a value has another form
 */
export function parseImages(values: readonly string[]): Record<string, ImageStatus> {
  return Object.fromEntries(
    values.map((text) => {
      const separator = text.lastIndexOf("=");
      const word = text.slice(separator + 1);
      if (separator <= 0 || !isImageWord(word))
        throw new UserError("BERTH-E6001", `invalid --image ${text}`, {
          fix: `write name=state, where state is one of ${STATES.join(", ")}`,
          exitCode: 64,
        });
      return [text.slice(0, separator), word];
    }),
  );
}
