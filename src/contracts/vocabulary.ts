import { z } from "zod";

/** Literal words of the person: bounded, otherwise untouched. */
const words = z.string().trim().min(1).max(300);
/** A provider's own name of a thing, or a link: file names may be in it, and a letter of some scripts takes nine signs there. */
const address = z.string().trim().min(1).max(2_000);
/** Not limited here: "skip 500 songs" is understood, and the skill says what the range is. */
const count = z.coerce.number().int().min(1);

/**
 * Every slot that language may fill or a button may carry, and the one schema that parses it. Free-text slots hold the
 * person's own words (typos and case kept); the others are normalised.
 */
export const slotSchemas = {
  track: words,
  artist: words,
  album: words,
  playlist: words,
  show: words,
  episode: words,
  audiobook: words,
  genre: words,
  mood: words,
  activity: words,
  version: words,
  device: words,
  name: words,
  query: words,
  topic: words,
  zone: words,
  who: words,
  similar_to: words,
  decade: z.string().regex(/^\d{4}s$/),
  shuffle: z.literal("on"),
  url: address,
  uri: address,
  library: z.literal("liked"),
  position: z.enum(["next", "last"]),
  count,
  position_s: z.coerce.number().int().min(0),
  position_pct: z.coerce.number().min(0).max(100),
  offset_s: z.coerce.number().int(),
  state: z.enum(["on", "off"]),
  mode: z.enum(["track", "context", "off"]),
  /** Not limited here: "volume 900" is understood, and the skill says what the range is. */
  level: z.coerce.number().int(),
  size: z.enum(["small", "large"]),
  delta: z.coerce.number().int(),
  /** "By a third": percent of what it is, where a delta is percent points. */
  share: z.coerce.number().int(),
  field: z.enum(["track", "artist", "album", "progress", "device"]),
  track_ref: z.enum(["previous", "next"]),
  limit: count,
  period: words,
  type: z.enum([
    "track",
    "album",
    "artist",
    "playlist",
    "show",
    "episode",
    "audiobook",
    "tracks",
    "artists",
    "albums",
    "genres",
  ]),
  minutes: z.coerce
    .number()
    .int()
    .min(1)
    .max(24 * 60),
  after: z.enum(["track", "album"]),
  /** A time of day in the person's zone: "23:30". */
  time: z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/),
  /** How often a digest comes. */
  every: z.enum(["day", "week", "month", "year"]),
  /** What about announcements: for the place, or for oneself. */
  what: z.enum(["on", "off", "me", "stop", "why"]),
  picture: z.enum(["top", "albums", "clock", "year"]),
  act: z.literal("stop"),
  index: z.coerce.number().int(),
  from: z.coerce.number().int(),
  to: z.coerce.number().int(),
} as const;

export type SlotName = keyof typeof slotSchemas;
export type SlotValues = { [S in SlotName]?: z.output<(typeof slotSchemas)[S]> };

const playSlots = [
  "track",
  "artist",
  "album",
  "playlist",
  "show",
  "episode",
  "audiobook",
  "genre",
  "mood",
  "activity",
  "decade",
  "version",
  "device",
  "shuffle",
  "url",
  "uri",
  "library",
  "similar_to",
] as const satisfies readonly SlotName[];

