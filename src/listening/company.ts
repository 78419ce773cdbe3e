import type { Clock } from "../contracts/clock.ts";
import {
  type Company,
  type CompanyAsker,
  companyViews,
  type Fellow,
  type Knower,
  type OpenCompany,
  type Streak,
  type Taste,
} from "../contracts/company.ts";
import type { Events } from "../contracts/events.ts";
import { type ChartRow, type ListenerKey, listenerOf, type Stats } from "../contracts/listening.ts";
import type { Log } from "../contracts/log.ts";
import type { ViewStore } from "../contracts/message-store.ts";
import type { ShareSpot, Sharing } from "../contracts/sharing.ts";
import type { Store } from "../contracts/store.ts";

/** Of each of the two; charts give no more. */
const MOST_ARTISTS = 200;
const MOST_SHARED = 10;
/** Fewer plays than this of either say nothing about anybody's taste. */
const THIN_PLAYS = 30;
/** People of one place that are compared; those who agreed first stay. */
const MOST_FELLOWS = 200;
/** Streaks are worked out one by one. */
const MOST_STREAKS = 50;

type CompanyParts = {
  stats: Pick<Stats, "top" | "find" | "heard" | "streaks">;
  sharing: Pick<Sharing, "of" | "willing" | "onChange">;
  views: Pick<ViewStore, "keys">;
  events: Pick<Events, "emit">;
  clock: Clock;
  log: Log;
  people: Pick<Store["people"], "identities" | "get">;
  /** Whether the platform knows for certain that the person is in the place no more. */
  hasLeft(personId: string, place: ShareSpot): Promise<boolean>;
  /** For people whose own zone is unknown. */
  timeZone: string;
  /** False where a provider's terms bar what is derived of what it tells: nobody is told of anybody then. */
  statistics: boolean;
};

export type CompanyDesk = {
  open: OpenCompany;
  /** What may be told of the listener has changed: what was posted earlier is drawn anew. */
  recheck(listener: ListenerKey): Promise<void>;
};

