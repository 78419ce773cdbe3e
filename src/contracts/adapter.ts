import type { IncomingMessage, ServerResponse } from "node:http";
import type { FileRef, Incoming, Place, Presence, Sent, Told, UserRef } from "./incoming.ts";
import type { Picture } from "./music.ts";
import type { Form, Reply, Visibility } from "./reply.ts";
import type { Command } from "./vocabulary.ts";

/** Numbers of the platform, each with the vendor's page in the adapter's README. Infinity where there is no limit. */
export type Limits = {
  text: number;
  buttonsPerRow: number;
  buttons: number;
  options: number;
  /** Bytes a button can carry; what is longer is stored under a short id by core. */
  buttonBytes: number;
  editsPerMinute: number;
  /** The platform gives up when nothing was answered by then. */
  firstAnswerWithinMs: number;
  /** The largest file that `sendFile` takes; absent where there is none. */
  fileBytes?: number;
};

/** A file of ours, whole. */
export type OutgoingFile = {
  name: string;
  mediaType: string;
  bytes: Uint8Array;
  /** What is said beside it. */
  text: string;
};

/** How the one event being handled is answered. Core calls `defer` when the answer takes longer than a second. */
export interface Answer {
  /** Core calls it as soon as the event is kept (or was before), ahead of all work on it: the platform may be acknowledged. */
  accepted?(): void;
  /**
   * What the event came without because the platform must be asked for it, and may be slow: never before the event is kept.
   * Resolves within a second, with what is known by then; never rejects.
   */
  told?(): Promise<Told>;
  /**
   * `visibility` is what the answer is expected to have. A refusal is always private: where the platform has fixed by then who
   * sees it, `reply` must take the public sign away and show a private reply to the person alone.
   */
  defer(visibility: Visibility): Promise<void>;
  /** The message that `defer` put where the answer will be: kept, so that after a kill it is changed and does not stay beside the answer. */
  sign?(): Sent | undefined;
  /**
   * The first call answers; later calls follow up. Where the adapter's `resend` is "key", the first one goes out under the
   * event's own key, so that `send` with that key after a crash does not post it twice.
   */
  reply(reply: Reply): Promise<Sent>;
}

/** Who asks for something that is answered at once and not kept. */
export type Asker = { place: Place; user: UserRef; userName: string; direct: boolean; locale?: string };

/** What a platform needs to offer an intent as a slash command or form. */
export type CommandSpec = {
  intent: string;
  name: string;
  description: string;
  /** Only those who may change the place's settings need to see it. */
  managers: boolean;
  options: CommandOption[];
};
export type CommandOption = {
  slot: string;
  name: string;
  description: string;
  type: "string" | "integer" | "number" | "boolean";
  required: boolean;
  choices?: string[];
  /** By choice, how menus call it in this language; one without is called as it is. */
  labels?: Readonly<Record<string, string>>;
  /** What the language calls its choices, folded, each with the choice: for places where they are typed. */
  words?: Readonly<Record<string, string>>;
  min?: number;
  max?: number;
  /** `Host.suggest` has something to say for it. */
  suggests: boolean;
};

/** `value` goes into the option's slot as it is. */
export type Suggestion = { label: string; value: string };

