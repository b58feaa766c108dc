import { isObject } from "../../shared/json.ts";
import { loadServiceOfTable } from "../services/loader.ts";
import { fromText, textSize } from "./state-encoding.ts";
import { isCounter, type RowChange, STATE_VERSION } from "./state-file.ts";
import { Rows } from "./table.ts";
import { declarationOf, namespaceOf } from "./tables.ts";

/** The size of a row in bytes; 0 without a row. */
export const sizeOf = (id: string, row: unknown): number =>
  row === undefined ? 0 : id.length + textSize(row);

/** The size of all rows in bytes. */
export function bytesOf(tables: ReadonlyMap<string, Rows>): number {
  let bytes = 0;
  for (const rows of tables.values())
    for (const [id, row] of rows.entries()) bytes += sizeOf(id, row);
  return bytes;
}

/** All rows, as changes of an empty state. */
export function* changesOf(tables: ReadonlyMap<string, Rows>): Iterable<RowChange> {
  for (const rows of tables.values())
    for (const [id, row] of rows.entries()) yield [rows.path, id, row];
}

/** A state that can replace the one of a store. */
export interface SavedState {
  readonly counter: number;
  readonly salt: string;
  readonly tables: Map<string, Rows>;
}

/** Applies a change that was read from a file. Throws if the row does not fit a table of this version. */
export function applyChange(tables: Map<string, Rows>, [path, id, row]: RowChange): void {
  const rows = tables.get(path) ?? new Rows(path);
  tables.set(path, rows);
  loadServiceOfTable(namespaceOf(rows.name));
  const key = declarationOf(rows.name);
  if (key === undefined) throw new TypeError(`unknown table ${rows.name}`);
  const isRow =
    typeof row === "string" || (isObject(row) && (key.mayBeEmpty || Object.keys(row).length > 0));
  if (row !== undefined && !isRow) throw new TypeError(`${path} ${id} is not a row`);
  rows.setSlot(id, row);
}

/**
 * Parses the text of a snapshot.
 *
 * @throws TypeError or SyntaxError if it is not a snapshot of this version
 */
export function parseSnapshot(text: string): SavedState {
  const value = fromText(text);
  if (!isObject(value) || value["version"] !== STATE_VERSION)
    throw new TypeError("not a sandbox state of this version");
  const { counter, salt, tables: savedTables } = value;
  if (!isCounter(counter) || typeof salt !== "string" || !isObject(savedTables))
    throw new TypeError("the snapshot has no counter, salt or tables");
  const tables = new Map<string, Rows>();
  for (const [path, entries] of Object.entries(savedTables)) {
    if (!Array.isArray(entries)) throw new TypeError(`${path} is not a list of rows`);
    for (const entry of entries as unknown[]) {
      if (!Array.isArray(entry) || entry.length !== 2 || typeof entry[0] !== "string")
        throw new TypeError(`${path} contains an entry that is not a row`);
      applyChange(tables, [path, entry[0], entry[1] ?? null]);
    }
  }
  return { counter, salt, tables };
}
