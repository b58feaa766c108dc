import { describe, expect, it } from "vitest";
import {
  nextOccurrence,
  parseSchedule,
} from "../../../src/sandbox/services/scheduler/expression.ts";

/** The next occurrences of an expression after a time. */
function occurrences(text: string, after: string, count: number, timeZone?: string): string[] {
  const expression = parseSchedule(text);
  if (!expression) throw new TypeError(`${text} is invalid`);
  const found: string[] = [];
  let time = new Date(after);
  for (let index = 0; index < count; index++) {
    const next = nextOccurrence(expression, time, new Date(after), timeZone);
    if (!next) break;
    found.push(next.toISOString().slice(0, 16));
    time = next;
  }
  return found;
}

describe("a schedule expression", () => {
  it.each([
    ["cron(0 3 * * ? *)", ["2026-03-01T03:00", "2026-03-02T03:00"]],
    ["cron(0/20 9-10 ? * MON-FRI *)", ["2026-03-02T09:00", "2026-03-02T09:20"]],
    ["cron(15 10 ? * 6L 2026-2027)", ["2026-03-27T10:15", "2026-04-24T10:15"]],
    ["cron(0 0 L * ? *)", ["2026-03-31T00:00", "2026-04-30T00:00"]],
    ["cron(0 0 1W * ? *)", ["2026-03-02T00:00", "2026-04-01T00:00"]],
    ["cron(0 0 15W * ? *)", ["2026-03-16T00:00", "2026-04-15T00:00"]],
    ["cron(0 0 LW * ? *)", ["2026-03-31T00:00", "2026-04-30T00:00"]],
    ["cron(0 0 ? * 2#1 *)", ["2026-03-02T00:00", "2026-04-06T00:00"]],
    ["cron(0 0 ? * TUE#5 *)", ["2026-03-31T00:00", "2026-06-30T00:00"]],
    ["cron(0 0 29 2 ? *)", ["2028-02-29T00:00", "2032-02-29T00:00"]],
    ["cron(0 12 1,15 JAN,JUL ? *)", ["2026-07-01T12:00", "2026-07-15T12:00"]],
    ["cron(0 0 1 1 ? 2026)", []],
    ["rate(90 minutes)", ["2026-03-01T02:30", "2026-03-01T04:00"]],
    ["rate(1 day)", ["2026-03-02T01:00", "2026-03-03T01:00"]],
    ["at(2026-03-05T10:20:30)", ["2026-03-05T10:20"]],
    ["at(2026-02-05T10:20:30)", []],
  ])("%s occurs at %j", (text, expected) => {
    expect(occurrences(text, "2026-03-01T01:00:00Z", 2)).toEqual(expected);
  });

  it("skips a local time that daylight saving time skips, and occurs once at a local time that occurs twice", () => {
    expect(occurrences("cron(30 2 * * ? *)", "2026-03-28T12:00:00Z", 2, "Europe/Zurich")).toEqual([
      "2026-03-30T00:30",
      "2026-03-31T00:30",
    ]);
    expect(occurrences("cron(30 2 * * ? *)", "2026-10-24T12:00:00Z", 2, "Europe/Zurich")).toEqual([
      "2026-10-25T00:30",
      "2026-10-26T01:30",
    ]);
  });

  it.each([
    "cron(* * * * * *)",
    "cron(0 3 ? * ? *)",
    "cron(60 3 * * ? *)",
    "cron(0 3 32 * ? *)",
    "cron(0 3 * 13 ? *)",
    "cron(0 3 ? * 8 *)",
    "cron(0 3 ? * FOO *)",
    "cron(0/0 3 * * ? *)",
    "cron(0,, 3 * * ? *)",
    "cron(0 3 40W * ? *)",
    "rate(-1 minutes)",
    "rate(1.5 hours)",
    "at(2026-03-05)",
    "at(2026-13-05T00:00:00)",
    "every day",
  ])("%s is invalid", (text) => {
    expect(parseSchedule(text)).toBeUndefined();
  });
});
