import { randomBytes } from "node:crypto";
import { UserError } from "../../shared/errors.ts";
import { BlobStore } from "./blob-store.ts";
import { defaultLimits, StateLimitError } from "./limits.ts";
import {
  applyChange,
  bytesOf,
  changesOf,
  parseSnapshot,
  type SavedState,
  sizeOf,
} from "./saved-state.ts";
import { toText } from "./state-encoding.ts";
import { type RowChange, STATE_VERSION, StateFile, type WriteBytes } from "./state-file.ts";
import { DELETED, Rows, Table, type Undo } from "./table.ts";
import { type AccountRegion, declarationOf, type Scope, type TableKey } from "./tables.ts";

export type { AccountRegion } from "./tables.ts";

/** The resources of a kind in an account and region. */
export interface StoredResources {
  readonly account: string;
  readonly region: string;
  /** Such as ec2/vpc. */
  readonly kind: string;
  readonly ids: readonly string[];
}

export interface StoreOptions {
  /** Maximum size of all rows together, in bytes. @default the limit `stateBytes` */
  readonly maxBytes?: number | undefined;
  /** Maximum size of all blobs together, in bytes. @default the limit `layerBytes` */
  readonly maxBlobBytes?: number | undefined;
  /** Writes to the state file. @default fs.writeSync */
  readonly write?: WriteBytes | undefined;
}

/**
 * The state of the sandbox: tables by account and region. Changes are transactional. With a state file, a change is in
 * the file when `transact` returns.
 */
export class Store {
  #tables = new Map<string, Rows>();
  readonly #undo: Undo[] = [];
  #depth = 0;
  readonly #expectedIds = new Map<string, string>();
  #counter = 0;
  #salt: string = randomBytes(8).toString("hex");
  #bytes = 0;
  readonly #maxBytes: number;
  /** Content that is too large for a table. */
  readonly blobs: BlobStore;
  readonly #file: StateFile | undefined;

