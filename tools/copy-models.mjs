// Copies the models to dist: tsc does not copy files that are read at run time.
import { cpSync } from "node:fs";

cpSync(
  new URL("../src/service-models/models", import.meta.url),
  new URL("../dist/service-models/models", import.meta.url),
  { recursive: true },
);
