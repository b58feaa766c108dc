import { readFileSync } from "node:fs";

const packageFile = new URL("../../package.json", import.meta.url);

/** Berth's own version. */
export const version: string = (
  JSON.parse(readFileSync(packageFile, "utf8")) as { version: string }
).version; // our own package.json