  /**
   * @param file path of the state file; without it, the state is only in memory
   * @throws UserError if the file is in use or cannot be read
   */
  constructor(
    file?: string,
    {
      maxBytes = defaultLimits.stateBytes,
      maxBlobBytes = defaultLimits.layerBytes,
      write,
    }: StoreOptions = {},
  ) {
    this.#maxBytes = maxBytes;
    this.#file = file === undefined ? undefined : new StateFile(file, write);
    this.blobs = new BlobStore(this.#file && `${this.#file.path}.layers`, maxBlobBytes);
    if (this.#file) this.#load(this.#file);
  }

  in<Row>(key: TableKey<Row>, accountRegion: AccountRegion): Table<Row> {
    return new Table<Row>(this.#rows(key, accountRegion), this.#undo);
  }

  /** The accounts and regions in which a table has rows. */
  accountRegionsOf(key: { readonly name: string }): AccountRegion[] {
    const accountRegions: AccountRegion[] = [];
    for (const rows of this.#tables.values())
      if (rows.name === key.name && rows.size > 0) accountRegions.push(rows.accountRegion);
    return accountRegions;
  }

  #rows(
    key: { readonly name: string; readonly scope: Scope },
    { account, region }: AccountRegion,
  ): Rows {
    const path =
      { region: `${account}/${region}/`, account: `${account}//`, world: "//" }[key.scope] +
      key.name;
    let rows = this.#tables.get(path);
    if (!rows) {
      rows = new Rows(path);
      this.#tables.set(path, rows);
    }
    return rows;
  }

  /**
   * Runs a change. If it throws or cannot be written, nothing has changed. A transaction inside another is a part of
   * it: it is committed when the outer one ends.
   *
   * @returns what the change returns, and whether anything changed
   * @throws StateWriteError if the state file cannot be written
   * @throws StateLimitError if the state would become larger than its limit
   */
  transact<Result>(change: () => Result): { readonly result: Result; readonly changed: boolean } {
    return this.#run(change, false);
  }

  /** Runs a change and undoes it. Returns what the change returns. */
  dryRun<Result>(change: () => Result): Result {
    return this.#run(change, true).result;
  }

  #run<Result>(
    change: () => Result,
    isDryRun: boolean,
  ): { readonly result: Result; readonly changed: boolean } {
    const start = this.#undo.length;
    this.#depth++;
    try {
      const result = change();
      if (isDryRun) this.#rollBack(start);
      const changed = this.#undo.length > start;
      if (changed && this.#depth === 1) this.#commit();
      return { result, changed };
    } catch (error) {
      this.#rollBack(start);
      throw error;
    } finally {
      this.#depth--;
    }
  }

  #rollBack(start: number): void {
    for (const { rows, id, before } of this.#undo.splice(start).toReversed())
      rows.setSlot(id, before);
  }

  #commit(): void {
    const rowOf = (slot: unknown): unknown => (slot === DELETED ? undefined : slot);
    const changedIds = new Map<Rows, Set<string>>();
    const changes: RowChange[] = [];
    let bytes = this.#bytes;
    for (const { rows, id, before } of this.#undo) {
      const ids = changedIds.get(rows) ?? new Set<string>();
      if (ids.has(id)) continue;
      changedIds.set(rows, ids.add(id));
      const [rowBefore, rowAfter] = [rowOf(before), rowOf(rows.slot(id))];
      bytes += sizeOf(id, rowAfter) - sizeOf(id, rowBefore);
      if (rowAfter !== undefined) changes.push([rows.path, id, rowAfter]);
      else if (rowBefore !== undefined) changes.push([rows.path, id]);
    }
    if (bytes > this.#maxBytes && bytes > this.#bytes)
      throw new StateLimitError("resources", bytes, this.#maxBytes);
    if (changes.length > 0) this.#writeChanges(changes);
    this.#bytes = bytes;
    for (const [rows, ids] of changedIds)
      for (const id of ids) if (rows.slot(id) === DELETED) rows.setSlot(id, undefined);
    this.#undo.length = 0;
    if (this.#file?.isMergeDue === true) this.#merge(this.#file);
  }

  #writeChanges(rows: readonly RowChange[]): void {
    const file = this.#file;
    if (file === undefined) return;
    if (file.hasSnapshot) file.append({ counter: this.#counter, rows });
    else this.#writeSnapshot(file);
  }

  #writeSnapshot(file: StateFile): void {
    const count = [...this.#tables.values()].reduce((sum, { size }) => sum + size, 0);
    file.replace({ counter: this.#counter, salt: this.#salt }, count, changesOf(this.#tables));
  }

  /** Replaces snapshot and journal by a new snapshot. If this fails, the journal continues to grow. */
  #merge(file: StateFile): void {
    try {
      this.#writeSnapshot(file);
    } catch {
      file.postponeMerge();
    }
  }

  /** A number that was never returned before, and the salt of this store. */
  unique(): { readonly count: number; readonly salt: string } {
    return { count: ++this.#counter, salt: this.#salt };
  }

  /** Sets the ID of the next resource of a kind, for resources that already have an ID in another place. */
  expectId(kind: string, id: string): void {
    this.#expectedIds.set(kind, id);
  }

  /** Returns the ID that was set by `expectId`, and removes it. */
  takeExpectedId(kind: string): string | undefined {
    const id = this.#expectedIds.get(kind);
    this.#expectedIds.delete(kind);
    return id;
  }

  /** The existing resources by account, region and kind. */
  contents(): StoredResources[] {
    return [...this.#tables.values()]
      .map((rows) => {
        const { name } = rows;
        const exists = declarationOf(name)?.exists ?? (() => true);
        const ids = rows
          .entries()
          .filter(([, row]) => exists(row as never)) // a table holds its own rows
          .map(([id]) => id);
        return { ...rows.accountRegion, kind: name, ids };
      })
      .filter(({ ids }) => ids.length > 0)
      .sort((a, b) => (a.kind < b.kind ? -1 : 1));
  }

  /**
   * Deletes everything.
   *
   * @throws StateWriteError if the state file cannot be written; then nothing has changed
   */
  reset(): void {
    this.#replace({ counter: this.#counter, salt: this.#salt, tables: new Map() });
  }

  /** The whole state as text for `restore`. */
  snapshot(): string {
    const tables = [...this.#tables.values()]
      .filter(({ size }) => size > 0)
      .map((rows) => [rows.path, rows.entries()] as const);
    return toText({
      version: STATE_VERSION,
      counter: this.#counter,
      salt: this.#salt,
      tables: Object.fromEntries(tables),
    });
  }

  /**
   * Replaces the whole state by a snapshot.
   *
   * @throws TypeError or SyntaxError if the text is not a snapshot of this version; then nothing has changed
   * @throws StateWriteError if the state file cannot be written; then nothing has changed
   */
  restore(snapshot: string): void {
    this.#replace(parseSnapshot(snapshot));
  }

  #replace({ counter, salt, tables }: SavedState): void {
    if (this.#depth > 0) throw new TypeError("a transaction is running");
    const before = { counter: this.#counter, salt: this.#salt, tables: this.#tables };
    [this.#counter, this.#salt, this.#tables] = [counter, salt, tables];
    this.#undo.length = 0;
    try {
      if (this.#file) this.#writeSnapshot(this.#file);
    } catch (error) {
      [this.#counter, this.#salt, this.#tables] = [before.counter, before.salt, before.tables];
      throw error;
    }
    this.#bytes = bytesOf(tables);
  }

  /**
   * Closes the state file and removes its lock.
   *
   * @throws UserError if the file cannot be flushed to disk
   */
  close(): void {
    const file = this.#file;
    try {
      file?.close();
    } catch (error) {
      throw new UserError(
        "BERTH-E4006",
        `cannot write the sandbox's state to disk: ${(error as Error).message}`,
        { where: file?.path ?? "", fix: "check the disk; the last changes may be lost" },
      );
    }
  }

  #load(file: StateFile): void {
    try {
      const saved = file.read();
      if (saved === undefined) return;
      const tables = new Map<string, Rows>();
      for (const { counter, rows } of saved.records) {
        this.#counter = Math.max(this.#counter, counter);
        for (const change of rows) applyChange(tables, change);
      }
      this.#counter = Math.max(this.#counter, saved.header.counter);
      this.#salt = saved.header.salt;
      this.#tables = tables;
      this.#bytes = bytesOf(tables);
    } catch (error) {
      file.release();
      throw new UserError(
        "BERTH-E4002",
        `cannot read the sandbox's state: ${(error as Error).message}`,
        {
          where: file.path,
          fix: "move the file to start with an empty account, or set another file with --state",
        },
      );
    }
  }
}
