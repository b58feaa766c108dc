import { readFileSync } from "node:fs";
import { UserError } from "../shared/index.ts";

/**
 * The text of a file that the command line names.
 *
 * @param label the file with its flag, for errors
 * @throws UserError BERTH-E6004 if the file cannot be read
 */
export function readInputFile(
  file: string,
  label: string = file,
  fix = "pass an existing file",
): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException; // readFileSync throws system errors
    const problem = code === "ENOENT" ? "does not exist" : `cannot be read: ${message}`;
    throw new UserError("BERTH-E6004", `${label} ${problem}`, { fix, exitCode: 64 });
  }
}
