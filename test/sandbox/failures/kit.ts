import * as ec2 from "@aws-sdk/client-ec2";
import type * as ecs from "@aws-sdk/client-ecs";
import { AddressIndex } from "../../../src/rehearsal/diagnosis/address-index.ts";
import { activeServices, probeService } from "../../../src/rehearsal/probes/service.ts";
import { inspect } from "../../../src/sandbox/inspection/index.ts";
import type { SandboxOptions } from "../../../src/sandbox/server.ts";
import { once } from "../../support/once.ts";
import {
  type Egress,
  givenStage,
  type Outcome,
  type Stage,
  type ServiceOverrides,
} from "./stage.ts";

/** Result of a stage without a failure. */
export const HEALTHY = "fine";

/** A failure of the catalogue in the sandbox, and the repaired configuration. */
export interface Failure {
  readonly id: string;
  readonly title: string;
  /** The message of AWS, or a part of it. */
  readonly message: string | RegExp;
  /** The message of AWS for the broken configuration, which runs once, on a new stage. */
  readonly broken: () => Promise<string>;
  /** The failure IDs that a rehearsal identifies in the broken configuration; undefined if there is no service. */
  readonly identified?: () => Promise<readonly (string | undefined)[]>;
  /** Runs the repaired configuration and returns HEALTHY. */
  readonly repaired: () => Promise<string>;
  /** Creates the service in the broken configuration, and passes the stage; undefined if the failure is not one of a service. */
  readonly withBrokenService?: <Result>(
    service: Partial<ecs.CreateServiceRequest>,
    act: (stage: Stage) => Promise<Result>,
  ) => Promise<Result>;
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

/** The stopped reasons and events of a service; HEALTHY if it reaches a steady state. */
export function statusOf(outcome: Outcome, wanted = 2): string {
  if (outcome.running === wanted && outcome.rollout === "COMPLETED") return HEALTHY;
  return [...outcome.reasons, ...outcome.events].join("\n");
}

/** The code and message of a rejected call; HEALTHY for a success. */
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
  /** Overrides that depend on the stage. */
  readonly overridesOf?: (stage: Stage) => ServiceOverrides;
  /** Number of polls until the failure is visible. @default 1 */
  readonly polls?: number;
  /** Breaks the foundation before the service is created. */
  readonly breakStage?: StageAction;
  /** Repairs the foundation while the service exists: ECS retries. */
  readonly repairStage?: StageAction;
  /** Correct overrides for a healthy stage, if the failure is caused by the overrides. */
  readonly repairedOverrides?: ServiceOverrides;
  readonly prepareStage?: StageAction;
}

/** A failure at the start of a task, visible in its stopped reason. */
export function failedStart(
  id: string,
  title: string,
  message: string | RegExp,
  options: Start,
): Failure {
  const createBroken = async (
    stage: Stage,
    more: Partial<ecs.CreateServiceRequest> = {},
  ): Promise<void> => {
    await options.prepareStage?.(stage);
    await options.breakStage?.(stage);
    const overrides = options.overridesOf?.(stage) ?? options.overrides ?? {};
    await stage.launch({ ...overrides, service: { ...overrides.service, ...more } });
  };
  const runBroken = async (stage: Stage): Promise<string> => {
    await createBroken(stage);
    return statusOf(await stage.poll(options.polls));
  };
  const broken = once(() =>
    withStage(options, async (stage) => {
      const status = await runBroken(stage);
      const inspection = inspect(stage.sandbox);
      const identified = activeServices(inspection).flatMap((service) =>
        probeService(inspection, service, new AddressIndex()).findings.map((found) => found.id),
      );
      return { status, identified };
    }),
  );
  return {
    id,
    title,
    message,
    broken: async () => (await broken()).status,
    identified: async () => (await broken()).identified,
    repaired: () =>
      withStage(options, async (stage) => {
        if (options.repairStage === undefined) {
          await options.prepareStage?.(stage);
          return statusOf(await stage.launch(options.repairedOverrides ?? {}));
        }
        await runBroken(stage);
        await options.repairStage(stage);
        return statusOf(await stage.poll(2));
      }),
    withBrokenService: (more, act) =>
      withStage(options, async (stage) => {
        await createBroken(stage, more);
        return act(stage);
      }),
  };
}

interface Call extends CaseOptions {
  readonly brokenAction: StageAction;
  /** The correct action, on a new stage. */
  readonly repairedAction: StageAction;
}

/** A failure that is a rejected call. */
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
    broken: once(() => withStage(options, (stage) => errorOf(options.brokenAction(stage)))),
    repaired: () => withStage(options, (stage) => errorOf(options.repairedAction(stage))),
  };
}

interface Shown extends CaseOptions {
  readonly brokenAction: (stage: Stage) => Promise<string>;
  readonly repairedAction: (stage: Stage) => Promise<string>;
}

/** A failure that is visible in another way. */
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
    broken: once(() => withStage(options, options.brokenAction)),
    repaired: () => withStage(options, options.repairedAction),
  };
}

/** The result of a request from the internet. */
export function requestResult(stage: Stage, path = "/", listener?: string): string {
  const response = stage.request(path, listener);
  if (response.kind === "no-response")
    return `lost at ${response.trace.stopped?.ids.join(", ")}: ${response.trace.stopped?.message}`;
  return response.status === 200
    ? HEALTHY
    : `${response.status} ${response.headers["location"] ?? response.body}`;
}

/** Registers a task definition and creates the service. */
export const service = async (
  stage: Stage,
  more: Partial<ecs.CreateServiceRequest> = {},
  overrides: ServiceOverrides = {},
): Promise<unknown> => {
  await stage.register(overrides);
  return stage.create(more);
};

/** Creates a second, empty VPC. */
export const otherVpc = async (stage: Stage): Promise<string> =>
  (await stage.aws.ec2.send(new ec2.CreateVpcCommand({ CidrBlock: "10.30.0.0/16" }))).Vpc?.VpcId ??
  "";
