const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const UNITS: Readonly<Record<string, number>> = { minute: MINUTE, hour: HOUR, day: DAY };

/** The days on which a cron expression runs. Values of `dayOfWeek` are 1 (Sunday) to 7. */
interface CronDays {
  readonly dayOfMonth?: (date: Date) => boolean;
  readonly dayOfWeek?: (date: Date) => boolean;
}

/** A parsed schedule expression. Times are in the time zone of the schedule. */
export type ScheduleExpression =
  | { readonly kind: "at"; readonly wallTime: number }
  | { readonly kind: "rate"; readonly value: number; readonly unit: string; readonly ms: number }
  | ({
      readonly kind: "cron";
      readonly minutes: readonly number[];
      readonly hours: readonly number[];
      readonly months: ReadonlySet<number>;
      readonly years: ReadonlySet<number>;
    } & CronDays);

const MONTHS = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
const WEEKDAYS = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];

interface Field {
  readonly min: number;
  readonly max: number;
  /** Names of the values, the first for 1. */
  readonly names?: readonly string[];
}

function valueIn({ min, max, names = [] }: Field, text: string): number | undefined {
  const index = names.indexOf(text.toUpperCase());
  const value = index >= 0 ? index + 1 : /^\d{1,4}$/.test(text) ? Number(text) : NaN;
  return value >= min && value <= max ? value : undefined;
}

/** The values of a field: `*`, values, ranges and steps, separated by commas. Undefined if the text is invalid. */
function valuesOf(field: Field, text: string): Set<number> | undefined {
  const values = new Set<number>();
  for (const part of text.split(",")) {
    const [, range = "", step] = /^([^/]+)(?:\/(\d+))?$/.exec(part) ?? [];
    const [fromText = "", toText, ...rest] = range.split("-");
    const isAny = range === "*";
    const from = isAny ? field.min : valueIn(field, fromText);
    const isOpen = isAny || (toText === undefined && step !== undefined);
    const to = isOpen ? field.max : toText === undefined ? from : valueIn(field, toText);
    const increment = step === undefined ? 1 : Number(step);
    if (from === undefined || to === undefined || rest.length > 0 || increment < 1)
      return undefined;
    // A range such as FRI-MON continues at the start.
    const end = to < from ? to + field.max - field.min + 1 : to;
    for (let value = from; value <= end; value += increment)
      values.add(value > field.max ? value - field.max + field.min - 1 : value);
  }
  return values;
}

const lastDay = (date: Date): number =>
  new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate();

/** The weekday (Monday to Friday) in the month that is closest to a day. */
function closestWeekday(date: Date, day: number): number {
  const last = lastDay(date);
  const weekday = new Date(
    Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), Math.min(day, last)),
  ).getUTCDay();
  const target = Math.min(day, last);
  if (weekday === 6) return target === 1 ? 3 : target - 1;
  if (weekday === 0) return target === last ? target - 2 : target + 1;
  return target;
}

function dayOfMonth(text: string): CronDays["dayOfMonth"] {
  if (text === "L") return (date) => date.getUTCDate() === lastDay(date);
  if (text === "LW") return (date) => date.getUTCDate() === closestWeekday(date, lastDay(date));
  const weekday = /^(\d{1,2})W$/.exec(text)?.[1];
  const field = { min: 1, max: 31 };
  if (weekday !== undefined) {
    const day = valueIn(field, weekday);
    return day === undefined
      ? undefined
      : (date) => day <= lastDay(date) && date.getUTCDate() === closestWeekday(date, day);
  }
  const days = valuesOf(field, text);
  return days && ((date) => days.has(date.getUTCDate()));
}

