import {
  type CompletedDeployment,
  type DeploymentCause,
  findService,
  haveSameContent,
  resolveImage,
  runTaskOnce,
  systemClock,
  taskIdOf,
} from "../deployment/index.ts";
import type { Settings } from "../config/index.ts";
import { UserError } from "../shared/index.ts";
import { interruptible } from "../terraform/index.ts";
import type { OperationHost } from "./host.ts";
import { provideImages } from "./images.ts";
import { type InfrastructureOptions, resolveOptions } from "./options.ts";
import {
  applyPlan,
  confirmPlan,
  createPlan,
  type PlannedChanges,
  rejectedPlan,
  type RejectedPlan,
  requireFingerprint,
} from "./plan-and-apply.ts";
import { deployRevision, recordImage, registerRevision } from "./service-deployment.ts";
import {
  checkFoundation,
  openServiceProject,
  outputValues,
  readParameter,
  selectTargets,
  serviceOutputs,
  type ServiceOutputs,
  type ServiceProject,
} from "./service-session.ts";
import { imageParameterOf, type ServiceTarget } from "./service-target.ts";
import { suggest } from "./suggested-command.ts";
import { type ServicePlan, servicePlanOf, taskDefinitionIn } from "./service-plan.ts";
import type { PlannableWorkspace } from "./terraform-workspace.ts";

/** Options of {@link deploy}. */
export interface DeployOptions extends InfrastructureOptions {
  /** Names of services and jobs. @default all services, then all jobs of the config */
  readonly services?: readonly string[];
  /**
   * URI of the image to deploy, for exactly one service or job. `:tag` and `@digest` select an image in the foundation's repository.
   *
   * @default the image in the config; for `image: { build }`, the image of the checked-out commit
   */
  readonly image?: string;
  /** Deploy only if the plan has this fingerprint, for exactly one service or job. @default any plan */
  readonly approved?: string;
  /**
   * Build and push images of the config that are not in the repository. `false` deploys the images of the last successful
   * deployments. @default true
   */
  readonly build?: boolean;
  /** Deploy without a confirmation of the host. @default false */
  readonly yes?: boolean;
}

/** A task that must succeed before a deployment, and failed. */
export interface FailedTask {
  readonly taskArn?: string;
  /** Absent if the container did not run. */
  readonly exitCode?: number;
  readonly hasTimedOut: boolean;
  /** What ECS states about a task that it could not place. */
  readonly reason?: string;
  readonly cause?: DeploymentCause;
  /** The last lines of its log. */
  readonly logLines: readonly string[];
}

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
    }
  /** A job was changed: its next task has the revision. */
  | { readonly outcome: "applied"; readonly taskDefinition: string; readonly image: string }
  /** The service or job already has the revision. */
  | {
      readonly outcome: "unchanged";
      readonly taskDefinition: string;
      readonly image: string;
      readonly url?: string;
    }
  /** The host did not confirm the plan. Nothing was changed. */
  | { readonly outcome: "declined" }
  | RejectedPlan
  /** The task before the deployment failed: the service runs its earlier revision. */
  | {
      readonly outcome: "before-failed";
      readonly taskDefinition: string;
      readonly task: FailedTask;
    }
  /** ECS did not complete the deployment. */
  | {
      readonly outcome: "failed";
      readonly taskDefinition: string;
      readonly deployment: CompletedDeployment;
    }
  /** Terraform or AWS rejected a request. */
  | { readonly outcome: "error"; readonly error: Error }
);

/** The result of {@link deploy}. */
export interface DeployResult {
  /** A result for each service and job, in the order of their deployments. */
  readonly services: readonly ServiceResult[];
}

export async function deployServices(
  options: DeployOptions,
  host: OperationHost,
): Promise<DeployResult> {
  const resolved = resolveOptions("deploy", options);
  const { approved } = resolved;
  requireFingerprint(approved, suggest("plan", resolved, "<service>", "--fingerprint"));
  const project = await openServiceProject(resolved, host, "deploy");
  try {
    const targets = selectTargets(project.settings, options.services);
    const { image: requestedImage } = options;
    if (approved !== undefined) singleTarget("--approved", targets);
    if (requestedImage !== undefined) assertImageIsOpen(project.settings, targets);
    const images = await project.withUserErrors(async () => {
      const published = await checkFoundation(project, targets);
      if (requestedImage === undefined)
        return options.build === false
          ? new Map<string, string>()
          : provideImages(project, targets, host);
      const uri = await resolveRequestedImage(project, requestedImage, published);
      return new Map(targets.map(({ name }) => [name, uri]));
    });
    const results: ServiceResult[] = [];
    for (const target of targets) {
      const { name: service } = target;
      host.event?.({ type: "service-started", service });
      const deployment = new ServiceDeployment(project, host, target, {
        image: images.get(service),
        approved,
        yes: options.yes ?? false,
      });
      try {
        results.push(await project.withUserErrors(() => deployment.run()));
      } catch (error) {
        if (isInterruption(error) || targets.length === 1) throw error;
        results.push({
          service,
          outcome: "error",
          error: error instanceof Error ? error : new Error(String(error)),
        });
      }
    }
    return { services: results };
  } finally {
    await project.close();
  }
}

