import { findConfig } from "../config/index.ts";
import { loadConfig, loadProject } from "../config/load.ts";
import { UserError } from "../shared/index.ts";
import { checkState, checkStateFiles, Terraform } from "../terraform/index.ts";
import { bootstrapTargetOf } from "./bootstrap-target.ts";
import { confirmed, type OperationHost } from "./host.ts";
import { type InfrastructureOptions, type ResolvedOptions, resolveOptions } from "./options.ts";
import { type LockedFolder, lockProjectFolder } from "./project-folder.ts";
import { recoverState, stateError } from "./recovery.ts";
import { serviceFolder } from "./service-session.ts";
import { serviceTarget } from "./service-target.ts";

/** Options of {@link recover}. */
export interface RecoverOptions extends InfrastructureOptions {
  /** Recover without a confirmation of the host. @default false */
  readonly yes?: boolean;
  /** Recover a run of {@link deploy} for this service or job. @default a run of {@link apply} */
  readonly service?: string;
  /** Recover a run of {@link bootstrap} instead of an environment. @default false */
  readonly bootstrap?: boolean;
  /** Continue although resources of an interrupted run are missing in the state. @default false */
  readonly acceptMissing?: boolean;
}

/** The result of {@link recover}. */
export interface RecoverResult {
  /** `declined` if the host did not confirm. Nothing was changed then. */
  readonly outcome: "recovered" | "nothing-to-recover" | "declined";
}

/** Name of the run's working folder in .berth. */
async function folderOf({ config = findConfig(), ...options }: RecoverOptions): Promise<{
  readonly folder: string;
  readonly terraformBin: string | undefined;
}> {
  if (options.bootstrap !== true) {
    const settings = await loadConfig(config, options.environment);
    const { environment, terraformBin } = settings;
    const folder =
      options.service === undefined
        ? environment
        : serviceFolder(settings, serviceTarget(settings, options.service));
    return { folder, terraformBin };
  }
  if (options.service !== undefined)
    throw new UserError("BERTH-E6001", "a service is not possible with --bootstrap", {
      fix: "omit --bootstrap or the service",
      exitCode: 64,
    });
  const { name, environments } = await loadProject(config);
  const { account } = bootstrapTargetOf(name, environments, { ...options, config });
  return { folder: `bootstrap-${account}`, terraformBin: environments[0]?.terraformBin };
}

export async function recoverInfrastructure(
  options: RecoverOptions,
  host: OperationHost,
): Promise<RecoverResult> {
  const resolved = resolveOptions("recover", options);
  const folder = await lockProjectFolder(resolved, {
    command: "recover",
    ...(await folderOf(resolved)),
  });
  let isRecovered = false;
  try {
    const outcome = await recover(folder, resolved, host);
    isRecovered = outcome !== "declined";
    return { outcome };
  } finally {
    if (isRecovered) folder.removeEarlierRuns();
    folder.close();
  }
}

async function recover(
  { engine, workingFolder, run, earlierRuns }: LockedFolder,
  options: ResolvedOptions<RecoverOptions>,
  host: OperationHost,
): Promise<RecoverResult["outcome"]> {
  const { directory } = workingFolder;
  const { yes = false, bootstrap = false, acceptMissing = false, service } = options;
  const scope = { ...options, bootstrap, service, program: engine.product };
  const problem = checkStateFiles(directory, earlierRuns);
  if (problem === undefined && earlierRuns.length === 0) return "nothing-to-recover";
  if (problem !== undefined && !yes) {
    const kind = problem.kind === "unsaved" ? "save-state" : "restore-backup";
    const error = stateError(problem, directory, scope);
    if (!(await confirmed(host, { kind, error }))) return "declined";
  }
  const env = workingFolder.environment(engine, options.env);
  const terraform = new Terraform({ engine, directory, env, run });
  await recoverState({ terraform, directory, runs: earlierRuns }, scope, host);
  const status = await checkState(terraform, directory, earlierRuns);
  if (status.kind === "saved" || (status.kind === "missing" && acceptMissing)) return "recovered";
  const error = stateError(status, directory, scope);
  if (status.kind === "missing" && (await host.confirm?.({ kind: "accept-missing", error })))
    return "recovered";
  throw error;
}
