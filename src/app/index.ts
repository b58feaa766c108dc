/**
 * Berth's operations as functions: what the command line does, without its arguments and its output. Each operation reports its
 * progress to a host and returns a typed result. Its code is loaded when it is called.
 *
 * @module
 */
import type { RehearsalResult, RehearseOptions } from "../rehearsal/index.ts";
import type { ApplyOptions, ApplyResult } from "./apply.ts";
import type { BootstrapOptions, BootstrapResult } from "./bootstrap.ts";
import type { CheckedInput, CheckOptions } from "./check.ts";
import type { DeployOptions, DeployResult } from "./deploy.ts";
import type { DestroyOptions, DestroyResult } from "./destroy.ts";
import type { DriftResult } from "./drift.ts";
import type { ExecOptions, ExecResult } from "./exec.ts";
import type { OperationHost } from "./host.ts";
import type { BuildOptions, BuildResult, PushOptions, PushResult } from "./images.ts";
import type { LogsOptions, LogsResult } from "./logs.ts";
import type { InfrastructureOptions } from "./options.ts";
import type { Outputs } from "./outputs.ts";
import type { PlanOptions, PlanResult } from "./plan.ts";
import type { PlanServiceOptions, PlanServiceResult } from "./plan-service.ts";
import type { RecoverOptions, RecoverResult } from "./recover.ts";
import type { RollbackOptions, RollbackResult } from "./rollback.ts";
import type { RunTaskOptions, RunTaskResult } from "./run-task.ts";
import type { ScaleServiceOptions, ScaleServiceResult } from "./scale.ts";
import type { ServiceStatus, StatusOptions } from "./status.ts";
import type { SynthOptions, SynthResult } from "./synth.ts";

export type { AwsOptions } from "./aws-session.ts";
export type { ExecOptions, ExecResult } from "./exec.ts";
export type {
  BuildOptions,
  BuildResult,
  ImageBuild,
  ImagePush,
  PushOptions,
  PushResult,
} from "./images.ts";
export type { LogsOptions, LogsResult } from "./logs.ts";
export type { RunTaskOptions, RunTaskResult } from "./run-task.ts";
export type {
  LastDeployment,
  ServiceDeployment,
  ServiceStatus,
  StatusOptions,
  StoppedTask,
  TargetHealth,
} from "./status.ts";
export type { ApplyOptions, ApplyResult } from "./apply.ts";
export type { BootstrapOptions, BootstrapResult } from "./bootstrap.ts";
export type { CheckedInput, CheckOptions } from "./check.ts";
export type { DeployOptions, DeployResult } from "./deploy.ts";
export type { FailedTask } from "./before-task.ts";
export type { ServiceResult } from "./deploy-service.ts";
export type { DestroyOptions, DestroyResult } from "./destroy.ts";
export type { RollbackOptions, RollbackResult } from "./rollback.ts";
export type { ScaleServiceOptions, ScaleServiceResult } from "./scale.ts";
export type { DriftResult } from "./drift.ts";
export {
  type ChangeCounts,
  type Confirmation,
  type LogEvent,
  OperationFailedError,
  type OperationEvent,
  type OperationHost,
  type OperationStep,
  type ResourceEvent,
} from "./host.ts";
export type { ConfigOptions, InfrastructureOptions } from "./options.ts";
export type { Outputs } from "./outputs.ts";
export type { PlannedChanges, PlannedResource, RejectedPlan } from "./plan-and-apply.ts";
export type { PlanOptions, PlanResult } from "./plan.ts";
export type { PlanServiceOptions, PlanServiceResult } from "./plan-service.ts";
export type { DeferredRead, FolderParts } from "./plan-folder.ts";
export { engineCache } from "./engine-cache.ts";
export type { RecoverOptions, RecoverResult } from "./recover.ts";
export { suggest } from "./suggested-command.ts";
export type { SynthOptions, SynthResult } from "./synth.ts";

/**
 * Makes the Terraform configuration that a config describes. Needs neither Terraform nor an AWS account.
 *
 * @throws UserError BERTH-E1001 if the config does not exist, BERTH-E6008 if the folder contains the configuration in the other
 * format; UserErrors for invalid values in the config
 * @example
 * const { files } = await synth({ config: "infra/berth.config.ts" });
 * const { resource } = JSON.parse(files["main.tf.json"]);
 */
export async function synth(options: SynthOptions = {}): Promise<SynthResult> {
  const { synthesize } = await import("./synth.ts");
  return synthesize(options);
}

