import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, realpathSync } from "node:fs";
import { basename, dirname, join, relative, resolve, sep } from "node:path";
import { createTwoFilesPatch } from "diff";
import { loadProject } from "../../config/load.ts";
import { gitHubEnvironment, pipelineOf, workflowFile } from "../../config/index.ts";
import {
  UserError,
  assertWritable,
  makeFolder,
  packageManagerOf,
  replaceFile,
} from "../../shared/index.ts";
import { isEdited, configPathOf, workflowText } from "../../pipeline/index.ts";
import type { ExitCode } from "../exit-codes.ts";
import type { Host } from "../host/host.ts";

export interface PipelineFlags {
  readonly config: string;
  readonly check?: boolean;
  readonly force?: boolean;
}

/** The root of the Git working tree; the folder itself if it is not in one. */
function repositoryRoot(folder: string): string {
  try {
    return execFileSync("git", ["rev-parse", "--show-toplevel"], {
      cwd: folder,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    }).trim();
  } catch {
    return folder;
  }
}

/** Writes the workflow for plan, apply and drift detection, or shows how the existing one differs. */
export async function run(flags: PipelineFlags, host: Host): Promise<ExitCode> {
  const project = await loadProject(flags.config);
  const pipeline = pipelineOf(project, flags.config);
  // Git returns the real path, without symbolic links.
  const folder = realpathSync(dirname(resolve(flags.config)));
  const root = repositoryRoot(folder);
  const path = join(root, workflowFile(pipeline));
  const displayPath = relative(process.cwd(), path);
  const config = join(relative(root, folder), basename(flags.config)).replaceAll(sep, "/");
  const packageManager = packageManagerOf(folder, root);
  const text = workflowText(project, config, packageManager);
  const existing = existsSync(path) ? readFileSync(path, "utf8") : undefined;
  if (existing === text) {
    host.result(`${displayPath} is up to date`, { file: displayPath, done: "none" });
    return 0;
  }
  const diff =
    existing === undefined
      ? ""
      : createTwoFilesPatch(displayPath, displayPath, existing, text, "current", "new");
  if (flags.check === true) {
    host.result(diff === "" ? `${displayPath} does not exist` : diff, {
      file: displayPath,
      done: "none",
      diff,
    });
    return 2;
  }
  if (existing !== undefined) assertWritable(path, { below: root });
  const source = existing === undefined ? undefined : configPathOf(existing);
  if (source !== undefined && source !== config && flags.force !== true)
    throw new UserError(
      "BERTH-E8019",
      `${displayPath} is the workflow of another config: ${source}`,
      {
        fix: 'set another file name with pipeline: { workflow: "….yml" }; if the config was moved, overwrite the file with --force',
      },
    );
  if (existing !== undefined && isEdited(existing) && flags.force !== true) {
    host.show(diff);
    throw new UserError("BERTH-E8004", `${displayPath} was edited by hand and was not changed`, {
      fix: "make the change in the config, or overwrite the file with --force",
    });
  }
  makeFolder(dirname(path), { below: root });
  replaceFile(path, text, { below: root });
  if (packageManager.lockFile === undefined)
    host.note(
      `there is no lock file: the workflow runs ${packageManager.cleanInstall}, which needs one. Install the packages, and commit the lock file`,
    );
  const environments = project.environments.map((environment) =>
    gitHubEnvironment(environment.environment),
  );
  if (existing === undefined)
    host.note(
      `next: commit the file; in the GitHub settings, create the ${environments.length === 1 ? "environment" : "environments"} ${environments.join(", ")} with required reviewers`,
    );
  host.result(diff === "" ? displayPath : `${diff}${displayPath}`, {
    file: displayPath,
    done: "written",
    diff,
  });
  return 0;
}
