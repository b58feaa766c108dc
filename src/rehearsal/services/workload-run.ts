import { AwsClient } from "../../aws-client/index.ts";
import type { JobOptions, ServiceOptions, Settings } from "../../config/index.ts";
import {
  type CompletedDeployment,
  countReached,
  type DeploymentCause,
  findService,
  firstDeployment,
  haveSameContent,
  type OneOffTask,
  removeRemains,
  runTaskOnce,
  startDeployment,
  waitForCount,
  waitForDeployment,
} from "../../deployment/index.ts";
import { sandboxEnvironment } from "../../sandbox/client.ts";
import { interruptible } from "../../terraform/index.ts";
import { createFinding } from "../diagnosis/failure-identification.ts";
import { runTerraform } from "../phases/run-terraform.ts";
import type { Finding, PhaseName } from "../result.ts";
import type { RunState } from "../run-state.ts";
import type { StackRunResult } from "../terraform-copy/run-tally.ts";
import type { Stack } from "../terraform-copy/terraform-stack.ts";
import { withSimulatedTime } from "./simulated-clock.ts";
import { type Change, firstVariables, imageOf, isBuilt } from "./variants.ts";

/** Seconds until a job, or a task before a deployment, is stopped. */
const TASK_TIMEOUT = 900;

/** The outputs of the root module of a service or job that a deployment uses. */
interface WorkloadOutputs {
  readonly cluster: string;
  /** Absent for a job, and if Terraform has not created the service. */
  readonly service: string | undefined;
  readonly taskDefinition: string;
  readonly image: string;
  readonly imageParameter: string;
  readonly task: Omit<OneOffTask, "command">;
}

/** A deployment that ECS has completed, or that was not necessary. */
export type Deployed =
  | (CompletedDeployment & { readonly taskDefinition: string })
  | { readonly outcome: "unchanged"; readonly taskDefinition: string };

/** A service or job of a config in a rehearsal: its stack, and its deployments as `berth deploy` makes them. */
export class WorkloadRun {
  readonly stack: Stack;
  readonly name: string;
  readonly settings: Settings;
  /** The service of the config; undefined for a job. */
  readonly service: ServiceOptions | undefined;
  readonly #run: RunState;
  readonly #options: ServiceOptions | JobOptions;
  readonly #client: AwsClient;
  readonly #account: string;
  /** The variables of the configuration that runs. A failed deployment returns to them. */
  #variables: readonly string[] = [];
  #outputs: Promise<WorkloadOutputs> | undefined;
  /** Whether the last apply had the image of the config. */
  #hasConfiguredImage = true;

