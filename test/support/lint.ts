import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** A file that is linted in a folder of src. */
export interface Probe {
  /** A folder of src, such as "rehearsal". */
  readonly folder: string;
  readonly text: string;
}

export interface LintDiagnostic {
  /** The rule, such as berth(text-decisions). */
  readonly code?: string;
  readonly message: string;
  readonly filename: string;
  readonly help?: string;
}

interface LintReport {
  readonly status: number | null;
  readonly diagnostics: readonly LintDiagnostic[];
  readonly number_of_files: number;
}

function lint(config: string, folders: readonly string[]): LintReport {
  const args = ["-c", config, "--format", "json", ...folders];
  const { status, stdout } = spawnSync(`${root}node_modules/.bin/oxlint`, args, {
    cwd: root,
    encoding: "utf8",
    maxBuffer: 64 * 1024 * 1024,
  });
  return { status, ...(JSON.parse(stdout) as Omit<LintReport, "status">) }; // oxlint's JSON format
}

/** The folders that lintProbes writes: another test may write them at the same time. */
const PROBE_FOLDERS = "**/lint-*-[0-9]*/**";

/**
 * Lints a folder with one rule of a plugin, which is much faster than the whole configuration.
 *
 * @param ignored patterns of files to exclude
 */
export function lintWithRule(
  plugin: string,
  rule: string,
  folder: string,
  ignored: readonly string[],
): LintReport {
  const scratch = mkdtempSync(join(tmpdir(), "berth-lint-"));
  try {
    const config = join(scratch, "oxlint.json");
    const settings = {
      plugins: [],
      jsPlugins: [`${root}${plugin}`],
      categories: { correctness: "off" },
      rules: { [rule]: "error" },
    };
    writeFileSync(config, JSON.stringify(settings));
    const patterns = [...ignored, PROBE_FOLDERS];
    return lint(config, [...patterns.flatMap((pattern) => ["--ignore-pattern", pattern]), folder]);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/**
 * Writes probe files, lints them with the project's configuration in one run, and deletes them.
 *
 * @param suite part of the folder's name, so that several test files can run at the same time
 * @returns the report, and the diagnostics of each probe by its name
 */
export function lintProbes(
  suite: string,
  probes: Readonly<Record<string, Probe>>,
): LintReport & { readonly diagnosticsOf: (name: string) => readonly LintDiagnostic[] } {
  const probeFolder = (folder: string): string =>
    `${root}src/${folder}/lint-${suite}-${process.pid}`;
  const list = Object.entries(probes);
  const folders = [...new Set(list.map(([, { folder }]) => probeFolder(folder)))];
  try {
    for (const folder of folders) mkdirSync(folder, { recursive: true });
    for (const [name, { folder, text }] of list)
      writeFileSync(`${probeFolder(folder)}/${name}.ts`, `${text}\n`);
    const report = lint("oxlint.config.mjs", folders);
    return {
      ...report,
      diagnosticsOf: (name) =>
        report.diagnostics.filter(({ filename }) => filename.endsWith(`/${name}.ts`)),
    };
  } finally {
    for (const folder of folders) rmSync(folder, { recursive: true, force: true });
  }
}
