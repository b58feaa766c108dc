import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { describe, expect, it } from "vitest";
import {
  apply,
  build,
  check,
  type CheckResult,
  type Confirmation,
  deploy,
  destroy,
  drift,
  OperationFailedError,
  type OperationEvent,
  type OperationHost,
  output,
  plan,
  planService,
  push,
  recover,
  status,
  UserErrors,
} from "../../src/index.ts";
import {
  type FakeCommands,
  fakeEngine,
  printCreationEvent,
  printEvent,
} from "../support/engine.ts";
import { testFolder } from "../support/folder.ts";
import { readFixture } from "../support/plan-fixtures.ts";
import { respondingUrl } from "../support/responding-url.ts";

const SANDBOX = await respondingUrl();

/** A project with a fake engine, and the options of operations on it. */
function project(commands: FakeCommands = {}, services = "") {
  const folder = testFolder();
  const config = join(folder, "berth.config.ts");
  writeFileSync(
    config,
    `export default { name: "hello", region: "us-east-1", zones: 1, loadBalancer: false, ${services} };\n`,
  );
  const engine = fakeEngine(folder, commands);
  return { folder, engine, options: { config, terraformBin: engine.path, sandbox: SANDBOX } };
}

/** A host that records events and confirmations. */
class RecordingHost implements OperationHost {
  readonly events: OperationEvent[] = [];
  readonly confirmations: Confirmation[] = [];
  readonly #answer: boolean;

  constructor(answer = true) {
    this.#answer = answer;
  }

  event(event: OperationEvent): void {
    this.events.push(event);
  }

