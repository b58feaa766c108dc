import { describe, expect, it } from "vitest";
import {
  dailyText,
  dailyWindow,
  overlap,
  weeklyText,
  weeklyWindow,
  windowAfter,
} from "../../../src/sandbox/resource-store/time-windows.ts";

describe("a window of time", () => {
  it.each([
    ["04:00-04:30", { start: 240, length: 30 }],
    ["23:45-00:15", { start: 1425, length: 30 }],
    ["4:00-5:00", undefined],
    ["24:00-24:30", undefined],
  ])("of a day is read: %s", (text, expected) => {
    expect(dailyWindow(text)).toEqual(expected);
  });

  it.each([
    ["Sun:04:00-sun:05:00", { start: 240, length: 60 }],
    ["sat:23:30-sun:00:30", { start: 10_050, length: 60 }],
    ["sunday:04:00-sun:05:00", undefined],
    ["xyz:04:00-sun:05:00", undefined],
  ])("of a week is read: %s", (text, expected) => {
    expect(weeklyWindow(text)).toEqual(expected);
  });

  it.each([
    ["04:00-05:00", "wed:04:30-wed:05:30", true],
    ["04:30-05:30", "wed:04:00-wed:05:00", true],
    ["04:00-05:00", "wed:05:00-wed:05:30", false],
    ["05:00-05:30", "wed:04:00-wed:05:00", false],
    ["23:30-00:30", "sun:00:00-sun:00:30", true],
    ["00:00-00:30", "sat:23:30-sun:00:15", true],
  ])("of a day, %s, and of a week, %s, overlap: %s", (daily, weekly, expected) => {
    const [first, second] = [dailyWindow(daily), weeklyWindow(weekly)];
    expect(first && second && overlap(first, second)).toBe(expected);
  });

  it("is followed by another, also at the end of a day or a week", () => {
    const weekly = windowAfter({ start: 10_050, length: 30 }, 45);
    expect(weeklyText(weekly)).toBe("sun:00:00-sun:00:45");
    expect(dailyText(weekly)).toBe("00:00-00:45");
    expect(weeklyText({ start: 1425, length: 30 })).toBe("sun:23:45-mon:00:15");
  });
});
