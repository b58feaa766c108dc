import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { rename, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { UserError } from "../errors.ts";

/** How far a table's rows are seen: in one region, in a whole account, or everywhere (bucket names). */
export type Scope = "region" | "account" | "world";

/** The name of a table and the type of its rows. A service declares its own with `table`. */
export interface TableKey<Row> {
  readonly name: string;
  readonly scope: Scope;
  /** Carries the type; never there at run time. */
  readonly row?: Row;
}

/** Declares a table, such as `table<Vpc>("ec2/vpc")`. Rows are never changed in place: put a new one. */
export function table<Row>(name: string, scope: Scope = "region"): TableKey<Row> {
  return { name, scope };
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
    this.#remember(id);
    this.#rows.set(id, row);
    return row;
  }

  delete(id: string): void {
    this.#remember(id);
    this.#rows.delete(id);
  }

  #remember(id: string): void {
    const [had, old] = [this.#rows.has(id), this.#rows.get(id)];
    this.#undo.push(() => (had ? this.#rows.set(id, old) : this.#rows.delete(id)));
  }
}

const VERSION = 1;

/** Everything the sandbox knows, in tables by place. Changes are made whole or not at all. */
export class World {
  readonly #tables = new Map<string, Rows>();
  #undo: (() => void)[] = [];
  #counter = 0;
  #salt: string = randomBytes(8).toString("hex");
  readonly #file: string | undefined;
  #saving: Promise<void> = Promise.resolve();
  #next: Promise<void> | undefined;

  /** @param file where the world is kept between runs; nowhere without one */
  constructor(file?: string) {
    this.#file = file;
    if (file !== undefined && existsSync(file)) this.#load(file);
  }

  in<Row>(key: TableKey<Row>, place: Place): Table<Row> {
    return new Table<Row>(this.#rows(key, place), this.#undo);
  }

  #rows(key: TableKey<unknown>, { account, region }: Place): Rows {
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
      const changed = this.#undo.length > 0;
      if (!keep) this.#rollBack();
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

  /** Every row of every table, by place and table name. */
  contents(): {
    readonly account: string;
    readonly region: string;
    readonly table: string;
    readonly ids: string[];
  }[] {
    return [...this.#tables]
      .filter(([, rows]) => rows.size > 0)
      .map(([path, rows]) => {
        const [account = "", region = "", ...name] = path.split("/");
        return { account, region, table: name.join("/"), ids: [...rows.keys()] };
      })
      .sort((a, b) => (a.table < b.table ? -1 : 1));
  }

  reset(): void {
    for (const rows of this.#tables.values()) rows.clear();
  }

  /**
   * Writes the world to its file, whole or not at all. Calls that arrive while it is being written share the next
   * writing; the promise is kept once the caller's change is on disk.
   */
  save(): Promise<void> {
    const file = this.#file;
    if (file === undefined) return this.#saving;
    this.#next ??= this.#saving.then(async () => {
      this.#next = undefined;
      this.#saving = this.#write(file);
      await this.#saving;
    });
    return this.#next;
  }

  async #write(file: string): Promise<void> {
    mkdirSync(dirname(file), { recursive: true });
    const tables = Object.fromEntries([...this.#tables].map(([path, rows]) => [path, [...rows]]));
    const text = JSON.stringify(
      { version: VERSION, counter: this.#counter, salt: this.#salt, tables },
      preserve,
    );
    await writeFile(`${file}.part`, text, { mode: 0o600 });
    await rename(`${file}.part`, file);
  }

  #load(file: string): void {
    try {
      const saved: unknown = JSON.parse(readFileSync(file, "utf8"), revive);
      if (!isSaved(saved)) throw new TypeError("it is not a sandbox state file of this version");
      this.#counter = saved.counter;
      this.#salt = saved.salt;
      for (const [path, rows] of Object.entries(saved.tables))
        this.#tables.set(path, new Map(rows));
    } catch (error) {
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
  "tables" in value;

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
