import { createHash } from "node:crypto";
import { type FileRef, type Place, placeIntents, type Sent } from "../../src/contracts/incoming.ts";
import { actions } from "./encode.ts";
import { type FormOrigin, formCallback, readForm } from "./form.ts";
import { type Body, bodySchema, type Event, type Message } from "./payloads.ts";
import { plainWords } from "./text.ts";

export const platform = "slack";
export const command = "/segue";

/** Callback ids of the shortcuts; the manifest declares these. */
export const shortcuts = {
  open: "open_panel",
  play: "play_message",
  queue: "queue_message",
} as const;

/** Files of one message that are looked at. */
const maxFiles = 5;
const maxAbout = 2_000;

/**
 * Where its answer is seen: in the place, at Home, under a link, or in a window over what the person looks at – a new one,
 * which the event's trigger opens, or the one that they pressed in.
 */
export type Route =
  | { to: "place" }
  | { to: "home" }
  | { to: "unfurl"; ts: string; url: string }
  | { to: "window"; view?: string };

/** An event before anybody was asked who it is from and what its button carries. */
export type Draft = {
  key: string;
  tenant: string;
  userId: string;
  userName?: string;
  /** Absent: the person's direct chat with the bot, which must be looked up. */
  channel?: string;
  thread?: string;
  at: number;
  addressed: boolean;
  /** Only the person and the bot see the channel; "ask" where its id alone does not say. */
  direct: "yes" | "no" | "ask";
  about?: string;
  /** The id of the message of ours that it acts on. */
  target?: string;
  responseUrl?: string;
  triggerId?: string;
  route: Route;
  what:
    | { type: "text"; text: string }
    | { type: "slash"; text: string }
    | { type: "audio" | "file"; file: FileRef }
    | { type: "command"; intent: string; slots: Record<string, unknown> }
    | { type: "press"; data: string; form: boolean }
    | { type: "submit"; data: string; slots: Record<string, unknown> };
};

export type DecodeWith = { botUser: string; now: number };

/** What a delivery of the platform says; empty when it is nothing for the bot. */
export function decode(body: unknown, with_: DecodeWith): Draft[] {
  const parsed = bodySchema.safeParse(body);
  return parsed.success ? draftsOf(parsed.data, with_) : [];
}

