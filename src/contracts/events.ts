import type { ErasureAsker, ErasureRow } from "./erasing.ts";
import type { Place, Presence } from "./incoming.ts";
import type { NowPlaying } from "./listening.ts";
import type { Milestone } from "./milestones.ts";
import type { Need } from "./music.ts";
import type { JoinParty, JoinSide } from "./people-store.ts";
import type { PlayerRef } from "./places.ts";

/** What happens inside, for whoever shows it. In process only: whoever must not miss it reads the store at start. */
export type Happening =
  | { type: "view.changed"; kind: string; key: string }
  | { type: "link.created"; personId: string; accountId: string; provider: string; granted: Need[] }
  /** The service calls the grant dead. Whether that is true, and the person's to know, is found out later. */
  | { type: "link.lost"; personId: string; accountId: string; provider: string }
  /** It was not: the link is there again without anybody having done anything, so that no wish begins by itself. */
  | { type: "link.healed"; personId: string; accountId: string; provider: string }
  /** Unlinked, with all that was kept of it. */
  | { type: "link.removed"; personId: string; accountId: string; provider: string }
  /** Told again and again until it was marked as told. */
  | { type: "milestone.reached"; personId: string; key: string; milestone: Milestone }
  /** Everything of theirs is gone, and whatever was done for them ends. */
  | { type: "person.erased"; personId: string }
  /** Whoever asked for the deletion has to be told that it is done. Told again and again until it was marked as told. */
  | { type: "erasure.owed"; erasure: ErasureRow & { asker: ErasureAsker } }
  /** What somebody hears is not what it was. Never of those who hide it. */
  | { type: "now_playing.changed"; now: NowPlaying }
  | { type: "presence"; presence: Presence }
  /** One of two whom a code joins has to be told how that stands. Told again and again until it was marked as told. */
  | { type: "join.owed"; joinId: string; side: JoinSide; since: number; to: JoinParty }
  | { type: "device.woke"; personId: string; deviceId: string }
  /** Somebody wanted a shared player in a place that it has not been opened to; told once for each place. */
  | { type: "player.wanted"; player: PlayerRef & { name: string }; place: Place; direct: boolean; userName: string }
  /**
   * Something that a person has to hear though they did not ask, where they last spoke to the bot alone: words of a skill's own
   * replies, and what to press next (labels are words of it, too). Told once for each key while the program runs; `told` is
   * called once it was. With `byDay` nothing is told at night where they are: it is for the next emission to try again.
   */
  | {
      type: "person.needed";
      personId: string;
      key: string;
      words: { skill: string; key: string; values?: Record<string, string | number | boolean> };
      buttons?: { label: string; intent: string; slots: Record<string, unknown> }[];
      byDay?: true;
      told?(): Promise<void>;
    }
  /** Something only the person who runs the bot can mend. */
  | { type: "operator.needed"; problem: string; detail: Record<string, string> };

export type HappeningOf<T extends Happening["type"]> = Extract<Happening, { type: T }>;

export interface Events {
  emit(happening: Happening): void;
  /** Returns the way to stop listening. A listener that throws is logged and never disturbs the others. */
  on<T extends Happening["type"]>(type: T, listener: (happening: HappeningOf<T>) => void | Promise<void>): () => void;
}
