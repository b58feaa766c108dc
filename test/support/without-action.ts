/**
 * A policy without an action.
 *
 * @param sid the statement to change. @default all statements
 */
export function withoutAction(text: string, action: string, sid?: string): string {
  const policy = JSON.parse(text) as { Statement: { Sid: string; Action: string[] }[] }; // Berth generated it
  const Statement = policy.Statement.map((entry) =>
    sid === undefined || entry.Sid === sid
      ? { ...entry, Action: entry.Action.filter((name) => name !== action) }
      : entry,
  ).filter((entry) => entry.Action.length > 0);
  return JSON.stringify({ ...policy, Statement });
}