const isInterruption = (error: unknown): boolean =>
  (error instanceof UserError && error.code === "BERTH-E3004") ||
  (error instanceof Error && "interrupted" in error && error.interrupted === true);

/**
 * Checks that an image can be passed: for one service or job whose image the config does not set. Otherwise the next plan would
 * return to the image of the config.
 *
 * @throws UserError BERTH-E6001 if it cannot
 */
export function assertImageIsOpen(settings: Settings, targets: readonly ServiceTarget[]): void {
  const target = singleTarget("--image", targets);
  if (hasBuiltImage(settings, target)) return;
  const { kind, name } = target;
  throw new UserError(
    "BERTH-E6001",
    `--image is not possible: the config sets the image of ${name}`,
    {
      where: `${kind}s.${name}.image`,
      fix: "change the image in the config; or set it to { build: … }, so that --image selects the image",
      exitCode: 64,
    },
  );
}

/**
 * The only target of an option that is for one service or job.
 *
 * @throws UserError BERTH-E6001 if there are several
 */
function singleTarget(option: string, targets: readonly ServiceTarget[]): ServiceTarget {
  const [target, ...others] = targets;
  if (target !== undefined && others.length === 0) return target;
  throw new UserError("BERTH-E6001", `${option} is for one service or job`, {
    fix: `name one of ${targets.map(({ name }) => name).join(", ")}`,
    exitCode: 64,
  });
}

/** Whether `--image` selects the image of a service or job, and the config does not. */
export function hasBuiltImage(
  { services = {}, jobs = {} }: Settings,
  { kind, name }: ServiceTarget,
): boolean {
  const image = (kind === "service" ? services : jobs)[name]?.image;
  return typeof image === "object" && "build" in image;
}

/**
 * The URI by digest of an image that a user has passed.
 *
 * @param published the outputs of the foundation
 * @throws UserError BERTH-E3103 if the image does not exist
 */
export const resolveRequestedImage = (
  { clientIn }: Pick<ServiceProject, "clientIn">,
  image: string,
  published: Readonly<Record<string, unknown>>,
): Promise<string> => resolveImage(clientIn, fullImage(image, published));

/** The URI of an image; `:tag` and `@digest` are in the foundation's repository. */
function fullImage(image: string, published: Readonly<Record<string, unknown>>): string {
  if (!/^[:@]/.test(image)) return image;
  const { repository_url: repository } = published;
  if (typeof repository === "string") return `${repository}${image}`;
  throw new UserError("BERTH-E3103", `the foundation has no repository for the image ${image}`, {
    fix: "pass the URI of an image",
  });
}

class ServiceDeployment {
  readonly #project: ServiceProject;
  readonly #host: OperationHost;
  readonly #target: ServiceTarget;
  readonly #service: string;
  readonly #image: string | undefined;
  readonly #approved: string | undefined;
  readonly #yes: boolean;

  constructor(
    project: ServiceProject,
    host: OperationHost,
    target: ServiceTarget,
    {
      image,
      approved,
      yes,
    }: {
      readonly image: string | undefined;
      readonly approved: string | undefined;
      readonly yes: boolean;
    },
  ) {
    this.#project = project;
    this.#host = host;
    this.#target = target;
    this.#service = target.name;
    this.#image = image;
    this.#approved = approved;
    this.#yes = yes;
  }

