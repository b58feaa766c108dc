/** A policy's text without an action: in all of its statements, or in one. */
export function without(text: string, action: string, sid?: string): string {
  const policy = JSON.parse(text) as { Statement: { Sid: string; Action: string[] }[] }; // of our own writing
  const Statement = policy.Statement.map((entry) =>
    sid === undefined || entry.Sid === sid
      ? { ...entry, Action: entry.Action.filter((name) => name !== action) }
      : entry,
  ).filter((entry) => entry.Action.length > 0);
  return JSON.stringify({ ...policy, Statement });
}
