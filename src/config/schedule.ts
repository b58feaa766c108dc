const MONTHS = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
const DAYS = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];

/** A field of a cron expression: its values, and the special texts that it accepts. */
interface CronField {
  readonly name: string;
  readonly min: number;
  readonly max: number;
  readonly names?: readonly string[];
  readonly special?: RegExp;
}

/** Source: EventBridge Scheduler User Guide, "Schedule types in EventBridge Scheduler": cron-based schedules. */
const FIELDS: readonly CronField[] = [
  { name: "minutes", min: 0, max: 59 },
  { name: "hours", min: 0, max: 23 },
  { name: "day of month", min: 1, max: 31, special: /^(\?|L|(L-)?\d{1,2}W|LW)$/ },
  { name: "month", min: 1, max: 12, names: MONTHS },
  { name: "day of week", min: 1, max: 7, names: DAYS, special: /^(\?|L|[1-7]L|[1-7]#[1-5])$/ },
  { name: "year", min: 1970, max: 2199 },
];

const isValue = ({ min, max, names = [] }: CronField, text: string): boolean =>
  names.includes(text.toUpperCase()) ||
  (/^\d+$/.test(text) && Number(text) >= min && Number(text) <= max);

function isCronField(field: CronField, text: string): boolean {
  if (field.special?.test(text) === true) return true;
  return text.split(",").every((part) => {
    const [range = "", step, ...rest] = part.split("/");
    if (rest.length > 0 || (step !== undefined && !/^[1-9]\d*$/.test(step))) return false;
    if (range === "*") return true;
    const ends = range.split("-");
    return ends.length <= 2 && ends.every((end) => isValue(field, end));
  });
}

function cronProblem(text: string): string | undefined {
  const values = text.trim().split(/\s+/);
  if (values.length !== FIELDS.length)
    return `a cron expression has 6 fields (minutes hours day-of-month month day-of-week year), not ${values.length}`;
  for (const [index, field] of FIELDS.entries()) {
    const value = values[index] ?? "";
    if (!isCronField(field, value))
      return `"${value}" is not a value of the field ${field.name} (${field.min} to ${field.max})`;
  }
  return (values[2] === "?") === (values[4] === "?")
    ? 'exactly one of day of month and day of week must be "?"'
    : undefined;
}

/** Describes why EventBridge Scheduler rejects a schedule; undefined if it accepts it. */
export function scheduleProblem(text: string): string | undefined {
  const [, kind, body = ""] = /^(cron|rate|at)\((.*)\)$/.exec(text) ?? [];
  if (kind === undefined)
    return `"${text}" is not a schedule; expected cron(…), rate(…) or at(…), such as cron(0 3 * * ? *)`;
  if (kind === "cron") return cronProblem(body);
  if (kind === "rate")
    return /^[1-9]\d* (minutes?|hours?|days?)$/.test(body)
      ? undefined
      : `"${body}" is not a rate; expected a number and minutes, hours or days, such as rate(6 hours)`;
  return /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/.test(body) && !Number.isNaN(Date.parse(`${body}Z`))
    ? undefined
    : `"${body}" is not a time; expected yyyy-mm-ddThh:mm:ss, such as at(2027-01-31T03:00:00)`;
}

/** Whether a text is the IANA name of a time zone, such as Europe/Berlin. */
export function isTimeZone(text: string): boolean {
  try {
    new Intl.DateTimeFormat("en", { timeZone: text });
    return !/^[+-]/.test(text);
  } catch {
    return false;
  }
}
