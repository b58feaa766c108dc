import { existsSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";

/** The default name of the config file. */
export const DEFAULT_CONFIG_FILE = "berth.config.ts";

/** Names of config files that Berth finds without --config. If a folder has several, the first in this order counts. */
export const CONFIG_FILES: readonly string[] = [
  DEFAULT_CONFIG_FILE,
  "berth.config.mts",
  "berth.config.js",
  "berth.config.mjs",
];

/**
 * The config file in a folder.
 *
 * @param name the file name. If it is one of {@link CONFIG_FILES}, the others are accepted too
 * @returns the path; undefined if no file exists
 */
export function configFileIn(
  folder: string,
  name: string = DEFAULT_CONFIG_FILE,
): string | undefined {
  const names = CONFIG_FILES.includes(name) ? [name, ...CONFIG_FILES] : [name];
  return names.map((file) => join(folder, file)).find((path) => existsSync(path));
}

/**
 * The config file in the working directory or its closest parent that has one, up to the root of the Git working tree.
 *
 * @returns a path relative to the working directory; `berth.config.ts` if no file exists
 */
export function findConfig(folder: string = process.cwd()): string {
  const start = resolve(folder);
  for (let current = start; ; current = dirname(current)) {
    const found = configFileIn(current);
    if (found !== undefined) return relative(start, found);
    if (existsSync(join(current, ".git")) || dirname(current) === current)
      return DEFAULT_CONFIG_FILE;
  }
}
