/** A window of time that repeats each day or each week, in minutes from its first midnight (UTC). */
export interface TimeWindow {
  readonly start: number;
  readonly length: number;
}

const DAY = 24 * 60;
const WEEK = 7 * DAY;
const WEEKDAYS = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];
const TIME = "([01]\\d|2[0-3]):([0-5]\\d)";
const DAILY = new RegExp(`^${TIME}-${TIME}$`);
const WEEKLY = new RegExp(`^(\\w{3}):${TIME}-(\\w{3}):${TIME}$`, "i");

const minutes = (hour: string | undefined, minute: string | undefined): number =>
  Number(hour) * 60 + Number(minute);

const windowOf = (start: number, end: number, period: number): TimeWindow => ({
  start,
  length: (((end - start) % period) + period) % period,
});

/** Reads a window such as `04:00-04:30`. Undefined if the text is no such window. */
export function dailyWindow(text: string): TimeWindow | undefined {
  const [, startHour, startMinute, endHour, endMinute] = DAILY.exec(text) ?? [];
  return startHour === undefined
    ? undefined
    : windowOf(minutes(startHour, startMinute), minutes(endHour, endMinute), DAY);
}

/** Reads a window such as `sun:04:00-sun:05:00`. Undefined if the text is no such window. */
export function weeklyWindow(text: string): TimeWindow | undefined {
  const [, startDay = "", startHour, startMinute, endDay = "", endHour, endMinute] =
    WEEKLY.exec(text) ?? [];
  const first = WEEKDAYS.indexOf(startDay.toLowerCase());
  const last = WEEKDAYS.indexOf(endDay.toLowerCase());
  return first === -1 || last === -1
    ? undefined
    : windowOf(
        first * DAY + minutes(startHour, startMinute),
        last * DAY + minutes(endHour, endMinute),
        WEEK,
      );
}

const twoDigits = (value: number): string => String(value).padStart(2, "0");

const timeText = (minute: number): string =>
  `${twoDigits(Math.floor((minute % DAY) / 60))}:${twoDigits(minute % 60)}`;

/** The text of a window of a day, such as `04:00-04:30`. */
export const dailyText = ({ start, length }: TimeWindow): string =>
  `${timeText(start)}-${timeText(start + length)}`;

/** The text of a window of a week, such as `sun:04:00-sun:05:00`. */
export const weeklyText = ({ start, length }: TimeWindow): string =>
  [start, start + length]
    .map((minute) => `${WEEKDAYS[Math.floor((minute % WEEK) / DAY)]}:${timeText(minute)}`)
    .join("-");

/** The window of a length that begins at the end of another. */
export const windowAfter = (window: TimeWindow, length: number): TimeWindow => ({
  start: window.start + window.length,
  length,
});

/** Whether a daily window and a weekly window have a minute in common. */
export const overlap = (daily: TimeWindow, weekly: TimeWindow): boolean =>
  WEEKDAYS.some((_, day) => {
    const distance = (((day * DAY + daily.start - weekly.start) % WEEK) + WEEK) % WEEK;
    return distance < weekly.length || WEEK - distance < daily.length;
  });
