/// <reference types="node" preserve="true" />
/**
 * What happens in a sandbox: tasks and why they stopped, services, listeners and what they answer, the path of a packet,
 * test starts of tasks, resources and permissions. Nothing here changes the state of the sandbox.
 *
 * @module
 */
import type { AuthorizationResult } from "../../iam/index.ts";
import type { AccountRegion } from "../core/store.ts";
import type { Trace } from "../services/ec2/network/trace.ts";
import type { Sandbox } from "../server.ts";
import {
  type AllowedClient,
  allowedClient,
  listenersOf,
  type ListenerView,
  requestsFor,
  sendTestRequest,
  type TestAnswer,
  type TestRequest,
} from "./load-balancers.ts";
import { type Destination, type Source, trace } from "./network.ts";
import {
  type AwsCall,
  isAllowed,
  type PermissionRequest,
  requiredPermissions,
  type RequiredPermission,
} from "./permissions.ts";
import {
  type Located,
  type ResourceKind,
  resourceOf,
  resourcesOf,
  type ResourceViews,
} from "./resources.ts";
import {
  invocationsOf,
  type InvocationView,
  scheduledTasksOf,
  type ScheduledTaskView,
  type StartAttempt,
  tryScheduledTask,
  tryStart,
  tryStartAgain,
} from "./starts.ts";
import {
  servicesOf,
  type ServiceView,
  type StartFailure,
  taskDefinitionOf,
  type TaskDefinitionView,
  tasksOf,
  type TaskView,
} from "./tasks.ts";

export type { AllowedClient, ListenerView, TestAnswer, TestRequest } from "./load-balancers.ts";
export type { Destination, NewClient, Source } from "./network.ts";
export type { AwsCall, PermissionRequest, RequiredPermission } from "./permissions.ts";
export type {
  Located,
  NamedResource,
  RepositoryView,
  ResourceKind,
  ResourceViews,
} from "./resources.ts";
export type {
  InvocationView,
  ScheduledTaskView,
  StartAttempt,
  TargetHealth,
  TestInterface,
} from "./starts.ts";
export type {
  ContainerView,
  DeploymentView,
  ServiceView,
  StartFailure,
  StopCause,
  TaskDefinitionView,
  TaskView,
} from "./tasks.ts";
export type {
  ManagedPrefixList,
  NetworkInterface,
  Route,
  RouteTable,
  SecurityGroup,
  SecurityGroupRule,
  Subnet,
  Vpc,
  VpcEndpoint,
} from "../services/ec2/tables.ts";
export type { Hop, StoppedHop, StopReason, Trace } from "../services/ec2/network/trace.ts";
export type { PlacementCause, Unplaced } from "../services/ecs/placement-failure.ts";
export type { FailureCause } from "../services/ecs/startup/start-failure.ts";
export type { TargetRejection } from "../services/events/target-rejection.ts";
export type { AuthorizationResult } from "../../iam/index.ts";

/** Read access to everything in a sandbox, in all accounts and regions. Each method reads the current state. */
export class Inspection {
  readonly #sandbox: Sandbox;

  constructor(sandbox: Sandbox) {
    this.#sandbox = sandbox;
  }

