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
  /** The bot was spoken to: direct message, mention, reply to it, command or button. */
  addressed: boolean;
  /** Only the person (and the bot) see this place. */
  direct: boolean;
  /** The person sits at the machine that runs the bot, so a loopback address opens in their browser. */
  local: boolean;
  /** BCP 47, as the platform gives it. */
  locale?: string;
  /** Unix ms. */
  at: number;
  /** The message of ours that this one acts on. */
  target?: Sent;
};

export type Incoming = Envelope &
  ({ type: "text"; text: string } | { type: "command"; intent: string; slots: SlotValues | Record<string, unknown> });
