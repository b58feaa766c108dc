import { outboundPathOf } from "../config/index.ts";
import {
  type CompletedDeployment,
  findService,
  firstDeployment,
  revisionName,
  startDeployment,
  waitForDeployment,
} from "../deployment/index.ts";
import { UserError } from "../shared/index.ts";
import { interruptible } from "../terraform/index.ts";
import { afterChange } from "./aws-errors.ts";
import type { OperationHost } from "./host.ts";
import { applyPlan, createPlan, type PlannedResource } from "./plan-and-apply.ts";
import { readParameter, type ServiceOutputs, type ServiceProject } from "./service-session.ts";
import type { TerraformWorkspace } from "./terraform-workspace.ts";

/** A deployment, and whether the service already ran the revision. */
export type DeployedRevision =
  | (CompletedDeployment & { readonly taskDefinition: string })
  | { readonly outcome: "unchanged"; readonly taskDefinition: string };

/**
 * Deploys a task definition revision and waits for it.
 *
 * @param isCreated true if Terraform has just created the service, which starts its first deployment
 * @param continueFix how to wait for the deployment after an interruption
 * @throws UserError BERTH-E3004 if the process is interrupted: the deployment continues
 */
export async function deployRevision(
  { client, settings, clock, options, suggest }: ServiceProject,
  host: OperationHost,
  {
    service,
    cluster,
    taskDefinition,
    isCreated = false,
    continueFix,
  }: {
    readonly service: string;
    readonly cluster: string;
    readonly taskDefinition: string;
    readonly isCreated?: boolean;
    readonly continueFix: string;
  },
): Promise<DeployedRevision> {
  const name = { cluster, service };
  return interruptible(async (signal) => {
    try {
      const arn = await (isCreated ? createdDeployment(signal) : startedDeployment(signal));
      if (arn === undefined) return { outcome: "unchanged", taskDefinition };
      const completed = await afterChange(
        {
          what: `the deployment of ${service} continues in Amazon ECS, but it cannot be observed`,
          fix: continueFix,
        },
        options,
        () =>
          waitForDeployment(client, {
            ...name,
            deploymentArn: arn,
            taskDefinition,
            region: settings.region,
            outboundPath: outboundPathOf(settings),
            clock,
            signal,
            listener: (event) => host.event?.({ type: "deployment", service, event }),
          }),
      );
      return { ...completed, taskDefinition };
    } catch (error) {
      if (!signal.aborted) throw error;
      throw new UserError(
        "BERTH-E3004",
        `interrupted: the deployment of ${service} continues in Amazon ECS`,
        { fix: continueFix, exitCode: 130 },
      );
    }
  });

  async function createdDeployment(signal: AbortSignal): Promise<string> {
    const arn = await firstDeployment(client, { ...name, clock, signal });
    reportStart(false);
    return arn;
  }

  async function startedDeployment(signal: AbortSignal): Promise<string | undefined> {
    const current = await findService(client, name);
    if (!current)
      throw new UserError("BERTH-E6012", `the service ${service} does not exist`, {
        where: cluster,
        fix: `run ${suggest("deploy", service)}`,
      });
    const started = await startDeployment(client, {
      ...name,
      taskDefinition,
      current,
      clock,
      signal,
    });
    if (started.kind === "unchanged") return undefined;
    reportStart(started.kind === "found");
    return started.arn;
  }

  function reportStart(isContinued: boolean): void {
    host.event?.({
      type: "deployment-started",
      service,
      revision: revisionName(taskDefinition),
      isContinued,
    });
  }
}

/** Writes the image of a successful deployment to its SSM parameter, if it has changed. */
export async function recordImage(
  { client }: ServiceProject,
  { imageParameter }: Pick<ServiceOutputs, "imageParameter">,
  image: string,
): Promise<void> {
  if ((await readParameter(client, imageParameter)) === image) return;
  await client.call("ssm", "PutParameter", {
    Name: imageParameter,
    Value: image,
    Type: "String",
    Overwrite: true,
  });
}

/**
 * Lets Terraform register a revision with the recorded image, so that the next plan does not show the image. Other changes, such as
 * a desired count that `berth scale` has set, stay for the next deployment.
 *
 * @param onStart called if there is a revision to register
 */
export async function registerRevision(
  workspace: TerraformWorkspace,
  host: OperationHost,
  onStart?: () => void,
): Promise<void> {
  const isRevision = ({ address }: PlannedResource): boolean =>
    address.startsWith("aws_ecs_task_definition.");
  let planned = await createPlan(workspace);
  const targets = planned.changes.filter(isRevision).map(({ address }) => address);
  if (targets.length === 0) return;
  if (planned.changes.length > targets.length) planned = await createPlan(workspace, { targets });
  // The revision needs another change of the config, such as a role: the next deployment makes both.
  if (!planned.changes.every(isRevision)) return;
  onStart?.();
  await applyPlan(workspace, host, planned, "apply");
}
