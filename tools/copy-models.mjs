// Copies the models to dist: tsc does not copy files that are read at run time.
import { cpSync } from "node:fs";

cpSync(
  new URL("../src/sandbox/models", import.meta.url),
  new URL("../dist/sandbox/models", import.meta.url),
  { recursive: true },
);
