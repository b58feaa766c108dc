import type {
  DeploymentClient,
  Service,
  ServiceDeployment,
  ServiceRevision,
  TargetHealth,
  TargetState,
  Task,
} from "./aws-types.ts";
import type { Clock } from "./clock.ts";
import type { OutboundPath } from "../failures/index.ts";
import { causesOf, type DeploymentCause } from "./diagnosis.ts";
import { retried } from "./retry.ts";
import {
  findDeployment,
  findRevision,
  findService,
  listDeployments,
  type ServiceName,
} from "./service.ts";
import {
  type DeploymentOutcome,
  type DeploymentProgress,
  type DeploymentTrigger,
  isCompleted,
  outcomeOf,
  progressOf,
  type TargetCounts,
  triggerOf,
} from "./service-deployment.ts";

/** What a wait reports, in the order in which it happens. */
export type WaitEvent =
  /** The progress has changed. */
  | { readonly type: "progress"; readonly progress: DeploymentProgress }
  /** Tasks of the new revision stopped or cannot start, for a reason that was not reported before. */
  | { readonly type: "cause"; readonly cause: DeploymentCause }
  /** A call to AWS failed and is repeated. */
  | { readonly type: "retry"; readonly message: string };

/** Options of {@link waitForDeployment}. */
export interface WaitOptions extends ServiceName {
  /** ARN of the service deployment. */
  readonly deploymentArn: string;
  /** ARN of the task definition revision that it deploys. */
  readonly taskDefinition: string;
  readonly region: string;
  /** How tasks reach AWS. @default "endpoints" */
  readonly outboundPath?: OutboundPath | undefined;
  readonly clock: Clock;
  /** Ends the wait, and not the deployment. */
  readonly signal?: AbortSignal | undefined;
  readonly listener?: ((event: WaitEvent) => void) | undefined;
}

/** A revision of a service. */
export interface RunningRevision {
  /** ARN of the task definition. */
  readonly taskDefinition: string;
  /** Image of each container, by digest if ECS has resolved it. */
  readonly images: readonly string[];
  readonly running: number;
}

/** The result of a deployment. */
export interface CompletedDeployment {
  readonly outcome: DeploymentOutcome;
  readonly deploymentArn: string;
  /** What ECS states about the outcome. */
  readonly reason?: string;
  /** What ended the deployment; absent after a successful one. */
  readonly trigger?: DeploymentTrigger;
  /** ARN of the task definition of the deployment that replaced this one; absent if none did. */
  readonly replacedBy?: string;
  /** The revision that the service runs now; absent if the service no longer exists. */
  readonly running?: RunningRevision;
  /** Why tasks of the new revision stopped. A successful deployment may have some too. */
  readonly causes: readonly DeploymentCause[];
  /** Duration of the deployment in ECS, in seconds. */
  readonly seconds: number;
}

/**
 * Times between two calls of DescribeServiceDeployments, and between two rounds of calls about tasks, targets and events, in
 * milliseconds. A wait that ends within a second needs a poll in each second. It makes about two calls per second.
 *
 * Source: Amazon ECS API Reference, "Request throttling for the Amazon ECS API": an account may make 20 calls per second that read
 * services, and 20 that read tasks, in each region.
 */
const POLL_MS = 800;
const FINAL_POLL_MS = 400;
const EVIDENCE_MS = 5000;

/** Numbers of ARNs that one call describes. Source: Amazon ECS API Reference, "DescribeTasks". */
const TASKS_PER_CALL = 100;

/**
 * Waits until a service deployment is completed.
 *
 * @throws the reason of the signal; the error of AWS if a call is rejected, or if there is no response for ten minutes
 */
export async function waitForDeployment(
  client: DeploymentClient,
  options: WaitOptions,
): Promise<CompletedDeployment> {
  return new DeploymentWait(client, options).run();
}

class DeploymentWait {
  readonly #client: DeploymentClient;
  readonly #options: WaitOptions;
  /** Stopped tasks, by ARN: ECS shows a stopped task for about an hour only. */
  readonly #stoppedTasks = new Map<string, Task>();
  #events: readonly string[] = [];
  #targets: readonly TargetHealth[] = [];
  #service: Service | undefined;
  #startedAt: number | undefined;
  #lastProgress = "";
  readonly #reported = new Set<string>();

