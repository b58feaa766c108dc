import { rmSync } from "node:fs";
import { join } from "node:path";
import { loadProject } from "../../config/load.ts";
import type { Settings } from "../../config/options.ts";
import { gitHubEnvironment } from "../../pipeline/names.ts";
import type { BootstrapOptions } from "../../constructs/bootstrap.ts";
import { UserError } from "../../errors.ts";
import { isJson, jsonsOf, listOf, textOf } from "../../plan/shown.ts";
import { agree, carryOut, plan } from "../change.ts";
import type { Host } from "../host/host.ts";
import { renderOutputs, visibleOutputs } from "../outputs.ts";
import { idsOf, repositoryOf } from "../repository.ts";
import { openRoom, type ProjectFlags, type Room } from "../session.ts";

export interface BootstrapFlags extends ProjectFlags {
  readonly yes?: boolean;
  readonly destroy?: boolean;
}

/** The environments of one account, and what they share. */
interface Ground {
  readonly name: string;
  readonly account: string;
  readonly region: string;
  readonly bucket: string;
  readonly environments: readonly (Settings & { readonly account: string })[];
}

const needs = (what: string, where: string, fix: string): UserError =>
  new UserError("BERTH-E8003", what, { where, fix });

/** What the environments of the account that is meant have in common. */
function groundOf(name: string, all: readonly Settings[], flags: BootstrapFlags): Ground {
  const asked = flags.env === undefined ? all : all.filter((one) => one.environment === flags.env);
  const [first] = asked;
  if (!first)
    throw new UserError("BERTH-E1004", `the config names no environment "${flags.env}"`, {
      where: flags.config,
      fix: `known are ${all.map((one) => one.environment).join(", ")}`,
      exitCode: 64,
    });
  const { account } = first;
  if (account === undefined)
    throw needs(
      "a pipeline is for one account, and the config does not say which",
      flags.config,
      'say account: "123456789012"',
    );
  if (asked.some((one) => one.account !== account))
    throw new UserError("BERTH-E8003", "the environments lie in several accounts", {
      where: flags.config,
      fix: `bootstrap each account by itself: --env with one of ${all.map((one) => one.environment).join(", ")}`,
      exitCode: 64,
    });
  const environments = all.filter((one) => one.account === account);
  const places = new Set(
    environments.map(({ state, region }) => `${state?.bucket} ${state?.region ?? region}`),
  );
  const { state } = first;
  if (state === undefined)
    throw needs(
      "a pipeline keeps its state in a bucket, and the config names none",
      flags.config,
      'say state: { bucket: "…" }; bootstrap creates it',
    );
  if (places.size > 1)
    throw needs(
      `the environments of account ${account} keep their states in several buckets`,
      flags.config,
      "give them one bucket in one region: each has a key of its own in it",
    );
  return {
    name,
    account,
    bucket: state.bucket,
    region: state.region ?? first.region,
    environments: environments.map((one) => ({ ...one, account })),
  };
}

/** Writes the root module, with what differs from the usual. */
type Write = (more: Partial<BootstrapOptions>) => void;

async function optionsFor(ground: Ground, flags: BootstrapFlags): Promise<BootstrapOptions> {
  const { footholdOf } = await import("../../constructs/permissions.ts");
  const { environments, ...rest } = ground;
  const pipeline = environments[0]?.pipeline ?? {};
  const { owner, repo } = repositoryOf(flags.config, pipeline);
  const ids = await idsOf({ owner, repo }, pipeline, process.env);
  return {
    ...rest,
    adoptsProvider: false,
    repository: { owner, repository: repo, ...ids, branch: pipeline.branch ?? "main" },
    foundations: environments.map((one) => ({
      ...footholdOf(one, ground.bucket),
      environment: gitHubEnvironment(one.environment),
    })),
  };
}

