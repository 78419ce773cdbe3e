import type { Accounts } from "../contracts/accounts.ts";
import type { Adapter, Answer } from "../contracts/adapter.ts";
import type { Clock } from "../contracts/clock.ts";
import type { Events } from "../contracts/events.ts";
import type { Incoming, Place, Sent, UserRef } from "../contracts/incoming.ts";
import type { Gates, Language } from "../contracts/language.ts";
import type { Log } from "../contracts/log.ts";
import type { Milestones } from "../contracts/milestones.ts";
import type { Orchestrator } from "../contracts/player.ts";
import type { Posts } from "../contracts/posts.ts";
import type { Reply } from "../contracts/reply.ts";
import type { Scheduler } from "../contracts/scheduler.ts";
import type { Cache, Store } from "../contracts/store.ts";
import type { ToldZones } from "./asking.ts";
import type { I18n } from "./i18n.ts";
import type { Places } from "./places.ts";
import type { PostDesk } from "./posts.ts";
import type { Registry } from "./registry.ts";
import type { Services } from "./services.ts";

/** For metrics: how things went, without who, where or what. */
export interface Tally {
  /** Words somebody wrote; "ignored" are those that were not for the bot. */
  heard(how: "understood" | "asked_back" | "not_understood" | "ignored", locale: string): void;
  /** `outcome`: the kind of the reply, or the code of the error. */
  command(intent: string, outcome: string): void;
  /** A message of ours that changes by itself was changed. */
  edited(platform: string): void;
}

export type BotParts = {
  store: Store;
  language: Language;
  skills: Registry;
  i18n: I18n;
  orchestrator: Orchestrator;
  accounts: Accounts;
  places: Places;
  services: Services;
  milestones: Milestones;
  scheduler: Scheduler;
  adapters: readonly Adapter[];
  events: Events;
  clock: Clock;
  log: Log;
  cache: Cache;
  /** Where a provider's own app or page opens. */
  links: { open(provider: string): string | undefined };
  /** For people whose own language and zone are unknown. */
  defaults: { locale: string; timeZone: string };
  /** No other process works on this store: leases of earlier runs are void at the first `recover`. */
  alone: boolean;
  /** Confidence (0..1) below which a sentence is not acted upon. */
  gates?: Gates;
  /** Whether what was said to the bot and not understood is kept, without names, for the operator. */
  misses?: boolean;
  allowance?: { count: number; windowMs: number };
  tally?: Tally;
  /** Whether the processor is what everything waits for; never where it is absent. */
  pressed?: () => boolean;
};

export interface Bot {
  /** Resolves once the event is done and answered; at once for a redelivery. Rejects when it could not be accepted. */
  deliver(event: Incoming, answer: Answer): Promise<void>;
  /**
   * Renews the leases of what is in hand and takes over what others left behind. To be called once all adapters have started,
   * and then every 15 s or so. Events that come before the first call are accepted and wait for it, so that what was
   * interrupted is ended first. Resolves with the number taken over; they are worked on afterwards.
   */
  recover(): Promise<number>;
  /** The kept answer of an event that was delivered before; undefined while there is none. */
  kept(platform: string, key: string): Promise<Reply | undefined>;
  readonly toldZones: Pick<ToldZones, "of">;
  /** What is owed to places; sent from its start on, which is to be called once all adapters have started. */
  readonly posts: Posts & Pick<PostDesk, "start">;
  /** Somebody wrote something there that was not for the bot. */
  saw(place: Place): void;
  /** What the person was answered in `asked` they were shown by that message, and answer it there. */
  shownLater(user: UserRef, asked: Place, by: Sent): Promise<void>;
  /** The platform of each event that is accepted and not yet answered. */
  inHand(): Iterable<string>;
  /** Resolves when nothing is in hand. */
  idle(): Promise<void>;
  /** Takes nothing more; what has not ended within the time is left for the next start. */
  stop(withinMs: number): Promise<void>;
}
