import { readFileSync, realpathSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

/** An installed module. */
export interface ModuleCopy {
  readonly version: string;
  readonly folder: string;
}

/** A module of which Berth and a project have different versions. */
export interface VersionConflict {
  readonly name: "cdktn" | "constructs";
  readonly own: ModuleCopy;
  readonly project: ModuleCopy;
}

/**
 * The modules cdktn and constructs, if a project imports another version than Berth. A module that the project does not have is
 * not listed. Berth uses the copy of constructs that its cdktn uses.
 *
 * @param own URL or path of a file of Berth
 * @param project the folder of the project
 */
export function versionConflicts(own: string, project: string): VersionConflict[] {
  const app = join(project, "package.json");
  const ownCdktn = copyFrom(own, "cdktn");
  const projectCdktn = copyFrom(app, "cdktn");
  const copies = [
    { name: "cdktn", own: ownCdktn, project: projectCdktn },
    {
      name: "constructs",
      own: copyOfPeer(ownCdktn, "constructs"),
      project: copyFrom(app, "constructs") ?? copyOfPeer(projectCdktn, "constructs"),
    },
  ] as const;
  return copies.flatMap(({ name, own: ownCopy, project: projectCopy }) =>
    ownCopy === undefined || projectCopy === undefined || ownCopy.version === projectCopy.version
      ? []
      : [{ name, own: ownCopy, project: projectCopy }],
  );
}

/** The copy of a module that another module imports. */
const copyOfPeer = (importer: ModuleCopy | undefined, name: string): ModuleCopy | undefined =>
  importer === undefined ? undefined : copyFrom(join(importer.folder, "package.json"), name);

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
