/** Removes an action from a policy's text: from all statements, or from the statement with a Sid. */
export function without(text: string, action: string, sid?: string): string {
  const policy = JSON.parse(text) as { Statement: { Sid: string; Action: string[] }[] }; // the shape of Berth's policies
  const Statement = policy.Statement.map((entry) =>
    sid === undefined || entry.Sid === sid
      ? { ...entry, Action: entry.Action.filter((name) => name !== action) }
      : entry,
  ).filter((entry) => entry.Action.length > 0);
  return JSON.stringify({ ...policy, Statement });
}
