import { readFileSync } from "node:fs";

const packageFile = new URL("../../package.json", import.meta.url);

/** The version of this Berth package. */
export const version: string = (
  JSON.parse(readFileSync(packageFile, "utf8")) as { version: string }
).version; // the package.json of this package
