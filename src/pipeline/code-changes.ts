import type { ChangedFiles } from "./github.ts";
import { markdownCode } from "../shared/index.ts";

/** The part of a pipeline's code that a file determines. */
type CodeKind = "packages" | "workflow" | "providers" | "configuration";

const DESCRIPTIONS: Readonly<Record<CodeKind, string>> = {
  packages: "determines which packages are installed, including Berth",
  workflow: "determines what the workflow or an action of this repository runs",
  providers: "determines which providers Terraform runs",
  configuration: "the Berth configuration, which is code",
};

/** Files of Node.js package managers that determine which packages are installed, and from where. */
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

/** Files that determine which providers Terraform or OpenTofu installs, and from where. */
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
 * A warning, as Markdown, if a pull request changes code that its own jobs run. Such code can report a different plan than
 * the real one. Undefined if the pull request changes no such file.
 *
 * @param config name of the config file, such as berth.config.ts
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
  const isConfigurationOnly = isComplete && changed.every(({ kind }) => kind === "configuration");
  return [
    isConfigurationOnly ? "> [!NOTE]" : "> [!WARNING]",
    "> **This pull request changes code that its own jobs run.** Review these changes before you trust the plan below:",
    "> code that runs in a job can change what the job reports.",
    ">",
    ...changed.map(({ path, kind }) => `> - ${markdownCode(path)}: ${DESCRIPTIONS[kind]}`),
    ...(isComplete
      ? []
      : ["> - GitHub does not list all of the changed files. Review the other files too."]),
    "",
  ].join("\n");
}