  confirm(confirmation: Confirmation): Promise<boolean> {
    this.confirmations.push(confirmation);
    return Promise.resolve(this.#answer);
  }

  get types(): string[] {
    return this.events.map((event) => (event.type === "step-started" ? event.step : event.type));
  }
}

const OUTPUTS = `printf '%s' '${JSON.stringify({
  url: { value: "http://hello", sensitive: false },
  token: { value: "secret", sensitive: true },
})}'`;

const NO_CHANGES: FakeCommands = {
  plan: `echo plan > "$out"; ${printEvent("change_summary", { changes: { add: 0, change: 0, remove: 0, operation: "plan" } })}; exit 0`,
};

const DELETION: FakeCommands = {
  plan: `echo plan > "$out"; ${printEvent("change_summary", { changes: { add: 0, change: 0, remove: 3, operation: "plan" } })}; exit 2`,
};

/** A plan that changes a VPC, as `terraform show -json` prints it. */
const SHOWN = {
  format_version: "1.2",
  planned_values: {},
  resource_changes: [
    {
      address: "aws_vpc.network",
      mode: "managed",
      type: "aws_vpc",
      name: "network",
      change: { actions: ["update"], before: { a: 1 }, after: { a: 2 }, after_unknown: {} },
    },
  ],
};

const CHANGE: FakeCommands = {
  show: `case "$2" in -json) printf '%s' '${JSON.stringify(SHOWN)}';; *) echo "the plan";; esac`,
};

const FAILURE = `${printEvent("diagnostic", {
  "@level": "error",
  diagnostic: { severity: "error", summary: "AccessDenied", detail: "" },
})}; exit 1`;

it("closes its sandbox if the service to plan does not exist", async () => {
  const { options } = project();
  const planned = () => planService({ ...options, sandbox: true, service: "web" });
  await expect(planned()).rejects.toMatchObject({ code: "BERTH-E6011" });
  // Only one sandbox at a time can use the state file.
  await expect(planned()).rejects.toMatchObject({ code: "BERTH-E6011" });
});

it("names services and jobs, which a check of the foundation omits", async () => {
  const image = '{ tag: "1" }';
  const services = `services: { web: { image: ${image} } }, jobs: { nightly: { image: ${image}, schedule: "rate(1 day)" } }`;
  const { folder, options } = project({}, services);
  const checked = await check(folder, { terraformBin: options.terraformBin });
  expect(checked.notChecked).toEqual(["web", "nightly"]);
  expect((await plan(options)).check.notChecked).toEqual(["web", "nightly"]);
});

it("checks the foundation with its services, and names the root module of an address", async () => {
  const suppression = (address: string): object => ({
    id: "NET-11",
    address,
    reason: "a test",
    until: "2999-12-31",
  });
  const checks = JSON.stringify({
    suppressions: [suppression("services/worker: *"), suppression("aws_ecs_service.other")],
  });
  const { folder, options } = project(
    { show: `cat "$here/shown.json"` },
    `services: { web: { image: { build: "." } }, worker: { image: { tag: "1" } } }, checks: ${checks}`,
  );
  writeFileSync(
    join(folder, "shown.json"),
    JSON.stringify(readFixture("cases")["no endpoint for layers"]?.plan),
  );
  const { terraformBin } = options;
  const alone = await check(folder, { terraformBin });
  expect(alone.inputs).toEqual(["foundation", "services/web", "services/worker"]);
  expect(alone.notChecked).toBeUndefined();
  const services = (findings: CheckResult["findings"]): string[] =>
    findings
      .filter(({ id, address }) => id === "NET-11" && address.endsWith(" aws_ecs_service.app"))
      .map(({ address }) => address);
  expect(services(alone.findings)).toEqual([
    "foundation: aws_ecs_service.app",
    "services/web: aws_ecs_service.app",
  ]);
  expect(services(alone.suppressed)).toEqual(["services/worker: aws_ecs_service.app"]);
  expect(
    alone.findings.find(({ address }) => address.startsWith("services/web"))?.location,
  ).toEqual({ file: expect.stringMatching(/berth\.config\.ts$/) as string, line: 1 });

  const other = join(folder, "shown.json");
  const joined = await check([other, folder], { terraformBin });
  const name = relative(process.cwd(), folder);
  expect(joined.inputs).toEqual([
    relative(process.cwd(), other),
    name,
    `${name}/services/web`,
    `${name}/services/worker`,
  ]);
  expect(services(joined.suppressed)).toEqual([`${name}/services/worker: aws_ecs_service.app`]);
});

describe("plan()", () => {
  it("returns the changes, the check and the report", async () => {
    const { options } = project();
    const host = new RecordingHost();
    const result = await plan(options, host);
    expect(result).toMatchObject({
      hasChanges: true,
      counts: { add: 1, change: 0, remove: 0 },
      changes: [],
      // The fake plan contains no service.
      check: { verdict: "unknown", kind: "plan" },
      report: { name: "hello", environment: "default" },
    });
    expect(host.events).toEqual([
      { type: "step-started", step: "config" },
      {
        type: "workspace-opened",
        engine: "terraform",
        version: "1.11.4",
        sandboxUrl: SANDBOX,
        name: "hello",
        region: "us-east-1",
      },
      { type: "step-started", step: "init" },
      { type: "step-started", step: "plan" },
      { type: "step-started", step: "check" },
    ]);
    expect(host.confirmations).toEqual([]);
  });

  it("throws an error for each problem of Terraform", async () => {
    const { options } = project({ plan: FAILURE });
    const error = await plan(options).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(OperationFailedError);
    expect(error).toMatchObject({
      operation: "plan",
      state: "unchanged",
      interrupted: false,
      errors: [{ code: "BERTH-E9004", message: "AccessDenied" }],
    });
  });

  it("rejects an undefined sandbox: it would select the AWS account", async () => {
    const { options } = project();
    await expect(plan({ ...options, sandbox: undefined })).rejects.toBeInstanceOf(UserErrors);
  });

  it("rejects a sandbox on another machine", async () => {
    const { options } = project();
    await expect(plan({ ...options, sandbox: "http://example.com:80" })).rejects.toMatchObject({
      code: "BERTH-E4004",
    });
  });
});

describe("apply()", () => {
  it("applies the plan that the host confirms, and returns the outputs", async () => {
    const { options, engine } = project({ output: OUTPUTS });
    const host = new RecordingHost();
    const result = await apply({ ...options, unchecked: true }, host);
    expect(result).toMatchObject({
      outcome: "applied",
      counts: { add: 1, change: 0, remove: 0 },
      outputs: { url: "http://hello", token: "(sensitive)" },
    });
    expect(host.confirmations).toEqual([
      {
        kind: "apply",
        plan: "the plan",
        counts: { add: 1, change: 0, remove: 0 },
        target: "sandbox",
      },
    ]);
    expect(host.types).toEqual(["config", "workspace-opened", "init", "plan", "changes-started"]);
    expect(engine.readFile("applied")).toBeDefined();
  });

  it("returns the outputs that Terraform prints after the apply", async () => {
    const { options, engine } = project({
      apply: printEvent("outputs", {
        outputs: {
          url: { sensitive: false, type: "string", value: "http://hello" },
          token: { sensitive: true, type: "string" },
        },
      }),
    });
    const result = await apply({ ...options, unchecked: true, yes: true });
    expect(result).toMatchObject({ outputs: { url: "http://hello", token: "(sensitive)" } });
    expect(engine.calls().filter((call) => call.startsWith("output"))).toEqual([]);
  });

  it("reads the outputs of a plan without changes from the state", async () => {
    const outputs = { url: { sensitive: false, action: "noop" } };
    const { options } = project({
      plan: `echo plan > "$out"; ${printEvent("outputs", { outputs })}; exit 0`,
      output: OUTPUTS,
    });
    expect(await apply({ ...options, yes: true })).toMatchObject({
      outcome: "no-changes",
      outputs: { url: "http://hello", token: "(sensitive)" },
    });
  });

  it("is interrupted, also if Terraform makes all changes", async () => {
    const { options } = project({
      apply: `trap '' INT; ${printCreationEvent("apply_start", "aws_vpc.network")}; sleep 0.2`,
    });
    const interrupt = ({ type }: OperationEvent): void => {
      // Calls Berth's listener: a real signal would end the test process.
      if (type === "resource-started") process.listeners("SIGINT").at(-1)?.("SIGINT");
    };
    await expect(
      apply({ ...options, unchecked: true, yes: true }, { event: interrupt }),
    ).rejects.toMatchObject({
      code: "BERTH-E3004",
      message: "interrupted: Terraform has completed the apply",
      fix: expect.stringMatching(/^run .* apply .* to continue$/) as string,
      exitCode: 130,
    });
  });

  it("changes nothing if the host does not confirm", async () => {
    const { options, engine } = project();
    const result = await apply({ ...options, unchecked: true }, new RecordingHost(false));
    expect(result.outcome).toBe("declined");
    expect(engine.readFile("applied")).toBeUndefined();
  });

  it("throws if it needs a confirmation and has no host", async () => {
    const { options } = project();
    await expect(apply(options)).rejects.toMatchObject({ code: "BERTH-E6002" });
  });

  it("applies the plan with the approved fingerprint", async () => {
    const { options, engine } = project(CHANGE);
    const { report } = await plan(options);
    expect(report.fingerprint).toMatch(/^berth2-/);
    const approved = report.fingerprint ?? "";
    expect((await apply({ ...options, yes: true, approved })).outcome).toBe("applied");
    expect(engine.readFile("applied")).toBeDefined();
  });

  it("changes nothing if the plan does not have the approved fingerprint", async () => {
    const { options, engine } = project();
    const result = await apply({
      ...options,
      yes: true,
      approved: `berth2-${"0".repeat(64)}`,
    });
    expect(result).toMatchObject({ outcome: "not-approved", plan: "the plan" });
    expect(engine.readFile("applied")).toBeUndefined();
    await expect(apply({ ...options, approved: "x" })).rejects.toMatchObject({
      code: "BERTH-E8008",
    });
  });

  it("reports that there are no changes", async () => {
    const { options, engine } = project(NO_CHANGES);
    const host = new RecordingHost();
    expect((await apply({ ...options, yes: true }, host)).outcome).toBe("no-changes");
    expect(host.types).toEqual(["config", "workspace-opened", "init", "plan", "no-changes"]);
    expect(engine.readFile("applied")).toBeUndefined();
  });

  it("reports each change, and throws if Terraform fails", async () => {
    const { options } = project({
      apply: [
        printCreationEvent("apply_start", "aws_vpc.network"),
        printCreationEvent("apply_errored", "aws_vpc.network"),
        FAILURE,
      ].join("\n"),
    });
    const host = new RecordingHost();
    const error = await apply({ ...options, yes: true, unchecked: true }, host).catch(
      (thrown: unknown) => thrown,
    );
    expect(error).toMatchObject({
      operation: "apply",
      state: "saved",
      errors: [{ code: "BERTH-E9004" }],
    });
    expect(host.types).toEqual([
      "config",
      "workspace-opened",
      "init",
      "plan",
      "changes-started",
      "resource-started",
      "resource-failed",
      "changes-failed",
    ]);
    expect(host.events.at(-1)).toEqual({ type: "changes-failed", error });
  });
});

describe("destroy()", () => {
  it("destroys after a confirmation", async () => {
    const { options } = project(DELETION);
    const host = new RecordingHost();
    expect(await destroy(options, host)).toEqual({
      outcome: "destroyed",
      destroyed: 3,
      stoppedTasks: 0,
      deregisteredRevisions: 0,
      hasPendingKey: true,
    });
    expect(host.confirmations).toMatchObject([{ kind: "destroy", counts: { remove: 3 } }]);
  });

  it("destroys nothing if a load balancer has deletion protection", async () => {
    const state = {
      format_version: "1.0",
      values: {
        root_module: {
          resources: [{ type: "aws_lb", values: { enable_deletion_protection: true } }],
        },
      },
    };
    const { options, engine } = project({
      ...DELETION,
      show: `printf '%s' '${JSON.stringify(state)}'`,
    });
    await expect(destroy({ ...options, yes: true })).rejects.toMatchObject({ code: "BERTH-E3011" });
    expect(engine.readFile("applied")).toBeUndefined();
  });

  it("has nothing to destroy without resources", async () => {
    const { options } = project(NO_CHANGES);
    expect(await destroy({ ...options, yes: true })).toEqual({
      outcome: "nothing-to-destroy",
      destroyed: 0,
      stoppedTasks: 0,
      deregisteredRevisions: 0,
      hasPendingKey: false,
    });
  });
});

describe("an empty list of services", () => {
  it.each([
    ["destroy", destroy],
    ["deploy", deploy],
    ["status", status],
    ["build", build],
    ["push", push],
  ])("is an error of %s()", async (name, operation) => {
    const { options, engine } = project(DELETION, 'services: { web: { image: { build: "." } } }');
    await expect(operation({ ...options, services: [] })).rejects.toMatchObject({
      code: "BERTH-E6001",
      message: "services is an empty list",
      where: `the options of ${name}()`,
    });
    expect(engine.calls()).toEqual([]);
  });
});

describe("output()", () => {
  it("returns the outputs without sensitive values", async () => {
    const { options } = project({ output: OUTPUTS });
    expect(await output(options)).toEqual({ url: "http://hello", token: "(sensitive)" });
  });

  it("throws if nothing was applied", async () => {
    const { options } = project();
    await expect(output(options)).rejects.toMatchObject({ code: "BERTH-E3012" });
  });
});

describe("drift()", () => {
  it("returns the changes that would end the drift", async () => {
    const { options, engine } = project(CHANGE);
    const { hasDrift, drift: found } = await drift(options);
    expect(hasDrift).toBe(true);
    expect(found.changes.map(({ address, action }) => ({ address, action }))).toEqual([
      { address: "aws_vpc.network", action: "update" },
    ]);
    expect(engine.calls().find((call) => call.startsWith("plan"))).toContain("-lock=false");
  });

  it("finds none if the plan has no changes", async () => {
    const { options } = project(NO_CHANGES);
    expect((await drift(options)).hasDrift).toBe(false);
  });
});

describe("recover()", () => {
  const state = JSON.stringify({
    version: 4,
    serial: 3,
    lineage: "b5b0",
    outputs: {},
    resources: [
      {
        mode: "managed",
        type: "terraform_data",
        name: "a",
        instances: [{ attributes: { id: "a" } }],
      },
    ],
  });
  const unsaved: FakeCommands = {
    apply: [
      printCreationEvent("apply_start", "terraform_data.a"),
      printCreationEvent("apply_complete", "terraform_data.a", "a"),
      `cat > errored.tfstate <<'END'\n${state}\nEND`,
      FAILURE,
    ].join("\n"),
    pull: `cat "$here/pushed"`,
  };

  it("saves the state after a confirmation", async () => {
    const { options, engine } = project(unsaved);
    await expect(apply({ ...options, yes: true, unchecked: true })).rejects.toMatchObject({
      state: "not-saved",
    });
    expect(await recover(options, new RecordingHost(false))).toEqual({ outcome: "declined" });
    expect(engine.readFile("pushed")).toBeUndefined();
    const host = new RecordingHost();
    expect(await recover(options, host)).toEqual({ outcome: "recovered" });
    expect(host.confirmations).toMatchObject([
      { kind: "save-state", error: { code: "BERTH-E3008" } },
    ]);
    expect(host.events).toEqual([{ type: "state-saved", resources: 1 }]);
    expect(JSON.parse(engine.readFile("pushed") ?? "")).toEqual(JSON.parse(state));
  });

  it("saves the state of a service", async () => {
    const { folder, options, engine } = project(
      { pull: unsaved["pull"] ?? "" },
      'services: { web: { image: { tag: "1" } } }',
    );
    const workingFolder = join(folder, ".berth/sandbox/default/services/web");
    mkdirSync(workingFolder, { recursive: true });
    writeFileSync(join(workingFolder, "errored.tfstate"), state);
    await expect(destroy({ ...options, yes: true })).rejects.toMatchObject({
      code: "BERTH-E3008",
      fix: expect.stringMatching(/ recover .* web to save it/) as string,
    });
    expect(await recover({ ...options, yes: true })).toEqual({ outcome: "nothing-to-recover" });
    await expect(recover({ ...options, service: "other" })).rejects.toMatchObject({
      code: "BERTH-E6011",
    });
    await expect(recover({ ...options, service: "web", bootstrap: true })).rejects.toMatchObject({
      code: "BERTH-E6001",
    });
    expect(await recover({ ...options, service: "web", yes: true })).toEqual({
      outcome: "recovered",
    });
    expect(JSON.parse(engine.readFile("pushed") ?? "")).toEqual(JSON.parse(state));
  });

  it("has nothing to recover after a complete run", async () => {
    const { options } = project();
    await apply({ ...options, yes: true, unchecked: true });
    expect(await recover(options)).toEqual({ outcome: "nothing-to-recover" });
  });
});

it("reads the config of the options, not of the working directory", async () => {
  const { options } = project();
  await plan(options);
  expect(existsSync(join(process.cwd(), ".berth/sandbox/default/main.tf.json"))).toBe(false);
  expect(
    readFileSync(join(options.config, "../.berth/sandbox/default/main.tf.json"), "utf8"),
  ).toContain("aws_vpc");
});
