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
import { RecordingHost } from "../support/host.ts";

const URL = "http://127.0.0.1:9";

/** A project with one environment, and an engine that needs no time. */
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

describe("the plan that is applied", () => {
  it("is the one that was agreed to: no other command gets into the folder meanwhile", async () => {
    const { flags, engine, directory } = project();
    const others: unknown[] = [];
    const host = new RecordingHost(async () => {
      const plans = readdirSync(directory).filter((name) => name.startsWith("run-"));
      expect(plans).toHaveLength(1);
      const own = join(directory, plans[0] ?? "");
      expect(statSync(own).mode & 0o777).toBe(0o700);
      expect(statSync(join(own, "plan.tfplan")).mode & 0o777).toBe(0o600);
      const silent = new RecordingHost();
      for (const command of [
        () => plan({ ...flags, lock: true }, silent),
        () => apply({ ...flags, yes: true, approved: `berth2-${"0".repeat(64)}` }, silent),
        () => destroy({ ...flags, yes: true }, silent),
        () => drift({ ...flags, author: "bot" }, silent),
        () => output(flags, silent),
        () => recover({ ...flags, yes: true }, silent),
      ])
        others.push(await command().catch((error: unknown) => error));
      return true;
    });
    expect(await apply(flags, host)).toBe(0);
    expect(others).toHaveLength(6);
    for (const error of others)
      expect(error).toMatchObject({
        code: "BERTH-E3006",
        message: expect.stringContaining(`berth apply (process ${process.pid} on `),
      });
    expect(engine.calls().filter((call) => call.startsWith("plan"))).toHaveLength(1);
    expect(engine.readFile("applied")).toMatch(/^plan of \d+\n$/);
    expect(readdirSync(directory).filter((name) => /run-|lock$/.test(name))).toEqual([]);
  });

  it("is not applied where its file was changed after it was shown", async () => {
    const { flags, engine, directory, runs } = project();
    const host = new RecordingHost(() => {
      writeFileSync(join(directory, runs()[0] ?? "", "plan.tfplan"), "another plan");
      return true;
    });
    await expect(apply(flags, host)).rejects.toMatchObject({ code: "BERTH-E3007" });
    expect(engine.calls().some((call) => call.startsWith("apply"))).toBe(false);
  });

  it("waits for the Terraform of an interrupted Berth", async () => {
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
    "is printed bare": `cat <<'END'\n${JSON.stringify(JSON.parse(stateText(3, "a")), undefined, 2)}\nEND`,
    "is in errored.tfstate": `cat > errored.tfstate <<'END'\n${stateText(3, "a")}\nEND`,
  };

  it.each(Object.entries(dumps))(
    "%s: it is kept, and blocks until it is saved",
    async (_, dump) => {
      const { flags, engine, directory } = project({
        apply: [printed, dump, failure("Failed to save state"), "exit 1"].join("\n"),
      });
      const host = new RecordingHost();
      expect(await apply({ ...flags, yes: true }, host)).toBe(1);
      const lost = host.reported.find(({ code }) => code === "BERTH-E3008");
      expect(lost?.fix).toContain(
        `berth recover --config ${flags.config} --terraform-bin ${engine.path} --sandbox-url ${URL} `,
      );
      expect(host.text).not.toContain("is in the state");
      const file = join(process.cwd(), lost?.where ?? "");
      expect(JSON.parse(readFileSync(file, "utf8"))).toEqual(JSON.parse(stateText(3, "a")));
      expect(statSync(file).mode & 0o777).toBe(0o600);

      // Nothing is planned on a state that is not the account's.
      const planned = engine.calls().length;
      for (const again of [
        () => apply({ ...flags, yes: true }, host),
        () => plan({ ...flags, lock: true }, host),
      ])
        await expect(again()).rejects.toMatchObject({ code: "BERTH-E3008" });
      expect(
        engine
          .calls()
          .slice(planned)
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

  it("is saved at once where a person says so", async () => {
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

  it("is kept where Terraform cannot save it the second time either", async () => {
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

  it("cut off while it was written is replaced by its backup, and what is missing is listed", async () => {
    const { flags, engine, directory } = project({
      apply: [printed, "printf '{\"version\":' > terraform.tfstate", "kill -9 $$"].join("\n"),
      pull: "cat terraform.tfstate",
    });
    mkdirSync(directory, { recursive: true });
    writeFileSync(join(directory, "terraform.tfstate.backup"), stateText(2, "before"));
    const host = new RecordingHost();
    expect(await apply({ ...flags, yes: true }, host)).toBe(1);
    expect(host.reported.map(({ code }) => code)).toContain("BERTH-E3008");
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

describe("an apply that was cut off", () => {
  const begun = printCreationEvent("apply_start", "aws_vpc.network");

  it("by a crash of Terraform: what it had begun to create is named, and not created again", async () => {
    const { flags, engine } = project({ apply: `${begun}\nkill -SEGV $$` });
    const host = new RecordingHost();
    expect(await apply({ ...flags, yes: true }, host)).toBe(1);
    expect(host.reported.map(({ what }) => what)).toEqual([
      expect.stringContaining("terraform apply was ended by the signal SIGSEGV"),
      expect.stringContaining("aws_vpc.network (its creation was cut off)"),
    ]);
    engine.setCommands({});
    await expect(apply({ ...flags, yes: true }, host)).rejects.toMatchObject({
      code: "BERTH-E3009",
      fix: expect.stringContaining("--accept-missing"),
    });
    expect(engine.calls().filter((call) => call.startsWith("apply"))).toHaveLength(1);
    const person = new RecordingHost(() => true);
    expect(await recover(flags, person)).toBe(0);
    expect(await apply({ ...flags, yes: true }, host)).toBe(0);
  });

  it("by an error, with all that was created in the state, goes on with the same flags", async () => {
    const done = printCreationEvent("apply_complete", "terraform_data.a", "a");
    const { flags, engine, runs } = project({
      apply: [
        begun,
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
      `apply failed: what was done is in the state; berth apply --config ${flags.config} --terraform-bin ${engine.path} --sandbox-url ${URL} goes on from there`,
    );
    expect(runs()).toEqual([]);
  });

  it("says that it is not known where the state cannot be read", async () => {
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
    expect(host.text).not.toContain("is in the state");
    expect(host.reported.at(-1)).toMatchObject({ code: "BERTH-E3008" });
    // With credentials again, the next run compares for itself.
    engine.setCommands({ pull: `printf '%s' '${stateText(1, "a")}'` });
    expect(await apply({ ...flags, yes: true }, host)).toBe(0);
    expect(host.text).toContain("an earlier run was interrupted; what it created is in the state");
  });

  it("leaves a lock on the state, which recover releases, and no other", async () => {
    const lock = (created: string): string =>
      `cat >&2 <<'END'\nLock Info:\n  ID:        1111-2222\n  Operation: OperationTypeApply\n  Who:       me@${describeProcess("").host}\n  Created:   ${created} +0000 UTC\nEND\nexit 1`;
    const at = (time: string, line: string): string =>
      line.replace('"@level"', `"@timestamp":"2026-11-27T${time}Z","@level"`);
    const { flags, engine } = project({
      apply: [
        at("10:00:00.000000", printEvent("version")),
        at("10:00:09.000000", begun),
        "kill -9 $$",
      ].join("\n"),
      "force-unlock": lock("2026-11-27 10:00:10.5"),
    });
    await apply({ ...flags, yes: true }, new RecordingHost());
    await expect(recover({ ...flags, yes: true }, new RecordingHost())).rejects.toMatchObject({
      code: "BERTH-E3006",
      fix: expect.stringContaining("force-unlock 1111-2222"),
    });
    engine.setCommands({
      "force-unlock": `if [ "$3" = 1111-2222 ]; then exit 0; fi\n${lock("2026-11-27 10:00:01.123456789")}`,
    });
    const host = new RecordingHost();
    expect(await recover({ ...flags, yes: true, acceptMissing: true }, host)).toBe(0);
    expect(engine.calls()).toContain("force-unlock -force 1111-2222");
    expect(host.text).toContain("released the lock 1111-2222");
  });
});

describe("an interrupted destroy", () => {
  it("suggests to destroy what was destroyed, and not the real infrastructure", async () => {
    const { flags, engine } = project({
      plan: `echo plan > "$out"; ${printEvent("change_summary", { changes: { add: 0, change: 0, remove: 1, operation: "plan" } })}; exit 2`,
      apply: `trap 'exit 1' INT; ${printCreationEvent("apply_start", "a.b").replace("create", "delete")}; while :; do sleep 0.1; done`,
    });
    const host = new RecordingHost();
    // What Berth does on a Ctrl-C; the signal itself would end the process of the tests.
    host.started = () => process.listeners("SIGINT").at(-1)?.("SIGINT");
    expect(await destroy({ ...flags, yes: true }, host)).toBe(130);
    expect(host.text).toContain(
      `interrupted: what was done is in the state; berth destroy --config ${flags.config} --terraform-bin ${engine.path} --sandbox-url ${URL} goes on from there`,
    );
  });
});

describe("an engine that does not do as Terraform does", () => {
  it("plans and dies of a signal: that is said", async () => {
    const { flags } = project({ plan: "kill -SEGV $$" });
    const host = new RecordingHost();
    expect(await plan({ ...flags, lock: true }, host)).toBe(1);
    expect(host.reported[0]?.what).toBe("terraform plan was ended by the signal SIGSEGV");
  });

  it("does not say its version in time", async () => {
    const { engine } = project({ version: "exec sleep 60" });
    await expect(
      findEngine({ flag: engine.path, env: process.env, patience: 1 }),
    ).rejects.toMatchObject({
      code: "BERTH-E3002",
      message: `${engine.path} does not answer "version" within 0.001 s`,
    });
  });

  it("is called without arguments of the environment", async () => {
    const { engine, flags } = project();
    const refuse = '[ -z "$TF_CLI_ARGS$TF_CLI_ARGS_version$TF_CLI_ARGS_plan" ] || exit 1\n';
    const usual = `${refuse}echo 'Terraform v1.11.4'`;
    engine.setCommands({ version: usual, init: refuse });
    vi.stubEnv("TF_CLI_ARGS", "-no-color");
    vi.stubEnv("TF_CLI_ARGS_version", "-no-color");
    vi.stubEnv("TF_CLI_ARGS_plan", "-destroy");
    try {
      expect(await plan({ ...flags, lock: true }, new RecordingHost())).toBe(0);
    } finally {
      vi.unstubAllEnvs();
    }
  });

  it("fails without a word: that is said", async () => {
    const { flags } = project({ plan: "exit 1" });
    const host = new RecordingHost();
    expect(await plan({ ...flags, lock: true }, host)).toBe(1);
    expect(host.reported[0]?.what).toBe("terraform plan failed");
  });

  it("shows a plan that is no JSON", async () => {
    const { flags, engine } = project({ show: "echo garbage" });
    await expect(plan({ ...flags, lock: true }, new RecordingHost())).rejects.toMatchObject({
      code: "BERTH-E3003",
      message: "terraform show -json did not print JSON",
      where: engine.path,
    });
  });
});
