import { CommanderError } from "commander";
import { createProgram } from "./program.ts";

/** Exit code for an invalid command line. Source: sysexits.h, EX_USAGE. */
const USAGE = 64;

/** A reader that closes the pipe, such as head, does not need the rest of the output. The command continues. */
const ignoreClosedPipe = (error: NodeJS.ErrnoException): void => {
  if (error.code !== "EPIPE") throw error;
};

// On Node.js 20, the AWS SDK warns that its versions from 2027 on do not support Node.js 20. Berth uses a version that does.
process.env["AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED"] ??= "true";

process.stdout.on("error", ignoreClosedPipe);
process.stderr.on("error", ignoreClosedPipe);

/** Runs the command of the command line, and sets the exit code. */
export async function runProgram(): Promise<void> {
  try {
    await createProgram().parseAsync();
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    // Commander has printed help, the version or an error. Help and the version have exit code 0.
    process.exitCode = error.exitCode === 0 ? 0 : USAGE;
  }
}
