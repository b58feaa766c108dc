import {
  type CompletedDeployment,
  findPreviousRevision,
  findService,
  revisionName,
} from "../deployment/index.ts";
import { UserError } from "../shared/index.ts";
import { confirmed, type OperationHost } from "./host.ts";
import { type InfrastructureOptions, resolveOptions } from "./options.ts";
import { deployRevision, recordImage, registerRevision } from "./service-deployment.ts";
import {
  openServiceProject,
  outputValues,
  serviceOutputs,
  type ServiceOutputs,
  type ServiceProject,
} from "./service-session.ts";
import { selectService } from "./service-target.ts";
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
      readonly outcome: "rolled-back" | "failed";
      /** ARN of the task definition that the service ran before. */
      readonly from: string;
      /** ARN of the task definition to return to. */
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
  const project = await openServiceProject(resolveOptions("rollback", options), host, "rollback");
  try {
    const workspace = await project.openService(selectService(project.settings, service));
    try {
      return await project.withUserErrors(() =>
        rollBack(project, workspace, host, { service, yes }),
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
  { service, yes }: { readonly service: string; readonly yes: boolean },
): Promise<RollbackResult> {
  const { client, settings } = project;
  const outputs = serviceOutputs(await outputValues(workspace), {
    name: service,
    region: settings.region,
    deployCommand: project.suggest("deploy", service),
  });
  const { cluster } = outputs;
  const name = { cluster, service: outputs.service ?? service };
  const from = (await findService(client, name))?.taskDefinition;
  if (from === undefined)
    throw new UserError("BERTH-E6012", `the service ${service} does not exist`, {
      where: cluster,
      fix: `run ${project.suggest("deploy", service)}`,
    });
  const to = await findPreviousRevision(client, name, from);
  if (to === undefined)
    throw new UserError(
      "BERTH-E3106",
      `ECS has no successful deployment of ${service} that differs from ${revisionName(from)} in its history of 90 days`,
      {
        where: cluster,
        fix: `deploy an image: ${project.suggest("deploy", service, "--image", "<image>")}`,
      },
    );
  const change = { from: revisionName(from), to: revisionName(to) };
  const target = workspace.isSandbox ? "sandbox" : "account";
  if (!yes && !(await confirmed(host, { kind: "rollback", service, ...change, target })))
    return { outcome: "declined", from, to };
  const deployed = await deployRevision(project, host, {
    service: name.service,
    cluster,
    taskDefinition: to,
    continueCommand: project.suggest("rollback", service),
  });
  if (deployed.outcome === "unchanged")
    throw new TypeError("the service already runs the earlier revision");
  if (deployed.outcome !== "successful")
    return { outcome: "failed", from, to, deployment: deployed };
  await adoptImage(project, workspace, host, outputs, to);
  return { outcome: "rolled-back", from, to, deployment: deployed };
}

/**
 * Records the image of the revision that runs now, and lets Terraform register a revision with it. Otherwise the next deployment
 * would start from the image that this rollback has replaced.
 */
async function adoptImage(
  project: ServiceProject,
  workspace: TerraformWorkspace,
  host: OperationHost,
  outputs: ServiceOutputs,
  taskDefinition: string,
): Promise<void> {
  const { taskDefinition: definition } = await project.client.call(
    "ecs",
    "DescribeTaskDefinition",
    { taskDefinition },
  );
  const image = definition?.containerDefinitions?.find(
    ({ name }) => name === outputs.task.container,
  )?.image;
  if (image === undefined)
    throw new TypeError(`the task definition has no container ${outputs.task.container}`);
  await recordImage(project, outputs, image);
  await registerRevision(workspace, host);
}
