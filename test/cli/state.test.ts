import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, vi } from "vitest";
import { run as apply } from "../../src/cli/commands/apply.ts";
import { run as destroy } from "../../src/cli/commands/destroy.ts";
import { run as drift } from "../../src/cli/commands/drift.ts";
import { run as output } from "../../src/cli/commands/output.ts";
import { run as plan } from "../../src/cli/commands/plan.ts";
import { run as recover } from "../../src/cli/commands/recover.ts";
import { describeProcess } from "../../src/shared/process-owner.ts";
import { findEngine } from "../../src/terraform/engine.ts";
import {
  printCreationEvent,
  printEvent,
  type FakeCommands,
  fakeEngine,
} from "../support/engine.ts";
import { testFolder } from "../support/folder.ts";
import { respondingUrl } from "../support/responding-url.ts";
import { RecordingHost } from "../support/host.ts";

const URL = await respondingUrl();

/** A project with one environment and a fake engine. */
function project(commands: FakeCommands = {}) {
  const folder = testFolder();
  const config = join(folder, "berth.config.ts");
  writeFileSync(
    config,
    'export default { name: "hello", region: "us-east-1", zones: 1, loadBalancer: false };\n',
  );
  const engine = fakeEngine(folder, commands);
  const flags = { config, terraformBin: engine.path, sandboxUrl: URL, unchecked: true };
  const directory = join(folder, ".berth/sandbox/default");
  const runs = (): string[] => readdirSync(directory).filter((name) => name.startsWith("run-"));
  return { folder, engine, flags, directory, runs };
}

const stateText = (serial: number, ...ids: readonly string[]): string =>
  JSON.stringify({
    version: 4,
    serial,
    lineage: "b5b0",
    outputs: {},
    resources: ids.map((id) => ({
      mode: "managed",
      type: "terraform_data",
      name: id,
      instances: [{ attributes: { id } }],
    })),
  });

const failure = (summary: string): string =>
  printEvent("diagnostic", {
    "@level": "error",
    diagnostic: { severity: "error", summary, detail: "no space left on device" },
  });

describe("the applied plan", () => {
  it("is the confirmed plan: other commands cannot use the working folder during the confirmation", async () => {
    const { flags, engine, directory } = project();
    const errors: unknown[] = [];
    const host = new RecordingHost(async () => {
      const plans = readdirSync(directory).filter((name) => name.startsWith("run-"));
      expect(plans).toHaveLength(1);
      const runFolder = join(directory, plans[0] ?? "");
      expect(statSync(runFolder).mode & 0o777).toBe(0o700);
      expect(statSync(join(runFolder, "plan.tfplan")).mode & 0o777).toBe(0o600);
      const silent = new RecordingHost();
      for (const command of [
        () => plan({ ...flags, lock: true }, silent),
        () => apply({ ...flags, yes: true, approved: `berth2-${"0".repeat(64)}` }, silent),
        () => destroy({ ...flags, services: [], yes: true }, silent),
        () => drift({ ...flags, author: "bot" }, silent),
        () => output(flags, silent),
        () => recover({ ...flags, yes: true }, silent),
      ])
        errors.push(await command().catch((error: unknown) => error));
      return true;
    });
    expect(await apply(flags, host)).toBe(0);
    expect(errors).toHaveLength(6);
    for (const error of errors)
      expect(error).toMatchObject({
        code: "BERTH-E3006",
        message: expect.stringContaining(`berth apply (process ${process.pid} on `),
      });
    expect(engine.calls().filter((call) => call.startsWith("plan"))).toHaveLength(1);
    expect(engine.readFile("applied")).toMatch(/^plan of \d+\n$/);
    expect(readdirSync(directory).filter((name) => /run-|lock$/.test(name))).toEqual([]);
  });

  it("is rejected if its file was changed after the confirmation", async () => {
    const { flags, engine, directory, runs } = project();
    const host = new RecordingHost(() => {
      writeFileSync(join(directory, runs()[0] ?? "", "plan.tfplan"), "another plan");
      return true;
    });
    await expect(apply(flags, host)).rejects.toMatchObject({ code: "BERTH-E3007" });
    expect(engine.calls().some((call) => call.startsWith("apply"))).toBe(false);
  });

  it("is not created while Terraform of an interrupted Berth process runs", async () => {
    const { flags, directory, engine } = project();
    const run = join(directory, "run-killed");
    mkdirSync(run, { recursive: true });
    writeFileSync(join(run, "process.json"), JSON.stringify(describeProcess("terraform apply")));
    await expect(apply({ ...flags, yes: true }, new RecordingHost())).rejects.toMatchObject({
      code: "BERTH-E3006",
      message: expect.stringContaining("terraform apply"),
    });
    expect(engine.calls().some((call) => call.startsWith("init"))).toBe(false);
    expect(existsSync(join(directory, "berth.lock"))).toBe(false);
  });
});

