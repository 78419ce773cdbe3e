import type { AccountRef, FeedOptions, ListenerKey, PlaySource } from "../../contracts/listening.ts";
import type { PlayerState } from "../../contracts/music.ts";
import type { InterestKind } from "../watch/interests.ts";

/** What a source says of a listener. It speaks for them from its first word on, until it says that it does not any more. */
export type Told =
  | { listener: ListenerKey; speaks: true; state: PlayerState | undefined; at: number }
  | { listener: ListenerKey; speaks: false; at: number };

/** For sources that are asked politely: only of whom somebody wants to know, and of nobody who hides it. */
export type Wanted = {
  kinds(listener: ListenerKey): ReadonlySet<InterestKind>;
  hidden(listener: ListenerKey): boolean;
};

/**
 * Where it can be learnt what listeners hear. One that tells by itself is free (somebody else's platform shows it) or pushed
 * (the player itself tells), and while it speaks for a listener nothing that costs calls is asked. One that is paid must be asked.
 */
export type TellingSource = PlaySource & {
  cost: "free" | "pushed";
  /** Tells from now on until the signal aborts. Ends or rejects when it cannot tell any more; it is begun again after a while. */
  watch(tell: (told: Told) => void, signal: AbortSignal, wanted: Wanted): Promise<void>;
};
export type PaidSource = PlaySource & {
  cost: "paid";
  /** One call or two. Raises coded errors. */
  look(account: AccountRef, options: FeedOptions): Promise<PlayerState | undefined>;
};