/** True where the bucket is there with the state in it, and Terraform works with it now. */
async function openBucket(room: Room): Promise<boolean> {
  try {
    await room.init("leave");
    return true;
  } catch (error) {
    // AWS's words for a bucket that is not there; anything else is a trouble of its own.
    const isMissing =
      error instanceof UserError && /does not exist|NoSuchBucket/.test(error.message);
    if (!isMissing) throw error;
    return false;
  }
}

/** What a look at the account says: Terraform looks, with the credentials that it has anyway. */
async function look(
  room: Room,
  data: Readonly<Record<string, unknown>>,
  ground: Ground,
): Promise<unknown> {
  room.write(
    `${JSON.stringify({
      terraform: {
        backend: { local: { path: "terraform.tfstate" } },
        required_providers: { aws: { source: "hashicorp/aws", version: ">= 5.100, < 7.0" } },
      },
      provider: { aws: { region: ground.region, allowed_account_ids: [ground.account] } },
      data,
      output: Object.fromEntries(
        Object.entries(data).flatMap(([type, named]) =>
          Object.keys(named as object).map((name) => [name, { value: `\${data.${type}.${name}}` }]),
        ),
      ), // objects by name, as they are written below
    })}\n`,
  );
  await room.init("leave");
  const outcome = await room.terraform.plan(room.planFile, { lock: false }, () => {});
  const refusal = outcome.diagnostics.find((one) => one.severity === "error");
  if (refusal) return new UserError("BERTH-E3003", `${refusal.summary} ${refusal.detail}`);
  const shown = await room.terraform.showJson(room.planFile);
  const values = isJson(shown) && isJson(shown["planned_values"]) ? shown["planned_values"] : {};
  return values["outputs"];
}

const valueOf = (outputs: unknown, name: string): unknown => {
  const output = isJson(outputs) ? outputs[name] : undefined;
  return isJson(output) ? output["value"] : undefined;
};

const URL = "https://token.actions.githubusercontent.com";

