import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, realpathSync } from "node:fs";
import { basename, dirname, join, relative, resolve, sep } from "node:path";
import { createTwoFilesPatch } from "diff";
import { loadProject } from "../../config/load.ts";
import { gitHubEnvironment, pipelineOf, workflowFile } from "../../config/pipeline.ts";
import { UserError } from "../../shared/errors.ts";
import { assertWritable, makeFolder, replaceFile } from "../../shared/files.ts";
import { isEdited, configPathOf, workflowText } from "../../pipeline/workflow.ts";
import type { Host } from "../host/host.ts";

export interface PipelineFlags {
  readonly config: string;
  readonly check?: boolean;
  readonly force?: boolean;
}

/** The top of Git's working tree; outside of one, the folder itself. */
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

/** Writes the workflow that plans, applies and watches, or says how the one that is there differs. */
export async function run(flags: PipelineFlags, host: Host): Promise<number> {
  const project = await loadProject(flags.config);
  const pipeline = pipelineOf(project, flags.config);
  // Git answers with the real path, whatever links lead to it.
  const folder = realpathSync(dirname(resolve(flags.config)));
  const root = repositoryRoot(folder);
  const path = join(root, workflowFile(pipeline));
  const shown = relative(process.cwd(), path);
  const config = join(relative(root, folder), basename(flags.config)).replaceAll(sep, "/");
  const text = workflowText(project, config);
  const before = existsSync(path) ? readFileSync(path, "utf8") : undefined;
  if (before === text) {
    host.result(`${shown} is current`, { file: shown, done: "none" });
    return 0;
  }
  const diff =
    before === undefined
      ? ""
      : createTwoFilesPatch(shown, shown, before, text, "as it is", "as it would be");
  if (flags.check === true) {
    host.result(diff === "" ? `${shown} is not there` : diff, { file: shown, done: "none", diff });
    return 2;
  }
  if (before !== undefined) assertWritable(path, { below: root });
  const source = before === undefined ? undefined : configPathOf(before);
  if (source !== undefined && source !== config && flags.force !== true)
    throw new UserError("BERTH-E8004", `${shown} is the pipeline of ${source}`, {
      fix: 'give this one a file of its own with pipeline: { workflow: "….yml" }; where the config has moved, --force writes over it',
    });
  if (before !== undefined && isEdited(before) && flags.force !== true) {
    host.show(diff);
    throw new UserError("BERTH-E8004", `${shown} was edited by hand, and was left as it is`, {
      fix: "bring the edit into the config, or write over it with --force",
    });
  }
  makeFolder(dirname(path), { below: root });
  replaceFile(path, text, { below: root });
  const environments = project.environments.map((environment) =>
    gitHubEnvironment(environment.environment),
  );
  if (before === undefined)
    host.note(
      `next: commit it; in GitHub's settings make the ${environments.length === 1 ? "environment" : "environments"} ${environments.join(", ")} with required reviewers`,
    );
  host.result(diff === "" ? shown : `${diff}${shown}`, { file: shown, done: "written", diff });
  return 0;
}
