import type { CheckResult } from "../checks/index.ts";
import type { WaitEvent } from "../deployment/index.ts";
import type { ImageEvent } from "../images/index.ts";
import type { LocalCode, Phase, PhaseName } from "../rehearsal/index.ts";
import { UserError, UserErrors } from "../shared/index.ts";
import type { Action, TerraformEvent } from "../terraform/index.ts";

/** Numbers of resources that a plan changes. */
export interface ChangeCounts {
  readonly add: number;
  readonly change: number;
  readonly remove: number;
}

/** A change of a resource in progress or completed. */
export interface ResourceEvent {
  /** The Terraform address. */
  readonly address: string;
  readonly action: Action;
  /** The duration; absent while the change is in progress. */
  readonly seconds?: number;
  /** The ID that AWS has assigned to a created resource. */
  readonly id?: string;
}

/** A line of a container's log. */
export interface LogEvent {
  /** The ID of the task. */
  readonly task: string;
  readonly container: string;
  readonly timestamp: Date;
  readonly message: string;
}

/** What an operation does before it changes anything, in this order. Without a sandbox, `sandbox` is left out. */
export type OperationStep = "config" | "sandbox" | "init" | "plan" | "check";

/** What an operation reports to its host, in the order in which it happens. */
export type OperationEvent =
  /** A step before the first change starts: each may take some seconds. */
  | { readonly type: "step-started"; readonly step: OperationStep }
  | {
      /** Terraform is ready to work on the configuration. */
      readonly type: "workspace-opened";
      readonly engine: "terraform" | "tofu";
      /** The version of Terraform or OpenTofu. */
      readonly version: string;
      /** The URL of the sandbox; absent for an AWS account. */
      readonly sandboxUrl?: string;
      /** The name of the foundation; for the root module of a service or job, with its name, such as shop/web. */
      readonly name: string;
      readonly region: string;
    }
  /** The sandbox creates a resource that the config names as existing. */
  | { readonly type: "resource-assumed"; readonly resource: string }
  /** An earlier run was interrupted. The resources that it created are in the state. */
  | { readonly type: "earlier-run-checked" }
  /** A warning of Terraform, or of what an operation could not do and continues without. */
  | { readonly type: "warning"; readonly message: string }
  /** The load balancer will have deletion protection: destroy fails until it is disabled in the config. */
  | { readonly type: "deletion-protected" }
  /** The infrastructure matches the config. */
  | { readonly type: "no-changes" }
  /** Terraform starts to change resources. */
  | {
      readonly type: "changes-started";
      readonly operation: "apply" | "destroy";
      readonly counts: ChangeCounts;
    }
  /** The number of resources that the current phase of a rehearsal changes. */
  | { readonly type: "changes-expected"; readonly resources: number }
  | ({
      readonly type: "resource-started" | "resource-finished" | "resource-failed";
    } & ResourceEvent)
  /** Terraform could not make all changes. The operation throws this error after it has handled the state. */
  | { readonly type: "changes-failed"; readonly error: OperationFailedError }
  /** The state lock of an interrupted run was released. */
  | { readonly type: "state-lock-released"; readonly lock: string }
  /** The state of an interrupted run was saved, with this number of resources. */
  | { readonly type: "state-saved"; readonly resources: number }
  /** The state file was damaged. It was renamed to *.damaged, and Terraform's backup was restored. */
  | { readonly type: "state-backup-restored" }
  /** The state bucket already exists: it is used and not changed. */
  | { readonly type: "bucket-adopted"; readonly bucket: string }
  /** GitHub's OIDC provider already exists in the account: it is used and not changed. */
  | { readonly type: "oidc-provider-adopted" }
  /** The local state is moved to the state bucket. */
  | { readonly type: "state-moving"; readonly bucket: string }
  /** A folder is planned in an empty sandbox. */
  | { readonly type: "folder-planning"; readonly folder: string }
  /** Code that will run on this machine. Reported before it runs. */
  | { readonly type: "local-code"; readonly code: readonly LocalCode[] }
  /** A phase of a rehearsal starts, or continues with the next stack. */
  | { readonly type: "phase-started"; readonly phase: PhaseName; readonly stack?: string }
  /** A phase of a rehearsal has ended, with any outcome. */
  | { readonly type: "phase-ended"; readonly phase: Phase }
  /** An event in the log of a service or job. */
  | ({ readonly type: "log-event" } & LogEvent)
  /** The status of a task that runs once has changed, such as to PENDING, RUNNING or STOPPED. */
  | { readonly type: "task-status"; readonly task: string; readonly status: string }
  /** AWS's Session Manager plugin takes over the terminal. */
  | { readonly type: "session-started"; readonly task: string; readonly container: string }
  /** The deployment of a service starts with its plan. */
  | { readonly type: "service-started"; readonly service: string }
  /** The resources of a service or job are destroyed. */
  | { readonly type: "service-destroying"; readonly service: string }
  /** The task that must succeed before a deployment starts. Its status follows as `task-status`. */
  | {
      readonly type: "before-task-started";
      readonly service: string;
      readonly command: readonly string[];
    }
  | {
      /** ECS deploys a revision of the task definition. */
      readonly type: "deployment-started";
      readonly service: string;
      /** Family and revision, such as shop-web:7. */
      readonly revision: string;
      /** True if the deployment was already in progress, such as after an interruption. */
      readonly isContinued: boolean;
    }
  /** What ECS reports about a deployment. */
  | { readonly type: "deployment"; readonly service: string; readonly event: WaitEvent }
  /** What a build or a push of an image reports. */
  | { readonly type: "image"; readonly event: ImageEvent }
  /** After a failed deployment: Terraform registers a revision with the image of the last successful deployment. */
  | { readonly type: "image-restored"; readonly service: string; readonly image: string };

