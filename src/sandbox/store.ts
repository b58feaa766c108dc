import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { rename, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { UserError } from "../errors.ts";

/** How far a table's rows are seen: in one region, in a whole account, or everywhere (bucket names). */
export type Scope = "region" | "account" | "world";

/** The name of a table and the type of its rows. A service declares its own with `table`. */
export interface TableKey<Row> {
  readonly name: string;
  readonly scope: Scope;
  /** Says whether a row stands for something that exists: not for books kept, nor for what AWS shows after its end. */
  readonly exists: (row: Row) => boolean;
  /** Carries the type; never there at run time. */
  readonly row?: Row;
}

const declared = new Map<string, TableKey<never>>();

/**
 * Declares a table. Rows are never changed in place: put a new one.
 *
 * @example const vpcs: TableKey<Vpc> = table("ec2/vpc");
 */
export function table<Row>(
  name: string,
  {
    scope = "region",
    exists = () => true,
  }: { readonly scope?: Scope; readonly exists?: (row: Row) => boolean } = {},
): TableKey<Row> {
  const key = { name, scope, exists };
  declared.set(name, key);
  return key;
}

/** The resources of one kind in one place. */
export interface Contents {
  readonly account: string;
  readonly region: string;
  /** Such as ec2/vpc. */
  readonly kind: string;
  readonly ids: readonly string[];
}

export interface Place {
  readonly account: string;
  readonly region: string;
}

type Rows = Map<string, unknown>;

/** The rows of one table in one place. */
export class Table<Row> {
  readonly #rows: Rows;
  readonly #undo: (() => void)[];

  constructor(rows: Rows, undo: (() => void)[]) {
    this.#rows = rows;
    this.#undo = undo;
  }

  get(id: string): Row | undefined {
    return this.#rows.get(id) as Row | undefined; // a table's key says the type of its rows
  }

  has(id: string): boolean {
    return this.#rows.has(id);
  }

  all(): Row[] {
    return [...this.#rows.values()] as Row[]; // as above
  }

  find(test: (row: Row) => boolean): Row | undefined {
    return this.all().find(test);
  }

  filter(test: (row: Row) => boolean): Row[] {
    return this.all().filter(test);
  }

  put(id: string, row: Row): Row {
    const [had, old] = [this.#rows.has(id), this.#rows.get(id)];
    this.#undo.push(() => (had ? this.#rows.set(id, old) : this.#rows.delete(id)));
    this.#rows.set(id, row);
    return row;
  }

  delete(id: string): void {
    // Putting a row back would put it last: the order, which lists show, is remembered whole.
    const before = [...this.#rows];
    this.#undo.push(() => {
      this.#rows.clear();
      for (const [key, row] of before) this.#rows.set(key, row);
    });
    this.#rows.delete(id);
  }
}

const VERSION = 1;

/** Everything the sandbox knows, in tables by place. Changes are made whole or not at all. */
export class World {
  readonly #tables = new Map<string, Rows>();
  #undo: (() => void)[] = [];
  readonly #expected = new Map<string, string>();
  #counter = 0;
  #salt: string = randomBytes(8).toString("hex");
  readonly #file: string | undefined;
  readonly #lock: string | undefined;
  #saving: Promise<void> = Promise.resolve();
  #next: Promise<void> | undefined;
  #isDirty = false;

  /** @param file where the world is kept between runs; nowhere without one */
  constructor(file?: string) {
    this.#file = file;
    if (file === undefined) return;
    mkdirSync(dirname(file), { recursive: true });
    this.#lock = lock(`${file}.lock`);
    if (existsSync(file)) this.#load(file);
  }

  /** True where there is a file to save to. */
  get isKept(): boolean {
    return this.#file !== undefined;
  }

  in<Row>(key: TableKey<Row>, place: Place): Table<Row> {
    return new Table<Row>(this.#rows(key, place), this.#undo);
  }

  /** The places in which a table has rows. */
  placesOf(key: { readonly name: string }): Place[] {
    return [...this.#tables].flatMap(([path, rows]) => {
      const [account = "", region = "", ...name] = path.split("/");
      return rows.size > 0 && name.join("/") === key.name ? [{ account, region }] : [];
    });
  }

  #rows(key: { readonly name: string; readonly scope: Scope }, { account, region }: Place): Rows {
    const path =
      { region: `${account}/${region}/`, account: `${account}//`, world: "//" }[key.scope] +
      key.name;
    let rows = this.#tables.get(path);
    if (!rows) {
      rows = new Map();
      this.#tables.set(path, rows);
    }
    return rows;
  }

  /** Runs a change; where it throws, or `keep` is false, the world is as it was. Answers whether anything changed. */
  transact<Result>(
    change: () => Result,
    keep = true,
  ): { readonly result: Result; readonly changed: boolean } {
    this.#undo.length = 0;
    try {
      const result = change();
      const changed = keep && this.#undo.length > 0;
      if (!keep) this.#rollBack();
      this.#isDirty ||= changed;
      return { result, changed };
    } catch (error) {
      this.#rollBack();
      throw error;
    }
  }

  #rollBack(): void {
    for (const step of this.#undo.toReversed()) step();
    this.#undo.length = 0;
  }

  /** A number never given before in this world, and the world's own salt. */
  unique(): { readonly count: number; readonly salt: string } {
    return { count: ++this.#counter, salt: this.#salt };
  }

  /** Lets the next thing that takes an id of a kind have the one by which it is known elsewhere. */
  expect(kind: string, id: string): void {
    this.#expected.set(kind, id);
  }

  /** Takes the id that is expected of a kind. */
  takeExpected(kind: string): string | undefined {
    const id = this.#expected.get(kind);
    this.#expected.delete(kind);
    return id;
  }

  /** What exists, by place and kind. */
  contents(): Contents[] {
    return [...this.#tables]
      .map(([path, rows]) => {
        const [account = "", region = "", ...name] = path.split("/");
        const kind = name.join("/");
        const exists = declared.get(kind)?.exists ?? (() => true);
        const ids = [...rows].filter(([, row]) => exists(row as never)).map(([id]) => id); // a table holds its own rows
        return { account, region, kind, ids };
      })
      .filter(({ ids }) => ids.length > 0)
      .sort((a, b) => (a.kind < b.kind ? -1 : 1));
  }

  reset(): void {
    for (const rows of this.#tables.values()) rows.clear();
    this.#isDirty = true;
  }

  /** Everything, as a text that `restore` reads. */
  snapshot(): string {
    const tables = Object.fromEntries([...this.#tables].map(([path, rows]) => [path, [...rows]]));
    return JSON.stringify(
      { version: VERSION, counter: this.#counter, salt: this.#salt, tables },
      preserve,
    );
  }

  /**
   * Puts what a snapshot holds in the place of everything.
   *
   * @throws TypeError or SyntaxError where the text is no snapshot of this version; then nothing has changed
   */
  restore(snapshot: string): void {
    const saved: unknown = JSON.parse(snapshot, revive);
    if (!isSaved(saved)) throw new TypeError("it is not a sandbox's state of this version");
    this.#counter = saved.counter;
    this.#salt = saved.salt;
    for (const rows of this.#tables.values()) rows.clear();
    for (const [path, rows] of Object.entries(saved.tables)) {
      const table = this.#tables.get(path) ?? new Map<string, unknown>();
      for (const [id, row] of rows) table.set(id, row);
      this.#tables.set(path, table);
    }
    this.#isDirty = true;
  }

  /**
   * Writes the world to its file, whole or not at all. Calls that arrive while it is being written share the next
   * writing; the promise is kept once the caller's change is on disk.
   */
  save(): Promise<void> {
    const file = this.#file;
    if (file === undefined || (!this.#isDirty && this.#next === undefined)) return this.#saving;
    this.#next ??= this.#saving.then(async () => {
      this.#next = undefined;
      this.#isDirty = false;
      this.#saving = this.#write(file);
      await this.#saving;
    });
    return this.#next;
  }

  /** Writes what is left to write, and lets others have the file. */
  async close(): Promise<void> {
    await this.save();
    if (this.#lock !== undefined) rmSync(this.#lock, { force: true });
  }

  async #write(file: string): Promise<void> {
    await writeFile(`${file}.part`, this.snapshot(), { mode: 0o600 });
    await rename(`${file}.part`, file);
  }

  #load(file: string): void {
    try {
      this.restore(readFileSync(file, "utf8"));
      this.#isDirty = false;
    } catch (error) {
      if (this.#lock !== undefined) rmSync(this.#lock, { force: true });
      throw new UserError(
        "BERTH-E4002",
        `the sandbox's state cannot be read: ${(error as Error).message}`,
        {
          where: file,
          fix: "move the file away to start with an empty account, or name another with --state",
        },
      );
    }
  }
}

/** Takes a lock file; one whose process is gone is taken over. */
function lock(path: string): string {
  for (;;) {
    try {
      writeFileSync(path, String(process.pid), { flag: "wx" });
      return path;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
      const owner = Number(readFileSync(path, "utf8"));
      if (isRunning(owner)) {
        throw new UserError("BERTH-E4002", `the sandbox's state is in use by process ${owner}`, {
          where: path,
          fix: "wait until it ends, or give this sandbox a state of its own with --state",
        });
      }
      rmSync(path, { force: true });
    }
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

interface Saved {
  readonly version: number;
  readonly counter: number;
  readonly salt: string;
  readonly tables: Readonly<Record<string, [string, unknown][]>>;
}

const isSaved = (value: unknown): value is Saved =>
  typeof value === "object" &&
  value !== null &&
  "version" in value &&
  value.version === VERSION &&
  "tables" in value &&
  typeof value.tables === "object";

/** Dates and bytes are no JSON values: they are kept as objects with one key. */
function preserve(this: unknown, key: string, value: unknown): unknown {
  const original = (this as Record<string, unknown>)[key]; // JSON.stringify calls with the holder as this
  if (original instanceof Date) return { $date: original.getTime() };
  if (original instanceof Uint8Array) return { $bytes: Buffer.from(original).toString("base64") };
  return value;
}

function revive(_key: string, value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  if ("$date" in value) return new Date(Number(value.$date));
  if ("$bytes" in value) return new Uint8Array(Buffer.from(String(value.$bytes), "base64"));
  return value;
}
