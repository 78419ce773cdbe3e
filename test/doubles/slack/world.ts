import type { Clock } from "../../../src/contracts/clock.ts";

export type Blocks = Record<string, unknown>[];

export type Upload = { name: string; length: number; bytes?: Buffer };

/** A message as the workspace keeps it. */
export type KeptMessage = {
  channel: string;
  ts: string;
  /** Undefined: written by the bot. */
  author?: string;
  text: string;
  blocks: Blocks;
  threadTs?: string;
  /** Ephemeral: this person alone sees it. */
  onlyFor?: string;
  files?: Record<string, unknown>[];
  uploaded?: Upload[];
  unfurled: Map<string, Blocks>;
};

export type Channel = {
  id: string;
  name: string;
  kind: "im" | "public" | "private";
  creator: string;
  members: Set<string>;
  archived: boolean;
};

export type Member = { id: string; name: string; displayName: string; locale: string; zone: string; admin: boolean };

export type Trigger = { user: string; at: number; used: boolean };

export type ResponseUrl = {
  channel: string;
  user: string;
  /** The message it belongs to, which a response may replace. */
  message?: string;
  threadTs?: string;
  at: number;
  used: number;
};

export type Modal = { id: string; hash: string; user: string; view: { blocks: Blocks } & Record<string, unknown> };

export type Call = { method: string; args: Record<string, unknown>; error: string | undefined; at: number };

/** One workspace with the app installed. */
export type World = {
  clock: Clock;
  team: string;
  botUser: string;
  botId: string;
  appId: string;
  botToken: string;
  appToken: string;
  scopes: readonly string[];
  /** Where this double listens. */
  origin: string;
  people: Map<string, Member>;
  channels: Map<string, Channel>;
  messages: KeptMessage[];
  homes: Map<string, Blocks>;
  /** The windows each person has open, the one on top last. */
  modals: Map<string, Modal[]>;
  usergroups: { id: string; name: string; users: string[] }[];
  /** What the app brings; `bytes` once they are here. */
  uploads: Map<string, Upload>;
  files: Map<string, { name: string; mimetype: string; bytes: Uint8Array; lie?: number }>;
  triggers: Map<string, Trigger>;
  responseUrls: Map<string, ResponseUrl>;
  calls: Call[];
  /** What the app did that the platform would not have let pass, or that a careful app does not do. */
  violations: string[];
  /** Answers prepared for the next calls of a method: an error, a status, a 429. */
  faults: { method: string; answer: Fault }[];
  /** Picture addresses that cannot be fetched. */
  brokenPictures: Set<string>;
  /** Hears of each message of the bot's, when it is new and when it says something else. */
  onWords?: (message: KeptMessage) => void;
  nextId(prefix: string): string;
  nextTs(): string;
};

export type Fault = { error: string } | { status: number } | { retryAfter: number } | { hang: Promise<void> };

export function createWorld(parts: { clock: Clock; scopes: readonly string[]; team?: string }): World {
  let ids = 0;
  let stamps = 0;
  const { clock, team = "T0WORK" } = parts;
  return {
    clock,
    team,
    botUser: "U0BOT",
    botId: "B0BOT",
    appId: "A0APP",
    botToken: `xoxb-double-bot-${team}`,
    appToken: `xapp-double-app-${team}`,
    scopes: parts.scopes,
    origin: "",
    people: new Map(),
    channels: new Map(),
    messages: [],
    homes: new Map(),
    modals: new Map(),
    usergroups: [],
    files: new Map(),
    uploads: new Map(),
    triggers: new Map(),
    responseUrls: new Map(),
    calls: [],
    violations: [],
    faults: [],
    brokenPictures: new Set(),
    nextId: (prefix) => `${prefix}${String(++ids).padStart(8, "0")}`,
    nextTs: () => `${Math.floor(clock.now() / 1000)}.${String(++stamps).padStart(6, "0")}`,
  };
}

export function directChatOf(world: World, user: string): Channel {
  for (const channel of world.channels.values())
    if (channel.kind === "im" && channel.members.has(user) && channel.members.has(world.botUser)) return channel;
  const channel: Channel = {
    id: world.nextId("D"),
    name: "directmessage",
    kind: "im",
    creator: user,
    members: new Set([user, world.botUser]),
    archived: false,
  };
  world.channels.set(channel.id, channel);
  return channel;
}
