import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { startSandbox } from "../../src/sandbox/server.ts";
import { table, type TableKey, World } from "../../src/sandbox/store.ts";
import { testFolder } from "../support/folder.ts";

const rows: TableKey<{ readonly n: number; readonly at?: Date; readonly bytes?: Uint8Array }> =
  table("test/rows");
const place = { account: "111122223333", region: "us-east-1" };

describe("the world", () => {
  it("is as it was after a change that fails, whatever the change was", () => {
    const step = fc.record({ id: fc.constantFrom("a", "b", "c"), n: fc.option(fc.nat()) });
    fc.assert(
      fc.property(fc.array(step), fc.array(step), (before, during) => {
        const world = new World();
        const play = (steps: typeof before): void => {
          for (const { id, n } of steps) {
            if (n === null) world.in(rows, place).delete(id);
            else world.in(rows, place).put(id, { n });
          }
        };
        world.transact(() => play(before));
        const was = JSON.stringify(world.in(rows, place).all());
        expect(() =>
          world.transact(() => {
            play(during);
            throw new Error("no");
          }),
        ).toThrow("no");
        expect(JSON.stringify(world.in(rows, place).all())).toBe(was);
        world.transact(() => play(during), false);
        expect(JSON.stringify(world.in(rows, place).all())).toBe(was);
      }),
    );
  });

  it("comes back from its file as it was, dates and bytes too", async () => {
    const file = join(testFolder(), "deep", "world.json");
    const first = new World(file);
    const row = { n: 1, at: new Date(5), bytes: new Uint8Array([0, 255]) };
    first.transact(() => first.in(rows, place).put("a", row));
    const { count } = first.unique();
    await first.close();
    const second = new World(file);
    expect(second.in(rows, place).get("a")).toEqual(row);
    expect(second.unique().count).toBeGreaterThanOrEqual(count);
    await second.close();
    expect(readdirSync(join(file, ".."))).toEqual(["world.json"]);
  });

  it("keeps a call's change before it answers", async () => {
    const file = join(testFolder(), "world.json");
    const sandbox = await startSandbox({ stateFile: file, quotas: { vpcs: 100 } });
    const body = "Action=CreateVpc&Version=2016-11-15&CidrBlock=10.0.0.0/16";
    const headers = {
      authorization: "AWS4-HMAC-SHA256 Credential=x/20260101/us-east-1/ec2/aws4_request",
      "content-type": "application/x-www-form-urlencoded",
    };
    await Promise.all(
      Array.from({ length: 20 }, () => fetch(sandbox.url, { method: "POST", headers, body })),
    );
    const saved = readFileSync(file, "utf8");
    expect(saved.match(/"cidr":"10\.0\.0\.0\/16","associationId"/g)).toHaveLength(20);
    await sandbox.close();
  });

  it("has one owner at a time, and outlives one that died", async () => {
    const file = join(testFolder(), "world.json");
    const first = new World(file);
    expect(() => new World(file)).toThrow(`in use by process ${process.pid}`);
    await first.close();
    writeFileSync(`${file}.lock`, "4194305"); // above any process id
    await new World(file).close();
    expect(existsSync(`${file}.lock`)).toBe(false);
  });

  it.each([
    ["not JSON", "{"],
    ["another file", '{"version":4,"terraform_version":"1.11.4"}'],
  ])("refuses a state file that is %s, and leaves it alone", (_, text) => {
    const file = join(testFolder(), "world.json");
    writeFileSync(file, text);
    expect(() => new World(file)).toThrow("the sandbox's state cannot be read");
    expect(readFileSync(file, "utf8")).toBe(text);
    expect(existsSync(`${file}.lock`)).toBe(false);
  });
});