describe("a state that cannot be saved", () => {
  const printed = [
    printCreationEvent("apply_start", "terraform_data.a"),
    printCreationEvent("apply_complete", "terraform_data.a", "a"),
  ].join("\n");
  const dumps = {
    "is printed as an event": printEvent("log", {
      state: JSON.parse(stateText(3, "a")) as unknown,
    }),
    "is printed without an event": `cat <<'END'\n${JSON.stringify(JSON.parse(stateText(3, "a")), undefined, 2)}\nEND`,
    "is in errored.tfstate": `cat > errored.tfstate <<'END'\n${stateText(3, "a")}\nEND`,
  };

  it.each(Object.entries(dumps))(
    "%s: is kept, and blocks other commands until it is saved",
    async (_, dump) => {
      const { flags, engine, directory } = project({
        apply: [printed, dump, failure("Failed to save state"), "exit 1"].join("\n"),
      });
      const host = new RecordingHost();
      expect(await apply({ ...flags, yes: true }, host)).toBe(1);
      const stateProblem = host.reported.find(({ code }) => code === "BERTH-E3008");
      expect(stateProblem?.fix).toContain(
        `npx berth recover --config ${flags.config} --terraform-bin ${engine.path} --sandbox-url ${URL} `,
      );
      expect(host.text).not.toContain("are in the state");
      const file = join(process.cwd(), stateProblem?.where ?? "");
      expect(JSON.parse(readFileSync(file, "utf8"))).toEqual(JSON.parse(stateText(3, "a")));
      expect(statSync(file).mode & 0o777).toBe(0o600);

      // No command may plan with an outdated state.
      const callsBefore = engine.calls().length;
      for (const runCommand of [
        () => apply({ ...flags, yes: true }, host),
        () => plan({ ...flags, lock: true }, host),
      ])
        await expect(runCommand()).rejects.toMatchObject({ code: "BERTH-E3008" });
      expect(
        engine
          .calls()
          .slice(callsBefore)
          .filter((call) => !call.startsWith("version")),
      ).toEqual([]);

      await expect(recover(flags, new RecordingHost())).rejects.toMatchObject({
        code: "BERTH-E6002",
        exitCode: 64,
      });
      engine.setCommands({ pull: `cat "$here/pushed"` });
      expect(await recover({ ...flags, yes: true }, host)).toBe(0);
      expect(JSON.parse(engine.readFile("pushed") ?? "")).toEqual(JSON.parse(stateText(3, "a")));
      expect(existsSync(file)).toBe(false);
      expect(readdirSync(directory).filter((name) => name.startsWith("run-"))).toEqual([]);
      expect(await apply({ ...flags, yes: true }, new RecordingHost())).toBe(0);
    },
  );

  it("is saved immediately if the user confirms it", async () => {
    const { flags, engine, runs } = project({
      apply: [printed, dumps["is printed as an event"], failure("no"), "exit 1"].join("\n"),
      pull: `cat "$here/pushed"`,
    });
    const host = new RecordingHost(() => true);
    expect(await apply(flags, host)).toBe(1);
    expect(host.questions).toHaveLength(2);
    expect(engine.readFile("pushed")).toBeDefined();
    expect(runs()).toEqual([]);
  });

  it("is kept if the recovery fails", async () => {
    const { flags, engine } = project({
      apply: [printed, dumps["is in errored.tfstate"], failure("no"), "exit 1"].join("\n"),
      push: "echo 'Error: AccessDenied' >&2; exit 1",
    });
    expect(await apply({ ...flags, yes: true }, new RecordingHost())).toBe(1);
    await expect(recover({ ...flags, yes: true }, new RecordingHost())).rejects.toMatchObject({
      code: "BERTH-E3003",
    });
    engine.setCommands({ pull: `cat "$here/pushed"` });
    expect(await recover({ ...flags, yes: true }, new RecordingHost())).toBe(0);
  });

  it("is replaced by its backup if it is incomplete, and missing resources are listed", async () => {
    const { flags, engine, directory } = project({
      apply: [printed, "printf '{\"version\":' > terraform.tfstate", "kill -9 $$"].join("\n"),
      pull: "cat terraform.tfstate",
    });
    mkdirSync(directory, { recursive: true });
    writeFileSync(join(directory, "terraform.tfstate.backup"), stateText(2, "before"));
    const host = new RecordingHost();
    expect(await apply({ ...flags, yes: true }, host)).toBe(1);
    expect(host.reported.map(({ code }) => code)).toContain("BERTH-E3015");
    await expect(recover({ ...flags, yes: true }, host)).rejects.toMatchObject({
      code: "BERTH-E3009",
      message: expect.stringContaining("terraform_data.a (id a)"),
    });
    expect(readFileSync(join(directory, "terraform.tfstate"), "utf8")).toBe(stateText(2, "before"));
    expect(readFileSync(join(directory, "terraform.tfstate.damaged"), "utf8")).toBe('{"version":');
    expect(await recover({ ...flags, yes: true, acceptMissing: true }, host)).toBe(0);
    engine.setCommands({});
    expect(await apply({ ...flags, yes: true }, host)).toBe(0);
  });
});

