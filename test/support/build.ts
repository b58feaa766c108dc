import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";

/** Tests of the command line run what is published: it is built once before them. */
export function setup(): void {
  const cwd = fileURLToPath(new URL("../..", import.meta.url));
  execFileSync("npx", ["tsc", "-p", "tsconfig.build.json"], {
    cwd,
    stdio: ["ignore", "inherit", "ignore"],
  });
  execFileSync(process.execPath, ["scripts/copy-models.mjs"], { cwd });
}
