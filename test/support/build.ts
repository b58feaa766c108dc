import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** The time of the last change of a source file of the build, in milliseconds since 1970. */
function lastSourceChange(): number {
  const sources = readdirSync(join(root, "src"), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts"))
    .map((name) => join("src", name));
  const files = [...sources, "tsconfig.json", "tsconfig.build.json", "tools/copy-models.mjs"];
  return Math.max(...files.map((name) => statSync(join(root, name)).mtimeMs));
}

/** Builds `dist` for the tests of the command line, if it is older than its sources. `npm run types` checks the types. */
export function setup(): void {
  const built = join(root, "dist/cli/main.js");
  if (existsSync(built) && statSync(built).mtimeMs > lastSourceChange()) return;
  execFileSync("npx", ["tsc", "-p", "tsconfig.build.json", "--noCheck"], {
    cwd: root,
    stdio: ["ignore", "inherit", "ignore"],
  });
  execFileSync(process.execPath, ["tools/copy-models.mjs"], { cwd: root });
}