  /** The arguments of the command that continues this deployment. */
  get #arguments(): readonly string[] {
    // Without an image, one that is built has the option --no-build.
    const withoutImage = hasBuiltImage(this.#project.settings, this.#target) ? ["--no-build"] : [];
    return [
      this.#service,
      ...(this.#image === undefined ? withoutImage : ["--image", this.#image]),
    ];
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
    const shown = planned.hasChanges
      ? await workspace.terraform.showJsonText(workspace.plan.path)
      : undefined;
    const plan = shown && servicePlanOf(shown.json);
    const isCreated = plan?.createsService ?? false;
    if (shown !== undefined && plan !== undefined) {
      const refused = await this.#confirm(workspace, planned, shown.text);
      if (refused) return { service, ...refused };
      // The service must not start before the task has succeeded.
      if (isCreated && this.#before !== undefined) {
        const failed = await this.#prepareAndRunBefore(workspace, plan);
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
        await this.#restoreImage(workspace, outputs);
        return { service, outcome: "before-failed", taskDefinition, task };
      }
    }
    const deployed = await deployRevision(this.#project, this.#host, {
      service: outputs.service ?? service,
      cluster: outputs.cluster,
      taskDefinition,
      isCreated,
      continueCommand: this.#deployCommand,
    });
    const shared = { service, taskDefinition, ...(url === undefined ? {} : { url }) };
    if (deployed.outcome === "unchanged") {
      await recordImage(this.#project, outputs, image);
      return { ...shared, outcome: "unchanged", image };
    }
    if (deployed.outcome === "successful") {
      await recordImage(this.#project, outputs, image);
      return { ...shared, outcome: "deployed", image, deployment: deployed };
    }
    await this.#restoreImage(workspace, outputs);
    return { service, outcome: "failed", taskDefinition, deployment: deployed };
  }

  /** ECS starts the tasks of a job: it has the image as soon as Terraform has changed its schedule. */
  async #applyJob(workspace: PlannableWorkspace): Promise<ServiceResult> {
    const service = this.#service;
    const planned = await createPlan(workspace, { variables: this.#variables });
    if (planned.hasChanges) {
      const { text } = await workspace.terraform.showJsonText(workspace.plan.path);
      const refused = await this.#confirm(workspace, planned, text);
      if (refused) return { service, ...refused };
      await this.#apply(workspace, planned);
    } else {
      this.#host.event?.({ type: "no-changes" });
    }
    const outputs = this.#outputs(await outputValues(workspace));
    const { taskDefinition, image } = outputs;
    await recordImage(this.#project, outputs, image);
    return {
      service,
      outcome: planned.hasChanges ? "applied" : "unchanged",
      taskDefinition,
      image,
    };
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

  get #before(): { readonly command: readonly string[]; readonly timeout?: number } | undefined {
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
    jsonText: string,
  ): Promise<RejectedPlan | { readonly outcome: "declined" } | undefined> {
    const rejected = await rejectedPlan(workspace, jsonText, {
      approved: this.#approved,
      hasColor: this.#host.hasColor,
    });
    if (rejected) return rejected;
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
  async #prepareAndRunBefore(
    workspace: PlannableWorkspace,
    plan: ServicePlan,
  ): Promise<ServiceResult | undefined> {
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

  /** Runs the task before the deployment. Returns the task if it fails. */
  async #runBefore(task: ServiceOutputs["task"]): Promise<FailedTask | undefined> {
    const before = this.#before;
    if (before === undefined) return undefined;
    const service = this.#service;
    const { command, timeout = DEFAULT_TIMEOUT } = before;
    const interruption = (what: string, condition: string): UserError =>
      new UserError("BERTH-E3004", `interrupted: ${what}; the service was not changed`, {
        fix: `${condition}run ${this.#deployCommand}`,
        exitCode: 130,
      });
    const result = await interruptible(async (signal) => {
      this.#host.event?.({ type: "before-task-started", service, command });
      let stopped: Awaited<ReturnType<typeof runTaskOnce>>;
      try {
        stopped = await runTaskOnce(
          this.#project.client,
          { ...task, command },
          {
            clock: systemClock,
            timeout,
            signal,
            listener: ({ taskArn, status }) =>
              this.#host.event?.({ type: "task-status", task: taskIdOf(taskArn), status }),
          },
        );
      } catch (error) {
        if (!signal.aborted) throw error;
        throw interruption(
          `the task before the deployment of ${service} continues in Amazon ECS`,
          "wait until the task has stopped, then ",
        );
      }
      if (signal.aborted)
        throw interruption(`the task before the deployment of ${service} has ended`, "");
      return stopped;
    });
    if ("reason" in result) return { hasTimedOut: false, reason: result.reason, logLines: [] };
    return result.exitCode === 0 && !result.hasTimedOut ? undefined : result;
  }

  /** Applies the image of the last successful deployment again, if this deployment has set another one by a variable. */
  async #restoreImage(
    workspace: PlannableWorkspace,
    { imageParameter }: ServiceOutputs,
  ): Promise<void> {
    if (this.#image === undefined) return;
    const last = await deployedImage(this.#project.client, imageParameter);
    // After a failed first deployment there is no earlier image.
    if (last === undefined) return;
    await registerRevision(workspace, this.#host, () =>
      this.#host.event?.({ type: "image-restored", service: this.#service, image: last }),
    );
  }
}

/** The value of the image parameter before the first successful deployment. */
const NO_IMAGE = "none";

/** The image of the last successful deployment; undefined before the first one. */
export async function deployedImage(
  client: ServiceProject["client"],
  parameter: string,
): Promise<string | undefined> {
  const image = await readParameter(client, parameter);
  return image === NO_IMAGE ? undefined : image;
}

/** Seconds until a task before a deployment is stopped. */
const DEFAULT_TIMEOUT = 900;
