/** A state lock, from Terraform's error message. */
export interface StateLockInfo {
  readonly id: string;
  /** For example OperationTypeApply. */
  readonly operation: string;
  /** User and host of the process that took it: name@host. */
  readonly who: string;
  /** Milliseconds since the epoch. */
  readonly created: number;
}

/**
 * Parses the lock in the text of an error; undefined if the text contains none.
 *
 * Source: Terraform, internal/states/statemgr/locker.go: the text of a lock error.
 */
export function lockInfoIn(text: string): StateLockInfo | undefined {
  const start = text.indexOf("Lock Info:");
  if (start === -1) return undefined;
  const field = (name: string): string =>
    new RegExp(`^[│\\s]*${name}:[ \\t]*(.*)$`, "m").exec(text.slice(start))?.[1]?.trim() ?? "";
  const id = field("ID");
  // Go's time format: 2026-11-27 23:05:58.660949579 +0000 UTC.
  const created = /^(\S+) (\S+?)(\.\d{1,3})?\d* \+0000 UTC$/.exec(field("Created"));
  if (id === "") return undefined;
  return {
    id,
    operation: field("Operation"),
    who: field("Who"),
    created: created ? Date.parse(`${created[1]}T${created[2]}${created[3] ?? ""}Z`) : Number.NaN,
  };
}
