import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const dist = new URL("../../dist/", import.meta.url);

/** Prints the compiled modules at the end of the process. `import` and `require` both report them to the debugger. */
const REPORTER = `
import { Session } from "node:inspector";
import { writeSync } from "node:fs";
const session = new Session();
const modules = [];
session.connect();
session.on("Debugger.scriptParsed", ({ params }) => modules.push(params.url));
session.post("Debugger.enable");
process.on("exit", () => writeSync(2, JSON.stringify(modules)));
`;

/** The modules of the build that a process loads, in alphabetical order, such as shared/errors.js. */
export function loadedModules(args: readonly string[]): readonly string[] {
  const reporter = `data:text/javascript,${encodeURIComponent(REPORTER)}`;
  const { stderr } = spawnSync(process.execPath, ["--import", reporter, ...args], {
    encoding: "utf8",
  });
  return (JSON.parse(stderr) as string[])
    .filter((url) => url.startsWith(dist.href))
    .map((url) => fileURLToPath(url).slice(fileURLToPath(dist).length))
    .toSorted();
}
