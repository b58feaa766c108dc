import type { FailureId } from "../failures/index.ts";
import type { SourceLocation } from "../shared/index.ts";
import type { LocalEffect } from "./terraform-copy/providers.ts";

/** One hop of the path that a packet takes through the network. */
export interface RehearsalPathStep {
  /** An AWS ID. */
  readonly resource: string;
  /** The Terraform address; absent if Terraform did not create the resource. */
  readonly address?: string;
  readonly message: string;
}

/** A problem: its error, its failure in the catalogue, and its fix. */
export interface Finding {
  /** The failure in Berth's catalogue; absent if the catalogue does not have it. */
  readonly id?: FailureId;
  readonly title?: string;
  /** The error text of the sandbox, of Terraform or, if neither reports one, of Berth. */
  readonly message: string;
  /**
   * True if `message` is an error that the sandbox returned. The sandbox imitates the error codes and texts of AWS. AWS can word
   * the same error differently.
   */
  readonly isSandboxError?: boolean;
  readonly fix?: string;
  /** A Terraform address. */
  readonly address?: string;
  /** The line that declares the resource, or the option of the config; absent if it is unknown. */
  readonly location?: SourceLocation;
  /** The step that fails: of the start of a task, of a request, or of Terraform. */
  readonly step: string;
  /** Source and destination of a packet that does not arrive. */
  readonly connection?: { readonly from: string; readonly to: string };
  /** The path of that packet. The last step blocks it. */
  readonly path?: readonly RehearsalPathStep[];
  /** Seconds after which AWS reports the error. */
  readonly seconds?: number;
}

/** The result for one service. */
export interface ServiceVerdict {
  /** The Terraform address, or the name of the service if Terraform did not create it. */
  readonly service: string;
  readonly outcome: "pass" | "fail" | "unknown";
  readonly running: number;
  readonly desired: number;
  readonly findings: readonly Finding[];
  /** Why the outcome is unknown. */
  readonly reason?: string;
}

/** A test request to a listener, and its response. */
export interface TestRequestResult {
  /** Terraform address of the listener, or its ARN. */
  readonly listener: string;
  /** Such as http://app-123.eu-west-1.elb.amazonaws.com:80/. */
  readonly url: string;
  readonly from: string;
  /** HTTP status; absent if there was no response. */
  readonly status?: number;
  /** Who responded: the container of a service, a target, or the load balancer. */
  readonly answeredBy: string;
  readonly finding?: Finding;
  /** Why the result of the request is unknown. */
  readonly untested?: string;
}

/** A resource that the second plan changes although the configuration is unchanged. */
export interface Difference {
  readonly address: string;
  readonly actions: readonly string[];
  readonly attributes: readonly {
    readonly path: string;
    readonly before: string;
    readonly after: string;
    readonly replaces: boolean;
  }[];
}

/** A period of a change in which something did not work that worked before. */
export interface Outage {
  /** Terraform address or name of the service or listener. */
  readonly subject: string;
  /** The problem, such as "no task is running". */
  readonly what: string;
  /** The call with which the outage began. */
  readonly from: ChangingCall;
  /** The call with which the outage ended; absent if it lasted until the end of the change. */
  readonly until?: ChangingCall;
  readonly finding: Finding;
}

/** A call of Terraform that changed a resource. */
export interface ChangingCall {
  /** Such as ec2:DeleteRoute. */
  readonly call: string;
  /** The position among all changing calls, from 1. */
  readonly number: number;
  /** Terraform addresses of the resources that the call probably belongs to, each with the action. */
  readonly addresses: readonly string[];
}

/** The phases of a rehearsal, in their order. */
export type PhaseName =
  | "apply"
  | "deploy"
  | "change"
  | "traffic"
  | "plan"
  | "update"
  | "rollback"
  | "scale"
  | "destroy";

/** A deployment of a service of a Berth config, or a run of a job. */
export interface RehearsedDeployment {
  /** The name in the config. */
  readonly service: string;
  readonly phase: PhaseName;
  /**
   * What was deployed: the first revision, a good update, one of four bad updates that ECS must roll back; `scale`: one task more and
   * back; `job`: one run of a job.
   */
  readonly change:
    | "first"
    | "update"
    | "program-exits"
    | "health-check-fails"
    | "secret-missing"
    | "image-missing"
    | "scale"
    | "job";
  /** `pass` of a bad update: ECS returned to the earlier revision, and the failure was explained. */
  readonly outcome: "pass" | "fail" | "unknown";
  /** How ECS ended the deployment; absent if it did not start. */
  readonly ended?: "successful" | "rolled-back" | "rollback-failed" | "stopped" | "unchanged";
  /** The failure that explains why a bad update failed. */
  readonly explainedBy?: FailureId;
  /** Duration in the simulated time of ECS. */
  readonly seconds?: number;
  readonly findings: readonly Finding[];
  /** Why the outcome is unknown. */
  readonly reason?: string;
}