function dayOfWeek(text: string): CronDays["dayOfWeek"] {
  const field = { min: 1, max: 7, names: WEEKDAYS };
  const [, name = "", kind = "", number = ""] = /^(\w+?)(?:(L)|#([1-5]))$/.exec(text) ?? [];
  const weekday = valueIn(field, name);
  if (weekday !== undefined)
    return (date) =>
      date.getUTCDay() + 1 === weekday &&
      (kind === "L"
        ? date.getUTCDate() + 7 > lastDay(date)
        : Math.ceil(date.getUTCDate() / 7) === Number(number));
  const days = text === "L" ? new Set([7]) : valuesOf(field, text);
  return days && ((date) => days.has(date.getUTCDay() + 1));
}

function parseCron(fields: readonly string[]): ScheduleExpression | undefined {
  const [
    minuteText = "",
    hourText = "",
    dayText = "",
    monthText = "",
    weekdayText = "",
    year = "",
  ] = fields;
  const minutes = valuesOf({ min: 0, max: 59 }, minuteText);
  const hours = valuesOf({ min: 0, max: 23 }, hourText);
  const months = valuesOf({ min: 1, max: 12, names: MONTHS }, monthText);
  const years = valuesOf({ min: 1970, max: 2199 }, year);
  // Exactly one of day-of-month and day-of-week must be a question mark.
  const isByWeekday = dayText === "?";
  if (fields.length !== 6 || isByWeekday === (weekdayText === "?")) return undefined;
  const days = isByWeekday ? dayOfWeek(weekdayText) : dayOfMonth(dayText);
  if (!minutes || !hours || !months || !years || !days) return undefined;
  const sorted = (values: Set<number>): number[] => [...values].sort((a, b) => a - b);
  return {
    kind: "cron",
    minutes: sorted(minutes),
    hours: sorted(hours),
    months,
    years,
    ...(isByWeekday ? { dayOfWeek: days } : { dayOfMonth: days }),
  };
}

/**
 * Parses a schedule expression: `at(yyyy-mm-ddThh:mm:ss)`, `rate(value unit)` or `cron(fields)`. Undefined if it is invalid.
 *
 * Source: EventBridge Scheduler User Guide, "Schedule types in EventBridge Scheduler".
 */
export function parseSchedule(text: string): ScheduleExpression | undefined {
  const at = /^at\((\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)\)$/.exec(text)?.[1];
  if (at !== undefined) {
    const wallTime = Date.parse(`${at}Z`);
    const isDate = !Number.isNaN(wallTime) && new Date(wallTime).toISOString().startsWith(at);
    return isDate ? { kind: "at", wallTime } : undefined;
  }
  const [, value = "", unit = ""] = /^rate\(([1-9]\d{0,8}) (\w+)\)$/.exec(text) ?? [];
  const ms = UNITS[unit.replace(/s$/, "")];
  if (ms !== undefined) return { kind: "rate", value: Number(value), unit, ms: Number(value) * ms };
  const cron = /^cron\((.+)\)$/.exec(text)?.[1];
  return cron === undefined ? undefined : parseCron(cron.trim().split(/\s+/));
}

const formats = new Map<string, Intl.DateTimeFormat>();

function formatOf(timeZone: string): Intl.DateTimeFormat {
  let format = formats.get(timeZone);
  if (!format) {
    format = new Intl.DateTimeFormat("en-US", {
      timeZone,
      hourCycle: "h23",
      year: "numeric",
      month: "numeric",
      day: "numeric",
      hour: "numeric",
      minute: "numeric",
      second: "numeric",
    });
    formats.set(timeZone, format);
  }
  return format;
}

/** Whether a name is a time zone of the IANA database. */
export function isTimeZone(name: string): boolean {
  if (!/^[A-Za-z]/.test(name)) return false;
  try {
    formatOf(name);
    return true;
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}

/** The local time at an instant, as if it were UTC, in milliseconds. */
function wallTimeAt(instant: number, timeZone: string): number {
  if (timeZone === "UTC") return instant;
  const parts = Object.fromEntries(
    formatOf(timeZone)
      .formatToParts(instant)
      .map(({ type, value }) => [type, Number(value)]),
  );
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = parts;
  return Date.UTC(year, month - 1, day, hour, minute, second);
}

/**
 * The instant of a local time. A time that daylight saving time skips has none; of a time that occurs twice it is the first.
 * Source: EventBridge Scheduler User Guide, "Schedule types in EventBridge Scheduler", daylight savings time.
 */
function instantOf(wallTime: number, timeZone: string): number | undefined {
  const offsets = [-DAY, DAY].map((distance) => {
    const instant = wallTime + distance;
    return wallTimeAt(instant, timeZone) - instant;
  });
  return offsets
    .map((offset) => wallTime - offset)
    .filter((instant) => wallTimeAt(instant, timeZone) === wallTime)
    .sort((a, b) => a - b)[0];
}

function nextCron(
  cron: Extract<ScheduleExpression, { kind: "cron" }>,
  after: number,
  timeZone: string,
): number | undefined {
  // Daylight saving time changes the local time by up to two hours.
  const earliest = wallTimeAt(after, timeZone) - 2 * HOUR;
  const lastYear = Math.max(...cron.years);
  for (let day = Math.floor(earliest / DAY) * DAY; ; day += DAY) {
    const date = new Date(day);
    if (date.getUTCFullYear() > lastYear) return undefined;
    const isDay =
      cron.years.has(date.getUTCFullYear()) &&
      cron.months.has(date.getUTCMonth() + 1) &&
      (cron.dayOfMonth ?? cron.dayOfWeek)?.(date) === true;
    if (!isDay) continue;
    for (const hour of cron.hours)
      for (const minute of cron.minutes) {
        const wallTime = day + hour * HOUR + minute * MINUTE;
        const instant = wallTime < earliest ? undefined : instantOf(wallTime, timeZone);
        if (instant !== undefined && instant > after) return instant;
      }
  }
}

/**
 * The first occurrence of a schedule after a time. Undefined if the schedule does not occur after it.
 *
 * @param base the time from which a rate counts; it is an occurrence itself
 * @param timeZone name in the IANA database. @default "UTC"
 */
export function nextOccurrence(
  expression: ScheduleExpression,
  after: Date,
  base: Date,
  timeZone = "UTC",
): Date | undefined {
  const limit = after.getTime();
  switch (expression.kind) {
    case "at": {
      const instant = instantOf(expression.wallTime, timeZone);
      return instant !== undefined && instant > limit ? new Date(instant) : undefined;
    }
    case "rate": {
      const start = base.getTime();
      const count = Math.max(0, Math.floor((limit - start) / expression.ms) + 1);
      return new Date(start + count * expression.ms);
    }
    case "cron": {
      const instant = nextCron(expression, limit, timeZone);
      return instant === undefined ? undefined : new Date(instant);
    }
  }
}
