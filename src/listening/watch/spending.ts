import { z } from "zod";
import type { Clock } from "../../contracts/clock.ts";
import type { SettingStore } from "../../contracts/store.ts";
import { givingWay, type Purpose } from "./giving-way.ts";

const HOUR_MS = 60 * 60_000;
const DAY_MS = 24 * HOUR_MS;
const row = { owner: "listening", name: "watch.spent" } as const;
const purposes = givingWay.map(({ purpose }) => purpose);
const rowSchema = z.array(z.object({ hourAt: z.number(), purpose: z.enum(purposes), calls: z.number() }));
type Entry = z.output<typeof rowSchema>[number];

/** What calls of the last day were for. The ledger of net counts all calls; this one says why those of watching were made. */
export interface Spending {
  load(): Promise<void>;
  count(purpose: Purpose): Promise<void>;
  /** Up to an hour more than a day, as in net's ledger: hours leave whole. */
  of(purpose: Purpose): number;
}

export function createSpending(parts: { clock: Clock; settings: Pick<SettingStore, "get" | "put"> }): Spending {
  const { clock, settings } = parts;
  let entries: Entry[] = [];
  const current = () => {
    entries = entries.filter(({ hourAt }) => hourAt + HOUR_MS + DAY_MS > clock.now());
    return entries;
  };
  return {
    async load() {
      const kept = rowSchema.safeParse(await settings.get(row.owner, row.name));
      if (kept.success) entries = kept.data;
    },
    async count(purpose) {
      const hourAt = Math.floor(clock.now() / HOUR_MS) * HOUR_MS;
      const entry = current().find((each) => each.purpose === purpose && each.hourAt === hourAt);
      if (entry) entry.calls += 1;
      else entries.push({ hourAt, purpose, calls: 1 });
      await settings.put(row.owner, row.name, entries);
    },
    of: (purpose) => current().reduce((sum, each) => sum + (each.purpose === purpose ? each.calls : 0), 0),
  };
}