/** Consecutive equal failures of requests to one URL during a deployment. */
export interface FailedRequests {
  readonly phase: PhaseName;
  /** The service or job that was deployed. */
  readonly service: string;
  /** What was deployed: see RehearsedDeployment. */
  readonly change: string;
  readonly url: string;
  /** HTTP status; absent if there was no response. */
  readonly status?: number;
  readonly message: string;
  /** Simulated seconds from the start of the deployment to the first and to the last of these requests. */
  readonly fromSecond: number;
  readonly untilSecond: number;
  readonly count: number;
}

/** The requests that were sent to the routes of services during deployments. */
export interface DeploymentRequests {
  readonly sent: number;
  readonly failed: readonly FailedRequests[];
}

/** A phase of a rehearsal, with its outcome. */
export interface Phase {
  readonly name: PhaseName;
  readonly outcome: "pass" | "fail" | "unknown";
  readonly seconds: number;
  /** The result in one line, such as "12 created". */
  readonly summary: string;
}

/** A part of a configuration that the rehearsal skipped. */
export interface SkippedResource {
  readonly stack: string;
  /** The address in the configuration: without the keys of count and for_each. */
  readonly address: string;
  /**
   * The sandbox does not support it, its provider is skipped, it is local code and `--no-exec` is set, or it needs the
   * value of an object that is assumed to exist.
   */
  readonly reason: "sandbox" | "provider" | "local-code" | "unknown-value";
  /**
   * The operation, parameter or AWS service that the sandbox does not support; the address of the provider; or the name of
   * the value.
   */
  readonly requires: string;
  /** Addresses of resources that depend on it, and that are skipped for this reason. */
  readonly dependents: readonly string[];
  /** Whether it, or a resource that depends on it, may decide whether services run and are reached. */
  readonly mayDecide: boolean;
}

/** Code of a configuration that runs on this machine, uses the network or writes files. */
export interface LocalCode {
  readonly stack: string;
  readonly kind:
    | "config-file"
    | "module"
    | "provider"
    | "provisioner"
    | "resource"
    | "data"
    | "ephemeral"
    | "action";
  /** Terraform address in the configuration; the path of a config file; the address of an allowed provider. */
  readonly address: string;
  /** The provisioner, the type of the block, or the source of the module. */
  readonly what: string;
  readonly effect: LocalEffect;
  /** True if `--no-exec` skipped it. */
  readonly skipped: boolean;
}

/** The result of a rehearsal. */
export interface Rehearsal {
  /** `applied` instead of `pass` after `until: "apply"`: no service was tested. */
  readonly verdict: "pass" | "applied" | "fail" | "unknown";
  /** The phase in which the rehearsal was interrupted. The result contains what was known then. */
  readonly interruptedIn?: PhaseName;
  readonly stacks: readonly string[];
  readonly phases: readonly Phase[];
  readonly services: readonly ServiceVerdict[];
  readonly requests: readonly TestRequestResult[];
  /** Errors of Terraform in apply, change, plan and destroy. */
  readonly errors: readonly (Finding & { readonly phase: PhaseName })[];
  readonly differences: readonly Difference[];
  /** Deployments of the services of Berth configs, and runs of their jobs. Absent if there are none. */
  readonly deployments?: readonly RehearsedDeployment[];
  /** Absent if no service with a route was updated. */
  readonly deploymentRequests?: DeploymentRequests;
  readonly outages: readonly Outage[];
  /** Resources that existed after destroy. */
  readonly remainingResources: readonly string[];
  readonly latentRisks: readonly Finding[];
  readonly skippedResources: readonly SkippedResource[];
  /** Addresses of the skipped providers. They were neither installed nor started. */
  readonly skippedProviders: readonly string[];
  /** Addresses of the providers that the user allowed. They may have accessed real systems. */
  readonly allowedProviders: readonly string[];
  /** Code that ran on this machine, or was skipped by `--no-exec`. */
  readonly localCode: readonly LocalCode[];
  /** Other operations that the sandbox does not support, after which Terraform continued. */
  readonly unsupportedCalls: readonly string[];
  /** Services and jobs of Berth configs that were not deployed, such as with `until: "apply"`. Absent if there are none. */
  readonly notRehearsed?: readonly string[];
  /** What the rehearsal assumed, such as roles that exist outside the configuration. */
  readonly assumptions: readonly string[];
  /** Number of calls to the sandbox. */
  readonly calls: number;
  readonly seconds: number;
  /** If faults were injected: the seed, the number of calls with a fault, and the number of interrupts. */
  readonly faults?: { readonly seed: number; readonly count: number; readonly interrupts: number };
}
