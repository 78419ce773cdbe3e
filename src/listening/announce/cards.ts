import { randomBytes } from "node:crypto";
import { announceView, type CardStatus, type ListeningSession } from "../../contracts/announce.ts";
import type { Clock } from "../../contracts/clock.ts";
import type { Events } from "../../contracts/events.ts";
import type { ListenerKey } from "../../contracts/listening.ts";
import type { CardRow, CardStore } from "../../contracts/message-store.ts";
import type { ShareSpot } from "../../contracts/sharing.ts";

export type LiveCard = CardRow & { session: ListeningSession };

/** A message that was taken back while its platform was down is taken back again, so often and after so long. */
const takeBackAgainMs = [60_000, 10 * 60_000, 60 * 60_000, 6 * 60 * 60_000, 24 * 60 * 60_000];
const atOnce = 200;
/** What counts among the cards of a day. */
export const dayMs = 24 * 60 * 60_000;

export const spotKey = ({ platform, tenant, id }: ShareSpot): string => JSON.stringify([platform, tenant, id]);
export const postOf = (cardId: string): string => `announce:${cardId}`;

/** The cards that places see: those that follow somebody are in memory too. */
export type Cards = {
  of(listener: ListenerKey): LiveCard[];
  at(listener: ListenerKey, place: ShareSpot): LiveCard | undefined;
  /** Whom any card follows. */
  listeners(): ListenerKey[];
  get(id: string): Promise<CardRow | undefined>;
  /** The newest, whatever became of it. */
  last(listener: ListenerKey, place: ShareSpot): Promise<CardRow | undefined>;
  /** When those were made that count. */
  madeSince(place: ShareSpot, sinceAt: number, limit: number): Promise<number[]>;
  /** A new one; it goes on with what another showed, which is further up by now. */
  make(listener: ListenerKey, place: ShareSpot, session: ListeningSession, before?: LiveCard): Promise<LiveCard>;
  change(card: LiveCard, session: ListeningSession): Promise<void>;
  end(card: LiveCard, session: ListeningSession): Promise<void>;
  takeBack(match: Parameters<CardStore["wipe"]>[0]): Promise<void>;
  /** Says once more what was taken back, in case its message could not be changed then. Returns when that is due again. */
  takeBackAgain(): number | undefined;
  /** Those of an earlier run. Resolves with those that follow somebody. */
  load(): Promise<LiveCard[]>;
  all(status: CardStatus): AsyncGenerator<CardRow>;
};

export function createCards(parts: { store: CardStore; events: Pick<Events, "emit">; clock: Clock }): Cards {
  const { store, events, clock } = parts;
  const live = new Map<ListenerKey, Map<string, LiveCard>>();
  const takenBack = new Map<string, { sinceAt: number; times: number }>();

  const changed = (id: string) => events.emit({ type: "view.changed", kind: announceView, key: id });

  function hold(card: LiveCard): void {
    const own = live.get(card.listener) ?? new Map<string, LiveCard>();
    live.set(card.listener, own.set(spotKey(card.place), card));
  }

  function drop({ listener, place, id }: Pick<CardRow, "listener" | "place" | "id">): void {
    const own = live.get(listener);
    if (own?.get(spotKey(place))?.id !== id) return;
    own.delete(spotKey(place));
    if (own.size === 0) live.delete(listener);
  }

  function noteTakenBack(ids: readonly string[], sinceAt: number): void {
    for (const id of ids) takenBack.set(id, { sinceAt, times: 0 });
  }

  const lines: Cards = {
    of: (listener) => [...(live.get(listener)?.values() ?? [])],
    at: (listener, place) => live.get(listener)?.get(spotKey(place)),
    listeners: () => [...live.keys()],
    get: (id) => store.get(id),
    last: (listener, place) => store.last(listener, place),
    madeSince: (place, sinceAt, limit) => store.madeIn(place, sinceAt, limit),

    async make(listener, place, session, before) {
      const now = clock.now();
      const id = randomBytes(16).toString("base64url");
      const card: LiveCard = { id, listener, place, status: "live", session, createdAt: now, changedAt: now };
      await store.put([card, ...(before ? [{ ...before, status: "moved" as const, changedAt: now }] : [])]);
      hold(card);
      if (before) changed(before.id);
      return card;
    },

    async change(card, session) {
      const next: LiveCard = { ...card, session, changedAt: clock.now() };
      await store.put([next]);
      hold(next);
      changed(card.id);
    },

    async end(card, session) {
      await store.put([{ ...card, status: "over", session, changedAt: clock.now() }]);
      drop(card);
      changed(card.id);
    },

    async takeBack(match) {
      const now = clock.now();
      const ids = await store.wipe(match, now);
      for (const own of [...live.values()])
        for (const card of [...own.values()])
          if (ids.includes(card.id) || ("ids" in match && match.ids.includes(card.id))) drop(card);
      noteTakenBack(ids, now);
      for (const id of ids) changed(id);
    },

    takeBackAgain() {
      const now = clock.now();
      let dueAt: number | undefined;
      for (const [id, { sinceAt, times }] of [...takenBack]) {
        const at = sinceAt + (takeBackAgainMs[times] ?? Number.POSITIVE_INFINITY);
        if (at === Number.POSITIVE_INFINITY) takenBack.delete(id);
        else if (at <= now) {
          takenBack.set(id, { sinceAt, times: times + 1 });
          changed(id);
        } else dueAt = Math.min(dueAt ?? at, at);
      }
      return dueAt;
    },

    async load() {
      for await (const { id, changedAt } of lines.all("gone"))
        if (changedAt > clock.now() - (takeBackAgainMs.at(-1) ?? 0))
          noteTakenBack([id], clock.now() - (takeBackAgainMs[0] ?? 0));
      for await (const { session, ...card } of lines.all("live")) if (session) hold({ ...card, session });
      return [...live.values()].flatMap((own) => [...own.values()]);
    },

    async *all(status) {
      for (let after: string | undefined; ; ) {
        const rows = await store.list(status, after, atOnce);
        yield* rows;
        after = rows.at(-1)?.id;
        if (rows.length < atOnce) return;
      }
    },
  };
  return lines;
}
