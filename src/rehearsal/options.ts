import { UserError } from "../shared/errors.ts";
import { imagePattern, type ImageStatus, type ImageStatuses } from "../aws/images.ts";
import type { Apps, ImageFacts } from "../sandbox/workload-behavior.ts";
import type { Sandbox } from "../sandbox/server.ts";
import type { TerraformEvent } from "../terraform/events.ts";
import type { CodePolicy } from "./terraform-copy/exclusions.ts";
import type { PolicyDocument } from "./control/policy-recorder.ts";
import type { LocalCode, Phase, PhaseName, Rehearsal } from "./result.ts";

/** Where a rehearsal stands: what exists, and what Terraform knows of it. */
export interface Checkpoint {
  /** A sandbox's snapshot, or its state file. */
  readonly world: string;
  /** Terraform's states, in the order of the stacks. @default none: Terraform has made nothing of it */
  readonly states?: readonly string[];
}

export interface RehearseOptions {
  /**
   * Folders of Terraform root modules, in the order of their stacks; a folder may hold a berth.config.ts instead.
   *
   * @default the working directory
   */
  readonly dir?: string | readonly string[];
  /** Name of the config file, in folders of Berth's own. @default berth.config.ts */
  readonly config?: string;
  /** The environment, where the config names some. */
  readonly environment?: string;
  /** As Terraform's -var takes them: name=value. */
  readonly variables?: readonly string[];
  readonly variableFiles?: readonly string[];
  readonly workspace?: string;
  /** The account that is rehearsed in: 12 digits. @default the one that the provider insists on, else 111122223333 */
  readonly account?: string;
  /** @default every image is there */
  readonly images?: ImageStatuses;
  /** What is known of images and programs beyond that. */
  readonly apps?: Apps;
  /**
   * Sources of providers that run for real, such as cloudflare/cloudflare, with the credentials that the configuration
   * gives them. @default none: their resources are skipped, with what depends on them
   */
  readonly allowProviders?: readonly string[];
  /**
   * Whether provisioners and blocks that run programs, use the network or write files on this machine take part.
   * @default true
   */
  readonly exec?: boolean;
  /** The old configuration, which is applied first: a folder, or a commit of the folders' repository. */
  readonly from?: string;
  /** Seed of the faults that befall calls: throttling, errors, delays, cut connections, and one interrupt. @default no faults */
  readonly faults?: number;
  /** The last phase. @default all of them */
  readonly until?: "apply" | "traffic" | "plan";
  /** Is given everything as it stands before destroy, and destroy is left out. */
  readonly keep?: (sandbox: Sandbox, stand: Checkpoint) => Promise<void>;
  /** Where to begin. @default an empty account */
  readonly checkpoint?: Checkpoint;
  /** Whether to record the policy that the calls need. @default false */
  readonly record?: boolean;
  /** The engine, by path or name. @default terraform or tofu on PATH */
  readonly terraformBin?: string;
  readonly engineCache?: string;
  /** @default process.env */
  readonly env?: NodeJS.ProcessEnv;
}

/** Whoever hears how a rehearsal goes on. */
export interface ProgressListener {
  /** What is about to run on this machine, before any of it does. */
  localCode(code: readonly LocalCode[]): void;
  phase(name: PhaseName, stack: string | undefined): void;
  event(event: TerraformEvent): void;
  passed(phase: Phase): void;
}

/** A rehearsal, and the policy where it was recorded. */
export interface RehearsalResult extends Rehearsal {
  readonly policy?: PolicyDocument;
}

const IMAGE: Readonly<Record<ImageStatus, ImageFacts>> = {
  exists: { exists: true },
  missing: { exists: false },
  arm64: { exists: true, platforms: ["linux/arm64"] },
};

/** A provider's source: a type, with a namespace and a host in front of it. */
const SOURCE = /^([\w.-]+(:\d+)?\/)?([\w-]+\/)?[\w-]+$/;

/**
 * What of a configuration may run beside the AWS provider.
 *
 * @throws UserError where an allowed provider is no source
 */
export function policyOf({ allowProviders = [], exec = true }: RehearseOptions): CodePolicy {
  const wrong = allowProviders.find((source) => !SOURCE.test(source));
  if (wrong !== undefined)
    throw new UserError(
      "BERTH-E6001",
      `--allow-provider ${wrong} is not the source of a provider`,
      {
        fix: "name it as required_providers does, such as cloudflare/cloudflare",
        exitCode: 64,
      },
    );
  return { allowedProviders: allowProviders, runsLocalCode: exec };
}

/** Images are there unless something is said of them: whoever rehearses has a pipeline that pushes them. */
export function appsOf({ images = {}, apps = {} }: RehearseOptions): Apps {
  const named = Object.entries(images).map(([name, word]) => [imagePattern(name), IMAGE[word]]);
  return {
    ...apps,
    images: { ...Object.fromEntries(named), ...apps.images, "*": { exists: true } },
  };
}
