import { basename, relative, resolve } from "node:path";
import {
  evaluateChecks,
  evaluateJoinedChecks,
  suppressionsIn,
  withLocations,
} from "../checks/engine/index.ts";
import type {
  CheckOptions as CheckPlanOptions,
  CheckResult,
  Suppression,
} from "../checks/index.ts";
import { findConfig } from "../config/index.ts";
import { parsePlanJson, planLocator, type RootPlan } from "../plan/index.ts";
import { type Locate, rejectUndefined, UserError } from "../shared/index.ts";
import { type Input, type PlanInput, readInputs } from "./check-inputs.ts";
import { checkOptionsOf } from "./check-plan.ts";
import type { OperationHost } from "./host.ts";
import type { ConfigOptions } from "./options.ts";
import type { FolderParts } from "./plan-folder.ts";

/** Options of {@link check}. */
export interface CheckOptions extends Omit<CheckPlanOptions, "sources">, ConfigOptions {
  /**
   * The root module's folder, for expressions and locations that the JSON of a plan omits. Not for several inputs.
   *
   * @default the folder of a saved plan. For locations also the working directory, if it declares all resources of the plan
   */
  readonly sources?: string;
  /** Terraform variables of a folder: name=value. @default none */
  readonly variables?: readonly string[];
  /** Files with Terraform variables of a folder. @default none */
  readonly variableFiles?: readonly string[];
  /** The Terraform workspace of a folder. @default the default workspace */
  readonly workspace?: string;
  /** Sources of providers of a folder that run, such as cloudflare/cloudflare. @default none: their values are unknown */
  readonly allowProviders?: readonly string[];
  /** Whether provisioners, programs, network requests and files of a folder run. @default true */
  readonly exec?: boolean;
  /** Path or name of Terraform or OpenTofu, for a folder or a saved plan. @default terraform or tofu on PATH */
  readonly terraformBin?: string;
  /** Environment variables of Terraform. @default process.env */
  readonly env?: NodeJS.ProcessEnv;
}

/** The result of {@link check}. */
export interface CheckedInput extends CheckResult {
  /**
   * The names of the root modules, which precede addresses in the result, in the order of their applies. Absent for one root module:
   * its addresses have no name.
   */
  readonly inputs?: readonly string[];
  /** The parts of the folders that do not run in the sandbox; absent if every input is a plan or state. */
  readonly folder?: FolderParts;
  /** The config in a folder; absent without one. */
  readonly project?: {
    /** The name in the config. Several names are separated by commas. */
    readonly name: string;
    /** The verdict for which `berth check` fails. With several folders, `fail` only if each has this setting. */
    readonly failOn: "unknown" | "fail";
  };
}

/** Checks a folder, a file, or the output of `terraform show -json`; or several of them together. */
export async function checkInput(
  input: Input | readonly Input[],
  options: CheckOptions,
  host: OperationHost,
): Promise<CheckedInput> {
  const { env = process.env, ...withoutEnv } = options;
  rejectUndefined(withoutEnv, "the options of check()");
  const suppressions = suppressionsIn(options.suppressions ?? [], "the options of check()");
  const inputs: readonly Input[] = Array.isArray(input) ? (input as readonly Input[]) : [input]; // an array is not a plan
  const inputNames = namesOf(inputs);
  assertJoinable(inputNames, options);
  const plans = withNames(await readInputs(inputs, { ...options, env }, host), inputNames);
  const configs = plans.flatMap(({ workload, settings, input: position }) =>
    workload === undefined && settings ? [{ settings, position }] : [],
  );
  const defaults = configs.map(({ settings, position }) => {
    const checks = checkOptionsOf(settings.checks, options.config ?? findConfig());
    const roots = plans.filter((plan) => plan.input === position);
    return plans.length === 1
      ? checks
      : { ...checks, suppressions: checks.suppressions.flatMap((entry) => within(roots, entry)) };
  });
  const account = plans.find((plan) => plan.account !== undefined)?.account;
  const checkOptions = {
    today: options.today ?? checkOptionsOf(undefined, "").today,
    suppressions: [...defaults.flatMap((checks) => checks.suppressions), ...suppressions],
    isolated: options.isolated ?? defaults.some(({ isolated }) => isolated),
    images: options.images ?? {},
    ...(account === undefined ? {} : { account }),
  };
  const roots = plans.map(({ name, text, sources, stateFile, input: position }): RootPlan => ({
    name,
    shown: parsePlanJson(text, typeof inputs[position] === "string" ? name : "the plan or state"),
    ...(sources === undefined ? {} : { sources }),
    ...(stateFile === undefined ? {} : { stateFile }),
  }));
  const locate = joinLocators(
    roots.map(({ name, shown }, index) => ({
      name,
      locate:
        plans[index]?.locate ??
        planLocator(shown, options.sources, [...(plans[index]?.folders ?? []), process.cwd()]),
    })),
  );
  const folder = joinParts(plans.flatMap((plan) => plan.folder ?? []));
  const result = evaluate(roots, checkOptions);
  return {
    ...withLocations(result, ({ address }) => locate(address)),
    ...notCheckedIn(plans, result),
    ...(plans.length === 1 ? {} : { inputs: plans.map(({ name }) => name) }),
    ...(folder === undefined ? {} : { folder }),
    ...(configs.length === 0
      ? {}
      : {
          project: {
            name: configs.map(({ settings }) => settings.name).join(", "),
            failOn: configs.every(({ settings }) => settings.checks?.failOn === "fail")
              ? "fail"
              : "unknown",
          },
        }),
  };
}

