import type { FailureId } from "../failures/catalogue/index.ts";
import type { LocalEffect } from "./terraform-copy/providers.ts";

/** One thing that a packet met. */
export interface RehearsalPathStep {
  /** An AWS id. */
  readonly resource: string;
  /** The Terraform address it was made by, where it was. */
  readonly address?: string;
  readonly message: string;
}

/** Something that went wrong: what AWS says, which failure it is, and what mends it. */
export interface Finding {
  /** A failure of Berth's catalogue; absent where it has no name. */
  readonly id?: FailureId;
  readonly title?: string;
  /** AWS's own words. */
  readonly message: string;
  readonly fix?: string;
  /** A Terraform address. */
  readonly address?: string;
  /** Where it broke: a step of a task's start, of the way to it, or of Terraform's work. */
  readonly step: string;
  /** From whom to whom the packet was, where one was lost. */
  readonly connection?: { readonly from: string; readonly to: string };
  /** The way of the packet, the last being what stopped it. */
  readonly path?: readonly RehearsalPathStep[];
  /** Seconds until AWS says so. */
  readonly seconds?: number;
}

/** What a rehearsal says of one service. */
export interface ServiceVerdict {
  /** Terraform address, or the service's name where Terraform did not make it. */
  readonly service: string;
  readonly outcome: "pass" | "fail" | "unknown";
  readonly running: number;
  readonly desired: number;
  readonly findings: readonly Finding[];
  /** Why it was not rehearsed. */
  readonly reason?: string;
}

/** One request to a listener, and who answered. */
export interface TestRequestResult {
  /** Terraform address of the listener, or its ARN. */
  readonly listener: string;
  /** Such as http://app-123.eu-west-1.elb.amazonaws.com:80/. */
  readonly url: string;
  readonly from: string;
  /** HTTP status; absent where nothing came back. */
  readonly status?: number;
  /** Who answered: a service's container, the load balancer itself, nobody. */
  readonly answeredBy: string;
  readonly finding?: Finding;
}

/** An attribute that a plan would change though nothing was asked for. */
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

/** A time in which something did not work that worked before and after, or no more. */
export interface Outage {
  /** Terraform address or name of the service or listener. */
  readonly subject: string;
  readonly what: string;
  /** The call that began it, and those under way in Terraform. */
  readonly from: ChangingCall;
  /** The call that ended it; absent where it lasted. */
  readonly until?: ChangingCall;
  readonly finding: Finding;
}

/** A call of Terraform's that changed the world. */
export interface ChangingCall {
  /** Such as ec2:DeleteRoute. */
  readonly call: string;
  /** How many changing calls came before it. */
  readonly number: number;
  /** Terraform addresses that it belongs to, with what is done to them. */
  readonly addresses: readonly string[];
}

export type PhaseName = "apply" | "traffic" | "plan" | "change" | "destroy";

export interface Phase {
  readonly name: PhaseName;
  readonly outcome: "pass" | "fail" | "unknown";
  readonly seconds: number;
  /** What it came to, in words. */
  readonly summary: string;
}

/** A part of a configuration that was not rehearsed. */
export interface SkippedResource {
  readonly stack: string;
  /** As the configuration has it: without keys of count and for_each. */
  readonly address: string;
  /** The sandbox does not support it, its provider is skipped, or it is local code under `--no-exec`. */
  readonly reason: "sandbox" | "provider" | "local-code";
  /** What it needs: an operation, a member of one, or a service of AWS; else the address of its provider. */
  readonly requires: string;
  /** Addresses that depend on it, and are left out with it. */
  readonly dependents: readonly string[];
}

/** Code that a rehearsal or a check runs on this machine, or something that reaches the network or writes files. */
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
  /** The provisioner, the block's type, or where the module comes from. */
  readonly what: string;
  readonly effect: LocalEffect;
  /** True where it was left out: `--no-exec`. */
  readonly skipped: boolean;
}

/** Everything that a rehearsal found. */
export interface Rehearsal {
  readonly verdict: "pass" | "fail" | "unknown";
  readonly stacks: readonly string[];
  readonly phases: readonly Phase[];
  readonly services: readonly ServiceVerdict[];
  readonly requests: readonly TestRequestResult[];
  /** What was refused at apply, change and destroy. */
  readonly errors: readonly (Finding & { readonly phase: PhaseName })[];
  readonly differences: readonly Difference[];
  readonly outages: readonly Outage[];
  /** What was still there after destroy. */
  readonly remainingResources: readonly string[];
  readonly latentRisks: readonly Finding[];
  readonly skippedResources: readonly SkippedResource[];
  /** Addresses of the providers that were skipped: nothing of them was installed or started. */
  readonly skippedProviders: readonly string[];
  /** Addresses of the providers that the user allowed, and that may have reached real systems. */
  readonly allowedProviders: readonly string[];
  /** What ran on this machine, or would have without `--no-exec`. */
  readonly localCode: readonly LocalCode[];
  /** What Terraform asked for beside that, the sandbox does not know, and Terraform went on without. */
  readonly unsupportedCalls: readonly string[];
  /** Things that were taken for granted, such as roles made elsewhere. */
  readonly assumptions: readonly string[];
  /** Calls that were answered. */
  readonly calls: number;
  readonly seconds: number;
  /** The seed of the faults, where there were some, how many befell calls, and how often Terraform was interrupted. */
  readonly faults?: { readonly seed: number; readonly count: number; readonly interrupts: number };
}
