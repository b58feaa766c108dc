// npm run fixtures: the plans and states that the prover is tested with, made by real Terraform in the sandbox.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { brotliCompressSync, constants } from "node:zlib";
import { appsOf, type RehearseOptions, type Checkpoint } from "../../src/rehearsal/options.ts";
import { planFolder } from "../../src/cli/plan-folder.ts";
import { UserError } from "../../src/errors.ts";
import { type Sources, sourcesOf } from "../../src/plan/source-expressions.ts";
import { rehearse } from "../../src/rehearsal/rehearse.ts";
import { prepare } from "../../src/rehearsal/sources.ts";
import { startSandbox } from "../../src/sandbox/server.ts";
import { mutantsOf, outcomeOf, standOf } from "../mutants/mutants.ts";
import { stackMutants } from "../mutants/stacks.ts";
import { settingsOf } from "../support/settings.ts";
import { changes } from "../stacks/changes.ts";
import { edited, shapes } from "../stacks/index.ts";
import { recordCases } from "./cases/record.ts";
import { cutDown } from "./cut.ts";

/** What Terraform made of some folders: the plan of the last of them, and its state after an apply. */
interface Recorded {
  readonly plan?: unknown;
  /** Of the plan, where it is of a folder. */
  readonly sources?: Sources;
  readonly state?: unknown;
  /** What Terraform said where it planned nothing. */
  readonly refused?: string;
  /** What a rehearsal came to. */
  readonly outcome?: string;
}

/** The plan of a folder as berth check makes it. */
async function plan(dir: string, options: RehearseOptions): Promise<Recorded> {
  try {
    return await planFolder({ ...options, dir });
  } catch (error) {
    if (error instanceof UserError) return { refused: error.message };
    throw error;
  }
}

/** The plan of the last of some folders over a stand, and what it is once it is applied. */
async function record(
  dir: readonly string[],
  options: RehearseOptions & { readonly applies?: boolean },
): Promise<Recorded> {
  const { stand, applies = true } = options;
  const room = mkdtempSync(join(tmpdir(), "berth-fixture-"));
  const sandbox = await startSandbox({ apps: appsOf(options), unknownRoles: "given" });
  try {
    if (stand) await sandbox.restore(stand.world);
    const stacks = await prepare(
      {
        directories: dir,
        configName: "berth.config.ts",
        environment: undefined,
        variables: [],
        variableFiles: [],
        workspace: undefined,
        terraformBin: undefined,
        engineCache: undefined,
        env: process.env,
        pins: { url: sandbox.url, account: undefined, retries: 2 },
        policy: { allowedProviders: [], runsLocalCode: true },
      },
      join(room, "copy"),
      join(room, "states"),
    );
    let recorded: Recorded = {};
    for (const [index, stack] of stacks.entries()) {
      const state = stand?.states?.[index];
      if (state !== undefined) writeFileSync(stack.stateFile, state);
      await stack.init();
      const { done, plan: planned } = await stack.plan(join(room, "plan.tfplan"), () => {});
      const [problem] = done.problems;
      if (problem) return { refused: `${problem.summary} ${problem.detail}` };
      recorded = { plan: planned, sources: await sourcesOf(stack.directory) };
      if (!applies) continue;
      const applied = await stack.apply(() => {});
      if (applied.problems.length === 0) recorded = { ...recorded, state: await stack.showState() };
    }
    return recorded;
  } finally {
    await sandbox.close();
    rmSync(room, { recursive: true, force: true });
  }
}

const folder = new URL("fixtures/", import.meta.url);

function keep(name: string, fixtures: Readonly<Record<string, Recorded>>): void {
  mkdirSync(folder, { recursive: true });
  const text = JSON.stringify(
    Object.fromEntries(
      Object.entries(fixtures).map(([key, { plan: planned, state, ...rest }]) => [
        key,
        {
          ...rest,
          ...(planned === undefined ? {} : { plan: cutDown(planned) }),
          ...(state === undefined ? {} : { state: cutDown(state) }),
        },
      ]),
    ),
  );
  const packed = brotliCompressSync(text, {
    params: {
      [constants.BROTLI_PARAM_LGWIN]: constants.BROTLI_MAX_WINDOW_BITS,
      [constants.BROTLI_PARAM_SIZE_HINT]: text.length,
    },
  });
  writeFileSync(new URL(`${name}.json.br`, folder), packed);
  process.stdout.write(`${name}: ${Object.keys(fixtures).length}, ${packed.length} bytes\n`);
}

/** Lives at a time: they wait more than they work. */
const AT_ONCE = 8;

async function each<T>(
  items: readonly (readonly [string, T])[],
  work: (otherNonNullable: T) => Promise<Recorded>,
): Promise<Record<string, Recorded>> {
  const made: Record<string, Recorded> = {};
  const queue = [...items];
  const next = async (): Promise<void> => {
    for (let entry = queue.shift(); entry; entry = queue.shift()) {
      const [name, what] = entry;
      made[name] = await work(what);
      process.stdout.write(
        `${name} → ${made[name].outcome ?? (made[name].refused === undefined ? "planned" : "refused")}\n`,
      );
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, next));
  return Object.fromEntries(items.map(([name]) => [name, made[name] ?? {}]));
}

const MODES = ["endpoints", "nat", "nat-per-zone", "public"] as const;

const recorders: Readonly<Record<string, () => Promise<Record<string, Recorded>>>> = {
  stacks: () =>
    each(
      Object.entries(shapes).flatMap(([name, shape]) => [
        [name, { shape, edits: [] }] as const,
        [`${name}: broken`, { shape, edits: shape.broken.edits }] as const,
      ]),
      async ({ shape: { folders, options = {} }, edits }) => {
        const root = edited(edits);
        const directories = folders.map((value) => join(root, value));
        const [only = "", ...others] = directories;
        return {
          ...(await record(directories, options)),
          ...(others.length === 0 ? await plan(only, options) : {}),
        };
      },
    ),
  cases: recordCases,
  changes: async () => {
    let stand: Checkpoint | undefined;
    await rehearse({
      dir: join(edited([]), "changing"),
      until: "apply",
      keep: (_sandbox, kept) => {
        stand = kept;
        return Promise.resolve();
      },
    });
    return each(Object.entries(changes), ({ edits }) =>
      record([join(edited(edits), "changing")], {
        applies: false,
        ...(stand === undefined ? {} : { stand }),
      }),
    );
  },
  "stack-mutants": () =>
    each(
      stackMutants().map((stackMutant) => [stackMutant.name, stackMutant] as const),
      async ({ shape: { folders, options = {} }, edits }) => {
        const dir = join(edited(edits), folders[0] ?? "");
        const rehearsed = await rehearse({ ...options, dir, until: "traffic" });
        return { ...(await plan(dir, options)), outcome: outcomeOf(rehearsed) };
      },
    ),
  ...Object.fromEntries(
    MODES.map((egress) => [
      egress,
      async () => {
        const settings = settingsOf({ egress });
        const stand: Checkpoint = await standOf(settings);
        return each(
          mutantsOf(settings).map((mutant) => [mutant.name, mutant.json] as const),
          (json) => {
            const dir = mkdtempSync(join(tmpdir(), "berth-mutant-"));
            writeFileSync(join(dir, "main.tf.json"), json);
            return record([dir], { stand, applies: false });
          },
        );
      },
    ]),
  ),
};

const wanted = process.argv.slice(2);
for (const [name, recorder] of Object.entries(recorders))
  if (wanted.length === 0 || wanted.includes(name)) keep(name, await recorder());
