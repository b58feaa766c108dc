import { createHash } from "node:crypto";
import { basename, dirname } from "node:path/posix";
import { Document, isMap, isPair, isScalar, visit } from "yaml";
import { partitionOf } from "../aws/regions.ts";
import { DEFAULT_CONFIG_FILE, type Project } from "../config/load.ts";
import type { Settings } from "../config/options.ts";
import { branchOf, pipelineOf, roleName, workflowFile } from "../config/pipeline.ts";
import { UserError } from "../shared/errors.ts";
import { type WorkflowContext, jobsOf, type EnvironmentJobs, type Yaml } from "./jobs.ts";
import { versionOf } from "./pins.ts";

function laneOf(settings: Settings, isOnly: boolean, configFlag: string): EnvironmentJobs {
  const { account, pipeline = {}, region, name, environment } = settings;
  const where = isOnly ? "the config" : `environment ${environment}`;
  if (account === undefined)
    throw new UserError("BERTH-E8003", "a pipeline is for one account, and nothing says which", {
      where,
      fix: 'say account: "123456789012"',
    });
  if (settings.state === undefined)
    throw new UserError(
      "BERTH-E8003",
      "a pipeline keeps its state in a bucket, and nothing says which",
      {
        where,
        fix: 'say state: { bucket: "…" }; berth bootstrap creates it',
      },
    );
  const role = (kind: "plan" | "apply"): string =>
    pipeline.roles?.[kind] ??
    `arn:${partitionOf(region)}:iam::${account}:role/${roleName(name, kind)}`;
  return {
    settings,
    account,
    suffix: isOnly ? "" : `-${environment}`,
    flags: `${configFlag}${isOnly ? "" : ` --env ${environment}`}`,
    roles: { plan: role("plan"), apply: role("apply") },
  };
}

/** A word of a shell's. */
const quoted = (word: string): string =>
  /^[\w.-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;

function workflowOf(project: Project, config: string, folder: string): Yaml {
  const { name, environments } = project;
  const pipeline = pipelineOf(project, config);
  const branch = branchOf(pipeline);
  const file = basename(config);
  const configFlag = file === DEFAULT_CONFIG_FILE ? "" : ` --config ${quoted(file)}`;
  const lanes = environments.map((settings) =>
    laneOf(settings, environments.length === 1, configFlag),
  );
  const names = lanes.map(({ settings }) => settings.environment);
  const touched = pipeline.paths && { paths: [...pipeline.paths, workflowFile(pipeline)] };
  const frame: WorkflowContext = {
    name,
    configFlag,
    pipeline,
    branch,
    folder: folder === "" ? "" : `${folder}/`,
  };
  return {
    name: `berth ${name}`,
    on: {
      pull_request: { branches: [branch], ...touched },
      push: { branches: [branch], ...touched },
      schedule: [{ cron: pipeline.driftSchedule ?? "17 5 * * 1-5" }],
      workflow_dispatch: {
        inputs: {
          operation: {
            description: "What to do",
            type: "choice",
            options: ["drift", "apply", "destroy"],
            default: "drift",
          },
          environment: { description: "Where", type: "choice", options: names, default: names[0] },
          approved: {
            description: "For apply: the fingerprint of the plan that you have read",
            type: "string",
          },
          confirm: {
            description: 'For destroy: "destroy" and the foundation\'s name',
            type: "string",
          },
        },
      },
    },
    permissions: {},
    env: {
      ...(pipeline.engine === "opentofu" ? { TERRAFORM_BINARY_NAME: "tofu" } : {}),
      CHECKPOINT_DISABLE: "1",
    },
    defaults: { run: { shell: "bash", ...(folder === "" ? {} : { "working-directory": folder }) } },
    jobs: jobsOf(frame, lanes),
  };
}

const FROM = /^# berth:from (.+)\n/m;
const SUM = /^# berth:sum ([0-9a-f]{64})\n/m;

const sumOf = (text: string): string => createHash("sha256").update(text).digest("hex");

/**
 * The GitHub Actions workflow of a project, as text: the same for the same config.
 *
 * @param config the config's path in the repository
 * @throws UserError BERTH-E8003 where there is no one pipeline, or an environment names no account or no state
 */
export function workflowText(project: Project, config: string): string {
  const folder = dirname(config) === "." ? "" : dirname(config);
  const document = new Document(workflowOf(project, config, folder), {
    aliasDuplicateObjects: false,
  });
  visit(document, {
    Scalar(_, node) {
      const version = typeof node.value === "string" ? versionOf(node.value) : undefined;
      if (version !== undefined) node.comment = ` ${version}`;
    },
  });
  const jobs = document.get("jobs");
  if (isMap(jobs)) {
    for (const pair of jobs.items.slice(1))
      if (isPair(pair) && isScalar(pair.key)) pair.key.spaceBefore = true;
  }
  const body = document.toString({ lineWidth: 0, flowCollectionPadding: false });
  return [
    "# Written by berth pipeline. Change the config and run it again: it shows what it changes here, and does not touch what",
    "# was edited by hand.",
    `# berth:from ${config}`,
    `# berth:sum ${sumOf(body)}`,
    body,
  ].join("\n");
}

/** The config that a workflow was written from. */
export const sourceOf = (text: string): string | undefined => FROM.exec(text)?.[1];

/** True where a workflow is not as it was written. */
export function isEdited(text: string): boolean {
  const match = SUM.exec(text);
  return match === null || sumOf(text.slice(match.index + match[0].length)) !== match[1];
}