/** The vocabulary of the language layer: every intent it may recognise, with the slots that intent may carry. */
export const vocabulary = {
  "playback.play": playSlots,
  "queue.add": [...playSlots, "position"],
  "queue.show": [],
  "queue.clear": [],
  "queue.remove": ["index", "track", "artist"],
  "queue.move": ["from", "to", "track", "artist"],
  "playback.pause": ["device"],
  "playback.resume": ["device"],
  "playback.restart": ["device"],
  "playback.next": ["count"],
  "playback.previous": ["count"],
  "playback.skip_to": ["index"],
  "playback.seek": ["position_s", "position_pct", "offset_s"],
  "playback.shuffle": ["state"],
  "playback.repeat": ["mode"],
  "volume.set": ["level", "device"],
  "volume.up": ["size", "delta", "share", "device"],
  "volume.down": ["size", "delta", "share", "device"],
  "volume.mute": ["device"],
  "volume.unmute": ["device"],
  "volume.query": ["device"],
  "nowplaying.query": ["field", "who"],
  "nowplaying.everyone": [],
  "player.list": [],
  "device.list": [],
  "device.transfer": ["device"],
  "device.prefer": ["device"],
  "library.like": [],
  "library.unlike": [],
  "library.show": [],
  "playlist.add": ["playlist", "track", "artist", "track_ref"],
  "playlist.remove": ["playlist", "track", "artist", "track_ref"],
  "playlist.create": ["name"],
  "playlist.list": [],
  "playlist.show": ["playlist"],
  "playlist.rename": ["playlist", "name"],
  "playlist.delete": ["playlist"],
  "playlist.follow": ["playlist", "uri"],
  "playlist.share": ["playlist"],
  "history.recent": ["limit", "period"],
  "history.top": ["type", "period", "limit", "who"],
  "history.totals": ["period"],
  "history.import": [],
  "history.export": [],
  "recording.set": ["state"],
  "recording.private": ["minutes"],
  "privacy.show": [],
  "privacy.delete": [],
  "announce.set": ["what"],
  "watch.manual": ["act", "minutes"],
  "digest.set": ["every", "state"],
  "digest.show": ["every"],
  "digest.picture": ["picture", "period"],
  "compare.knows": ["query"],
  "compare.taste": ["who", "period"],
  "compare.streaks": [],
  "diary.show": [],
  "slots.show": [],
  "account.link": [],
  "account.unlink": [],
  "account.status": [],
  "place.my_zone": ["zone"],
  "search.query": ["query", "type"],
  "playback.undo": [],
  "playback.sleep": ["minutes", "after", "time"],
  "playback.sleep_left": [],
  "playback.stay_awake": [],
  "playback.share": [],
  help: ["topic"],
  "followup.refine": ["version", "artist", "album", "device", "type"],
  "followup.meant": playSlots,
  "followup.other": [],
  "followup.select": ["index"],
  "followup.confirm": [],
  "followup.deny": [],
  multi: [],
  "explain.last": [],
  "alias.list": [],
  "alias.keep": ["name", "track", "artist", "album", "playlist", "show", "audiobook", "version", "type"],
  "alias.remove": ["name"],
  "unsupported.lyrics": ["track"],
  /** A message that is nothing but a link keeps it: whoever shared it may want to hear it. */
  none: ["url", "uri"],
} as const satisfies Record<string, readonly SlotName[]>;

export type VocabularyIntent = keyof typeof vocabulary;

/** Slots that name a thing, as their words follow one another in speech. */
const spoken = ["track", "album", "playlist", "show", "episode", "audiobook", "query", "artist", "version"] as const;

/** What somebody called the thing they wished for: "hello adele". Empty where they named none. */
export function spokenName(slots: Readonly<Record<string, unknown>>): string {
  return spoken.flatMap((name) => (typeof slots[name] === "string" ? [slots[name]] : [])).join(" ");
}

const aboutThings = [...spoken, "genre", "mood", "activity", "decade", "library", "similar_to", "url", "uri"] as const;

/** The words of a wish that says what is meant and nothing about it ("play X"); undefined for any other. */
export function bareName(slots: Readonly<Record<string, unknown>>): string | undefined {
  const said = aboutThings.filter((name) => slots[name] !== undefined);
  const [only] = said;
  const words = said.length === 1 && (only === "track" || only === "query") ? slots[only] : undefined;
  return typeof words === "string" ? words : undefined;
}

/** Commands of commands are a handful deep; what writes them down or copies them goes down by a call for each level. */
const maxDepth = 20;

function isShallow(value: unknown): boolean {
  let level: unknown[] = [value];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > maxDepth) return false;
    level = level.flatMap((each) => (typeof each === "object" && each !== null ? Object.values(each) : []));
  }
  return true;
}

/**
 * What any surface (slash command, button, words, speech) ends as. Intents outside the vocabulary are commands that
 * only buttons and slash commands reach (`playlist.reorder`, `wish.continue`); their skill's schema checks the slots.
 */
export const commandSchema = z.object({
  intent: z
    .string()
    .regex(/^[a-z]+(\.[a-z_]+)*$/)
    .max(60),
  slots: z.record(z.string().max(40), z.unknown()).refine(isShallow, "is nested too deeply").default({}),
});
export type Command = z.output<typeof commandSchema>;

/** One way to read the free-text slots of an utterance ("X by Y" as title and artist, or as one title). */
export type Reading = { slots: SlotValues; score: number };
