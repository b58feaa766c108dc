import { describe, expect, it, onTestFinished } from "vitest";
import { startSandbox } from "../../../src/sandbox/server.ts";
import { services } from "../../../src/sandbox/services/all.ts";
import { givenStage } from "../../sandbox/failures/stage.ts";
import { fuzz, fuzzOperations, valuesIn } from "../../support/fuzz.ts";
import { givenListener } from "../../support/listener.ts";

const REQUESTS = 1_000_000;
const ROUNDS = 40;

describe("the sandbox", () => {
  it(`answers ${REQUESTS} random requests without an internal error`, async () => {
    // Some of the requests read the call log: with the default limit, nearly all of the time would go into its JSON.
    const sandbox = await startSandbox({ listenerPorts: true, limits: { calls: 1000 } });
    onTestFinished(() => sandbox.close());
    const { port } = await givenListener(sandbox);
    const { wrong, statuses } = await fuzz(sandbox, port, REQUESTS, 20_261_127);
    expect(wrong).toEqual([]);
    // The generator must also create requests that pass the first checks.
    for (const status of [200, 400, 403, 404, 501])
      expect([status, (statuses.get(status) ?? 0) > 1000]).toEqual([status, true]);
    expect((await fetch(`${sandbox.url}/_berth/health`)).status).toBe(200);
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  }, 3_600_000);

  it("answers or rejects well-formed calls of every operation without an internal error", async () => {
    const stage = await givenStage();
    await stage.launch();
    const snapshot = stage.sandbox.snapshot();
    await stage.close();
    const values = valuesIn(snapshot);
    for (const service of services) {
      const { broken, answered } = fuzzOperations(service, snapshot, values, ROUNDS);
      expect(broken).toEqual([]);
      expect([service.name, answered > 0]).toEqual([service.name, true]);
    }
  }, 600_000);
});