  constructor(client: DeploymentClient, options: WaitOptions) {
    this.#client = client;
    this.#options = options;
  }

  async run(): Promise<CompletedDeployment> {
    const { clock, signal, deploymentArn } = this.#options;
    let nextEvidence = clock.now();
    for (;;) {
      signal?.throwIfAborted();
      const deployment = await this.#read(() => findDeployment(this.#client, deploymentArn));
      const isFinal = deployment?.status !== undefined && isCompleted(deployment.status);
      if (deployment) this.#startedAt ??= timeOf(deployment.createdAt ?? deployment.startedAt);
      if (deployment && isFinal) {
        const [revision, replacedBy] = await Promise.all([
          this.#readRevision(deployment),
          this.#readReplacement(deployment),
          this.#readEvidence(),
        ]);
        this.#report(deployment);
        return {
          ...this.#result(deployment, revision),
          ...(replacedBy === undefined ? {} : { replacedBy }),
        };
      }
      if (deployment && clock.now() >= nextEvidence) {
        await this.#readEvidence();
        nextEvidence = clock.now() + EVIDENCE_MS;
      }
      if (deployment) this.#report(deployment);
      await clock.sleep(this.#interval(deployment), signal);
    }
  }

  /** All tasks of the new revision run: the deployment may end soon. */
  #interval(deployment: ServiceDeployment | undefined): number {
    const target = deployment?.targetServiceRevision;
    const isNearEnd =
      target !== undefined &&
      (target.requestedTaskCount ?? 0) > 0 &&
      target.runningTaskCount === target.requestedTaskCount;
    return isNearEnd ? FINAL_POLL_MS : POLL_MS;
  }

