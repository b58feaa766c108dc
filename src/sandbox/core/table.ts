import type { AccountRegion } from "./tables.ts";

/**
 * Marks a row that the running transaction has deleted. Its position in the order is kept until the transaction ends.
 */
export const DELETED: unique symbol = Symbol("deleted");

/** The rows of a table in an account and region, in the order in which they were first put. */
export class Rows {
  /** Account, region and table, such as 111122223333/us-east-1/ec2/vpc. */
  readonly path: string;
  readonly accountRegion: AccountRegion;
  /** The name of the table, such as ec2/vpc. */
  readonly name: string;
  readonly #slots = new Map<string, unknown>();
  #deleted = 0;

  constructor(path: string) {
    this.path = path;
    const [account = "", region = "", ...name] = path.split("/");
    this.accountRegion = { account, region };
    this.name = name.join("/");
  }

  get size(): number {
    return this.#slots.size - this.#deleted;
  }

  /** The row, DELETED, or undefined if the ID is unknown. */
  slot(id: string): unknown {
    return this.#slots.get(id);
  }

  /** Sets a slot to a row, DELETED or undefined, and returns its previous value. */
  setSlot(id: string, value: unknown): unknown {
    const before = this.#slots.get(id);
    if (before === DELETED) this.#deleted--;
    if (value === DELETED) this.#deleted++;
    if (value === undefined) this.#slots.delete(id);
    else this.#slots.set(id, value);
    return before;
  }

  values(): unknown[] {
    const values = [...this.#slots.values()];
    return this.#deleted === 0 ? values : values.filter((row) => row !== DELETED);
  }

  entries(): [string, unknown][] {
    const entries = [...this.#slots];
    return this.#deleted === 0 ? entries : entries.filter(([, row]) => row !== DELETED);
  }

  *keys(): Iterable<string> {
    for (const [id, row] of this.#slots) if (row !== DELETED) yield id;
  }
}

/** The value of a slot before a change. */
export interface Undo {
  readonly rows: Rows;
  readonly id: string;
  readonly before: unknown;
}

/** The rows of a table in an account and region. */
export class Table<Row> {
  readonly #rows: Rows;
  readonly #undo: Undo[];

  constructor(rows: Rows, undo: Undo[]) {
    this.#rows = rows;
    this.#undo = undo;
  }

  get(id: string): Row | undefined {
    const row = this.#rows.slot(id);
    return row === DELETED ? undefined : (row as Row | undefined); // the key of a table determines the type of its rows
  }

  has(id: string): boolean {
    return this.get(id) !== undefined;
  }

  all(): Row[] {
    return this.#rows.values() as Row[]; // as above
  }

  find(test: (row: Row) => boolean): Row | undefined {
    return this.all().find(test);
  }

  filter(test: (row: Row) => boolean): Row[] {
    return this.all().filter(test);
  }

  put(id: string, row: Row): Row {
    this.#undo.push({ rows: this.#rows, id, before: this.#rows.setSlot(id, row) });
    return row;
  }

  delete(id: string): void {
    if (!this.has(id)) return;
    this.#undo.push({ rows: this.#rows, id, before: this.#rows.setSlot(id, DELETED) });
  }

  /** Deletes the oldest rows until at most `count` rows are left. */
  keepNewest(count: number): void {
    let surplus = this.#rows.size - count;
    if (surplus <= 0) return;
    for (const id of this.#rows.keys()) {
      this.delete(id);
      if (--surplus <= 0) return;
    }
  }
}
