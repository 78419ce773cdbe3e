import type { Clock } from "../../contracts/clock.ts";
import { SegueError } from "../../contracts/errors.ts";
import type { HideRule, HistoryDesk, HistoryPart, ListenerKey, Period, PlayPart } from "../../contracts/listening.ts";
import type { KeptPlay } from "../../contracts/plays.ts";
import type { Store } from "../../contracts/store.ts";
import type { Reviews } from "./review.ts";

const ALWAYS = { fromAt: 0, untilAt: Number.MAX_SAFE_INTEGER };

/** How near to the border of a deleted span a play is that another reading of its time would put outside. */
const BORDER_MS = 15 * 60_000;
const isAtBorder = ({ startedAt, endedAt }: KeptPlay, { fromAt, untilAt }: Period): boolean =>
  startedAt < fromAt + BORDER_MS || endedAt > untilAt - BORDER_MS;

/** What one may do with one's own history: hide, delete, forget. What is hidden stays; what is deleted does not come back. */
export function createHistoryDesk({
  store: { plays },
  clock,
  reviews,
}: {
  store: Pick<Store, "plays">;
  clock: Clock;
  reviews: Reviews;
}): HistoryDesk {
  /** The play as it can be told later too, whatever becomes of its id. */
  async function playPart(listener: ListenerKey, playId: number): Promise<PlayPart> {
    const play = await plays.get(listener, playId);
    if (!play) throw new SegueError("NotFound", { what: "play" });
    return { what: "play", trackId: play.trackId, fromAt: play.startedAt, untilAt: play.endedAt };
  }
  const lasting = async (listener: ListenerKey, part: HistoryPart): Promise<HideRule["part"]> =>
    part.what === "play" ? playPart(listener, part.playId) : part;

  async function tombstoneOf(listener: ListenerKey, part: Parameters<HistoryDesk["remove"]>[1]) {
    const now = clock.now();
    switch (part.what) {
      case "play":
        return { ...(await playPart(listener, part.playId)), only: true };
      case "track":
        return { trackId: part.id, fromAt: 0, untilAt: now, only: false };
      case "span":
        return { fromAt: part.fromAt, untilAt: Math.min(part.untilAt, now), only: false };
    }
  }

  /**
   * A source that says when a play began where others say when it ended tells of the first and the last one of a span as if
   * they were outside. Told by what they were, they are known again.
   */
  const buryOne = (listener: ListenerKey, { trackId, startedAt, endedAt }: KeptPlay) =>
    plays.bury(listener, { trackId, fromAt: startedAt, untilAt: endedAt, only: true });

  return {
    async hide(listener, part) {
      const rule = await plays.addRule(listener, { part: await lasting(listener, part), createdAt: clock.now() });
      const hidden = new Set<number>();
      await reviews.finish(listener, ({ after }) => {
        for (const [id, play] of after) if (play.hiddenBy === rule.id) hidden.add(id);
      });
      return { rule, plays: hidden.size };
    },

    async unhide(listener, ruleId) {
      if (!(await plays.removeRule(listener, ruleId))) return undefined;
      const shown = new Set<number>();
      await reviews.finish(listener, ({ before, after }) => {
        for (const { id, hiddenBy } of before)
          if (hiddenBy === ruleId && after.get(id)?.hiddenBy === undefined) shown.add(id);
      });
      return shown.size;
    },

    rules: (listener) => plays.rules(listener),

    async remove(listener, part) {
      const tombstone = await tombstoneOf(listener, part);
      await plays.bury(listener, tombstone);
      const gone = new Map<number, KeptPlay>();
      await reviews.finish(listener, (step) => {
        for (const play of step.gone) gone.set(play.id, play);
      });
      if (part.what === "span") {
        for (const play of gone.values()) if (isAtBorder(play, part)) await buryOne(listener, play);
        await reviews.finish(listener);
      }
      return gone.size;
    },

    async forgetOrigin(listener, origin) {
      const deleted = { plays: 0, evidence: 0 };
      await reviews.run(listener, ALWAYS, {
        stays: ({ source }) => source.origin !== origin,
        on({ before, gone }) {
          deleted.plays += gone.length;
          for (const { evidence } of before) {
            deleted.evidence += evidence.filter(({ source }) => source.origin === origin).length;
          }
        },
      });
      return deleted;
    },

    forget: (listener) => plays.erase(listener),
  };
}