/**
 * Plans the changes that {@link apply} would make, and checks whether the tasks would start. Changes nothing.
 *
 * @throws OperationFailedError if Terraform cannot plan; UserError BERTH-E3006 if another process uses the working folder,
 * BERTH-E3008 if the state of an earlier run was not saved, BERTH-E3001 if Terraform is not installed
 * @example
 * const { counts, check } = await plan({ sandbox: true });
 * if (counts.remove > 0 || check.verdict !== "pass") throw new Error("review the plan");
 */
export async function plan(
  options: PlanOptions = {},
  host: OperationHost = {},
): Promise<PlanResult> {
  const { planInfrastructure } = await import("./plan.ts");
  return planInfrastructure(options, host);
}

/**
 * Creates or changes the infrastructure of a config. Without `yes`, the host confirms the plan.
 *
 * @throws OperationFailedError if Terraform cannot make all changes: `state` says whether the completed changes are in the
 * state; UserError BERTH-E6002 if a confirmation is required and the host has no confirm(), BERTH-E8008 if `approved` is not a
 * fingerprint, and the errors of {@link plan}
 * @example
 * const result = await apply({ environment: "test", yes: true }, { event: (event) => console.log(event.type) });
 * if (result.outcome === "check-failed") console.error(result.check.findings);
 */
export async function apply(
  options: ApplyOptions = {},
  host: OperationHost = {},
): Promise<ApplyResult> {
  const { applyInfrastructure } = await import("./apply.ts");
  return applyInfrastructure(options, host);
}

/**
 * Destroys the services and jobs that {@link deploy} created, and then the infrastructure that {@link apply} created. Without
 * `yes`, the host confirms all plans together.
 *
 * @throws OperationFailedError if Terraform cannot destroy all resources; UserError BERTH-E3011 if the load balancer has deletion
 * protection (nothing is destroyed then), BERTH-E6002 if a confirmation is required and the host has no confirm(), and the
 * errors of {@link plan}
 * @example
 * const { outcome, destroyed } = await destroy({ sandbox: true, yes: true });
 */
export async function destroy(
  options: DestroyOptions = {},
  host: OperationHost = {},
): Promise<DestroyResult> {
  const { destroyInfrastructure } = await import("./destroy.ts");
  return destroyInfrastructure(options, host);
}

/**
 * The outputs of the last {@link apply}, such as the URL of the load balancer. Sensitive values are replaced.
 *
 * @throws UserError BERTH-E3012 if there are no outputs, and the errors of {@link plan}
 * @example
 * const { url } = await output({ environment: "test" });
 */
export async function output(
  options: InfrastructureOptions = {},
  host: OperationHost = {},
): Promise<Outputs> {
  const { readOutputs } = await import("./output.ts");
  return readOutputs(options, host);
}

/**
 * Detects drift: changes made outside of Terraform, and changes of the config that were not applied. Changes nothing and takes no
 * lock.
 *
 * @throws the errors of {@link plan}
 * @example
 * const { hasDrift, drift } = await drift({ environment: "prod" });
 * if (hasDrift) console.log(drift.changedOutsideTerraform);
 */
export async function drift(
  options: InfrastructureOptions = {},
  host: OperationHost = {},
): Promise<DriftResult> {
  const { detectDrift } = await import("./drift.ts");
  return detectDrift(options, host);
}

/**
 * Creates, changes or destroys what a pipeline requires in an account: the state bucket, GitHub's OIDC provider and the roles.
 *
 * @throws OperationFailedError if Terraform cannot make all changes; UserError BERTH-E8003 if the config lacks an option that the
 * pipeline requires, BERTH-E8007 if the bucket to destroy contains other states, BERTH-E8010 if the GitHub repository is unknown,
 * and the errors of {@link apply}
 * @example
 * const result = await bootstrap({ config: "infra/berth.config.ts", yes: true });
 */
export async function bootstrap(
  options: BootstrapOptions = {},
  host: OperationHost = {},
): Promise<BootstrapResult> {
  const { bootstrapAccount } = await import("./bootstrap.ts");
  return bootstrapAccount(options, host);
}

/**
 * Saves the state of an interrupted run, and releases its lock. Changes no resources.
 *
 * @throws UserError BERTH-E3014 if another run holds the lock, BERTH-E3009 if created resources are missing in the state,
 * BERTH-E6002 if a confirmation is required and the host has no confirm(), BERTH-E3003 if Terraform fails
 * @example
 * const { outcome } = await recover({ environment: "prod", yes: true });
 */
export async function recover(
  options: RecoverOptions = {},
  host: OperationHost = {},
): Promise<RecoverResult> {
  const { recoverInfrastructure } = await import("./recover.ts");
  return recoverInfrastructure(options, host);
}

