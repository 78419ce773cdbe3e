import type { Clock } from "../../contracts/clock.ts";
import type { DiaryRow } from "../../contracts/diaries.ts";
import { isSegueError } from "../../contracts/errors.ts";
import { type Heard, type ListenerKey, listenerOf } from "../../contracts/listening.ts";
import type { Log } from "../../contracts/log.ts";
import { wordsUri } from "../../contracts/words-uri.ts";
import { type Connections, isRead } from "../diaries/connections.ts";
import type { DiaryService } from "../diaries/service.ts";
import type { InterestKind } from "../watch/interests.ts";
import type { TellingSource, Told, Wanted } from "./source.ts";
import { stateOf } from "./state.ts";

/** How soon it is seen that somebody is interested; costs no call. */
const TICK_MS = 2_000;
const IDLE_TICK_MS = 10_000;
/** Two failures in a row, and the diary does not speak for anybody until it answers again. */
const PATIENCE = 2;
const retryMs = { first: 30_000, last: 10 * 60_000 };
/** A user who is not there any more, or hides what they hear: the person has to mend it. */
const BARRED_MS = 60 * 60_000;
/** Plays that are written down are read from its list later; to ask what plays now needs somebody who looks. */
const looking: ReadonlySet<InterestKind> = new Set<InterestKind>(["live", "manual", "announce"]);

type Follow = {
  dueAt: number;
  lookedAt?: number;
  /** What plays, and since when as far as is known. */
  playing?: { name: string; sinceAt: number };
  speaks: boolean;
  failures: number;
  busy: boolean;
};

/**
 * What diaries show as playing, asked for by the user's name: without an account and without a call to the music's own service. Only of
 * those whom somebody is interested in, and at the pace that the diary is asked at politely.
 */
export function createDiarySource(parts: {
  service: DiaryService;
  connections: Connections;
  clock: Clock;
  log: Log;
}): TellingSource {
  const { service, connections, clock, log } = parts;

  return {
    origin: service.id,
    way: "playing",
    cost: "free",
    async watch(tell, signal, wanted) {
      const follows = new Map<ListenerKey, Follow>();
      let nap = new AbortController();
      const undo = connections.onChange(() => nap.abort());

      function silence(listener: ListenerKey, follow: Follow): void {
        if (follow.speaks) say(follow, { listener, speaks: false, at: clock.now() });
      }
      function say(follow: Follow, told: Told): void {
        // A look that was under way when nobody was interested any more is over.
        if (signal.aborted || (told.speaks && follows.get(told.listener) !== follow)) return;
        follow.speaks = told.speaks;
        tell(told);
      }

      function seen(listener: ListenerKey, follow: Follow, heard: Heard | undefined): void {
        const at = clock.now();
        const name =
          heard &&
          (heard.uri ??
            wordsUri(
              heard.title,
              heard.artists.map((artist) => artist.name),
            ));
        if (name === undefined) delete follow.playing;
        else if (follow.playing?.name !== name) {
          // It began between two looks, or some time before the first.
          const between = follow.lookedAt === undefined ? at : Math.max(follow.lookedAt, at - service.lookEveryMs / 2);
          follow.playing = { name, sinceAt: between };
        }
        follow.lookedAt = at;
        const state = heard && stateOf(heard, follow.playing?.sinceAt, at);
        say(follow, { listener, speaks: true, state, at });
      }

      async function look({ userName }: DiaryRow, listener: ListenerKey, follow: Follow): Promise<void> {
        follow.busy = true;
        follow.dueAt = clock.now() + service.lookEveryMs;
        try {
          const call = { reason: "watch.diary", lane: "now_playing", signal } as const;
          const heard = await service.playing(userName, call);
          follow.failures = 0;
          seen(listener, follow, heard);
        } catch (error) {
          if (signal.aborted) return;
          follow.failures++;
          const code = isSegueError(error) ? error.code : "?";
          const barred = code === "NotFound" || code === "Restricted";
          const wait = barred ? BARRED_MS : Math.min(retryMs.last, retryMs.first * 2 ** (follow.failures - 1));
          follow.dueAt = Math.max(isSegueError(error) ? (error.retryAt ?? 0) : 0, clock.now() + wait);
          if (barred || follow.failures >= PATIENCE) silence(listener, follow);
          delete follow.lookedAt;
          log.debug({ diary: service.id, code }, "a diary could not be asked what plays");
        } finally {
          follow.busy = false;
        }
      }

      /** Asks of everybody who is due; nobody waits for anybody else's answer. */
      function round(rows: readonly DiaryRow[]): void {
        const now = new Set<ListenerKey>();
        for (const row of rows) {
          const listener = listenerOf.person(row.personId);
          if (!isWanted(wanted, listener)) continue;
          now.add(listener);
          const follow = follows.get(listener) ?? { dueAt: 0, speaks: false, failures: 0, busy: false };
          follows.set(listener, follow);
          if (!follow.busy && follow.dueAt <= clock.now()) void look(row, listener, follow);
        }
        for (const [listener, follow] of [...follows])
          if (!now.has(listener)) {
            silence(listener, follow);
            follows.delete(listener);
          }
      }

      try {
        while (!signal.aborted) {
          nap = new AbortController();
          const rows = (await connections.all()).filter((row) => row.diary === service.id && isRead(row));
          round(rows);
          await clock
            .sleep(rows.length > 0 ? TICK_MS : IDLE_TICK_MS, AbortSignal.any([signal, nap.signal]))
            .catch(() => {});
        }
      } finally {
        undo();
      }
    },
  };
}

function isWanted({ kinds, hidden }: Wanted, listener: ListenerKey): boolean {
  return !hidden(listener) && [...kinds(listener)].some((kind) => looking.has(kind));
}
