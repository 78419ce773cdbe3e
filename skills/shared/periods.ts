import { DateTime, Duration, Interval } from "luxon";
import { SegueError } from "../../src/contracts/errors.ts";
import type { Period } from "../../src/contracts/listening.ts";
import type { SkillContext } from "../../src/contracts/skill.ts";

const spans = { day: "day", week: "week", month: "month", year: "year" } as const;
const named = /^(this|last)_(week|month|year)$/;
const certain = [
  ["year", /^\d{4}$/],
  ["month", /^\d{4}-\d{2}$/],
  ["day", /^\d{4}-\d{2}-\d{2}$/],
] as const;
/** Nobody has heard anything with a program before; later years are typing errors. */
const years = { first: 2002, last: 2200 };

/** A period with the name it was asked for by; `year`, `month`, `day` where it is a certain one, `range` where it has no name. */
export type AskedPeriod = Period & { name: string };

/**
 * A period as the vocabulary writes it ("last_month", "P4W", "2024", "2024-07", "2024-06-01/2024-08-31"), or as people type it
 * ("last month"), worked out in the zone. Weeks begin on Monday. What is still to come is left out. Raises InvalidInput("period").
 */
export function readPeriod(said: string, zone: string, nowMs: number): AskedPeriod {
  const now = DateTime.fromMillis(nowMs, { zone });
  const text = said.trim().toLowerCase().replace(/\s+/g, "_");
  const [from, until] = boundsOf(text, now) ?? [];
  if (!from?.isValid || !until?.isValid || from >= until || from.year < years.first || until.year > years.last)
    throw new SegueError("InvalidInput", { field: "period", why: "period" });
  return { name: nameOf(text), fromAt: from.toMillis(), untilAt: Math.min(until.toMillis(), nowMs + 1) };
}

/** The same for a command. */
export function periodOf({ person, now }: Pick<SkillContext, "person" | "now">, said: string): AskedPeriod {
  return readPeriod(said, person.timeZone ?? "UTC", now);
}

export function allTime(nowMs: number): AskedPeriod {
  return { name: "all_time", fromAt: Date.UTC(years.first, 0, 1), untilAt: nowMs + 1 };
}

function nameOf(text: string): string {
  if (text === "today" || text === "yesterday" || text === "all_time" || named.test(text)) return text;
  return certain.find(([, form]) => form.test(text))?.[0] ?? "range";
}

function boundsOf(text: string, now: DateTime): [DateTime, DateTime] | undefined {
  const whole = (from: DateTime, unit: keyof typeof spans): [DateTime, DateTime] => [from, from.plus({ [unit]: 1 })];
  if (text === "all_time") return [DateTime.utc(years.first), now.plus(1)];
  if (text === "today") return whole(now.startOf("day"), "day");
  if (text === "yesterday") return whole(now.startOf("day").minus({ days: 1 }), "day");
  const [, which, unit] = named.exec(text) ?? [];
  if (unit === "week" || unit === "month" || unit === "year") {
    const start = now.startOf(unit);
    return whole(which === "this" ? start : start.minus({ [unit]: 1 }), unit);
  }
  const unitNamed = certain.find(([, form]) => form.test(text))?.[0];
  if (unitNamed) return whole(DateTime.fromISO(text, { zone: now.zone }), unitNamed);
  const iso = text.toUpperCase();
  if (/^P(T?\d+[A-Z])+$/.test(iso)) return [now.minus(Duration.fromISO(iso)), now.plus(1)];
  if (iso.includes("/")) {
    const { start, end } = Interval.fromISO(iso, { zone: now.zone });
    // The last day is meant to its end.
    return start && end ? [start, end.startOf("day").plus({ days: 1 })] : undefined;
  }
  return undefined;
}