/**
 * Checks whether the ECS services of a configuration can start, pull their image, write their logs, read their secrets and receive
 * their traffic. It applies nothing and sends no request to AWS.
 *
 * @param input a path or a parsed plan. A path is a folder with Terraform files or a Berth config (it is planned in an empty
 * sandbox, which needs Terraform), a plan that `terraform plan -out` has saved (needs Terraform too), or a file with the output of
 * `terraform show -json`. An object is that output, parsed. A list has the root modules in the order in which they are applied:
 * what one publishes and a later one reads is resolved (remote state and SSM parameters), and each address in the result is
 * preceded by the path of its root module, such as `infra: aws_vpc.main`. A parsed plan in a list has the name `plan 1`, with
 * its position in the list
 * @throws UserError BERTH-E7003 if the path does not exist, BERTH-E7001 if the input is neither a plan nor a state, BERTH-E7002
 * for a suppression without a reason or an expiry date, BERTH-E7004 if the folder cannot be planned, BERTH-E7006 if the inputs of a
 * list cannot be checked together (a state, or a path twice); UserErrors, BERTH-E1005, for options that are present but undefined
 * @example
 * const { verdict, findings } = await check("infra");
 * @example
 * const { verdict } = await check("plan.json", { isolated: true });
 * @example
 * const { verdict } = await check(["infra", "deploy"], { workspace: "staging" });
 */
export async function check(
  input: string | object | readonly (string | object)[],
  options: CheckOptions = {},
  host: OperationHost = {},
): Promise<CheckedInput> {
  const { checkInput } = await import("./check.ts");
  return checkInput(input, options, host);
}

/**
 * Runs the full lifecycle of a Terraform configuration in a sandbox, with real Terraform: apply, tasks and traffic, a second plan
 * that must have no changes, a change, destroy. Needs no AWS account. The time depends on the fixed waits of Terraform's
 * AWS provider, such as 60 seconds for a new load balancer.
 *
 * @throws UserError if the rehearsal cannot run: Terraform or a provider is not installed, or an option is invalid. A failure of
 * the configuration is not thrown: it is in the result
 * @example
 * const { verdict, services } = await rehearse({ dir: "infra" });
 */
export async function rehearse(
  options: RehearseOptions = {},
  host: OperationHost = {},
): Promise<RehearsalResult> {
  const { rehearseConfiguration } = await import("./rehearse.ts");
  return rehearseConfiguration(options, host);
}

/**
 * The current state of services and jobs: deployments, counts, revision and image, target health, events, and why tasks stopped.
 *
 * @throws UserError BERTH-E6011 if the config has no service or job with a name, BERTH-E9001 without AWS credentials,
 * BERTH-E9004 if a permission is missing, BERTH-E9013 if AWS cannot be reached
 * @example
 * const [web] = await status({ environment: "prod", services: ["web"] });
 * if (web.running < web.desired) console.log(web.stoppedTasks.map((task) => task.reason));
 */
export async function status(
  options: StatusOptions = {},
  host: OperationHost = {},
): Promise<readonly ServiceStatus[]> {
  const { readStatus } = await import("./status.ts");
  return readStatus(options, host);
}

/**
 * Reports the log events of a service or job to the host, as events of the type `log-event`.
 *
 * @throws UserError BERTH-E6012 if the log group does not exist, and the errors of {@link status}
 * @example
 * const stop = AbortSignal.timeout(60_000);
 * await logs({ service: "web", follow: true, signal: stop }, { event: (event) => console.log(event) });
 */
export async function logs(options: LogsOptions, host: OperationHost = {}): Promise<LogsResult> {
  const { readLogs } = await import("./logs.ts");
  return readLogs(options, host);
}

/**
 * Runs one task with the newest revision of a service or job, in its network, and reports its log to the host. Waits until the
 * task has stopped. If the signal of the options is aborted, the task is stopped.
 *
 * @throws UserError BERTH-E9015 if the task does not start, BERTH-E6012 if the service is not deployed, BERTH-E3004 if it was
 * interrupted, and the errors of {@link status}
 * @example
 * const { exitCode } = await runTask({ service: "web", command: ["node", "migrate.js"] });
 */
export async function runTask(
  options: RunTaskOptions,
  host: OperationHost = {},
): Promise<RunTaskResult> {
  const { runOneTask } = await import("./run-task.ts");
  return runOneTask(options, host);
}

/**
 * Opens a session in a container of a running task with ECS Exec. AWS's Session Manager plugin connects it to the terminal of
 * this process.
 *
 * @throws UserError BERTH-E6014 if the plugin is not installed, BERTH-E6013 if there is no running task, BERTH-E6015 if ECS Exec
 * is not enabled for it, and the errors of {@link status}
 * @example
 * await exec({ service: "web", command: ["ls", "/tmp"] });
 */