/** What core does for an adapter. Nothing here throws but `deliver`. */
export interface Host {
  /**
   * Resolves once the event is accepted durably and answered; a redelivery resolves at once with nothing said. It rejects when
   * the event could not be accepted (stopping, no database): do not acknowledge it.
   */
  deliver(event: Incoming, answer: Answer): Promise<void>;
  /** Completions of a half-typed option, within 2 s and at most 25; empty rather than late. `slots` are the options filled so far. */
  suggest(
    asker: Asker,
    option: { intent: string; slot: string; text: string; slots: Record<string, unknown> },
  ): Promise<Suggestion[]>;
  /** What the asker could post here: what they hear now when `text` is empty, search results otherwise. Within 2 s and at most 10. */
  shareables(
    asker: Asker,
    text: string,
  ): Promise<{ id: string; title: string; detail?: string; imageUrl?: string; reply: Reply }[]>;
  /** The languages there are; the first is the default. */
  readonly locales: readonly string[];
  /** Every command with words in that language, in the order help shows them. */
  commands(locale: string): readonly CommandSpec[];
  /** The form of a button that has one; undefined when the skill has none or the asker may not. */
  form(asker: Asker, command: Command): Promise<Form | undefined>;
  /** What a button carries, in at most `maxBytes` bytes of UTF-8 (24 is enough); undefined from `decode` when it is too old or was not made here. */
  encodeButton(command: Command, maxBytes: number): Promise<string>;
  decodeButton(data: string): Promise<Command | undefined>;
  /** The picture behind an address of our own that the platform could not fetch by itself; undefined when it can, or it is gone. */
  picture(url: string): Promise<Picture | undefined>;
  presence(presence: Presence): void;
  /** What was answered to a question asked in `asked`, and could not be shown to the person there, they were shown alone by that message. */
  shownLater(user: UserRef, asked: Place, by: Sent): Promise<void>;
  /** Somebody wrote something there that was not for the bot and is not delivered. What it was, nobody needs to know. */
  chatter?(place: Place): void;
}

/**
 * How the platform sees a person in a place: may they change its settings, and which of its groups (roles) they are in.
 * `tenantManager`: they may change what holds in every place of the tenant. `absent`: they are not, or no longer, in the place.
 */
export type Standing = { manager: boolean; groups: string[]; tenantManager?: boolean; absent?: true };

/** A chat platform. An absent optional method IS "not supported"; core falls back. */
export interface Adapter {
  readonly platform: string;
  readonly limits: Limits;
  /** Only those whom the operator lets in can reach it at all: whoever is at this machine, or knows a secret of the operator's. */
  readonly closed?: boolean;
  /** What can be done when nobody knows whether a send arrived. */
  readonly resend: "key" | "readback" | "never";
  /** Where that is not "key": for how long after a send the platform knows the same key again. */
  readonly keyHoldsMs?: number;
  /**
   * Resolves when listening; a platform that is down or refuses the credentials must not hold up the others: `healthy` then
   * says false, and it is tried again.
   */
  start(host: Host, signal: AbortSignal): Promise<void>;
  /**
   * Posts; the same `key` must not post twice where `resend` is "key". Where places are seen by several people, a reply of
   * private visibility goes through `sendPrivate`, which such an adapter must have.
   */
  send(to: Place, reply: Reply, key: string): Promise<Sent>;
  edit?(sent: Sent, reply: Reply): Promise<void>;
  sendPrivate?(to: Place, user: UserRef, reply: Reply, key: string): Promise<Sent>;
  /** Absent: everybody manages their direct chat, and in other places only the operator does. */
  standing?(place: Place, user: UserRef): Promise<Standing>;
  /** The groups of a place that a setting may name. */
  groups?(place: Place): Promise<{ id: string; name: string }[]>;
  /** How a place of several people is called; what was looked up holds for a while. Absent where events tell it. */
  placeName?(place: Place): Promise<string | undefined>;
  /**
   * A file for one person alone: into their own chat with the bot. `key` as in `send`. Raises Forbidden where the person cannot
   * be written to.
   */
  sendFile?(to: Place, user: UserRef, file: OutgoingFile, key: string): Promise<Sent>;
  /** At most 25 MB; raises InvalidInput("too_large") over that, NotFound when it is gone. */
  fetchFile?(file: FileRef, signal: AbortSignal): Promise<ReadableStream<Uint8Array>>;
  /** For transports that share the one web server: the raw request, for the paths it names. */
  listener?: { paths: readonly string[]; handle(request: IncomingMessage, response: ServerResponse): void };
  /** False when a connection is down; asked by the readiness check. */
  healthy?(): boolean;
  /** Why `healthy` says no, in a few words for the operator; no secret is in them. */
  trouble?(): string | undefined;
  /** Whether that tenant can be reached now, where each has a connection of its own. Absent: all are as `healthy` says. */
  reaches?(tenant: string): boolean;
  stop?(): Promise<void>;
}