/** Everything that is said of several people goes through here, so that nobody is in it who did not agree. */
export function createCompany(parts: CompanyParts): CompanyDesk {
  const { stats, sharing, people, hasLeft, views, events, clock, log, timeZone, statistics } = parts;

  /** What was posted earlier shows nobody any longer who took it back. */
  async function redraw(): Promise<void> {
    for (const kind of Object.values(companyViews))
      for (const key of await views.keys(kind, clock.now())) events.emit({ type: "view.changed", kind, key });
  }
  sharing.onChange(({ share, allowed }) => {
    if (allowed || share.use !== "compare") return;
    redraw().catch((error: unknown) => log.error({ err: error }, "messages that compare people were not drawn anew"));
  });

  /** Terms may have changed since a message was posted, so it is looked at whenever anything is drawn. */
  const willingIn = async (place: ShareSpot): Promise<string[]> =>
    statistics ? sharing.willing("compare", place) : [];

  async function recheck(listener: ListenerKey): Promise<void> {
    const personId = /^person:(.+)$/.exec(listener)?.[1];
    if (personId === undefined) return;
    if ((await sharing.of(personId)).some(({ use }) => use === "compare")) await redraw();
  }

  async function identityIn(personId: string, { platform, tenant }: ShareSpot) {
    const there = (await people.identities(personId)).filter((each) => each.platform === platform);
    return there.find((each) => each.tenant === tenant) ?? there[0];
  }

  async function seen(personId: string, place: ShareSpot): Promise<Fellow | undefined> {
    if (!(await willingIn(place)).includes(personId)) return undefined;
    const [user, gone] = await Promise.all([identityIn(personId, place), hasLeft(personId, place)]);
    return user === undefined || gone ? undefined : { personId, name: user.name, userId: user.id };
  }

  async function fellowsOf({ personId: asker, place }: CompanyAsker): Promise<Fellow[]> {
    const willing = (await willingIn(place)).slice(0, MOST_FELLOWS);
    if (!willing.includes(asker)) return [];
    const found = await Promise.all(
      willing.map(async (personId) => {
        const [user, gone] = await Promise.all([
          identityIn(personId, place),
          personId === asker ? false : hasLeft(personId, place),
        ]);
        return user === undefined || gone ? [] : [{ personId, name: user.name, userId: user.id }];
      }),
    );
    return found.flat();
  }

  function open(asker: CompanyAsker): Company {
    const fellows = () => fellowsOf(asker);
    const listeners = (of: readonly Fellow[]) => of.map(({ personId }) => listenerOf.person(personId));
    return {
      fellows,
      seen: (personId) => seen(personId, asker.place),
      stands: async (kind, key) => (await views.keys(kind, clock.now())).includes(key),

      async find(what, words) {
        const rows = await stats.find(listeners(await fellows()), what, words);
        return rows.map(({ id, name, by, url }) => ({
          what,
          id,
          name,
          ...(by === undefined ? {} : { by }),
          ...(url === undefined ? {} : { url }),
        }));
      },

      async whoKnows({ what, id }) {
        const all = await fellows();
        const heard = await stats.heard(listeners(all), what === "artist" ? { artistId: id } : { trackId: id });
        const knowers = all.flatMap((fellow, at): Knower[] => {
          const { plays = 0, listenedMs = 0 } = heard[at] ?? {};
          return plays > 0 ? [{ ...fellow, plays, listenedMs }] : [];
        });
        return knowers.toSorted((a, b) => b.plays - a.plays || b.listenedMs - a.listenedMs);
      },

      async taste(personId, period) {
        const all = await fellows();
        if (personId === asker.personId || !all.some((fellow) => fellow.personId === personId)) return undefined;
        const chart = (of: string) => stats.top([listenerOf.person(of)], "artists", period, { limit: MOST_ARTISTS });
        const [mine, theirs] = await Promise.all([chart(asker.personId), chart(personId)]);
        return tasteOf(mine, theirs, period);
      },

      async streaks() {
        const all = (await fellows()).slice(0, MOST_STREAKS);
        const found: Streak[] = [];
        for (const fellow of all) {
          const zone = (await people.get(fellow.personId))?.timeZone ?? asker.timeZone ?? timeZone;
          const { current, longest } = await stats.streaks(listenerOf.person(fellow.personId), zone);
          if (current) found.push({ ...fellow, days: current.days, longest: longest?.days ?? current.days });
        }
        return found.toSorted((a, b) => b.days - a.days || b.longest - a.longest);
      },
    };
  }

  return { open, recheck };
}

/** As the contract has it. */
export function tasteOf(mine: readonly ChartRow[], theirs: readonly ChartRow[], period: Taste["period"]): Taste {
  const weight = (plays: number) => (plays > 0 ? 1 + Math.log(plays) : 0);
  const length = (rows: readonly ChartRow[]) => Math.sqrt(rows.reduce((sum, { plays }) => sum + weight(plays) ** 2, 0));
  const byId = new Map(theirs.map((row) => [row.id, row]));
  const both = mine.flatMap((row) => {
    const other = byId.get(row.id);
    return other ? [{ row, theirs: other.plays, shared: weight(row.plays) * weight(other.plays) }] : [];
  });
  const lengths = length(mine) * length(theirs);
  const dot = both.reduce((sum, { shared }) => sum + shared, 0);
  const plays = (rows: readonly ChartRow[]) => rows.reduce((sum, row) => sum + row.plays, 0);
  return {
    match: lengths === 0 ? 0 : Math.min(1, dot / lengths),
    shared: both
      .toSorted((a, b) => b.shared - a.shared)
      .slice(0, MOST_SHARED)
      .map(({ row, theirs: count }) => ({
        name: row.name,
        ...(row.url === undefined ? {} : { url: row.url }),
        mine: row.plays,
        theirs: count,
      })),
    thin: Math.min(plays(mine), plays(theirs)) < THIN_PLAYS,
    period,
  };
}
