import * as ec2 from "@aws-sdk/client-ec2";
import type * as ecs from "@aws-sdk/client-ecs";
import { AddressIndex } from "../../../src/rehearsal/diagnosis/address-index.ts";
import { allServices, probeService } from "../../../src/rehearsal/probes/service.ts";
import type { SandboxOptions } from "../../../src/sandbox/server.ts";
import {
  type Egress,
  givenStage,
  type Outcome,
  type Stage,
  type ServiceOverrides,
} from "./stage.ts";

/** What a stage shows of a healthy foundation. */
export const HEALTHY = "fine";

/** One failure of the catalogue, as the sandbox shows it, and its repaired twin. */
export interface Failure {
  readonly id: string;
  readonly title: string;
  /** AWS's words, or a part of them. */
  readonly message: string | RegExp;
  /** Does it wrong, on a stage of its own; answers what AWS says. */
  readonly broken: () => Promise<string>;
  /** Does it wrong, and answers which failures a rehearsal takes it for; absent where there is no service to judge. */
  readonly identified?: () => Promise<readonly (string | undefined)[]>;
  /** Does it right; answers FINE. */
  readonly repaired: () => Promise<string>;
}

interface CaseOptions {
  readonly egress?: Egress;
  readonly options?: SandboxOptions;
}

async function withStage<Result>(
  options: CaseOptions,
  act: (stage: Stage) => Promise<Result>,
): Promise<Result> {
  const stage = await givenStage(options.egress, options.options);
  try {
    return await act(stage);
  } finally {
    await stage.close();
  }
}

/** Everything a person would read of a service that does not come up; FINE where it does. */
export function statusOf(outcome: Outcome, wanted = 2): string {
  if (outcome.running === wanted && outcome.rollout === "COMPLETED") return HEALTHY;
  return [...outcome.reasons, ...outcome.events].join("\n");
}

/** The code and message of a refusal; FINE for a success. */
export async function errorOf(call: Promise<unknown>): Promise<string> {
  try {
    await call;
    return HEALTHY;
  } catch (error) {
    const { name, message } = error as Error;
    return `${name}: ${message}`;
  }
}

type StageAction = (stage: Stage) => Promise<unknown>;

interface Start extends CaseOptions {
  readonly overrides?: ServiceOverrides;
  /** A wish that needs to know the stage. */
  readonly overridesOf?: (stage: Stage) => ServiceOverrides;
  /** How often a client looks before the failure shows. @default 1 */
  readonly polls?: number;
  /** Breaks the foundation before the service is created. */
  readonly breakStage?: StageAction;
  /** Repairs it under the service's feet: ECS tries again. */
  readonly repairStage?: StageAction;
  /** Another way to have it right, where the fault lies in the wish: the right wish on a healthy stage. */
  readonly repairedAction?: ServiceOverrides;
  readonly prepareStage?: StageAction;
}

/** A task that does not start, for AWS's reason. */
export function failedStart(
  id: string,
  title: string,
  message: string | RegExp,
  options: Start,
): Failure {
  const runBroken = async (stage: Stage): Promise<string> => {
    await options.prepareStage?.(stage);
    await options.breakStage?.(stage);
    await stage.launch(options.overridesOf?.(stage) ?? options.overrides);
    return statusOf(await stage.poll(options.polls));
  };
  return {
    id,
    title,
    message,
    broken: () => withStage(options, runBroken),
    identified: () =>
      withStage(options, async (stage) => {
        await runBroken(stage);
        return allServices(stage.sandbox).flatMap((located) =>
          probeService(stage.sandbox, located, new AddressIndex()).findings.map(
            (found) => found.id,
          ),
        );
      }),
    repaired: () =>
      withStage(options, async (stage) => {
        if (options.repairStage === undefined) {
          await options.prepareStage?.(stage);
          return statusOf(await stage.launch(options.repairedAction ?? {}));
        }
        await runBroken(stage);
        await options.repairStage(stage);
        return statusOf(await stage.poll(2));
      }),
  };
}

interface Call extends CaseOptions {
  readonly brokenAction: StageAction;
  /** The same thing done right, on a stage of its own. */
  readonly repairedAction: StageAction;
}

/** A call that AWS refuses. */
export function rejectedCall(
  id: string,
  title: string,
  message: string | RegExp,
  options: Call,
): Failure {
  return {
    id,
    title,
    message,
    broken: () => withStage(options, (stage) => errorOf(options.brokenAction(stage))),
    repaired: () => withStage(options, (stage) => errorOf(options.repairedAction(stage))),
  };
}

interface Shown extends CaseOptions {
  readonly brokenAction: (stage: Stage) => Promise<string>;
  readonly repairedAction: (stage: Stage) => Promise<string>;
}

/** Anything else that can be seen. */
export function observed(
  id: string,
  title: string,
  message: string | RegExp,
  options: Shown,
): Failure {
  return {
    id,
    title,
    message,
    broken: () => withStage(options, options.brokenAction),
    repaired: () => withStage(options, options.repairedAction),
  };
}

/** What a request from the internet gets, once the service has come up. */
export function requestResult(stage: Stage, path = "/", listener?: string): string {
  const response = stage.request(path, listener);
  if (response.kind === "no-response")
    return `lost at ${response.trace.stopped?.ids.join(", ")}: ${response.trace.stopped?.message}`;
  return response.status === 200
    ? HEALTHY
    : `${response.status} ${response.headers["location"] ?? response.body}`;
}

/** Registers a definition and creates the service. */
export const service = async (
  stage: Stage,
  more: Partial<ecs.CreateServiceRequest> = {},
  overrides: ServiceOverrides = {},
): Promise<unknown> => {
  await stage.register(overrides);
  return stage.create(more);
};

/** A second VPC, with nothing in it. */
export const otherVpc = async (stage: Stage): Promise<string> =>
  (await stage.aws.ec2.send(new ec2.CreateVpcCommand({ CidrBlock: "10.30.0.0/16" }))).Vpc?.VpcId ??
  "";