/** A plan with the name of its root module, which is unique. */
type NamedPlan = PlanInput & {
  readonly name: string;
  /** The name without that of the input. Suppressions in a config use it. */
  readonly partName: string;
};

/**
 * Names the root modules. A config with services has several, named as the folders that `berth synth` writes: `foundation`,
 * `services/web`, `jobs/nightly`. If there are several inputs, the name of the input precedes them.
 */
function withNames(plans: readonly PlanInput[], inputNames: readonly string[]): NamedPlan[] {
  return plans.map((plan) => {
    const { input, workload } = plan;
    const inputName = inputNames[input] ?? "";
    const partName = workload === undefined ? "foundation" : `${workload.kind}s/${workload.name}`;
    if (inputNames.length === 1)
      return { ...plan, partName, name: plans.length === 1 ? inputName : partName };
    return {
      ...plan,
      partName,
      name: workload === undefined ? inputName : `${inputName}/${partName}`,
    };
  });
}

/** The services and jobs of configs whose tasks nothing in the plan starts, such as jobs without a schedule. */
function notCheckedIn(
  plans: readonly NamedPlan[],
  { services }: CheckResult,
): Pick<CheckResult, "notChecked"> {
  const notChecked = plans.flatMap(({ name, workload }) =>
    workload === undefined || services.some(({ address }) => address.startsWith(`${name}: `))
      ? []
      : [workload.name],
  );
  return notChecked.length === 0 ? {} : { notChecked };
}

/** Locates the addresses of a result. With several root modules, the name of the root module precedes each address. */
const joinLocators =
  (locators: readonly { readonly name: string; readonly locate: Locate }[]): Locate =>
  (address) => {
    const [first, ...others] = locators;
    if (others.length === 0) return first?.locate(address);
    const root = locators.find(({ name }) => address.startsWith(`${name}: `));
    return root?.locate(address.slice(root.name.length + 2));
  };

function evaluate(
  roots: readonly RootPlan[],
  options: Omit<CheckPlanOptions, "sources">,
): CheckResult {
  const [root, ...others] = roots;
  if (!root) throw new TypeError("there is no input");
  if (others.length === 0)
    return evaluateChecks(root.shown, {
      ...options,
      ...(root.sources === undefined ? {} : { sources: root.sources }),
    });
  const state = roots.find(({ shown }) => shown.kind === "state");
  if (state)
    throw unjoinable(
      `${state.name} is a state, and only plans can be checked together`,
      "pass the folders or their plans, or check the state alone",
    );
  return evaluateJoinedChecks(roots, options);
}

/** The suppressions of a config for its root modules. An address may start with the name of one of them, such as `services/web: `. */
function within(roots: readonly NamedPlan[], suppression: Suppression): Suppression[] {
  const { address = "*" } = suppression;
  const named = roots.find(({ partName }) => address.startsWith(`${partName}: `));
  return named === undefined
    ? roots.map(({ name }) => ({ ...suppression, address: `${name}: ${address}` }))
    : [
        {
          ...suppression,
          address: `${named.name}: ${address.slice(named.partName.length + 2)}`,
        },
      ];
}

/** The names of the inputs in a result: paths relative to the working directory. A single path is not changed. */
function namesOf(inputs: readonly Input[]): string[] {
  return inputs.map((input, index) => {
    if (typeof input !== "string") return `plan ${index + 1}`;
    return inputs.length === 1
      ? input
      : relative(process.cwd(), resolve(input)) || basename(resolve(input));
  });
}

const unjoinable = (problem: string, fix: string): UserError =>
  new UserError("BERTH-E7006", problem, { fix, exitCode: 64 });

/** @throws UserError BERTH-E7006 for no inputs, or for several that cannot be checked together */
function assertJoinable(names: readonly string[], { sources }: CheckOptions): void {
  if (names.length === 0) throw unjoinable("there is no input to check", "pass a folder or a plan");
  if (names.length === 1) return;
  const repeated = names.find((name, index) => names.indexOf(name) !== index);
  if (repeated !== undefined)
    throw unjoinable(`${repeated} is passed twice`, "pass each folder or plan once");
  if (sources !== undefined)
    throw unjoinable(
      "the source files of one root module are passed, but there are several inputs",
      "omit --sources; pass folders or saved plans, whose source files are read",
    );
}

/** The parts of several folders together; undefined for none. */
function joinParts(parts: readonly FolderParts[]): FolderParts | undefined {
  if (parts.length === 0) return undefined;
  const sorted = (names: readonly string[]): string[] => [...new Set(names)].sort();
  return {
    skippedResources: parts.flatMap(({ skippedResources }) => skippedResources),
    skippedProviders: sorted(parts.flatMap(({ skippedProviders }) => skippedProviders)),
    allowedProviders: sorted(parts.flatMap(({ allowedProviders }) => allowedProviders)),
    localCode: parts.flatMap(({ localCode }) => localCode),
    deferredReads: parts.flatMap(({ deferredReads }) => deferredReads),
  };
}
