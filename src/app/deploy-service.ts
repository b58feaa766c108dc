import type { BeforeOptions } from "../config/index.ts";
import {
  type CompletedDeployment,
  findService,
  haveSameContent,
  revisionName,
} from "../deployment/index.ts";
import { UserError } from "../shared/index.ts";
import { errorAfterChange } from "./aws-errors.ts";
import { type FailedTask, runBeforeTask } from "./before-task.ts";
import type { OperationHost } from "./host.ts";
import {
  applyPlan,
  confirmPlan,
  createPlan,
  type PlannedChanges,
  rejectedPlan,
  type RejectedPlan,
} from "./plan-and-apply.ts";
import { deployRevision, recordImage, registerRevision } from "./service-deployment.ts";
import { deployedImage, hasBuiltImage } from "./service-image.ts";
import { servicePlanOf, taskDefinitionIn } from "./service-plan.ts";
import {
  outputValues,
  serviceOutputs,
  type ServiceOutputs,
  type ServiceProject,
} from "./service-session.ts";
import { imageParameterOf, type ServiceTarget } from "./service-target.ts";
import type { PlannableWorkspace } from "./terraform-workspace.ts";

/**
 * The result for one service or job. Only `deployed`, `applied` and `unchanged` mean that it has the revision of the config.
 */
export type ServiceResult = { readonly service: string } & (
  | {
      readonly outcome: "deployed";
      readonly taskDefinition: string;
      readonly image: string;
      readonly deployment: CompletedDeployment;
      readonly url?: string;
      /** Why the image could not be recorded for the next deployment; else absent. */
      readonly recordError?: Error;
    }
  /** A job was changed: its next task has the revision. */
  | {
      readonly outcome: "applied";
      readonly taskDefinition: string;
      readonly image: string;
      /** Why the image could not be recorded for the next deployment; else absent. */
      readonly recordError?: Error;
    }
  /** The service or job already has the revision. */
  | {
      readonly outcome: "unchanged";
      readonly taskDefinition: string;
      readonly image: string;
      readonly url?: string;
      /** Why the image could not be recorded for the next deployment; else absent. */
      readonly recordError?: Error;
    }
  /** The host did not confirm the plan. Nothing was changed. */
  | { readonly outcome: "declined" }
  | RejectedPlan
  /** The task before the deployment failed: the service runs its earlier revision. */
  | {
      readonly outcome: "before-failed";
      readonly taskDefinition: string;
      readonly task: FailedTask;
      /** Why the image of the last successful deployment could not be restored in Terraform; else absent. */
      readonly restoreError?: Error;
    }
  /** ECS did not complete the deployment. */
  | {
      readonly outcome: "failed";
      readonly taskDefinition: string;
      readonly deployment: CompletedDeployment;
      /** Why the image of the last successful deployment could not be restored in Terraform; else absent. */
      readonly restoreError?: Error;
    }
  /** Terraform or AWS rejected a request. */
  | { readonly outcome: "error"; readonly error: Error }
);

/** How to deploy one service or job. */
export interface DeployServiceOptions {
  /** URI of the image by digest; undefined for the image of the config or of the last successful deployment. */
  readonly image: string | undefined;
  /** The approved fingerprint of the plan; undefined if any plan may be applied. */
  readonly approved: string | undefined;
  /** Apply without a confirmation of the host. */
  readonly yes: boolean;
  /** The arguments of the command that continues this deployment and those that follow it. */
  readonly continueArguments: readonly string[];
}

/** The deployment of one service or job. */
export class ServiceDeployment {
  readonly #project: ServiceProject;
  readonly #host: OperationHost;
  readonly #target: ServiceTarget;
  readonly #service: string;
  readonly #image: string | undefined;
  readonly #approved: string | undefined;
  readonly #yes: boolean;
  readonly #arguments: readonly string[];

  constructor(
    project: ServiceProject,
    host: OperationHost,
    target: ServiceTarget,
    { image, approved, yes, continueArguments }: DeployServiceOptions,
  ) {
    this.#project = project;
    this.#host = host;
    this.#target = target;
    this.#service = target.name;
    this.#image = image;
    this.#approved = approved;
    this.#yes = yes;
    this.#arguments = continueArguments;
  }

