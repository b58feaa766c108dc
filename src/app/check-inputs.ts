import { existsSync, readFileSync, statSync } from "node:fs";
import { basename, dirname, resolve } from "node:path";
import { configFileIn, findConfig, type Settings } from "../config/index.ts";
import {
  readSourceExpressions,
  readSourceLocations,
  type SourceExpressions,
} from "../plan/index.ts";
import { DEFAULT_ACCOUNT } from "../sandbox/default-account.ts";
import { type Locate, UserError } from "../shared/index.ts";
import { findEngine, Terraform, terraformEnvironment } from "../terraform/index.ts";
import type { CheckOptions } from "./check.ts";
import { configLocator } from "./config-locator.ts";
import { engineCache } from "./engine-cache.ts";
import type { OperationHost } from "./host.ts";
import { type FolderParts, type PlannedFolder, planFolders } from "./plan-folder.ts";

/** An input of `check()`: a path or a parsed plan. */
export type Input = string | object;

/** A plan or state, and what its JSON does not contain. */
export interface PlanInput {
  /** The position of its input. */
  readonly input: number;
  /** The service or job of a config that the plan is of. */
  readonly workload?: PlannedFolder["workload"];
  readonly text: string;
  readonly sources?: SourceExpressions;
  readonly account?: string;
  readonly settings?: Settings | undefined;
  readonly folder?: FolderParts;
  readonly stateFile?: string;
  /** Locates the resources of a folder. */
  readonly locate?: Locate;
  /** Folders that may contain the configuration of a file, the likeliest first. */
  readonly folders?: readonly string[];
}

/** A plan before it has the position of its input. */
type ReadPlan = Omit<PlanInput, "input">;

/** First bytes of a ZIP file: a saved plan is one. */
const ZIP_SIGNATURE = "PK";

/** The facts about a plan or state that the options contain. */
async function givenFacts({
  account,
  sources,
}: CheckOptions): Promise<Pick<PlanInput, "account" | "sources">> {
  return {
    ...(account === undefined ? {} : { account }),
    ...(sources === undefined ? {} : { sources: await readSourceExpressions(sources) }),
  };
}

type OptionsWithEnv = CheckOptions & { readonly env: NodeJS.ProcessEnv };

/** Reads the plans and states, and plans the folders together. */
export async function readInputs(
  inputs: readonly Input[],
  options: OptionsWithEnv,
  host: OperationHost,
): Promise<readonly PlanInput[]> {
  const missing = inputs.find((input) => typeof input === "string" && !existsSync(input));
  if (typeof missing === "string")
    throw new UserError("BERTH-E7003", `${missing} does not exist`, {
      fix: "pass a plan or state (terraform show -json), a saved plan, or a folder",
      exitCode: 64,
    });
  const folders = inputs.filter(
    (input): input is string => typeof input === "string" && statSync(input).isDirectory(),
  );
  const planned = await readFolders(folders, options, host);
  const plans = await Promise.all(
    inputs.map(async (input, position): Promise<readonly PlanInput[]> => {
      const read =
        typeof input === "string"
          ? (planned.get(input) ?? [await readFile(input, options)])
          : [{ text: JSON.stringify(input), ...(await givenFacts(options)) }];
      return read.map((plan) => ({ ...plan, input: position }));
    }),
  );
  return plans.flat();
}

/** Reads a JSON file or a saved plan. */
async function readFile(path: string, options: OptionsWithEnv): Promise<ReadPlan> {
  const bytes = readFileSync(path);
  const facts = await givenFacts(options);
  return bytes.subarray(0, 2).toString("latin1") === ZIP_SIGNATURE
    ? { ...(await readSavedPlan(path, options)), ...facts }
    : { text: bytes.toString("utf8"), ...facts };
}

/** Plans folders in an empty sandbox, in their order. A folder with a config may have several plans. */
async function readFolders(
  paths: readonly string[],
  options: OptionsWithEnv,
  host: OperationHost,
): Promise<ReadonlyMap<string, readonly ReadPlan[]>> {
  if (paths.length === 0) return new Map();
  for (const folder of paths) host.event?.({ type: "folder-planning", folder });
  const { env, account } = options;
  const config = basename(options.config ?? findConfig());
  const planned = await planFolders(
    paths,
    {
      config,
      variables: options.variables ?? [],
      variableFiles: options.variableFiles ?? [],
      engineCache: engineCache(env),
      allowProviders: options.allowProviders ?? [],
      exec: options.exec ?? true,
      environment: options.environment,
      workspace: options.workspace,
      account,
      terraformBin: options.terraformBin,
      env,
    },
    (code) => host.event?.({ type: "local-code", code }),
  );
  const plans = new Map<string, ReadPlan[]>();
  for (const { folder, plan, sources, settings, workload, product, parts, stateFile } of planned)
    plans.set(folder, [
      ...(plans.get(folder) ?? []),
      {
        locate: folderLocator(folder, { settings, workload, product, config }),
        text: JSON.stringify(plan),
        sources,
        account: account ?? DEFAULT_ACCOUNT,
        settings,
        workload,
        folder: parts,
        stateFile,
      },
    ]);
  return plans;
}

/** Locates the resources of a planned folder. */
function folderLocator(
  folder: string,
  {
    settings,
    workload,
    product,
    config,
  }: Pick<PlannedFolder, "settings" | "workload" | "product"> & { readonly config: string },
): Locate {
  const configFile = configFileIn(folder, config);
  if (settings !== undefined && configFile !== undefined)
    return configLocator(configFile, settings.environment, workload);
  const locations = readSourceLocations(folder, product);
  return (address) => locations.locate(address);
}

/** Reads a saved plan with `terraform show`, in the plan's folder. */
async function readSavedPlan(
  path: string,
  { terraformBin, env }: OptionsWithEnv,
): Promise<ReadPlan> {
  const directory = dirname(resolve(path));
  const engine = await findEngine({ flag: terraformBin, env, cache: engineCache(env) });
  const terraform = new Terraform({
    engine,
    directory,
    env: terraformEnvironment(engine, env, undefined),
  });
  const text = JSON.stringify(await terraform.showJson(resolve(path)));
  return { text, sources: await readSourceExpressions(directory), folders: [directory] };
}