describe("an interrupted apply", () => {
  const started = printCreationEvent("apply_start", "aws_vpc.network");

  it("reports resources whose creation has no recorded end, and does not create them again", async () => {
    const { flags, engine } = project({ apply: `${started}\nkill -SEGV $$` });
    const host = new RecordingHost();
    expect(await apply({ ...flags, yes: true }, host)).toBe(1);
    expect(host.reported.map(({ what }) => what)).toEqual([
      expect.stringContaining("terraform apply was terminated by the signal SIGSEGV"),
      expect.stringContaining("aws_vpc.network (its creation was interrupted)"),
    ]);
    engine.setCommands({});
    await expect(apply({ ...flags, yes: true }, host)).rejects.toMatchObject({
      code: "BERTH-E3009",
      fix: expect.stringContaining("--accept-missing"),
    });
    expect(engine.calls().filter((call) => call.startsWith("apply"))).toHaveLength(1);
    const confirmingHost = new RecordingHost(() => true);
    expect(await recover(flags, confirmingHost)).toBe(0);
    expect(await apply({ ...flags, yes: true }, host)).toBe(0);
  });

  it("suggests to continue with the same flags if the state is complete", async () => {
    const done = printCreationEvent("apply_complete", "terraform_data.a", "a");
    const { flags, engine, runs } = project({
      apply: [
        started,
        printCreationEvent("apply_errored", "aws_vpc.network"),
        done,
        failure("no"),
        "exit 1",
      ].join("\n"),
      pull: `printf '%s' '${stateText(1, "a")}'`,
    });
    const host = new RecordingHost();
    expect(await apply({ ...flags, yes: true }, host)).toBe(1);
    expect(host.text).toContain(
      `apply failed: completed changes are in the state; run npx berth apply --config ${flags.config} --terraform-bin ${engine.path} --sandbox-url ${URL} to continue`,
    );
    expect(runs()).toEqual([]);
  });

  it("reports that resources may be missing if the state cannot be read", async () => {
    const { flags, engine } = project({
      apply: [
        printCreationEvent("apply_complete", "terraform_data.a", "a"),
        failure("no"),
        "exit 1",
      ].join("\n"),
      pull: "echo 'ExpiredToken' >&2; exit 1",
    });
    const host = new RecordingHost();
    expect(await apply({ ...flags, yes: true }, host)).toBe(1);
    expect(host.text).not.toContain("are in the state");
    expect(host.reported.at(-1)).toMatchObject({ code: "BERTH-E3016" });
    // With new credentials, the next run compares the state.
    engine.setCommands({ pull: `printf '%s' '${stateText(1, "a")}'` });
    expect(await apply({ ...flags, yes: true }, host)).toBe(0);
    expect(host.text).toContain(
      "an earlier run was interrupted; the resources that it created are in the state",
    );
  });

  it("leaves a state lock, which recover releases; other locks are kept", async () => {
    const lock = (created: string): string =>
      `cat >&2 <<'END'\nLock Info:\n  ID:        1111-2222\n  Operation: OperationTypeApply\n  Who:       me@${describeProcess("").host}\n  Created:   ${created} +0000 UTC\nEND\nexit 1`;
    const at = (time: string, line: string): string =>
      line.replace('"@level"', `"@timestamp":"2026-11-27T${time}Z","@level"`);
    const { flags, engine } = project({
      apply: [
        at("10:00:00.000000", printEvent("version")),
        at("10:00:09.000000", started),
        "kill -9 $$",
      ].join("\n"),
      "force-unlock": lock("2026-11-27 10:00:10.5"),
    });
    await apply({ ...flags, yes: true }, new RecordingHost());
    await expect(recover({ ...flags, yes: true }, new RecordingHost())).rejects.toMatchObject({
      code: "BERTH-E3014",
      fix: expect.stringContaining("force-unlock 1111-2222"),
    });
    engine.setCommands({
      "force-unlock": `if [ "$3" = 1111-2222 ]; then exit 0; fi\n${lock("2026-11-27 10:00:01.123456789")}`,
    });
    const host = new RecordingHost();
    expect(await recover({ ...flags, yes: true, acceptMissing: true }, host)).toBe(0);
    expect(engine.calls()).toContain("force-unlock -force 1111-2222");
    expect(host.text).toContain("released the state lock 1111-2222");
  });
});

