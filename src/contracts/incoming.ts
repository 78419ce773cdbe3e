import type { SlotValues } from "./vocabulary.ts";

/** `tenant` is the platform's own wall between communities: Slack team, Discord guild, "" where there is none. */
export type UserRef = { platform: string; tenant: string; id: string };
export type Place = { platform: string; tenant: string; id: string; thread?: string };

/** Where a message of ours landed, enough to edit it later. Plain data: it lives in a row. */
export type Sent = { platform: string; place: Place; id: string };

type Envelope = {
  /** The platform's own id of this event: the same event delivered twice carries the same key. */
  key: string;
  place: Place;
  user: UserRef;
  /** How the person is called in that place; shown, never used as an identity. */
  userName: string;
  /** How a place of several people is called, where the platform tells it; shown, never used as an identity. */
  placeName?: string;
  /** The bot was spoken to: direct message, mention, reply to it, command or button. */
  addressed: boolean;
  /** Only the person (and the bot) see this place. */
  direct: boolean;
  /** The person sits at the machine that runs the bot, so a loopback address opens in their browser. */
  local: boolean;
  /** BCP 47, as the platform gives it. */
  locale?: string;
  /** The person's IANA zone, where the platform tells it. */
  timeZone?: string;
  /** Unix ms. */
  at: number;
  /** The message of ours that this one acts on. */
  target?: Sent;
  /** The words and addresses of the message that this one replies to or is about, whoever wrote it. */
  about?: string;
};

export type Incoming = Envelope &
  (
    | { type: "text"; text: string }
    | { type: "command"; intent: string; slots: SlotValues | Record<string, unknown> }
    /** A voice message or a file; `ref` is the platform's own name of it, for `Adapter.fetchFile`. */
    | { type: "audio" | "file"; file: FileRef }
  );

/** What is learnt of an event after it was delivered: it takes the place of what the event says. */
export type Told = Partial<Pick<Envelope, "userName" | "locale" | "timeZone" | "target" | "about">>;

export type FileRef = { ref: string; name?: string; mediaType?: string; bytes?: number; durationMs?: number };

/** What a platform shows of a person's listening by itself. Not an event that must be kept: the next one replaces it. */
export type Presence = {
  user: UserRef;
  at: number;
  /** The platform does not see the person any more, so that its silence says nothing. */
  away?: true;
  /** Undefined: nothing is heard any more. */
  listening?: {
    /** The service as the platform names it, lower case. */
    service: string;
    title: string;
    artists: string[];
    album?: string;
    uri?: string;
    startedAt?: number;
    endsAt?: number;
    artUrl?: string;
  };
};

/**
 * Commands that platforms send for what happens around a conversation, beside those of skills: the bot was added to or taken
 * out of a place, the place got another id, its home was opened, a link was posted that may be unfolded, a message was chosen to be played or queued
 * (its words in `about`).
 */
export const placeIntents = {
  joined: "place.joined",
  left: "place.left",
  /** The place goes on under another id, `slots.to`, in the same tenant. Only a platform itself can tell that. */
  moved: "place.moved",
  home: "home.show",
  /** Somebody begins to talk to the bot, or greets it. */
  hello: "help.hello",
  unfold: "link.unfold",
  playMessage: "message.play",
  queueMessage: "message.queue",
} as const;
