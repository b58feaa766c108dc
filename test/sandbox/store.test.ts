import {
  existsSync,
  lstatSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { hostname } from "node:os";
import { dirname, join } from "node:path";
import { crc32 } from "node:zlib";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { startSandbox } from "../../src/sandbox/server.ts";
import { describeProcess } from "../../src/shared/process-owner.ts";
import { StateWriteError } from "../../src/sandbox/core/state-file.ts";
import { Store } from "../../src/sandbox/core/store.ts";
import { table, type TableKey } from "../../src/sandbox/core/tables.ts";
import { testFolder } from "../support/folder.ts";

const rows: TableKey<{ readonly n: number; readonly at?: Date; readonly bytes?: Uint8Array }> =
  table("test/rows");
const accountRegion = { account: "111122223333", region: "us-east-1" };

describe("Store", () => {
  it("rolls back any change that fails or is a dry run", () => {
    const step = fc.record({ id: fc.constantFrom("a", "b", "c"), n: fc.option(fc.nat()) });
    fc.assert(
      fc.property(fc.array(step), fc.array(step), (before, during) => {
        const store = new Store();
        const play = (steps: typeof before): void => {
          for (const { id, n } of steps) {
            if (n === null) store.in(rows, accountRegion).delete(id);
            else store.in(rows, accountRegion).put(id, { n });
          }
        };
        store.transact(() => play(before));
        const rowsBefore = JSON.stringify(store.in(rows, accountRegion).all());
        expect(() =>
          store.transact(() => {
            play(during);
            throw new Error("no");
          }),
        ).toThrow("no");
        expect(JSON.stringify(store.in(rows, accountRegion).all())).toBe(rowsBefore);
        store.dryRun(() => play(during));
        expect(JSON.stringify(store.in(rows, accountRegion).all())).toBe(rowsBefore);
      }),
    );
  });

  it("commits a nested transaction only with the outer one", () => {
    const store = new Store();
    expect(() =>
      store.transact(() => {
        store.transact(() => store.in(rows, accountRegion).put("inner", { n: 1 }));
        throw new Error("no");
      }),
    ).toThrow("no");
    expect(store.in(rows, accountRegion).all()).toEqual([]);
    const { changed } = store.transact(() => {
      store.in(rows, accountRegion).put("outer", { n: 1 });
      store.dryRun(() => store.in(rows, accountRegion).delete("outer"));
    });
    expect([changed, store.in(rows, accountRegion).all()]).toEqual([true, [{ n: 1 }]]);
  });

  it("lists rows in the order of insertion, also after deletions", () => {
    const store = new Store();
    const ids = (): string[] => store.contents().flatMap((item) => item.ids);
    const put = (id: string): unknown =>
      store.transact(() => store.in(rows, accountRegion).put(id, { n: 1 }));
    for (const id of ["a", "b", "c"]) put(id);
    store.dryRun(() => {
      store.in(rows, accountRegion).delete("a");
      store.in(rows, accountRegion).delete("b");
    });
    expect(ids()).toEqual(["a", "b", "c"]);
    store.transact(() => {
      store.in(rows, accountRegion).delete("a");
      expect([ids(), store.in(rows, accountRegion).has("a")]).toEqual([["b", "c"], false]);
    });
    put("a");
    expect(ids()).toEqual(["b", "c", "a"]);
  });

  it("restores any row from its state file and from a snapshot", () => {
    const file = join(testFolder(), "deep", "world.json");
    const first = new Store(file);
    const savedRows = [
      { n: 1, at: new Date(5), bytes: new Uint8Array([0, 255]) },
      { n: Number.POSITIVE_INFINITY },
      { $date: "today", $bytes: "AA==", $$twice: "x", "": "" },
      { $date: 5, nested: [{ $bytes: "AA==" }, { $: { $number: "1" } }] },
      JSON.parse('{"__proto__":"own","constructor":"own"}') as object,
    ];
    for (const [index, row] of savedRows.entries())
      first.transact(() => first.in(rows, accountRegion).put(String(index), row as { n: number }));
    const snapshot = first.snapshot();
    const { count } = first.unique();
    first.close();
    const second = new Store(file);
    expect(second.in(rows, accountRegion).all()).toEqual(savedRows);
    expect(second.unique().count).toBeGreaterThanOrEqual(count);
    second.close();
    const third = new Store();
    third.restore(snapshot);
    expect(third.in(rows, accountRegion).all()).toEqual(savedRows);
    expect(readdirSync(join(file, ".."))).toEqual(["world.json"]);
  });

  it("writes the change of a call before the response", async () => {
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

  it("locks its state file and replaces a stale lock", () => {
    const file = join(testFolder(), "world.json");
    const lock = `${file}.lock`;
    const first = new Store(file);
    expect(() => new Store(file)).toThrow(`in use by process ${process.pid}`);
    first.close();
    expect(existsSync(lock)).toBe(false);
    const currentProcess = describeProcess("test");
    const stale = {
      "an empty lock, left by a full disk": "",
      "a lock that names no process": "garbage",
      "a lock of an earlier version": "1",
      "a process that ended": JSON.stringify({ ...currentProcess, pid: 4_194_305 }),
      "a process ID of another process": JSON.stringify({
        ...currentProcess,
        startTime: "1",
      }),
      "a process before the last restart": JSON.stringify({ ...currentProcess, bootId: "1" }),
      "process 1 of the previous run of the container": JSON.stringify({
        ...currentProcess,
        pid: 1,
        pidNamespace: "pid:[1]",
      }),
    };
    for (const [what, text] of Object.entries(stale)) {
      writeFileSync(lock, text);
      expect(() => new Store(file).close(), what).not.toThrow();
      expect(existsSync(lock), what).toBe(false);
    }
    writeFileSync(
      lock,
      JSON.stringify({ ...currentProcess, host: `not-${hostname()}`, bootId: "1" }),
    );
    expect(() => new Store(file)).toThrow(`on not-${hostname()}`);
    expect(existsSync(lock)).toBe(true);
  });

  it("does not remove the lock of another store when closed twice", () => {
    const file = join(testFolder(), "world.json");
    const first = new Store(file);
    first.close();
    const second = new Store(file);
    first.close();
    expect(() => new Store(file)).toThrow("in use by process");
    second.close();
  });

  it("writes to the target of a symbolic link, but never follows a link at the temporary file", () => {
    const folder = testFolder();
    const [file, link] = [join(folder, "world.json"), join(folder, "link.json")];
    const victim = join(folder, "victim");
    writeFileSync(victim, "untouched");
    const put = (path: string, id: string): void => {
      const store = new Store(path);
      store.transact(() => store.in(rows, accountRegion).put(id, { n: 1 }));
      store.close();
    };
    symlinkSync(victim, `${file}.part`);
    put(file, "a");
    symlinkSync(file, link);
    put(link, "b");
    const store = new Store(file);
    expect(store.contents()[0]?.ids).toEqual(["a", "b"]);
    store.close();
    expect(lstatSync(link).isSymbolicLink()).toBe(true);
    expect(readFileSync(victim, "utf8")).toBe("untouched");
  });

  /** The lines of a state file, without their checksums. */
  const linesOf = (file: string): string[] =>
    readFileSync(file, "utf8")
      .trimEnd()
      .split("\n")
      .map((line) => line.slice(9));
  const lineOf = (text: string): string => `${crc32(text).toString(16).padStart(8, "0")} ${text}\n`;

  function givenFile(count: number): string {
    const file = join(testFolder(), "world.json");
    const store = new Store(file);
    for (let i = 0; i < count; i++)
      store.transact(() => store.in(rows, accountRegion).put(`row${i}`, { n: i }));
    store.close();
    return file;
  }

  it("ignores an incomplete last line", () => {
    const file = givenFile(3);
    const whole = statSync(file).size;
    truncateSync(file, whole - 1);
    const store = new Store(file);
    expect(store.contents()[0]?.ids).toEqual(["row0", "row1"]);
    store.transact(() => store.in(rows, accountRegion).put("new", { n: 1 }));
    store.close();
    const again = new Store(file);
    expect(again.contents()[0]?.ids).toEqual(["row0", "row1", "new"]);
    again.close();
  });

  const edited = (edit: (lines: string[]) => (string | undefined)[]): string => {
    const file = givenFile(3);
    const lines = edit(linesOf(file)).filter((line) => line !== undefined);
    writeFileSync(file, lines.map(lineOf).join(""));
    return readFileSync(file, "utf8");
  };

  it.each([
    ["is not JSON", () => "{"],
    ["is another file", () => '{"version":4,"terraform_version":"1.11.4"}'],
    ["is empty", () => ""],
    ["has format version 1", () => '{"version":1,"counter":1,"salt":"s","tables":{}}'],
    [
      "has no counter",
      () => edited(([head = "", ...rest]) => [head.replace('"counter"', '"x"'), ...rest]),
    ],
    [
      "has an invalid counter",
      () =>
        edited(([head = "", ...rest]) => [head.replace(/"counter":\d+/, '"counter":-1'), ...rest]),
    ],
    [
      "has a later version",
      () => edited(([head = "", ...rest]) => [head.replace('"version":2', '"version":3'), ...rest]),
    ],
    [
      "has a row that is null",
      () => edited((lines) => lines.map((line) => line.replace('{"n":1}', "null"))),
    ],
    [
      "has a row without members",
      () => edited((lines) => lines.map((line) => line.replace('{"n":1}', "{}"))),
    ],
    [
      "has a row that is a list",
      () => edited((lines) => lines.map((line) => line.replace('{"n":1}', "[]"))),
    ],
    [
      "has an unknown table",
      () => edited((lines) => lines.map((line) => line.replaceAll("test/rows", "test/other"))),
    ],
    ["has missing rows of the snapshot", () => edited(([head]) => [head])],
    ["has a changed byte", () => edited((lines) => lines).replace('"n":1', '"n":7')],
  ])("rejects a state file that %s, and does not change it", (_, make) => {
    const file = join(testFolder(), "world.json");
    const text = make();
    writeFileSync(file, text);
    expect(() => new Store(file)).toThrow("cannot read the sandbox's state");
    expect(readFileSync(file, "utf8")).toBe(text);
    expect(existsSync(`${file}.lock`)).toBe(false);
  });

  it.each([
    ["no snapshot", "{}", "not a sandbox state of this version"],
    [
      "a row that is null",
      '{"version":2,"counter":1,"salt":"s","tables":{"1/r/test/rows":[["a",{"n":1}],["b",null]]}}',
      "is not a row",
    ],
    ["no counter", '{"version":2,"salt":"s","tables":{}}', "the snapshot has no counter"],
    ["not JSON", "{", "JSON"],
  ])("is unchanged after a failed restore of %s", (_, text, message) => {
    const store = new Store();
    store.transact(() => store.in(rows, accountRegion).put("a", { n: 1 }));
    const { count, salt } = store.unique();
    expect(() => store.restore(text)).toThrow(message);
    expect(store.in(rows, accountRegion).all()).toEqual([{ n: 1 }]);
    expect(store.unique()).toEqual({ count: count + 1, salt });
  });

  it("appends a line for each change, and merges the journal when it is larger than the snapshot", () => {
    const file = join(testFolder(), "world.json");
    const store = new Store(file);
    const sizes: number[] = [];
    // Each row has 100 KiB and replaces the previous one, so that the state does not grow.
    for (let i = 0; i < 50; i++) {
      const row = { n: i, bytes: new Uint8Array(75 * 1024) };
      store.transact(() => store.in(rows, accountRegion).put("a", row));
      sizes.push(statSync(file).size);
    }
    expect(Math.max(...sizes)).toBeLessThan(2 * 1024 * 1024);
    expect(sizes.filter((size, index) => size < (sizes[index - 1] ?? 0)).length).toBeGreaterThan(2);
    store.close();
    const again = new Store(file);
    expect(again.in(rows, accountRegion).get("a")?.n).toBe(49);
    again.close();
  });

  it("is consistent if the disk becomes full at any byte", () => {
    const folder = testFolder();
    for (let space = 0; space < 700; space += 7) {
      const file = join(folder, String(space), "world.json");
      const disk = { space };
      const store = new Store(file, {
        write(fd, bytes, offset, length, position) {
          const count = Math.min(length, disk.space);
          if (count === 0) throw new Error("ENOSPC");
          disk.space -= count;
          return writeSync(fd, bytes, offset, count, position);
        },
      });
      const committedIds: string[] = [];
      const put = (id: string): void => {
        try {
          store.transact(() => store.in(rows, accountRegion).put(id, { n: 1 }));
          committedIds.push(id);
        } catch (error) {
          if (!(error instanceof StateWriteError)) throw error;
        }
      };
      for (let i = 0; i < 10; i++) put(`full${i}`);
      disk.space = Number.POSITIVE_INFINITY;
      put("after");
      const ids = store.contents().flatMap((item) => item.ids);
      store.close();
      const again = new Store(file);
      expect(again.contents().flatMap((item) => item.ids)).toEqual(committedIds);
      expect(ids).toEqual(committedIds);
      expect(committedIds.at(-1)).toBe("after");
      again.close();
      expect(readdirSync(dirname(file))).toEqual(["world.json"]);
    }
  });
});