  get #deployCommand(): string {
    return this.#project.suggest("deploy", ...this.#arguments);
  }

  get #variables(): readonly string[] {
    return this.#image === undefined ? [] : [`image=${this.#image}`];
  }

  async run(): Promise<ServiceResult> {
    await this.#requireImage();
    const workspace = await this.#project.openService(this.#target, this.#arguments);
    try {
      return await (this.#target.kind === "service"
        ? this.#deploy(workspace)
        : this.#applyJob(workspace));
    } finally {
      await workspace.close();
    }
  }

  async #deploy(workspace: PlannableWorkspace): Promise<ServiceResult> {
    const service = this.#service;
    const planned = await createPlan(workspace, { variables: this.#variables });
    const isCreated = planned.changes.some(
      ({ address, action }) => action === "create" && address.startsWith("aws_ecs_service."),
    );
    if (planned.hasChanges) {
      const unconfirmed = await this.#confirm(workspace, planned);
      if (unconfirmed) return { service, ...unconfirmed };
      // The service must not start before the task has succeeded.
      if (isCreated && this.#before !== undefined) {
        const failed = await this.#prepareAndRunBefore(workspace);
        if (failed) return failed;
      } else {
        await this.#apply(workspace, planned);
      }
    } else {
      this.#host.event?.({ type: "no-changes" });
    }
    const outputs = this.#outputs(await outputValues(workspace));
    const { image, url } = outputs;
    const current = isCreated ? undefined : await this.#currentRevision(outputs);
    const taskDefinition =
      current !== undefined &&
      (await haveSameContent(this.#project.client, current, outputs.taskDefinition))
        ? current
        : outputs.taskDefinition;
    if (!isCreated && current !== taskDefinition) {
      const task = await this.#runBefore(outputs.task);
      if (task) {
        const restoration = await this.#restoreImage(workspace, outputs);
        return { service, outcome: "before-failed", taskDefinition, task, ...restoration };
      }
    }
    const deployed = await deployRevision(this.#project, this.#host, {
      service: outputs.service ?? service,
      cluster: outputs.cluster,
      taskDefinition,
      isCreated,
      continueFix: `run ${this.#deployCommand} to wait for it`,
    });
    const shared = { service, taskDefinition, ...(url === undefined ? {} : { url }) };
    if (deployed.outcome === "unchanged")
      return { ...shared, outcome: "unchanged", image, ...(await this.#recordImage(outputs)) };
    if (deployed.outcome === "successful") {
      const recorded = await this.#recordImage(outputs);
      return { ...shared, outcome: "deployed", image, deployment: deployed, ...recorded };
    }
    const restoration = await this.#restoreImage(workspace, outputs);
    return { service, outcome: "failed", taskDefinition, deployment: deployed, ...restoration };
  }

  /** Applies the root module of a job. There is no deployment to wait for: the next task of the job has the revision. */
  async #applyJob(workspace: PlannableWorkspace): Promise<ServiceResult> {
    const service = this.#service;
    const planned = await createPlan(workspace, { variables: this.#variables });
    if (planned.hasChanges) {
      const unconfirmed = await this.#confirm(workspace, planned);
      if (unconfirmed) return { service, ...unconfirmed };
      await this.#apply(workspace, planned);
    } else {
      this.#host.event?.({ type: "no-changes" });
    }
    const outputs = this.#outputs(await outputValues(workspace));
    const { taskDefinition, image } = outputs;
    return {
      service,
      outcome: planned.hasChanges ? "applied" : "unchanged",
      taskDefinition,
      image,
      ...(await this.#recordImage(outputs)),
    };
  }

  /** Records the image. Returns the error if that fails: a thrown error would replace the result of the deployment. */
  async #recordImage(outputs: ServiceOutputs): Promise<{ readonly recordError?: Error }> {
    const { taskDefinition, image } = outputs;
    const recordError = await errorAfterChange(
      {
        what: `${this.#service} has ${revisionName(taskDefinition)}, but its image could not be recorded for the next deployment`,
        fix: `run ${this.#deployCommand}`,
      },
      this.#project.options,
      () => recordImage(this.#project, outputs, image),
    );
    return recordError === undefined ? {} : { recordError };
  }

  /**
   * Without a build, a service or job whose image is built has no image before its first deployment.
   *
   * @throws UserError BERTH-E3103 if no image was deployed yet, and none is built or passed
   */
  async #requireImage(): Promise<void> {
    const { settings, client } = this.#project;
    if (this.#image !== undefined || !hasBuiltImage(settings, this.#target)) return;
    const parameter = imageParameterOf(settings, this.#service);
    if ((await deployedImage(client, parameter)) !== undefined) return;
    throw new UserError("BERTH-E3103", `no image of ${this.#service} was deployed yet`, {
      where: parameter,
      fix: `run ${this.#project.suggest("deploy", this.#service)}, which builds one`,
    });
  }

  get #before(): BeforeOptions | undefined {
    return this.#project.settings.services?.[this.#service]?.before;
  }

  #outputs(values: Readonly<Record<string, unknown>>): ServiceOutputs {
    return serviceOutputs(values, {
      name: this.#service,
      region: this.#project.settings.region,
      deployCommand: this.#deployCommand,
    });
  }

  /** Compares the plan with the approved one, and requests a confirmation. Returns the result of a plan that must not be applied. */
  async #confirm(
    workspace: PlannableWorkspace,
    planned: PlannedChanges,
  ): Promise<RejectedPlan | { readonly outcome: "declined" } | undefined> {
    if (this.#approved !== undefined) {
      const { text } = await workspace.terraform.showJsonText(workspace.plan.path);
      const rejected = await rejectedPlan(workspace, text, {
        approved: this.#approved,
        hasColor: this.#host.hasColor,
      });
      if (rejected) return rejected;
    }
    const isConfirmed = await confirmPlan(workspace, this.#host, planned, {
      kind: "apply",
      yes: this.#yes,
      service: this.#service,
    });
    return isConfirmed ? undefined : { outcome: "declined" };
  }

  #apply(workspace: PlannableWorkspace, planned: PlannedChanges): Promise<void> {
    return applyPlan(workspace, this.#host, planned, "apply");
  }

  /** Applies everything that the task needs, runs the task, and applies the rest. Returns the result if the task fails. */
  async #prepareAndRunBefore(workspace: PlannableWorkspace): Promise<ServiceResult | undefined> {
    const plan = servicePlanOf(await workspace.terraform.showJson(workspace.plan.path));
    const first = await createPlan(workspace, {
      variables: this.#variables,
      targets: plan.independentResources,
    });
    if (first.hasChanges) await this.#apply(workspace, first);
    const taskDefinition = taskDefinitionIn(await workspace.terraform.showJson());
    const { task } = this.#outputs({ ...plan.outputs, task_definition_arn: taskDefinition });
    const failed = await this.#runBefore(task);
    if (failed)
      return { service: this.#service, outcome: "before-failed", taskDefinition, task: failed };
    const rest = await createPlan(workspace, { variables: this.#variables });
    if (rest.hasChanges) await this.#apply(workspace, rest);
    return undefined;
  }

  /** The revision of the service; undefined if the service does not exist. */
  async #currentRevision({ cluster, service }: ServiceOutputs): Promise<string | undefined> {
    const current = await findService(this.#project.client, {
      cluster,
      service: service ?? this.#service,
    });
    return current?.taskDefinition;
  }

  /** Runs the task before the deployment, if the config has one. Returns the task if it fails. */
  #runBefore(task: ServiceOutputs["task"]): Promise<FailedTask | undefined> {
    return this.#before === undefined
      ? Promise.resolve(undefined)
      : runBeforeTask(this.#project, this.#host, {
          service: this.#service,
          task,
          before: this.#before,
          deployCommand: this.#deployCommand,
        });
  }

  /**
   * Applies the image of the last successful deployment again, if this deployment has set another one by a variable. Does nothing
   * if another run has applied a revision since: Terraform has the image of that run.
   *
   * @returns the error if that fails: a thrown error would replace the result, which states why the deployment has failed
   * @throws the error of an interruption
   */
  async #restoreImage(
    workspace: PlannableWorkspace,
    { imageParameter, taskDefinition }: ServiceOutputs,
  ): Promise<{ readonly restoreError?: Error }> {
    if (this.#image === undefined) return {};
    const restoreError = await errorAfterChange(
      { what: `${this.#service}: Terraform still has the image of the failed deployment` },
      this.#project.options,
      async () => {
        // The workspace has the outputs of the apply of this run. Terraform reads those of the last run.
        const current = this.#outputs(await outputValues(workspace.terraform));
        if (current.taskDefinition !== taskDefinition) return;
        const last = await deployedImage(this.#project.client, imageParameter);
        // After a failed first deployment there is no earlier image.
        if (last === undefined) return;
        await registerRevision(workspace, this.#host, () =>
          this.#host.event?.({ type: "image-restored", service: this.#service, image: last }),
        );
      },
    );
    return restoreError === undefined ? {} : { restoreError };
  }
}
