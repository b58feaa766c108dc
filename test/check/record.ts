// npm run fixtures: the plans and states that the prover is tested with, made by real Terraform in the sandbox.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { brotliCompressSync, constants } from "node:zlib";
import { appsOf, type RehearseOptions, type Stand } from "../../src/rehearsal/options.ts";
import { prepare } from "../../src/rehearsal/sources.ts";
import { startSandbox } from "../../src/sandbox/server.ts";
import { mutantsOf, standOf } from "../mutants/mutants.ts";
import { settingsOf } from "../support/settings.ts";
import { edited, shapes } from "../stacks/index.ts";
import { cutDown } from "./cut.ts";

/** What Terraform made of some folders: the plan of the last of them, and its state after an apply. */
interface Recorded {
  readonly plan?: unknown;
  readonly state?: unknown;
  /** What Terraform said where it planned nothing. */
  readonly refused?: string;
}

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
      },
      join(room, "copy"),
      join(room, "states"),
    );
    let recorded: Recorded = {};
    for (const [index, stack] of stacks.entries()) {
      const state = stand?.states?.[index];
      if (state !== undefined) writeFileSync(stack.stateFile, state);
      await stack.init();
      const { done, plan } = await stack.plan(join(room, "plan.tfplan"), () => {});
      const [problem] = done.problems;
      if (problem) return { refused: `${problem.summary} ${problem.detail}` };
      recorded = { plan };
      if (!applies) continue;
      const applied = await stack.apply(() => {});
      if (applied.problems.length === 0) recorded = { plan, state: await stack.showState() };
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
      Object.entries(fixtures).map(([key, { plan, state, refused }]) => [
        key,
        {
          ...(plan === undefined ? {} : { plan: cutDown(plan) }),
          ...(state === undefined ? {} : { state: cutDown(state) }),
          ...(refused === undefined ? {} : { refused }),
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

async function each<T>(
  all: readonly (readonly [string, T])[],
  work: (one: T) => Promise<Recorded>,
): Promise<Record<string, Recorded>> {
  const made: Record<string, Recorded> = {};
  const queue = [...all];
  const next = async (): Promise<void> => {
    for (let one = queue.shift(); one; one = queue.shift()) {
      const [name, what] = one;
      made[name] = await work(what);
      process.stdout.write(`${made[name].refused === undefined ? "·" : "!"} ${name}\n`);
    }
  };
  await Promise.all([next(), next()]);
  return Object.fromEntries(all.map(([name]) => [name, made[name] ?? {}]));
}

const MODES = ["endpoints", "nat", "nat-per-zone", "public"] as const;

const recorders: Readonly<Record<string, () => Promise<Record<string, Recorded>>>> = {
  stacks: () =>
    each(
      Object.entries(shapes).flatMap(([name, shape]) => [
        [name, { shape, edits: [] }] as const,
        [`${name}: broken`, { shape, edits: shape.broken.edits }] as const,
      ]),
      ({ shape: { folders, options }, edits }) => {
        const root = edited(edits);
        return record(
          folders.map((one) => join(root, one)),
          options ?? {},
        );
      },
    ),
  ...Object.fromEntries(
    MODES.map((egress) => [
      egress,
      async () => {
        const settings = settingsOf({ egress });
        const stand: Stand = await standOf(settings);
        return each(
          mutantsOf(settings).map((one) => [one.name, one.json] as const),
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
