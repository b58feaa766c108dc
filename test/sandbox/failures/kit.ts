import * as ec2 from "@aws-sdk/client-ec2";
import type * as ecs from "@aws-sdk/client-ecs";
import { AddressIndex } from "../../../src/rehearsal/diagnosis/address-index.ts";
import { allServices, probeService } from "../../../src/rehearsal/probes/service.ts";
import type { SandboxOptions } from "../../../src/sandbox/server.ts";
import { type Egress, givenStage, type Outcome, type Stage, type Wish } from "./stage.ts";

/** What a stage shows of a healthy foundation. */
export const FINE = "fine";

/** One failure of the catalogue, as the sandbox shows it, and its repaired twin. */
export interface Failure {
  readonly id: string;
  readonly title: string;
  /** AWS's words, or a part of them. */
  readonly says: string | RegExp;
  /** Does it wrong, on a stage of its own; answers what AWS says. */
  readonly broken: () => Promise<string>;
  /** Does it wrong, and answers which failures a rehearsal takes it for; absent where there is no service to judge. */
  readonly named?: () => Promise<readonly (string | undefined)[]>;
  /** Does it right; answers FINE. */
  readonly repaired: () => Promise<string>;
}

interface Given {
  readonly egress?: Egress;
  readonly options?: SandboxOptions;
}

async function on<Result>(given: Given, act: (stage: Stage) => Promise<Result>): Promise<Result> {
  const stage = await givenStage(given.egress, given.options);
  try {
    return await act(stage);
  } finally {
    await stage.close();
  }
}

/** Everything a person would read of a service that does not come up; FINE where it does. */
export function verdict(outcome: Outcome, wanted = 2): string {
  if (outcome.running === wanted && outcome.rollout === "COMPLETED") return FINE;
  return [...outcome.reasons, ...outcome.events].join("\n");
}

/** The code and message of a refusal; FINE for a success. */
export async function refusal(call: Promise<unknown>): Promise<string> {
  try {
    await call;
    return FINE;
  } catch (error) {
    const { name, message } = error as Error;
    return `${name}: ${message}`;
  }
}

type Act = (stage: Stage) => Promise<unknown>;

interface Start extends Given {
  readonly wish?: Wish;
  /** A wish that needs to know the stage. */
  readonly wishes?: (stage: Stage) => Wish;
  /** How often a client looks before the failure shows. @default 1 */
  readonly looks?: number;
  /** Breaks the foundation before the service is created. */
  readonly breaks?: Act;
  /** Repairs it under the service's feet: ECS tries again. */
  readonly repairs?: Act;
  /** Another way to have it right, where the fault lies in the wish: the right wish on a healthy stage. */
  readonly right?: Wish;
  readonly prepares?: Act;
}

/** A task that does not start, for AWS's reason. */
export function start(id: string, title: string, message: string | RegExp, given: Start): Failure {
  const first = async (stage: Stage): Promise<string> => {
    await given.prepares?.(stage);
    await given.breaks?.(stage);
    await stage.launch(given.wishes?.(stage) ?? given.wish);
    return verdict(await stage.look(given.looks));
  };
  return {
    id,
    title,
    says: message,
    broken: () => on(given, first),
    named: () =>
      on(given, async (stage) => {
        await first(stage);
        return allServices(stage.sandbox).flatMap((located) =>
          probeService(stage.sandbox, located, new AddressIndex()).findings.map(
            (found) => found.id,
          ),
        );
      }),
    repaired: () =>
      on(given, async (stage) => {
        if (given.repairs === undefined) {
          await given.prepares?.(stage);
          return verdict(await stage.launch(given.right ?? {}));
        }
        await first(stage);
        await given.repairs(stage);
        return verdict(await stage.look(2));
      }),
  };
}

interface Call extends Given {
  readonly wrong: Act;
  /** The same thing done right, on a stage of its own. */
  readonly right: Act;
}

/** A call that AWS refuses. */
export function refused(id: string, title: string, message: string | RegExp, given: Call): Failure {
  return {
    id,
    title,
    says: message,
    broken: () => on(given, (stage) => refusal(given.wrong(stage))),
    repaired: () => on(given, (stage) => refusal(given.right(stage))),
  };
}

interface Shown extends Given {
  readonly wrong: (stage: Stage) => Promise<string>;
  readonly right: (stage: Stage) => Promise<string>;
}

/** Anything else that can be seen. */
export function shown(id: string, title: string, message: string | RegExp, given: Shown): Failure {
  return {
    id,
    title,
    says: message,
    broken: () => on(given, given.wrong),
    repaired: () => on(given, given.right),
  };
}

/** What a request from the internet gets, once the service has come up. */
export function answer(stage: Stage, path = "/", listener?: string): string {
  const got = stage.request(path, listener);
  if (got.kind === "no-response")
    return `lost at ${got.trace.stopped?.ids.join(", ")}: ${got.trace.stopped?.message}`;
  return got.status === 200 ? FINE : `${got.status} ${got.headers["location"] ?? got.body}`;
}

/** Registers a definition and creates the service. */
export const service = async (
  stage: Stage,
  more: Partial<ecs.CreateServiceRequest> = {},
  wish: Wish = {},
): Promise<unknown> => {
  await stage.register(wish);
  return stage.create(more);
};

/** A second VPC, with nothing in it. */
export const otherVpc = async (stage: Stage): Promise<string> =>
  (await stage.aws.ec2.send(new ec2.CreateVpcCommand({ CidrBlock: "10.30.0.0/16" }))).Vpc?.VpcId ??
  "";
