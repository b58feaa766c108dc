import type { FoundationOptions, ProjectOptions } from "../config/options.ts";
import { stateObject } from "./foundation-stack.ts";

/** What names a foundation and its state in an account: all that its roles may touch. */
export interface Foothold {
  readonly name: string;
  readonly region: string;
  readonly account: string;
  readonly logGroup: string;
  /** The image repository; undefined where it is somebody else's. */
  readonly repository: string | undefined;
  /** The parameter that the outputs are published in. */
  readonly parameter: string;
  readonly state: {
    readonly bucket: string;
    readonly key: string;
    readonly region: string;
    /** ARN of the key that encrypts the state, where it is not the one that bootstrap makes. */
    readonly kmsKeyArn?: string;
  };
}

/** Where a config's foundation stands. Account and state must be said: there is nothing to guard without. */
export function footholdOf(
  options: FoundationOptions & ProjectOptions & { readonly account: string },
  bucket: string,
): Foothold {
  const { name, region, account, logs, repository = {}, publish } = options;
  return {
    name,
    region,
    account,
    logGroup: logs?.name ?? `/ecs/${name}`,
    repository: "url" in repository ? undefined : (repository.name ?? name),
    parameter: typeof publish === "string" ? publish : `/berth/${name}`,
    state: {
      bucket,
      key: stateObject(options),
      region: options.state?.region ?? region,
      ...(options.state?.kmsKeyArn === undefined ? {} : { kmsKeyArn: options.state.kmsKeyArn }),
    },
  };
}
