import { createHash } from "node:crypto";
import { basename, dirname } from "node:path/posix";
import { Document, isMap, isPair, isScalar, visit } from "yaml";
import { partitionOf } from "../aws/index.ts";
import { DEFAULT_CONFIG_FILE } from "../config/index.ts";
import type { Project } from "../config/load.ts";
import {
  branchOf,
  pipelineOf,
  type PipelineRole,
  roleName,
  type Settings,
  workflowFile,
} from "../config/index.ts";
import { type PackageManager, UserError } from "../shared/index.ts";
import { jobsOf } from "./jobs/jobs.ts";
import type { PipelineEnvironment, PipelineService, WorkflowContext, Yaml } from "./jobs/shared.ts";
import { versionOf } from "./pins.ts";

function environmentOf(
  settings: Settings,
  isOnly: boolean,
  configFlag: string,
  packageManager: PackageManager,
): PipelineEnvironment {
  const { account, pipeline = {}, region, name, environment } = settings;
  const where = isOnly ? "the config" : `environment ${environment}`;
  if (account === undefined)
    throw new UserError("BERTH-E8003", "the pipeline needs an AWS account ID", {
      where,
      fix: 'set account: "123456789012"',
    });
  if (settings.state === undefined)
    throw new UserError("BERTH-E8003", "the pipeline needs an S3 bucket for the Terraform state", {
      where,
      fix: 'set state: { bucket: "…" }; berth bootstrap creates the bucket',
    });
  const role = (kind: PipelineRole): string =>
    pipeline.roles?.[kind] ??
    `arn:${partitionOf(region)}:iam::${account}:role/${roleName(name, kind)}`;
  return {
    settings,
    account,
    suffix: isOnly ? "" : `-${environment}`,
    berth: `${packageManager.run} berth`,
    flags: `${configFlag}${isOnly ? "" : ` --env ${environment}`}`,
    roles: {
      plan: role("plan"),
      apply: role("apply"),
      deploy: role("deploy"),
      image: role("image"),
    },
    services: servicesOf(settings),
  };
}

/** The services, then the jobs, of an environment. */
const servicesOf = ({ services = {}, jobs = {} }: Settings): PipelineService[] =>
  Object.entries({ service: services, job: jobs }).flatMap(([kind, workloads]) =>
    Object.entries(workloads).map(([name, { image, architecture = "arm64" }]) => ({
      architecture,
      kind: kind === "service" ? "service" : "job",
      name,
      isBuilt: typeof image === "object" && "build" in image,
    })),
  );

/**
 * Checks that an image that one environment builds is the image of all environments, because the pipeline builds it once.
 *
 * @throws UserError BERTH-E8022 if it is not
 */
function requireEqualImages([first, ...others]: readonly Settings[]): void {
  const imagesIn = ({ services = {}, jobs = {} }: Settings): ReadonlyMap<string, string> =>
    new Map(
      Object.entries({ ...services, ...jobs }).flatMap(([name, { image, architecture }]) =>
        typeof image === "object" && "build" in image
          ? [[name, JSON.stringify([image, architecture])]]
          : [],
      ),
    );
  if (first === undefined) return;
  const images = imagesIn(first);
  for (const settings of others) {
    const { environment } = settings;
    const own = imagesIn(settings);
    const name = [...images.keys(), ...own.keys()].find((key) => images.get(key) !== own.get(key));
    if (name !== undefined)
      throw new UserError(
        "BERTH-E8022",
        `the environments ${first.environment} and ${environment} do not build the same image of ${name}`,
        {
          where: `environments.${environment}`,
          fix: "set image and architecture outside of environments: the pipeline deploys one image to all environments",
        },
      );
  }
}

/** An argument, quoted for a POSIX shell if necessary. */
const shellQuote = (word: string): string =>
  /^[\w.-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;

function workflowOf(
  project: Project,
  config: string,
  folder: string,
  packageManager: PackageManager,
): Yaml {
  const { name } = project;
  const pipeline = pipelineOf(project, config);
  const branch = branchOf(pipeline);
  const file = basename(config);
  const configFlag = file === DEFAULT_CONFIG_FILE ? "" : ` --config ${shellQuote(file)}`;
  const environments = project.environments.map((settings) =>
    environmentOf(settings, project.environments.length === 1, configFlag, packageManager),
  );
  requireEqualImages(project.environments);
  const names = environments.map(({ settings }) => settings.environment);
  const services = [
    ...new Set(
      environments.flatMap((environment) =>
        environment.services.filter(({ kind }) => kind === "service").map(({ name }) => name),
      ),
    ),
  ];
  const pathFilter = pipeline.paths && { paths: [...pipeline.paths, workflowFile(pipeline)] };
  const context: WorkflowContext = {
    name,
    configFlag,
    pipeline,
    packageManager,
    branch,
    folder: folder === "" ? "" : `${folder}/`,
  };
  return {
    name: `berth ${name}`,
    on: {
      pull_request: { branches: [branch], ...pathFilter },
      push: { branches: [branch], ...pathFilter },
      schedule: [{ cron: pipeline.driftSchedule ?? "17 5 * * 1-5" }],
      workflow_dispatch: {
        inputs: {
          operation: {
            description: "Operation",
            type: "choice",
            options: ["drift", "apply", ...(services.length === 0 ? [] : ["rollback"]), "destroy"],
            default: "drift",
          },
          environment: {
            description: "Environment",
            type: "choice",
            options: names,
            default: names[0],
          },
          ...(services.length === 0
            ? {}
            : {
                service: {
                  description: "For rollback: the service",
                  type: "choice",
                  options: services,
                  default: services[0],
                },
              }),
          approved: {
            description: "For apply: the fingerprint of the plan that you reviewed",
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
    jobs: jobsOf(context, environments),
  };
}

const CONFIG_PATH_LINE = /^# berth:from (.+)\n/m;
const CHECKSUM_LINE = /^# berth:sum ([0-9a-f]{64})\n/m;

const checksumOf = (text: string): string => createHash("sha256").update(text).digest("hex");

/**
 * The GitHub Actions workflow of a project, as text. The same config always gives the same text.
 *
 * @param config the path of the config file in the repository
 * @param packageManager installs the packages, and runs Berth
 * @throws UserError BERTH-E8003 if the environments have different pipelines, or an environment has no account or no state;
 * BERTH-E8022 if they do not build the same images
 */
export function workflowText(
  project: Project,
  config: string,
  packageManager: PackageManager,
): string {
  const folder = dirname(config) === "." ? "" : dirname(config);
  const document = new Document(workflowOf(project, config, folder, packageManager), {
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
    "# Generated by berth pipeline. To change this file, change the config and run the command again. The command shows the",
    "# changes, and does not overwrite a file that was edited manually.",
    `# berth:from ${config}`,
    `# berth:sum ${checksumOf(body)}`,
    body,
  ].join("\n");
}

/** The path of the config file that a workflow was generated from. */
export const configPathOf = (text: string): string | undefined => CONFIG_PATH_LINE.exec(text)?.[1];

/** True if a workflow was edited after Berth generated it: its checksum does not match. */
export function isEdited(text: string): boolean {
  const match = CHECKSUM_LINE.exec(text);
  return match === null || checksumOf(text.slice(match.index + match[0].length)) !== match[1];
}
