import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parse } from "./tables.ts";

const slotOf = (text: string, slot: string): unknown =>
  Object.entries(parse(text).slots).find(([name]) => name === slot)?.[1];

describe("amounts in words and digits", () => {
  it.each([
    ["volume zero", 0],
    ["volume seven", 7],
    ["volume twenty", 20],
    ["volume twenty five", 25],
    ["volume twenty-five", 25],
    ["volume a hundred", 100],
    ["volume one hundred", 100],
    ["volume 55%", 55],
    ["volume 55 percent", 55],
    ["volume three quarters", 75],
    ["volume 0", 0],
    ["volume 1000", 1000],
  ])("%s", (text, level) => expect(slotOf(text, "level")).toBe(level));

  it("of any size up to six digits", () => {
    fc.assert(
      fc.property(fc.nat(999_999), (level) => {
        expect(slotOf(`set the volume to ${level}`, "level")).toBe(level);
      }),
    );
  });
});

describe("times in a track", () => {
  it.each([
    ["go to 0:05", "position_s", 5],
    ["go to 1:02:03", "position_s", 3723],
    ["go to 90 seconds", "position_s", 90],
    ["go to 2 minutes", "position_s", 120],
    ["go to 2 minutes 30", "position_s", 150],
    ["go to two and a half minutes", "position_s", 150],
    ["go back a minute", "offset_s", -60],
    ["back 10 seconds", "offset_s", -10],
    ["skip forward 1m30s", "offset_s", 90],
    ["rewind half a minute", "offset_s", -30],
    ["skip to 25 percent", "position_pct", 25],
  ])("%s", (text, slot, value) => {
    expect(parse(text).intent).toBe("playback.seek");
    expect(slotOf(text, slot)).toBe(value);
  });

  it("of any minute and second", () => {
    fc.assert(
      fc.property(fc.nat(99), fc.nat(59), (minutes, seconds) => {
        expect(slotOf(`seek to ${minutes}:${String(seconds).padStart(2, "0")}`, "position_s")).toBe(
          minutes * 60 + seconds,
        );
      }),
    );
  });
});

describe("a sleep timer", () => {
  it.each([
    ["sleep in an hour and a half", 90],
    ["stop in 90 seconds", 2],
    ["sleep timer 1 hour 30 minutes", 90],
    ["stop the music in a quarter of an hour", 15],
  ])("%s", (text, minutes) => expect(parse(text)).toMatchObject({ intent: "playback.sleep", slots: { minutes } }));
});

describe("decades and periods", () => {
  it.each([
    ["play 70s music", "decade", "1970s"],
    ["play 2000s music", "decade", "2000s"],
    ["play 10s music", "decade", "2010s"],
    ["play music from the sixties", "decade", "1960s"],
    ["my top artists today", "period", "today"],
    ["my top artists last month", "period", "last_month"],
    ["my top artists of all time", "period", "all_time"],
    ["my top artists in 2024", "period", "2024"],
    ["my top artists in july 2024", "period", "2024-07"],
    ["my top artists in the last 4 weeks", "period", "P4W"],
    ["my top artists for the past 30 days", "period", "P30D"],
  ])("%s", (text, slot, value) => expect(slotOf(text, slot)).toBe(value));
});

describe("times of day", () => {
  it.each([
    ["sleep at 23:30", "23:30"],
    ["sleep at 7:05", "07:05"],
    ["sleep at 11pm", "23:00"],
    ["sleep at 11:45 pm", "23:45"],
    ["sleep at 12 am", "00:00"],
    ["sleep at 12 pm", "12:00"],
    ["sleep at half past ten", "10:30"],
    ["sleep at ten o'clock", "10:00"],
    ["sleep at noon", "12:00"],
    ["sleep at 24", "00:00"],
  ])("%s", (text, time) => expect(slotOf(text, "time")).toBe(time));

  it.each(["sleep at 25:00", "sleep at 12:75", "sleep at 13 pm", "sleep at 99"])("%s is none", (text) =>
    expect(slotOf(text, "time")).toBeUndefined(),
  );

  it("of every minute of a day", () => {
    fc.assert(
      fc.property(fc.nat(23), fc.nat(59), (hour, minute) => {
        const time = `${String(hour).padStart(2, "0")}:${String(minute).padStart(2, "0")}`;
        expect(slotOf(`stop the music at ${time}`, "time")).toBe(time);
      }),
    );
  });
});
