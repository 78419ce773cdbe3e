import { z } from "zod";
import type { Playable } from "./music.ts";
import type { PlayerRef } from "./places.ts";
import type { ShareSpot } from "./sharing.ts";

/** From then until then, in minutes of the day, in whoever's zone they are; over midnight where the first is the later one. */
export const quietHoursSchema = z
  .object({ fromMinute: z.number().int().min(0).max(1_439), untilMinute: z.number().int().min(0).max(1_439) })
  .refine(({ fromMinute, untilMinute }) => fromMinute !== untilMinute);
export type QuietHours = z.output<typeof quietHoursSchema>;

/** How a place wants to be told what its people hear. */
export const announceChoiceSchema = z.object({
  on: z.boolean(),
  quiet: quietHoursSchema.optional(),
  /** New cards in 24 hours; what changes on a card is none. */
  cardsPerDay: z.number().int().min(1).max(500).optional(),
  /** The thread that it was switched on in. */
  thread: z.string().max(200).optional(),
});
export type AnnounceChoice = z.output<typeof announceChoiceSchema>;

export const usualCardsPerDay = 30;
/** Until then what was shown of somebody's listening can still be taken back, and what it was is kept. */
export const cardsKeptDays = 30;
/** The view that is a card. */
export const announceView = "announce";

/** What somebody heard without a long pause, as far as a place was told of it. Times are Unix ms. */
export type ListeningSession = {
  startedAt: number;
  /** When this was true. */
  at: number;
  playing: boolean;
  /** Nothing is on where it is absent. */
  item?: Playable;
  progressMs: number;
  /** How long the item has been heard by now. */
  itemMs: number;
  listenedMs: number;
  songs: number;
  /** By main artist. */
  artists: { name: string; listenedMs: number }[];
  /** Plays that were taken out of the sums. */
  takenOut?: number[];
  /** Who told of it. */
  origin: string;
};

/** `live`: it follows its listener; `moved`: another one further down does; `over`: the session has ended; `gone`: it was taken back. */
export type CardStatus = "live" | "moved" | "over" | "gone";

/** A card, as its place is shown it. `who` is how the listener is called there. */
export type AnnouncedCard = {
  who: string;
  shared: boolean;
  attribution: string;
  untilAt: number;
} & (
  | { status: "live"; item: Playable; playing: boolean }
  | { status: "moved" }
  /** `sums` are absent where the provider's terms bar them; `mostly`: who was heard for more than half of the time. */
  | { status: "over"; sums?: { songs: number; listenedMs: number; mostly?: string } }
);

/** Why nothing is posted, in the order in which it is looked at. */
export type Hindrance =
  | { why: "place_off" | "not_agreed" | "not_linked" | "nothing_heard" }
  /** Until when, as far as that is known. */
  | { why: "private" | "quiet_here" | "quiet_own"; until?: number }
  | { why: "budget"; cards: number; until: number }
  | { why: "unreachable" }
  | { why: "unconfirmed" }
  | { why: "refused"; error: string };

/** What one who lets a place see it hears. */
export type Hearing = {
  who: string;
  attribution: string;
  item: Playable;
  playing: boolean;
};

/** What places are told of what their people hear. Who may be seen where, `Sharing` says. */
export interface Announcements {
  /** What a message shows by now; undefined where nothing shall be shown any more. */
  card(id: string): Promise<AnnouncedCard | undefined>;
  /** Whether it stands anywhere. */
  wasShown(id: string): Promise<boolean>;
  /** What is heard now by all who let the place see it. Never a call. */
  hearing(place: ShareSpot): Promise<Hearing[]>;
  /** What everybody is called who lets the place see it, whatever they hear. */
  willing(place: ShareSpot): Promise<string[]>;
  /** Why the place was shown nothing of this person, or shared player; empty where a card of theirs stands. */
  why(place: ShareSpot, of: { personId: string } | { player: PlayerRef }): Promise<Hindrance[]>;
  /** After the place's choice was changed. */
  placeChanged(place: ShareSpot): Promise<void>;
  quietHours(personId: string): Promise<QuietHours | undefined>;
  /** In the person's own zone; undefined takes them back. */
  setQuietHours(personId: string, quiet: QuietHours | undefined): Promise<void>;
  /** The place's managers have decided about a shared player. */
  agree(place: ShareSpot, player: PlayerRef, agreed: boolean): Promise<void>;
  agreed(place: ShareSpot, player: PlayerRef): Promise<boolean>;
}