/** A decision that an operation leaves to its host. */
export type Confirmation =
  /** Apply the plan. */
  | {
      readonly kind: "apply" | "destroy";
      /** The plan as Terraform prints it. */
      readonly plan: string;
      readonly counts: ChangeCounts;
      readonly target: "sandbox" | "account";
      /** The check of the plan; absent for a destroy, and for an apply without a check. */
      readonly check?: CheckResult;
      /** The service that the plan deploys; absent for the foundation. */
      readonly service?: string;
    }
  | {
      /** Return a service to an earlier revision. */
      readonly kind: "rollback";
      readonly service: string;
      /** Family and revision of the task definition. */
      readonly from: string;
      readonly to: string;
      /** True if the service already returns to the revision, or runs it without a record of its image. */
      readonly isContinued: boolean;
      readonly target: "sandbox" | "account";
    }
  /** Save a state that an earlier run could not save, or replace a damaged state file by its backup. */
  | { readonly kind: "save-state" | "restore-backup"; readonly error: UserError }
  /** Save the state now, after a failed apply that could not save it. */
  | { readonly kind: "save-state-now"; readonly error: OperationFailedError }
  /** Continue although created resources are missing in the state: the user has deleted or imported each of them. */
  | { readonly kind: "accept-missing"; readonly error: UserError };

/**
 * Receives what an operation reports, and makes its decisions. Every member is optional: without a host, an operation reports
 * nothing, and throws if it needs a confirmation.
 *
 * @example
 * const host: OperationHost = {
 *   event: (event) => {
 *     if (event.type === "resource-finished") console.log(event.address, event.seconds);
 *   },
 *   confirm: (confirmation) => Promise.resolve(confirmation.kind === "apply"),
 * };
 */
export interface OperationHost {
  /** Receives each event. */
  event?(event: OperationEvent): void;
  /** Returns true to continue. @default the operation throws BERTH-E6002 */
  confirm?(confirmation: Confirmation): Promise<boolean>;
  /** Whether the plans that Terraform prints contain ANSI colors. @default false */
  readonly hasColor?: boolean;
}

/**
 * Terraform could not complete an operation. `errors` has an error for each problem that it reported.
 *
 * @example
 * try {
 *   await apply({ sandbox: true, yes: true });
 * } catch (error) {
 *   if (error instanceof OperationFailedError && error.state === "saved") console.log("run apply again to continue");
 *   throw error;
 * }
 */
export class OperationFailedError extends UserErrors {
  readonly operation: "plan" | "apply" | "destroy";
  /** True if the process received a signal to stop. */
  readonly interrupted: boolean;
  /** Whether the state contains all completed changes; `unchanged` if there are none. */
  readonly state: "saved" | "not-saved" | "unchanged";
  /** The command that continues the operation. */
  readonly retryCommand: string;

  constructor(
    errors: readonly UserError[],
    details: Pick<OperationFailedError, "operation" | "interrupted" | "state" | "retryCommand">,
  ) {
    super(errors);
    this.name = "OperationFailedError";
    this.operation = details.operation;
    this.interrupted = details.interrupted;
    this.state = details.state;
    this.retryCommand = details.retryCommand;
  }
}

/** Whether an error means that the process received a signal to stop. */
export const isInterruption = (error: unknown): boolean =>
  error instanceof OperationFailedError
    ? error.interrupted
    : error instanceof UserError && error.code === "BERTH-E3004";

/**
 * The host's decision.
 *
 * @throws UserError BERTH-E6002 if the host does not make decisions
 */
export function confirmed(host: OperationHost, confirmation: Confirmation): Promise<boolean> {
  if (host.confirm) return host.confirm(confirmation);
  throw new UserError("BERTH-E6002", "confirmation required, but the host has no confirm()", {
    fix: "set yes: true, or pass a host that confirms",
    exitCode: 64,
  });
}

/** The host's event for a change of a resource that Terraform reports; undefined for other events. */
export function resourceEventOf(event: TerraformEvent): OperationEvent | undefined {
  switch (event.type) {
    case "started":
      return { ...event, type: "resource-started" };
    case "finished":
      return { ...event, type: "resource-finished" };
    case "failed":
      return { ...event, type: "resource-failed" };
    case "planned":
    case "summary":
    case "diagnostic":
    case "outputs":
    case "message":
    case "unstructured":
      return undefined;
  }
}