function draftsOf(body: Body, with_: DecodeWith): Draft[] {
  if ("command" in body) {
    if (body.command !== command) return [];
    return [
      {
        // A trigger acts for its person until it has ended: only its print is kept.
        key: `${body.team_id}:${print(body.trigger_id)}`,
        tenant: body.team_id,
        userId: body.user_id,
        ...(body.user_name ? { userName: body.user_name } : {}),
        ...inChannel(body.channel_id),
        at: with_.now,
        addressed: true,
        ...(body.response_url ? { responseUrl: body.response_url } : {}),
        triggerId: body.trigger_id,
        route: { to: "place" },
        what: { type: "slash", text: plainWords(body.text, with_.botUser) },
      },
    ];
  }
  if (body.type === "event_callback")
    return eventDrafts(body.event, { tenant: body.team_id, key: `${body.team_id}:${body.event_id}` }, with_);

  const tenant = body.team?.id ?? body.user.team_id ?? "";
  const userName = body.user.name ?? body.user.username;
  const common = {
    tenant,
    userId: body.user.id,
    ...(userName ? { userName } : {}),
    addressed: true,
    route: { to: "place" },
  } as const;
  const acted = (ts: string) => ({ at: stampMs(ts), key: `${tenant}:${body.user.id}:${ts}` });

  switch (body.type) {
    case "block_actions": {
      const [action] = body.actions;
      const data = action?.value ?? action?.selected_option?.value;
      const kind = action?.action_id.split(":")[0];
      // A button that opens an address says so here too, and wants nothing.
      if (!action || !data || !(kind === actions.press || kind === actions.form || kind === actions.choose)) return [];
      const ts = body.container.message_ts;
      const window = body.view?.type === "modal" ? body.view.id : undefined;
      const home = body.container.type === "view" && window === undefined;
      const editable = body.container.is_ephemeral === true ? undefined : ts;
      const target = home
        ? homeId(body.user.id)
        : window === undefined
          ? (byAddressId(action.block_id) ?? editable)
          : windowId(window);
      const thread = body.message?.thread_ts ?? body.container.thread_ts;
      return [
        {
          ...common,
          at: stampMs(action.action_ts),
          key: `${tenant}:${body.user.id}:${action.action_ts}:${action.action_id}`,
          ...(body.channel ? inChannel(body.channel.id) : ({ direct: "yes" } as const)),
          ...(thread ? { thread } : {}),
          ...(target ? { target } : {}),
          ...(home
            ? { route: { to: "window" } }
            : window === undefined
              ? {}
              : { route: { to: "window", view: window } }),
          ...(body.response_url ? { responseUrl: body.response_url } : {}),
          triggerId: body.trigger_id,
          what: { type: "press", data, form: kind === actions.form },
        },
      ];
    }
    case "message_action": {
      const intent =
        body.callback_id === shortcuts.play
          ? placeIntents.playMessage
          : body.callback_id === shortcuts.queue
            ? placeIntents.queueMessage
            : undefined;
      if (intent === undefined) return [];
      const about = wordsOf(body.message, with_.botUser);
      const thread = body.message.thread_ts;
      return [
        {
          ...common,
          ...acted(body.action_ts),
          ...inChannel(body.channel.id),
          ...(thread ? { thread } : {}),
          about,
          ...(body.response_url ? { responseUrl: body.response_url } : {}),
          what: { type: "command", intent, slots: {} },
        },
      ];
    }
    case "shortcut":
      if (body.callback_id !== shortcuts.open) return [];
      return [
        {
          ...common,
          ...acted(body.action_ts),
          direct: "yes",
          triggerId: body.trigger_id,
          route: { to: "window" },
          what: { type: "command", intent: placeIntents.home, slots: {} },
        },
      ];
    case "view_submission": {
      if (body.view.callback_id !== formCallback) return [];
      const form = readForm(body.view);
      if (!form) return [];
      return [
        {
          ...common,
          at: with_.now,
          key: `${tenant}:${body.view.id}:${print(body.view.hash)}`,
          ...formPlace(form.origin),
          what: { type: "submit", data: form.data, slots: form.slots },
        },
      ];
    }
  }
}

function eventDrafts(event: Event, from: { tenant: string; key: string }, { botUser }: DecodeWith): Draft[] {
  const common = { ...from, at: stampMs(event.event_ts), route: { to: "place" } } as const;
  switch (event.type) {
    case "message":
    case "app_mention": {
      const { user } = event;
      // In a direct chat a mention comes as a message as well; elsewhere only mentions are asked for.
      const direct = event.channel.startsWith("D");
      if (direct !== (event.type === "message") || !user || user === botUser || event.bot_id) return [];
      // Joins, edits and the like are messages too.
      if ("subtype" in event && event.subtype && !["file_share", "thread_broadcast"].includes(event.subtype)) return [];
      const said: Omit<Draft, "key" | "what"> = {
        ...common,
        userId: user,
        channel: event.channel,
        direct: direct ? "yes" : "no",
        addressed: true,
        ...(event.thread_ts ? { thread: event.thread_ts } : {}),
      };
      const text = plainWords(event.text ?? "", botUser);
      const files = (event.files ?? []).slice(0, maxFiles).map((file, at): Draft => {
        const sound = file.subtype === "slack_audio" || (file.mimetype ?? "").startsWith("audio/");
        return { ...said, key: `${from.key}:${at}`, what: { type: sound ? "audio" : "file", file: fileOf(file) } };
      });
      if (text === "" && files.length > 0) return files;
      return [...files, { ...said, key: from.key, what: { type: "text", text } }];
    }
    case "app_home_opened":
      if (event.tab !== "home") return [];
      return [
        {
          ...common,
          userId: event.user,
          channel: event.channel,
          direct: "yes",
          addressed: true,
          target: homeId(event.user),
          route: { to: "home" },
          what: { type: "command", intent: placeIntents.home, slots: {} },
        },
      ];
    case "member_joined_channel":
      if (event.user !== botUser) return [];
      return [
        {
          ...common,
          userId: event.inviter ?? botUser,
          channel: event.channel,
          direct: "no",
          addressed: true,
          what: { type: "command", intent: placeIntents.joined, slots: {} },
        },
      ];
    case "channel_left":
    case "group_left":
      return [
        {
          ...common,
          userId: event.actor_id ?? botUser,
          channel: event.channel,
          direct: "no",
          addressed: true,
          what: { type: "command", intent: placeIntents.left, slots: {} },
        },
      ];
    case "link_shared": {
      const [link] = event.links;
      // While a message is being written its place is "COMPOSER", and a stamp of our own bot is never unfolded.
      if (!link || event.user === botUser || !/^[CDG]/.test(event.channel) || !/^\d+\.\d+$/.test(event.message_ts))
        return [];
      return [
        {
          ...common,
          userId: event.user,
          ...inChannel(event.channel),
          ...(event.thread_ts ? { thread: event.thread_ts } : {}),
          addressed: false,
          about: link.url,
          route: { to: "unfurl", ts: event.message_ts, url: link.url },
          what: { type: "command", intent: placeIntents.unfold, slots: { url: link.url } },
        },
      ];
    }
  }
}

