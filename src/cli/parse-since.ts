import { UserError } from "../shared/index.ts";

const UNITS: Readonly<Record<string, number>> = {
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/**
 * The time that a value of --since means: a duration before now, such as 90s, 10m, 2h or 7d, or a time in ISO 8601.
 *
 * @throws UserError BERTH-E6001 for another text, or a time in the future
 */
export function parseSince(text: string, now: Date): Date {
  const [, amount, unit = ""] = /^(\d{1,6})([smhd])$/.exec(text) ?? [];
  const time =
    amount === undefined
      ? /^\d{4}-\d{2}-\d{2}/.test(text)
        ? Date.parse(text)
        : Number.NaN
      : now.getTime() - Number(amount) * (UNITS[unit] ?? 0);
  if (!(time <= now.getTime()))
    throw new UserError("BERTH-E6001", `invalid --since ${text}`, {
      fix: "pass a duration such as 90s, 10m, 2h or 7d, or a past time such as 2026-11-28T09:00:00Z",
      exitCode: 64,
    });
  return new Date(time);
}
