import { UserError } from "../shared/index.ts";
import { imagePattern, type ImageStatus, type ImageStatuses } from "../aws/index.ts";
import type { Apps, ImageFacts, Sandbox } from "../sandbox/index.ts";
import type { TerraformEvent } from "../terraform/index.ts";
import type { CodePolicy } from "./terraform-copy/code-policy.ts";
import type { PolicyDocument } from "./control/policy-recorder.ts";
import type { LocalCode, Phase, PhaseName, Rehearsal } from "./result.ts";
import { VARIANT_IMAGES } from "./services/variants.ts";
import type { RootModuleOptions } from "./terraform-copy/root-modules.ts";

/** The state of an account and of Terraform, from which a rehearsal can start. */
export interface Checkpoint {
  /** A snapshot of a sandbox, or the content of its state file. */
  readonly sandboxState: string;
  /** Terraform states, in the order of the stacks. @default none: Terraform has created none of the resources */
  readonly states?: readonly string[];
}

/** Options of `rehearse()`. */
export interface RehearseOptions {
  /**
   * Folders of Terraform root modules, in the order of their stacks. A folder may contain a berth.config.ts instead.
   *
   * @default the working directory
   */
  readonly dir?: string | readonly string[];
  /** Name of the Berth config file in a folder. @default berth.config.ts, .mts, .js or .mjs */
  readonly config?: string;
  /** The environment, if the config has environments. */
  readonly environment?: string;
  /** Terraform variables, as for -var: name=value. */
  readonly variables?: readonly string[];
  readonly variableFiles?: readonly string[];
  readonly workspace?: string;
  /** The account ID: 12 digits. @default the account that the provider block allows, else 111122223333 */
  readonly account?: string;
  /** @default every image exists */
  readonly images?: ImageStatuses;
  /** More facts about images, and how programs behave. */
  readonly apps?: Apps;
  /**
   * Sources of providers that run for real, such as cloudflare/cloudflare, with the credentials in the configuration.
   *
   * @default none: their resources are skipped, with all resources that depend on them
   */
  readonly allowProviders?: readonly string[];
  /**
   * Whether provisioners run, and blocks that run programs, use the network or write files on this machine.
   *
   * @default true
   */
  readonly exec?: boolean;
  /** The old configuration, which is applied first: a folder, or a commit of the repository. */
  readonly from?: string;
  /**
   * Seed of the injected faults: throttling, errors, delays, closed connections and one interrupt.
   *
   * @default no faults
   */
  readonly faults?: number;
  /** The last phase. @default all phases */
  readonly until?: "apply" | "traffic" | "plan";
  /** Receives the sandbox and its checkpoint after the last phase before destroy. Destroy does not run then. */
  readonly keep?: (sandbox: Sandbox, checkpoint: Checkpoint) => Promise<void>;
  /** The state to start from. @default an empty account */
  readonly checkpoint?: Checkpoint;
  /** Whether to record the IAM policy that the calls require. @default false */
  readonly record?: boolean;
  /** Path or name of Terraform or OpenTofu. @default terraform or tofu on PATH */
  readonly terraformBin?: string;
  /** Path of the engine that berth doctor --install downloads. It is used if none is on PATH. */
  readonly engineCache?: string;
  /** @default process.env */
  readonly env?: NodeJS.ProcessEnv;
}

/** Receives the progress of a rehearsal. */
export interface ProgressListener {
  /** Code that will run on this machine. Called before it runs. */
  localCode(code: readonly LocalCode[]): void;
  /** A phase starts; with a stack, the phase continues with that stack. */
  phase(name: PhaseName, stack: string | undefined): void;
  event(event: TerraformEvent): void;
  /** A phase has ended, with any outcome. */
  passed(phase: Phase): void;
}

/** The result of a rehearsal, with the policy if `record` is true. */
export interface RehearsalResult extends Rehearsal {
  readonly policy?: PolicyDocument;
}

const IMAGE: Readonly<Record<ImageStatus, ImageFacts>> = {
  exists: { exists: true },
  missing: { exists: false },
  arm64: { exists: true, platforms: ["linux/arm64"] },
};

/** The source of a provider: a type, with an optional namespace and an optional host. */
const SOURCE = /^([\w.-]+(:\d+)?\/)?([\w-]+\/)?[\w-]+$/;

/**
 * Which code of a configuration may run in addition to the AWS provider.
 *
 * @throws UserError if an allowed provider is not a provider source
 */
export function policyOf({ allowProviders = [], exec = true }: RehearseOptions): CodePolicy {
  const invalid = allowProviders.find((source) => !SOURCE.test(source));
  if (invalid !== undefined)
    throw new UserError(
      "BERTH-E6001",
      `--allow-provider ${invalid} is not the source of a provider`,
      {
        fix: "use the source in required_providers, such as cloudflare/cloudflare",
        exitCode: 64,
      },
    );
  return { allowedProviders: allowProviders, runsLocalCode: exec };
}

/**
 * The part of the options that describes the root modules, for `prepareStacks`.
 *
 * @throws UserError if an allowed provider is not a provider source
 */
export function rootModuleOptions(
  options: RehearseOptions,
  target: {
    readonly directories: readonly string[];
    readonly checkouts?: string;
    /** The URL of the sandbox. */
    readonly url: string;
    /** Attempts of the AWS provider after the first. */
    readonly retries: number;
    /** Whether each stack is applied before the next one is planned. */
    readonly appliesStacks: boolean;
  },
): RootModuleOptions {
  const { directories, checkouts, url, retries, appliesStacks } = target;
  return {
    directories,
    checkouts,
    configName: options.config ?? "berth.config.ts",
    environment: options.environment,
    variables: options.variables ?? [],
    variableFiles: options.variableFiles ?? [],
    workspace: options.workspace,
    terraformBin: options.terraformBin,
    engineCache: options.engineCache,
    env: options.env ?? process.env,
    providerTarget: { url, account: options.account, retries },
    policy: policyOf(options),
    appliesStacks,
  };
}

/** The behavior of images and programs. Images without an entry exist: a pipeline usually pushes them before. */
export function appsOf({ images = {}, apps = {} }: RehearseOptions): Apps {
  const named = Object.entries(images).map(([name, word]) => [imagePattern(name), IMAGE[word]]);
  const stated = { ...VARIANT_IMAGES, ...Object.fromEntries(named), ...apps.images };
  return {
    ...apps,
    images: { ...stated, ...("*" in stated ? {} : { "*": { exists: true } }) },
  };
}