  #read<Result>(call: () => Promise<Result>): Promise<Result> {
    const { clock, signal, listener } = this.#options;
    return retried(call, {
      clock,
      signal,
      onRetry: ({ message }) => listener?.({ type: "retry", message }),
    });
  }

  async #readEvidence(): Promise<void> {
    await Promise.all([this.#readService(), this.#readStoppedTasks()]);
  }

  async #readService(): Promise<void> {
    const service = await this.#read(() => findService(this.#client, this.#options));
    this.#service = service;
    const since = this.#startedAt ?? 0;
    this.#events = (service?.events ?? [])
      .filter(({ createdAt }) => timeOf(createdAt) >= since)
      .flatMap(({ message }) => message ?? []);
    const groups = (service?.loadBalancers ?? []).flatMap(
      ({ targetGroupArn }) => targetGroupArn ?? [],
    );
    const responses = await Promise.all(
      groups.map((TargetGroupArn) =>
        this.#read(() =>
          this.#client.call("elasticloadbalancing", "DescribeTargetHealth", { TargetGroupArn }),
        ),
      ),
    );
    this.#targets = responses.flatMap(
      ({ TargetHealthDescriptions = [] }) => TargetHealthDescriptions,
    );
  }

  async #readStoppedTasks(): Promise<void> {
    const { cluster, service, taskDefinition } = this.#options;
    const { taskArns = [] } = await this.#read(() =>
      this.#client.call("ecs", "ListTasks", {
        cluster,
        serviceName: service,
        desiredStatus: "STOPPED",
        maxResults: TASKS_PER_CALL,
      }),
    );
    const unknown = taskArns.filter((arn) => !this.#stoppedTasks.has(arn));
    if (unknown.length === 0) return;
    const { tasks = [] } = await this.#read(() =>
      this.#client.call("ecs", "DescribeTasks", { cluster, tasks: unknown }),
    );
    for (const task of tasks) {
      const isOfDeployment =
        task.taskDefinitionArn === taskDefinition &&
        timeOf(task.createdAt) >= (this.#startedAt ?? 0);
      // The reason and the exit codes of a task are complete when it has stopped.
      if (isOfDeployment && task.lastStatus === "STOPPED")
        this.#stoppedTasks.set(task.taskArn ?? "", task);
    }
  }

  get #causes(): DeploymentCause[] {
    return causesOf({
      stoppedTasks: [...this.#stoppedTasks.values()],
      events: this.#events,
      targets: this.#targets,
      region: this.#options.region,
      outboundPath: this.#options.outboundPath,
    });
  }

  #report(deployment: ServiceDeployment): void {
    const { listener } = this.#options;
    if (!listener) return;
    const progress = progressOf(deployment, this.#targetCounts());
    const text = JSON.stringify(progress);
    if (text !== this.#lastProgress) listener({ type: "progress", progress });
    this.#lastProgress = text;
    for (const cause of this.#causes) {
      // The health of a target that is not used yet, or not healthy yet, is part of the progress.
      if (cause.tasks.length === 0 && !isCompleted(progress.status)) continue;
      const key = cause.failure?.id ?? cause.message;
      if (this.#reported.has(key)) continue;
      this.#reported.add(key);
      listener({ type: "cause", cause });
    }
  }

  #targetCounts(): TargetCounts | undefined {
    if ((this.#service?.loadBalancers ?? []).length === 0) return undefined;
    const count = (state: TargetState): number =>
      this.#targets.filter(({ TargetHealth }) => TargetHealth?.State === state).length;
    return {
      healthy: count("healthy"),
      initial: count("initial"),
      unhealthy: count("unhealthy"),
      draining: count("draining"),
    };
  }

  #result(
    deployment: ServiceDeployment,
    revision: ServiceRevision | undefined,
  ): CompletedDeployment {
    const { deploymentArn, clock } = this.#options;
    const outcome = outcomeOf(deployment.status ?? "PENDING");
    if (outcome === undefined) throw new TypeError("the deployment is not completed");
    const reason = deployment.statusReason ?? deployment.rollback?.reason;
    const end = deployment.finishedAt ?? deployment.stoppedAt;
    const running = this.#runningRevision(revision);
    return {
      outcome,
      deploymentArn,
      ...(reason === undefined ? {} : { reason }),
      ...(outcome === "successful" ? {} : { trigger: triggerOf(deployment) }),
      ...(running === undefined ? {} : { running }),
      causes: this.#causes,
      seconds: Math.max(
        0,
        ((end === undefined ? clock.now() : timeOf(end)) - (this.#startedAt ?? clock.now())) / 1000,
      ),
    };
  }

  /** The service revision to which a completed deployment has led. */
  async #readRevision(deployment: ServiceDeployment): Promise<ServiceRevision | undefined> {
    const arn =
      deployment.status === "SUCCESSFUL"
        ? deployment.targetServiceRevision?.arn
        : deployment.rollback?.serviceRevisionArn;
    return arn === undefined ? undefined : this.#read(() => findRevision(this.#client, arn));
  }

  /**
   * The task definition of the deployment that replaced a stopped one: it was started before the other one ended.
   *
   * Source: Amazon ECS Developer Guide, "View service history using Amazon ECS service deployments".
   */
  async #readReplacement({
    status,
    createdAt,
    stoppedAt,
  }: ServiceDeployment): Promise<string | undefined> {
    if (status !== "STOPPED") return undefined;
    const newest = (await this.#read(() => listDeployments(this.#client, this.#options, 1))).find(
      (other) =>
        other.arn !== this.#options.deploymentArn &&
        other.createdAt >= timeOf(createdAt) &&
        other.createdAt <= timeOf(stoppedAt),
    );
    if (newest === undefined) return undefined;
    return (await this.#read(() => findRevision(this.#client, newest.revisionArn)))?.taskDefinition;
  }

  #runningRevision(revision: ServiceRevision | undefined): RunningRevision | undefined {
    const taskDefinition = this.#service?.taskDefinition;
    if (this.#service === undefined || taskDefinition === undefined) return undefined;
    const images = revision?.taskDefinition === taskDefinition ? revision.containerImages : [];
    return {
      taskDefinition,
      images: (images ?? []).flatMap(({ image }) => image ?? []),
      running: this.#service.runningCount ?? 0,
    };
  }
}

const timeOf = (time: Date | undefined): number => new Date(time ?? 0).getTime();
