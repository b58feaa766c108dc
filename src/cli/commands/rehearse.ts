import { basename, dirname } from "node:path";
import { rehearse } from "../../app/index.ts";
import type { Rehearsal } from "../../rehearsal/index.ts";
import { markdownOf, textOf } from "../../rehearsal/report/index.ts";
import { parseApps } from "../../sandbox/client.ts";
import { assertWritable, replaceFile, UserError } from "../../shared/index.ts";
import type { ExitCode } from "../exit-codes.ts";
import type { Host } from "../host/host.ts";
import { operationHost } from "../host/operation-host.ts";
import { paintFor } from "../host/paint.ts";
import { parseAccount } from "../parse-account.ts";
import { parseImages } from "../parse-images.ts";
import { defined } from "../project-flags.ts";
import { readInputFile } from "../read-input-file.ts";

export interface RehearseFlags {
  /** Terraform folders, in the order of their stacks. @default the folder of the config */
  readonly directories: readonly string[];
  readonly config: string;
  readonly env?: string;
  readonly terraformBin?: string;
  readonly var?: readonly string[];
  readonly varFile?: readonly string[];
  readonly image?: readonly string[];
  readonly apps?: string;
  readonly world?: string;
  readonly account?: string;
  readonly workspace?: string;
  readonly from?: string;
  readonly faults?: boolean;
  readonly seed?: string;
  readonly until?: "apply" | "traffic" | "plan";
  readonly keep?: boolean;
  readonly record?: string;
  readonly markdown?: boolean;
  readonly allowProvider?: readonly string[];
  readonly exec?: boolean;
}

function seedOf({ faults, seed = "1" }: RehearseFlags): number | undefined {
  if (!/^\d+$/.test(seed))
    throw new UserError("BERTH-E6001", `invalid --seed ${seed}`, {
      fix: "pass a whole number",
      exitCode: 64,
    });
  return faults === true ? Number(seed) : undefined;
}

/** 0: no failure, 3: a failure was found, 5: a part could not be rehearsed. */
const EXIT_CODES: Readonly<Record<Rehearsal["verdict"], ExitCode>> = {
  pass: 0,
  applied: 0,
  fail: 3,
  unknown: 5,
};

/** Source: POSIX, exit status of a command that SIGINT ended. */
const INTERRUPTED = 130;

/** Runs the lifecycle of an infrastructure in a new sandbox. */
export async function run(flags: RehearseFlags, host: Host): Promise<ExitCode> {
  const { directories } = flags;
  const faults = seedOf(flags);
  const account = parseAccount(flags.account);
  for (const file of flags.varFile ?? []) readInputFile(file, `--var-file ${file}`);
  // Report an unwritable file now, not after a rehearsal of several minutes.
  if (flags.record !== undefined) assertWritable(flags.record);
  const { apps, world } = flags;
  const rehearsal = await rehearse(
    defined({
      dir: directories.length > 0 ? directories : [dirname(flags.config)],
      config: basename(flags.config),
      images: parseImages(flags.image ?? []),
      variables: flags.var,
      variableFiles: flags.varFile,
      record: flags.record !== undefined,
      allowProviders: flags.allowProvider,
      exec: flags.exec,
      environment: flags.env,
      terraformBin: flags.terraformBin,
      apps: apps === undefined ? undefined : parseApps(readInputFile(apps, `--apps ${apps}`), apps),
      checkpoint:
        world === undefined
          ? undefined
          : { sandboxState: readInputFile(world, `--world ${world}`) },
      account,
      workspace: flags.workspace,
      from: flags.from,
      faults,
      until: flags.until,
      keep:
        flags.keep === true
          ? (sandbox: { readonly url: string }) => keepRunning(sandbox, host)
          : undefined,
    }),
    operationHost(host),
  );
  const { policy, ...data } = rehearsal;
  if (flags.record !== undefined) {
    replaceFile(flags.record, `${JSON.stringify(policy, undefined, 2)}\n`, { mode: 0o600 });
    host.note(`wrote an IAM policy that allows exactly these calls to ${flags.record}`);
  }
  host.result(
    flags.markdown === true ? markdownOf(rehearsal) : textOf(rehearsal, paintFor(host)),
    data,
  );
  return rehearsal.interruptedIn === undefined ? EXIT_CODES[rehearsal.verdict] : INTERRUPTED;
}

/** Keeps the sandbox running until the process is interrupted. */
async function keepRunning(sandbox: { readonly url: string }, host: Host): Promise<void> {
  host.note(`the sandbox is running at ${sandbox.url}; press Ctrl-C to stop it`);
  host.note(
    `export AWS_ENDPOINT_URL=${sandbox.url} AWS_ACCESS_KEY_ID=sandbox AWS_SECRET_ACCESS_KEY=sandbox AWS_REGION=us-east-1`,
  );
  await new Promise<void>((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => resolve());
  });
}