describe("an interrupted destroy", () => {
  it("suggests to continue in the same sandbox, not in the AWS account", async () => {
    const { flags, engine } = project({
      plan: `echo plan > "$out"; ${printEvent("change_summary", { changes: { add: 0, change: 0, remove: 1, operation: "plan" } })}; exit 2`,
      apply: `trap 'exit 1' INT; ${printCreationEvent("apply_start", "a.b").replace("create", "delete")}; while :; do sleep 0.1; done`,
    });
    const host = new RecordingHost();
    // Calls Berth's signal listener; a real signal would end the test process.
    host.started = () => process.listeners("SIGINT").at(-1)?.("SIGINT");
    expect(await destroy({ ...flags, services: [], yes: true }, host)).toBe(130);
    expect(host.text).toContain(
      `interrupted: completed changes are in the state; run npx berth destroy --config ${flags.config} --terraform-bin ${engine.path} --sandbox-url ${URL} to continue`,
    );
  });
});

describe("a faulty engine", () => {
  it("is reported if a signal terminates it", async () => {
    const { flags } = project({ plan: "kill -SEGV $$" });
    const host = new RecordingHost();
    expect(await plan({ ...flags, lock: true }, host)).toBe(1);
    expect(host.reported[0]?.what).toBe("terraform plan was terminated by the signal SIGSEGV");
  });

  it("is reported if it does not print its version in time", async () => {
    const { engine } = project({ version: "exec sleep 60" });
    await expect(
      findEngine({ flag: engine.path, env: process.env, timeoutMs: 1 }),
    ).rejects.toMatchObject({
      code: "BERTH-E3017",
      message: `${engine.path} did not print its version within 0.001 s`,
    });
  });

  it("is called without TF_CLI_ARGS of the environment", async () => {
    const { engine, flags } = project();
    const rejectArguments =
      '[ -z "$TF_CLI_ARGS$TF_CLI_ARGS_version$TF_CLI_ARGS_plan" ] || exit 1\n';
    const versionScript = `${rejectArguments}echo 'Terraform v1.11.4'`;
    engine.setCommands({ version: versionScript, init: rejectArguments });
    vi.stubEnv("TF_CLI_ARGS", "-no-color");
    vi.stubEnv("TF_CLI_ARGS_version", "-no-color");
    vi.stubEnv("TF_CLI_ARGS_plan", "-destroy");
    try {
      expect(await plan({ ...flags, lock: true }, new RecordingHost())).toBe(0);
    } finally {
      vi.unstubAllEnvs();
    }
  });

  it("is reported if it fails without output", async () => {
    const { flags } = project({ plan: "exit 1" });
    const host = new RecordingHost();
    expect(await plan({ ...flags, lock: true }, host)).toBe(1);
    expect(host.reported[0]?.what).toBe("terraform plan failed");
  });

  it("is reported if it prints a plan that is not JSON", async () => {
    const { flags, engine } = project({ show: "echo garbage" });
    await expect(plan({ ...flags, lock: true }, new RecordingHost())).rejects.toMatchObject({
      code: "BERTH-E3013",
      message: "terraform show -json did not print JSON",
      where: engine.path,
    });
  });
});