  /** All tasks, the oldest first. Stopped tasks are included, as long as ECS lists them. */
  tasks(): TaskView[] {
    return tasksOf(this.#sandbox);
  }

  /** The tasks of a service, the oldest first. Stopped tasks are included. @param service ARN of the service */
  tasksOf(service: string): TaskView[] {
    return this.tasks().filter((task) => task.service === service);
  }

  /** All services that are not deleted. */
  services(): ServiceView[] {
    return servicesOf(this.#sandbox);
  }

  /** A revision of a task definition; undefined if it does not exist. @param arn ARN of the revision */
  taskDefinition(arn: string): TaskDefinitionView | undefined {
    return taskDefinitionOf(this.#sandbox, arn);
  }

  /** The enabled EventBridge rules and schedules that start ECS tasks, one entry for each target. */
  scheduledTasks(): ScheduledTaskView[] {
    return scheduledTasksOf(this.#sandbox);
  }

  /** The starts of tasks by EventBridge rules and schedules, the oldest first, and why they failed. */
  invocations(): InvocationView[] {
    return invocationsOf(this.#sandbox);
  }

  /**
   * Starts a task of a service in one subnet, and undoes it. Finds out why a task would not start there.
   *
   * @param service ARN of the service
   * @returns undefined if the service has no deployment
   * @throws TypeError if the service does not exist
   */
  tryStart(service: string, subnetId: string): StartAttempt | undefined {
    return tryStart(this.#sandbox, service, subnetId);
  }

  /**
   * Repeats the startup steps of a running task in its network interface, such as pulling its images, and undoes them.
   *
   * @param task ARN of the task
   * @returns why the task would not start now; undefined if it would
   * @throws TypeError if the task does not exist or has stopped
   */
  tryStartAgain(task: string): StartFailure | undefined {
    return tryStartAgain(this.#sandbox, task);
  }

  /**
   * Starts the task of a schedule in each of its subnets, and undoes it.
   *
   * @throws TypeError if neither the schedule nor the target of the rule exists
   */
  tryScheduledTask(scheduled: Pick<ScheduledTaskView, "rule" | "targetId">): StartAttempt[] {
    return tryScheduledTask(this.#sandbox, scheduled);
  }

  /** The listeners of all load balancers. */
  listeners(): ListenerView[] {
    return listenersOf(this.#sandbox);
  }

  /**
   * A client that the security groups of the load balancer allow to connect to a listener.
   *
   * @param listener ARN of the listener
   * @throws TypeError if the listener does not exist
   */
  allowedClient(listener: string): AllowedClient {
    return allowedClient(this.#sandbox, listener);
  }

  /**
   * Requests that reach every action of a listener: one for its default action, and one for each of its rules.
   *
   * @param listener ARN of the listener
   * @throws TypeError if the listener does not exist
   */
  requestsFor(listener: string): Required<TestRequest>[] {
    return requestsFor(this.#sandbox, listener);
  }

  /**
   * Sends a request to a listener, through the network, the rules of the listener and the health of the targets.
   *
   * @param listener ARN of the listener
   * @param request `from`: the client, by default an address on the internet. `turn`: the number of the request; nodes,
   *   weighted target groups and targets take turns
   * @throws TypeError if the listener or the client does not exist
   * @example
   * const answer = inspect(sandbox).request(listenerArn, { path: "/health" });
   * expect(answer).toMatchObject({ kind: "answered", status: 200 });
   */
  request(
    listener: string,
    request: TestRequest & { readonly from?: Source; readonly turn?: number } = {},
  ): TestAnswer {
    return sendTestRequest(this.#sandbox, listener, request);
  }

  /**
   * Traces a TCP connection from A to B and its responses: each security group, network ACL, route and gateway on the
   * way, and the one that drops the packet with a typed reason.
   *
   * @param port TCP port of the destination. @default 443
   * @throws TypeError if the source or destination does not exist
   * @example
   * const { arrives, stopped } = inspect(sandbox).trace({ task }, { host: "api.ecr.eu-west-1.amazonaws.com" });
   */
  trace(from: Source, to: Destination, port = 443): Trace {
    return trace(this.#sandbox, from, to, port);
  }

  /**
   * All resources of a kind, in all accounts and regions.
   *
   * @example
   * inspect(sandbox).resources("subnet").map(({ zone }) => zone);
   */
  resources<Kind extends ResourceKind>(kind: Kind): Located<ResourceViews[Kind]>[] {
    return resourcesOf(this.#sandbox, kind);
  }

  /**
   * A resource by its ID, or by its name if its kind has no ID. Certificates have an ARN.
   *
   * @param place the account and region. @default the first in which the resource exists
   */
  resource<Kind extends ResourceKind>(
    kind: Kind,
    id: string,
    place?: Partial<AccountRegion>,
  ): Located<ResourceViews[Kind]> | undefined {
    return resourceOf(this.#sandbox, kind, id, place);
  }

  /**
   * Whether the policies of a role or user, its permissions boundary and the policy of the resource together allow a
   * request.
   *
   * @throws TypeError if the role or user does not exist
   * @example
   * inspect(sandbox).isAllowed({ principal: roleArn, action: "logs:PutLogEvents", resource: logGroupArn }).allowed;
   */
  isAllowed(request: PermissionRequest): AuthorizationResult {
    return isAllowed(this.#sandbox, request);
  }

  /** The permissions that a call requires, by action and resource. */
  requiredPermissions(call: AwsCall): RequiredPermission[] {
    return requiredPermissions(this.#sandbox, call);
  }
}

/**
 * Read access to what happens in a sandbox, for tests.
 *
 * @example
 * const running = inspect(sandbox).tasks().filter((task) => task.status === "RUNNING");
 */
export const inspect = (sandbox: Sandbox): Inspection => new Inspection(sandbox);
