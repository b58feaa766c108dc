#!/usr/bin/env node
import { CommanderError } from "commander";
import { createProgram } from "./program.ts";

/** Exit code for an invalid command line. Source: sysexits.h, EX_USAGE. */
const USAGE = 64;

try {
  await createProgram().parseAsync();
} catch (error) {
  if (!(error instanceof CommanderError)) throw error;
  // Commander has printed help, the version or an error. Help and the version have exit code 0.
  process.exitCode = error.exitCode === 0 ? 0 : USAGE;
}