  /** @throws TypeError if the stack is not one of a service or job */
  constructor(run: RunState, stack: Stack) {
    const { workload, settings } = stack;
    const { services = {}, jobs = {} } = settings ?? {};
    const options = (workload?.kind === "job" ? jobs : services)[workload?.name ?? ""];
    if (workload === undefined || settings === undefined || options === undefined)
      throw new TypeError("the stack is not one of a service or job");
    this.#run = run;
    this.stack = stack;
    this.name = workload.name;
    this.settings = settings;
    this.service = workload.kind === "service" ? services[this.name] : undefined;
    this.#options = options;
    const { env = process.env } = run.options;
    this.#account = run.accountOf(settings);
    this.#client = new AwsClient({
      region: settings.region,
      env: sandboxEnvironment(env, run.sandbox.url, this.#account),
    });
  }

  /** Applies the root module for the first time. */
  applyFirst(phase: PhaseName): Promise<StackRunResult> {
    return this.#apply(phase, firstVariables(this.stack, this.#account));
  }

  /** Applies the root module with the image of a change, which registers a revision. */
  async applyChange(phase: PhaseName, change: Change): Promise<StackRunResult> {
    const { image } = await this.outputs();
    return this.#apply(phase, [`image=${imageOf(change, image)}`]);
  }

  /** Applies the configuration that runs again, after a failed deployment. */
  restore(phase: PhaseName): Promise<StackRunResult> {
    return this.#apply(phase, this.#variables);
  }

  /**
   * Keeps the image that was deployed: in the parameter of the image, or, if the config sets the image, as if the config had been
   * changed.
   */
  async keepImage(): Promise<void> {
    const { image, imageParameter } = await this.outputs();
    await this.#client.call("ssm", "PutParameter", {
      Name: imageParameter,
      Value: image,
      Type: "String",
      Overwrite: true,
    });
    this.#variables = isBuilt(this.#options) || this.#hasConfiguredImage ? [] : [`image=${image}`];
    this.stack.setVariables(this.#variables);
  }

  async #apply(phase: PhaseName, variables: readonly string[]): Promise<StackRunResult> {
    this.#hasConfiguredImage = variables.length === 0;
    this.#outputs = undefined;
    this.stack.setVariables(variables);
    const result = await runTerraform(this.#run, this.stack, "apply");
    this.#run.recordErrors(phase, result, this.stack);
    return result;
  }

  /** The outputs after the last apply. @throws TypeError if Terraform has not created the task definition */
  outputs(): Promise<WorkloadOutputs> {
    this.#outputs ??= this.#readOutputs();
    return this.#outputs;
  }

  async #readOutputs(): Promise<WorkloadOutputs> {
    const values = await this.stack.outputs();
    const text = (name: string): string => {
      const value = values[name];
      if (typeof value !== "string") throw new TypeError(`the stack has no output ${name}`);
      return value;
    };
    const list = (name: string): string[] => {
      const value = values[name];
      return Array.isArray(value) ? value.filter((entry) => typeof entry === "string") : [];
    };
    const service = values["service_name"];
    const shared = { cluster: text("cluster_arn"), taskDefinition: text("task_definition_arn") };
    return {
      ...shared,
      service: typeof service === "string" ? service : undefined,
      image: text("image"),
      imageParameter: text("image_parameter"),
      task: {
        ...shared,
        container: text("container_name"),
        subnetIds: list("subnet_ids"),
        securityGroupIds: list("security_group_ids"),
        assignPublicIp: values["assign_public_ip"] === true,
        logGroup: text("log_group"),
        region: this.settings.region,
      },
    };
  }

  /** ARN of the service in the sandbox; undefined if Terraform has not created it. */
  async serviceArn(): Promise<string | undefined> {
    const current = await this.#current(await this.outputs());
    return current?.serviceArn;
  }

  /** ARN of the task definition revision that the service runs. Terraform may have registered a later one. */
  async runningRevision(): Promise<string | undefined> {
    return (await this.#current(await this.outputs()))?.taskDefinition;
  }

  async #current({ cluster, service }: WorkloadOutputs): ReturnType<typeof findService> {
    return service === undefined ? undefined : findService(this.#client, { cluster, service });
  }

  /** Waits for the first deployment of a service, which Terraform has started when it created the service. */
  awaitFirst(): Promise<Deployed> {
    return this.#wait(async (signal) => {
      const { cluster, service = this.name, taskDefinition } = await this.outputs();
      const name = { cluster, service };
      const deploymentArn = await firstDeployment(this.#client, {
        ...name,
        clock: this.#run.clock,
        signal,
      });
      return this.#awaitDeployment(name, { deploymentArn, taskDefinition, signal });
    });
  }

  /** Deploys the revision that Terraform has registered, and waits for it. */
  deploy(): Promise<Deployed> {
    return this.#wait(async (signal) => {
      const outputs = await this.outputs();
      const { cluster, service = this.name, taskDefinition } = outputs;
      const name = { cluster, service };
      const current = await this.#current(outputs);
      if (current === undefined) throw new TypeError(`the service ${service} does not exist`);
      const { taskDefinition: running } = current;
      if (running !== undefined && (await haveSameContent(this.#client, running, taskDefinition)))
        return { outcome: "unchanged", taskDefinition: running };
      const started = await startDeployment(this.#client, {
        ...name,
        taskDefinition,
        current,
        clock: this.#run.clock,
        signal,
      });
      return started.kind === "unchanged"
        ? { outcome: "unchanged", taskDefinition }
        : this.#awaitDeployment(name, { deploymentArn: started.arn, taskDefinition, signal });
    });
  }

  async #awaitDeployment(
    name: { readonly cluster: string; readonly service: string },
    {
      deploymentArn,
      taskDefinition,
      signal,
    }: {
      readonly deploymentArn: string;
      readonly taskDefinition: string;
      readonly signal: AbortSignal;
    },
  ): Promise<Deployed> {
    const completed = await waitForDeployment(this.#client, {
      ...name,
      deploymentArn,
      taskDefinition,
      region: this.settings.region,
      clock: this.#run.clock,
      signal,
    });
    return { ...completed, taskDefinition };
  }

  /** Runs the task before a deployment, if the service has one. Returns why it failed; undefined if it succeeded. */
  async runBefore(): Promise<Finding | undefined> {
    const before = this.service?.before;
    if (before === undefined) return undefined;
    const { command, timeout = TASK_TIMEOUT } = before;
    return this.#runTask("the task before the deployment", command, timeout);
  }

  /** Runs a job once, with the command of the config. Returns why it failed; undefined if it succeeded. */
  runJob(): Promise<Finding | undefined> {
    return this.#runTask("running the job", this.#options.command ?? [], TASK_TIMEOUT);
  }

  #runTask(
    step: string,
    command: readonly string[],
    timeout: number,
  ): Promise<Finding | undefined> {
    return this.#wait(async (signal) => {
      const { task } = await this.outputs();
      const result = await runTaskOnce(
        this.#client,
        { ...task, command },
        { clock: this.#run.clock, timeout, signal },
      );
      if ("reason" in result) return { step, message: result.reason, isSandboxError: true };
      const { exitCode, hasTimedOut, cause } = result;
      if (hasTimedOut) return { step, message: `the task did not end within ${timeout} seconds` };
      if (exitCode === 0) return undefined;
      return cause === undefined
        ? { step, message: `the task ended with the exit code ${exitCode ?? "unknown"}` }
        : findingOf(cause, step);
    });
  }

  /** Removes what Terraform keeps when it destroys the service or job, as `berth destroy` does. */
  async removeRest(): Promise<void> {
    const { name } = this.settings;
    const target = { cluster: name, family: `${name}-${this.name}` };
    await removeRemains(this.#client, target);
  }

  /** The number of tasks of the service; undefined if it does not exist. */
  async count(): Promise<number | undefined> {
    return (await this.#current(await this.outputs()))?.desiredCount;
  }

  /** Sets the number of tasks, as `berth scale` does, and waits. Returns why it was not reached; undefined if it was. */
  scale(count: number): Promise<Finding | undefined> {
    return this.#wait(async (signal) => {
      const { cluster, service = this.name } = await this.outputs();
      await this.#client.call("ecs", "UpdateService", { cluster, service, desiredCount: count });
      const reached = await waitForCount(this.#client, {
        cluster,
        service,
        count,
        region: this.settings.region,
        clock: this.#run.clock,
        signal,
      });
      if (countReached(reached, count)) return undefined;
      const [cause] = reached.causes;
      return cause === undefined
        ? { step: "scaling", message: `${reached.running} of ${count} tasks run after ten minutes` }
        : findingOf(cause, "scaling");
    });
  }

  #wait<Result>(action: (signal: AbortSignal) => Promise<Result>): Promise<Result> {
    return interruptible((signal) => withSimulatedTime(this.#run, () => action(signal)));
  }
}

/** Why tasks stopped, as a finding. */
export function findingOf(cause: DeploymentCause, step: string): Finding {
  const { failure, hop, message, containers } = cause;
  const codes = containers.map(({ name, exitCode }) => `${name} exited with ${exitCode}`);
  return createFinding(failure?.id, {
    step,
    message: codes.length === 0 ? message : `${message} (${codes.join(", ")})`,
    isSandboxError: true,
    ...(hop?.host === undefined ? {} : { connection: { from: "a task", to: hop.host } }),
  });
}
