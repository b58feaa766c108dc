import { readFileSync, realpathSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

/** An installed module. */
export interface ModuleCopy {
  readonly version: string;
  readonly folder: string;
}

/** A module of which Berth and a project have different copies. */
export interface DuplicateModule {
  readonly name: string;
  readonly own: ModuleCopy;
  readonly project: ModuleCopy;
}

/**
 * The modules of which a project imports another copy than Berth. Modules that the project does not have are not listed.
 *
 * @param own URL or path of a file of Berth
 * @param project the folder of the project
 */
export function duplicateModules(
  names: readonly string[],
  own: string,
  project: string,
): DuplicateModule[] {
  return names.flatMap((name) => {
    const ownCopy = copyFrom(own, name);
    const projectCopy = copyFrom(join(project, "package.json"), name);
    return ownCopy === undefined ||
      projectCopy === undefined ||
      ownCopy.folder === projectCopy.folder
      ? []
      : [{ name, own: ownCopy, project: projectCopy }];
  });
}

/** The copy of a module that a file imports; undefined if it is not installed. */
function copyFrom(file: string, name: string): ModuleCopy | undefined {
  let manifest: string;
  try {
    manifest = realpathSync(createRequire(file).resolve(`${name}/package.json`));
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "MODULE_NOT_FOUND")
      return undefined;
    throw error;
  }
  const { version } = JSON.parse(readFileSync(manifest, "utf8")) as { readonly version: string }; // npm requires it
  return { version, folder: dirname(manifest) };
}