/** The words and addresses of a message, whoever wrote it. */
export function wordsOf(message: Message, botUser: string): string {
  const shown = (message.attachments ?? []).flatMap((each) => [
    each.title ?? each.fallback ?? "",
    each.from_url ?? each.title_link ?? "",
  ]);
  return [plainWords(message.text ?? "", botUser), ...shown]
    .filter((line) => line !== "")
    .join("\n")
    .slice(0, maxAbout);
}

function homeId(user: string): string {
  return `home:${user}`;
}

function windowId(view: string): string {
  return `window:${view}`;
}

/** The view of a window of ours. */
export function windowIn(id: string): string | undefined {
  return id.startsWith("window:") ? id.slice("window:".length) : undefined;
}

/** A message that only the address of a press on it can change says its id with the press, by the name of the pressed block. */
function byAddressId(block: string | null | undefined): string | undefined {
  return /^((?:whisper|response):[\w-]{1,64}):/.exec(block ?? "")?.[1];
}

/**
 * A message of ours by its id. Home and a window belong to the direct chat that their events name, each as a thread of its own:
 * what stands in one of them is not what stands beside it.
 */
export function sentAs(place: Place, id: string): Sent {
  const own = id.startsWith("home:") || windowIn(id) !== undefined;
  return { platform, place: own ? { ...place, thread: id } : place, id };
}

export function windowOf(place: Place, view: string): Sent {
  return sentAs(place, windowId(view));
}

export function homeOf(place: Place, user: string): Sent {
  return sentAs(place, homeId(user));
}

function inChannel(id: string): { channel: string; direct: "ask" | "no" } {
  // D is a direct chat, but perhaps one of two people where the command alone is ours.
  return { channel: id, direct: id.startsWith("D") ? "ask" : "no" };
}

function formPlace(origin: FormOrigin): Pick<Draft, "channel" | "direct" | "thread" | "target" | "route"> {
  const window = windowIn(origin.target ?? "");
  return {
    route: window === undefined ? { to: "place" } : { to: "window", view: window },
    ...inChannel(origin.channel),
    ...(origin.thread === undefined ? {} : { thread: origin.thread }),
    ...(origin.target === undefined ? {} : { target: origin.target }),
  };
}

function fileOf(file: NonNullable<Message["files"]>[number]): FileRef {
  return {
    ref: file.id,
    ...(file.name ? { name: file.name } : {}),
    ...(file.mimetype ? { mediaType: file.mimetype } : {}),
    ...(file.size ? { bytes: file.size } : {}),
    ...(file.duration_ms ? { durationMs: file.duration_ms } : {}),
  };
}

function stampMs(stamp: string): number {
  return Math.round(Number(stamp) * 1000);
}

function print(text: string): string {
  return createHash("sha256").update(text).digest("base64url").slice(0, 22);
}
