import { AsyncLocalStorage } from "node:async_hooks";

/** An evaluation of a config, with the error of its first call of process.exit. */
interface Evaluation {
  exitError?: Error;
}

/** The evaluation to which running code belongs. */
const current = new AsyncLocalStorage<Evaluation>();
/** The evaluations that have not ended. */
const evaluations = new Set<Evaluation>();
let restoreExit = (): void => {};

/**
 * Evaluates a config. A call of process.exit in its code is an error: it would end the command without a result, and maybe with
 * the exit code 0. Other code of the process, such as a signal handler, can end it.
 */
export async function withoutExit<Result>(work: () => Promise<Result>): Promise<Result> {
  const evaluation: Evaluation = {};
  if (evaluations.size === 0) restoreExit = replaceExit();
  evaluations.add(evaluation);
  try {
    const result = await current.run(evaluation, work);
    // The config may have caught the error.
    if (evaluation.exitError !== undefined) throw evaluation.exitError;
    return result;
  } finally {
    evaluations.delete(evaluation);
    if (evaluations.size === 0) restoreExit();
  }
}

/** The object whose method is replaced. */
const owner: { exit: NodeJS.Process["exit"] } = process;

/** Replaces process.exit. Returns a function that restores it. */
function replaceExit(): () => void {
  const original = owner.exit;
  owner.exit = (code) => {
    const evaluation = current.getStore();
    if (evaluation === undefined) return original.call(process, code);
    throw (evaluation.exitError ??= new Error(`it called process.exit(${code ?? ""})`));
  };
  return () => {
    owner.exit = original;
  };
}
