import {
  type CompletedDeployment,
  describeTaskDefinition,
  findRollback,
  findService,
  revisionName,
} from "../deployment/index.ts";
import { UserError } from "../shared/index.ts";
import { errorAfterChange } from "./aws-errors.ts";
import { confirmed, type OperationHost } from "./host.ts";
import { type InfrastructureOptions, resolveOptions } from "./options.ts";
import { deployRevision, recordImage, registerRevision } from "./service-deployment.ts";
import { hasBuiltImage } from "./service-image.ts";
import {
  openServiceProject,
  outputValues,
  readParameter,
  serviceOutputs,
  type ServiceOutputs,
  type ServiceProject,
} from "./service-session.ts";
import { selectService, type ServiceTarget } from "./service-target.ts";
import type { TerraformWorkspace } from "./terraform-workspace.ts";

/** Options of {@link rollback}. */
export interface RollbackOptions extends InfrastructureOptions {
  /** Name of the service. */
  readonly service: string;
  /** Return without a confirmation of the host. @default false */
  readonly yes?: boolean;
}

/** The result of {@link rollback}. Only `rolled-back` means that the service runs the earlier revision. */
export type RollbackResult =
  | {
      readonly outcome: "rolled-back";
      /** ARN of the task definition that the service ran before. */
      readonly from: string;
      /** ARN of the task definition to return to. */
      readonly to: string;
      /** Absent if the service already ran the revision: this run has only recorded its image. */
      readonly deployment?: CompletedDeployment;
      /** Why the image could not be recorded for the next deployment, or why Terraform could not register it; else absent. */
      readonly recordError?: Error;
    }
  /** ECS did not complete the deployment. */
  | {
      readonly outcome: "failed";
      readonly from: string;
      readonly to: string;
      readonly deployment: CompletedDeployment;
    }
  /** The host did not confirm. Nothing was changed. */
  | { readonly outcome: "declined"; readonly from: string; readonly to: string };

export async function rollBackService(
  options: RollbackOptions,
  host: OperationHost,
): Promise<RollbackResult> {
  const { service, yes = false } = options;
  // Terraform runs after the rollback: another rollback would not continue it, but return to the revision that was replaced.
  const project = await openServiceProject(resolveOptions("rollback", options), host, "deploy");
  try {
    const target = selectService(project.settings, service);
    const workspace = await project.openService(target, [service, "--no-build"]);
    try {
      return await project.withUserErrors(() =>
        rollBack(project, workspace, host, { target, yes }),
      );
    } finally {
      await workspace.close();
    }
  } finally {
    await project.close();
  }
}

async function rollBack(
  project: ServiceProject,
  workspace: TerraformWorkspace,
  host: OperationHost,
  { target, yes }: { readonly target: ServiceTarget; readonly yes: boolean },
): Promise<RollbackResult> {
  const { client, settings, options } = project;
  const { name: service } = target;
  const outputs = serviceOutputs(await outputValues(workspace), {
    name: service,
    region: settings.region,
    deployCommand: project.suggest("deploy", service),
  });
  const { cluster } = outputs;
  const name = { cluster, service: outputs.service ?? service };
  const current = (await findService(client, name))?.taskDefinition;
  if (current === undefined)
    throw new UserError("BERTH-E6012", `the service ${service} does not exist`, {
      where: cluster,
      fix: `run ${project.suggest("deploy", service)}`,
    });
  const change = await findRollback(client, name, current, async () => {
    const recorded = await readParameter(client, outputs.imageParameter);
    return recorded === (await imageOf(project, outputs, current));
  });
  if (change === undefined)
    throw new UserError(
      "BERTH-E3106",
      `ECS has no successful deployment of ${service} that differs from ${revisionName(current)} in its history of 90 days`,
      {
        where: cluster,
        fix: `deploy an image: ${project.suggest("deploy", service, "--image", "<image>")}`,
      },
    );
  const { from, to } = change;
  const image = await imageOf(project, outputs, to);
  const hasSameImage = image === (await imageOf(project, outputs, from));
  const continueFix = hasSameImage
    ? // Nothing would show another run that the rollback was completed meanwhile: it would return to the other revision.
      `run ${project.suggest("status", service)} to see it`
    : `run ${project.suggest("rollback", service)} to wait for it`;
  const confirmation = {
    kind: "rollback",
    service,
    from: revisionName(from),
    to: revisionName(to),
    isContinued: to === current,
    target: workspace.isSandbox ? "sandbox" : "account",
  } as const;
  if (!yes && !(await confirmed(host, confirmation))) return { outcome: "declined", ...change };
  const deployed = await deployRevision(project, host, {
    service: name.service,
    cluster,
    taskDefinition: to,
    continueFix,
  });
  if (deployed.outcome !== "successful" && deployed.outcome !== "unchanged")
    return { outcome: "failed", ...change, deployment: deployed };
  // With an image in the config, the next deployment returns to that image.
  const fix = hasBuiltImage(settings, target)
    ? `run ${project.suggest("deploy", service, "--image", image)}`
    : undefined;
  const errorOf = (problem: string, work: () => Promise<void>): Promise<Error | undefined> =>
    errorAfterChange(
      { what: `${service} runs ${revisionName(to)}, but ${problem}`, fix },
      options,
      work,
    );
  const recordError =
    (await errorOf("its image could not be recorded for the next deployment", () =>
      recordImage(project, outputs, image),
    )) ??
    (await errorOf("Terraform could not register a revision with its image", () =>
      registerRevision(workspace, host),
    ));
  return {
    outcome: "rolled-back",
    ...change,
    ...(deployed.outcome === "unchanged" ? {} : { deployment: deployed }),
    ...(recordError === undefined ? {} : { recordError }),
  };
}

/** The image of the service's container in a revision. */
async function imageOf(
  { client }: ServiceProject,
  { task: { container } }: ServiceOutputs,
  revision: string,
): Promise<string> {
  const { containerDefinitions = [] } = await describeTaskDefinition(client, revision);
  const image = containerDefinitions.find(({ name }) => name === container)?.image;
  if (image === undefined)
    throw new TypeError(`the task definition ${revision} has no container ${container}`);
  return image;
}
