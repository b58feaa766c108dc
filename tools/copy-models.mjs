// tsc leaves JSON that is read at run time behind.
import { cpSync } from "node:fs";

cpSync(
  new URL("../src/sandbox/models", import.meta.url),
  new URL("../dist/sandbox/models", import.meta.url),
  {
    recursive: true,
  },
);
