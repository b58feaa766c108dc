import type { ChangedFiles } from "./github.ts";
import { markdownCode } from "../shared/escape.ts";

/** What a changed file decides about the code that a pipeline runs. */
type CodeKind = "packages" | "workflow" | "providers" | "configuration";

const DESCRIPTIONS: Readonly<Record<CodeKind, string>> = {
  packages: "which packages are installed, Berth among them",
  workflow: "what the workflow or an action of this repository runs",
  providers: "which providers Terraform runs",
  configuration: "the configuration, which is a program",
};

/** Files of Node's package managers that decide which packages are installed, and from where. */
const PACKAGE_FILES = new Set([
  ".npmrc",
  ".pnp.cjs",
  ".pnpmfile.cjs",
  ".yarnrc",
  ".yarnrc.yml",
  "bun.lock",
  "bun.lockb",
  "npm-shrinkwrap.json",
  "package-lock.json",
  "package.json",
  "pnpm-lock.yaml",
  "pnpm-workspace.yaml",
  "yarn.lock",
]);

/** Files that decide which providers Terraform or OpenTofu installs, and from where. */
const PROVIDER_FILES = new Set([".terraform.lock.hcl", ".terraformrc", ".tofurc", "terraform.rc"]);

function kindOf(path: string, config: string): CodeKind | undefined {
  const folders = path.split("/");
  const name = folders.at(-1) ?? "";
  if (PACKAGE_FILES.has(name) || folders.includes("node_modules")) return "packages";
  if (path.startsWith(".github/") && /\.(ya?ml|[cm]?[jt]s|sh)$/.test(name)) return "workflow";
  if (name === "action.yml" || name === "action.yaml") return "workflow";
  if (PROVIDER_FILES.has(name)) return "providers";
  return name === config ? "configuration" : undefined;
}

/**
 * What a pull request changes of the code that its own jobs run: such code could also report something else than what a
 * plan would do. Markdown, empty where it changes nothing of the kind.
 *
 * @param config name of the configuration's file, such as berth.config.ts
 */
export function codeChangesSection(
  { paths, isComplete }: ChangedFiles,
  config: string,
): string | undefined {
  const changed = [...new Set(paths)].sort().flatMap((path) => {
    const kind = kindOf(path, config);
    return kind === undefined ? [] : [{ path, kind }];
  });
  if (changed.length === 0 && isComplete) return undefined;
  const isProgramAlone = isComplete && changed.every(({ kind }) => kind === "configuration");
  return [
    isProgramAlone ? "> [!NOTE]" : "> [!WARNING]",
    "> **This pull request changes code that its own jobs run.** Read these changes before you trust the plan below:",
    "> code that runs in a job can change what the job reports.",
    ">",
    ...changed.map(({ path, kind }) => `> - ${markdownCode(path)}: ${DESCRIPTIONS[kind]}`),
    ...(isComplete
      ? []
      : ["> - GitHub does not list all of the changed files: the others are not known here"]),
    "",
  ].join("\n");
}