export async function exec(options: ExecOptions, host: OperationHost = {}): Promise<ExecResult> {
  const { executeCommand } = await import("./exec.ts");
  return executeCommand(options, host);
}

/**
 * Builds the images of services and jobs with `image: { build }`, with the first of Docker Buildx, Podman, Buildah and Finch that
 * can be used. Each image is an OCI archive in .berth/images. Needs no AWS account.
 *
 * @throws UserError BERTH-E3201 or BERTH-E3202 if no builder can be used, BERTH-E3203 if a build fails, BERTH-E3204 if the Git
 * commit cannot be read, BERTH-E3205 if a build folder or a Dockerfile does not exist, BERTH-E3206 if a build folder contains .berth,
 * BERTH-E3207 if an image is not for the architecture of its service, BERTH-E6001 if the config has no image to build,
 * BERTH-E6011 if the config has no service or job with a name, BERTH-E3004 if it was interrupted
 * @example
 * const { images } = await build({ services: ["web"] });
 * for (const { tag, digest } of images) console.log(tag, digest);
 */
export async function build(
  options: BuildOptions = {},
  host: OperationHost = {},
): Promise<BuildResult> {
  const { buildServiceImages } = await import("./images.ts");
  return buildServiceImages(options, host);
}

/**
 * Pushes the images that {@link build} has built to the repository of the foundation, and waits for their scans.
 *
 * @throws UserError BERTH-E3208 if an image was not built, BERTH-E3209 if an immutable tag names another image, BERTH-E3210 if the
 * registry rejects an image, BERTH-E3101 if the foundation was not applied, and the errors of {@link status}
 * @example
 * const { images } = await push({ failOn: "critical" });
 * if (images.some(({ verdict }) => verdict !== "pass")) throw new Error("read the findings");
 */
export async function push(
  options: PushOptions = {},
  host: OperationHost = {},
): Promise<PushResult> {
  const { pushServiceImages } = await import("./images.ts");
  return pushServiceImages(options, host);
}

/**
 * Deploys services and jobs. For a service, it applies its root module, runs its `before` task with the new revision, starts the
 * service deployment of ECS and waits for it. For a job, it applies its root module. A service whose deployment fails is in the
 * result; the next one is still deployed. First, images with `image: { build }` that the repository does not have are built and pushed.
 *
 * @throws UserError BERTH-E3101 if the foundation does not provide what the services need, BERTH-E3103 if the image does not exist
 * (nothing is changed then), BERTH-E3004 if it was interrupted (the deployment continues in ECS), and the errors of {@link build},
 * {@link push} and {@link apply}
 * @example
 * const { services } = await deploy({ services: ["web"], image: ":v2", yes: true });
 * for (const result of services)
 *   if (result.outcome === "failed") console.error(result.deployment.causes);
 */
export async function deploy(
  options: DeployOptions = {},
  host: OperationHost = {},
): Promise<DeployResult> {
  const { deployServices } = await import("./deploy.ts");
  return deployServices(options, host);
}

/**
 * Plans the changes that {@link deploy} would make to the resources of one service or job. Changes nothing.
 *
 * @throws UserError BERTH-E3101 if the foundation does not provide what the service needs, BERTH-E3103 if the image does not exist,
 * and the errors of {@link plan}
 * @example
 * const result = await planService({ service: "web", image: ":v2" });
 * if (result.outcome === "planned") console.log(result.report.fingerprint);
 */
export async function planService(
  options: PlanServiceOptions,
  host: OperationHost = {},
): Promise<PlanServiceResult> {
  const { planServiceChanges } = await import("./plan-service.ts");
  return planServiceChanges(options, host);
}

/**
 * Returns a service to the revision of the last successful deployment that differs from the running one, and waits for it.
 *
 * @throws UserError BERTH-E3106 if there is no earlier revision, and the errors of {@link deploy}
 * @example
 * const { outcome } = await rollback({ service: "web", yes: true });
 */
export async function rollback(
  options: RollbackOptions,
  host: OperationHost = {},
): Promise<RollbackResult> {
  const { rollBackService } = await import("./rollback.ts");
  return rollBackService(options, host);
}

/**
 * Sets the number of tasks of a service, and waits until they run. With automatic scaling, the number must be between its limits,
 * and scaling may change it later.
 *
 * @throws UserError BERTH-E3107 if the count is not between the limits of automatic scaling, BERTH-E3108 if the tasks do not run in
 * time, and the errors of {@link status}
 * @example
 * await scale({ service: "web", count: 4 });
 */
export async function scale(
  options: ScaleServiceOptions,
  host: OperationHost = {},
): Promise<ScaleServiceResult> {
  const { scaleService } = await import("./scale.ts");
  return scaleService(options, host);
}