/** True where the account has GitHub's provider, made by somebody else. */
async function findsProvider(room: Room, ground: Ground): Promise<boolean> {
  const seen = await look(
    room,
    { aws_iam_openid_connect_provider: { github: { url: URL } } },
    ground,
  );
  if (seen instanceof UserError) {
    if (/no IAM OIDC Provider|couldn't find|not found|empty result|no matching/i.test(seen.message))
      return false;
    throw seen;
  }
  const github = valueOf(seen, "github");
  const audiences = listOf(isJson(github) ? github["client_id_list"] : undefined);
  if (!audiences.includes("sts.amazonaws.com"))
    throw needs(
      "the account's OIDC provider of GitHub's does not take the audience sts.amazonaws.com",
      `account ${ground.account}`,
      "add it: aws iam add-client-id-to-open-id-connect-provider --client-id sts.amazonaws.com --open-id-connect-provider-arn …",
    );
  return true;
}

const holdsProvider = (state: unknown): boolean =>
  jsonsOf(isJson(state) ? state["resources"] : undefined).some(
    (one) => one["mode"] === "managed" && textOf(one["type"]) === "aws_iam_openid_connect_provider",
  );

/** Local files of a state that lies in the bucket now. */
function forgetLocalState(room: Room): void {
  for (const name of ["terraform.tfstate", "terraform.tfstate.backup"])
    rmSync(join(room.directory, name), { force: true });
}

/** Creates what a pipeline needs in an account before it can run, or destroys it. */
export async function run(flags: BootstrapFlags, host: Host): Promise<number> {
  const { name, environments } = await loadProject(flags.config);
  const ground = groundOf(name, environments, flags);
  const room = await openRoom(flags, host, {
    ...ground,
    terraformBin: environments[0]?.terraformBin,
    folder: `bootstrap-${ground.account}`,
  });
  try {
    const options = await optionsFor(ground, flags);
    const { BootstrapStack } = await import("../../constructs/bootstrap.ts");
    const { synthStack } = await import("../../constructs/synth.ts");
    const write: Write = (more) =>
      room.write(synthStack(new BootstrapStack({ ...options, ...more })));
    // A state that is still here was never moved: an earlier run was stopped half-way.
    write({ state: "bucket" });
    const isThere = !room.hasState && (await openBucket(room));
    if (!isThere) {
      write({ state: "local" });
      await room.init("leave");
    }
    const adoptsProvider =
      !holdsProvider(await room.terraform.pullState()) && (await findsProvider(room, ground));
    if (adoptsProvider)
      host.note("the account has GitHub's OIDC provider already: it is used, and left alone");
    const settled: Write = (more) => write({ adoptsProvider, ...more });
    const how = { write: settled, isThere, yes: flags.yes === true };
    return flags.destroy === true
      ? await destroy(room, host, ground, how)
      : await create(room, host, how);
  } finally {
    await room.close();
  }
}

interface How {
  readonly write: Write;
  /** True where the bucket is there, and the state in it. */
  readonly isThere: boolean;
  readonly yes: boolean;
}

async function create(room: Room, host: Host, { write, isThere, yes }: How): Promise<number> {
  write({ state: isThere ? "bucket" : "local" });
  await room.init("leave");
  const planned = await plan(room, host);
  if (planned.exitCode === 1) return 1;
  if (planned.exitCode === 2) {
    const code = await carryOut(room, host, planned, { verb: "apply", yes });
    if (code !== 0) return code;
  } else {
    host.note("nothing to do: everything is as it should be");
  }
  if (!isThere) {
    host.phase("the state moves into the bucket");
    write({ state: "bucket" });
    await room.init("move");
    forgetLocalState(room);
  }
  const outputs = visibleOutputs(await room.terraform.outputs());
  host.note("next: berth pipeline writes the workflow that takes these roles");
  host.result(renderOutputs(outputs), { ...planned.counts, outputs });
  return 0;
}

async function destroy(
  room: Room,
  host: Host,
  ground: Ground,
  { write, isThere, yes }: How,
): Promise<number> {
  if (!isThere && !room.hasState) {
    host.note("nothing to destroy");
    host.result("", { destroyed: 0 });
    return 0;
  }
  if (isThere) await refuseStates(room, ground);
  write({ state: isThere ? "bucket" : "local" });
  await room.init("leave");
  const planned = await plan(room, host, { destroy: true });
  if (planned.exitCode === 1) return 1;
  if (!(await agree(room, host, planned, { verb: "destroy", yes }))) return 1;
  // The state cannot lie in what is destroyed, and old versions of it are still there.
  write({ state: "local", forceDestroy: true });
  await room.init("move");
  const freed = await room.follow((listener) => room.terraform.carryOut("apply", {}, listener));
  if (freed.exitCode !== 0) {
    host.problems(room.problemsOf(freed));
    return 1;
  }
  const last = await plan(room, host, { destroy: true });
  const code =
    last.exitCode === 1 ? 1 : await carryOut(room, host, last, { verb: "destroy", yes: true });
  if (code !== 0) return code;
  forgetLocalState(room);
  host.result(`${last.counts.remove} destroyed; the KMS key waits for its deletion`, {
    destroyed: last.counts.remove,
  });
  return 0;
}

/** States of foundations are not thrown away with their bucket. */
async function refuseStates(room: Room, ground: Ground): Promise<void> {
  const { bootstrapKey } = await import("../../constructs/bootstrap.ts");
  const seen = await look(room, { aws_s3_objects: { states: { bucket: ground.bucket } } }, ground);
  if (seen instanceof UserError) throw seen;
  const states = valueOf(seen, "states");
  const own = bootstrapKey(ground.name);
  const others = listOf(isJson(states) ? states["keys"] : undefined).filter(
    (key) => key !== own && key !== `${own}.tflock`,
  );
  if (others.length > 0)
    throw new UserError("BERTH-E6003", `the bucket ${ground.bucket} holds ${others.join(", ")}`, {
      fix: "destroy what these are the states of (berth destroy), and delete the objects; then it can go",
    });
}
