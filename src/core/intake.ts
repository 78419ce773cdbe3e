import type { Accounts } from "../contracts/accounts.ts";
import { type Incoming, placeIntents, type Told } from "../contracts/incoming.ts";
import type { Gates, Language } from "../contracts/language.ts";
import type { Orchestrator } from "../contracts/player.ts";
import { type Command, commandSchema } from "../contracts/vocabulary.ts";
import type { Asking } from "./asking.ts";
import { echo, oneLine } from "./clean-text.ts";
import { type Picker, type Resolved, resolveFollowup } from "./followup.ts";
import { type Memory, parseContext, type Recollection } from "./memory.ts";
import { fromLink, fromMessage, messageIntent } from "./message-action.ts";
import { withReadings } from "./readings.ts";
import type { Registry } from "./registry.ts";
import { toPlayer, withPlayer } from "./said.ts";
import { readSlash } from "./slash.ts";
import { wishIntents } from "./wishes.ts";

/** Longer than anything anybody asks of a player; what is longer is not read, and not kept either. */
const maxText = 1_000;
/** An address as a browser shows it, with words around it. */
const maxHeard = 8_000;
const maxSlotBytes = 8_000;
/** Of the message that an event is about: far more than a title, enough for a link with words around it. */
const maxAbout = 2_000;
const maxSteps = 8;

/** Commands that only core itself plans; no button or program can send them. */
export const coreIntents = { words: "core.words", card: "core.card" } as const;

/** That nothing could be made of what was said. */
export const isUnsure = ({ intent, slots }: Command): boolean => intent === coreIntents.words && slots.key === "unsure";

/** Skills may answer them; where none does, nobody asked for an answer. */
const quietIntents = new Set<string>([placeIntents.joined, placeIntents.left, placeIntents.moved, placeIntents.home]);

const helpIntent = "help";
const importIntent = "history.import";
/** Kinds of files that may hold what somebody heard; others are not asked about. */
const mayBeHistory = /\.(zip|json|jsonl|ndjson|csv|tsv)$/i;
/** What is longer is no topic but a sentence that begins so. */
const maxTopic = 40;
const nameOfHelp = (registry: Registry, locale: string) =>
  registry.specs(locale).find(({ intent }) => intent === helpIntent)?.name;

/** What is written down of an event, and beside it what must never be. */
type Admitted = { event: Incoming; secret?: Command["slots"] };

/** From what a platform delivered to the commands it stands for. */
export interface Intake {
  /** Undefined when the event is not for the bot. Reads nothing from outside, so that it can come before everything else. */
  admit(event: Incoming): Admitted | undefined;
  /** What is kept of what is learnt after an event was admitted. */
  trim(told: Told): Told;
  plan(event: Incoming, asking: Asking): Promise<Command[]>;
}

export function createIntake(parts: {
  language: Language;
  registry: Registry;
  accounts: Accounts;
  orchestrator: Orchestrator;
  memory: Memory;
  /** The languages that commands have names in. */
  locales: readonly string[];
  /** Whether these words, alone and in lower case, greet somebody in that language. */
  greets(words: string, locale: string): boolean;
  /** Confidence (0..1) below which a reading is not acted upon. */
  gates: Gates;
}): Intake {
  const { language, registry, accounts, orchestrator, memory, gates, locales, greets } = parts;

  function hear(
    text: string,
  ): { intent: string; slots: Record<string, unknown>; secret: boolean; unasked?: boolean } | undefined {
    for (const skill of registry.skills) {
      const heard = skill.hears?.(text, accounts);
      if (heard) return heard;
    }
    return undefined;
  }

  function resolve(command: Command, recollection: Recollection): Command {
    const resolved = resolveFollowup(command, recollection);
    if (!resolved) return registry.handler(command.intent) ? command : words("unsupported");
    return planned(resolved);
  }

  function noSong(about: string): Command {
    const foreign = orchestrator.foreignLink(about);
    return foreign === undefined ? words("message.no_song") : words("foreign_link", { host: foreign });
  }

  /** An address typed into an option of a command, where a title is expected. */
  function leadingElsewhere({ intent, slots }: Command): Command | undefined {
    if (!takesTitles.has(intent)) return undefined;
    for (const said of [slots.track, slots.query]) {
      const foreign = typeof said === "string" ? orchestrator.foreignLink(said) : undefined;
      if (foreign !== undefined) return words("foreign_link", { host: foreign });
    }
    return undefined;
  }

  /** "Play this" beside another message means what is in that message. */
  function inMessage({ intent, slots }: Command, about: string | undefined): Command | undefined {
    if (about === undefined || Object.keys(slots).some((slot) => !besideMessage.has(slot))) return undefined;
    if (intent === "playback.resume") return fromLink("playback.play", about, orchestrator);
    if (intent !== "playback.play" && intent !== "playback.restart" && intent !== "queue.add") return undefined;
    const meant = fromMessage(intent === "queue.add" ? intent : "playback.play", about, orchestrator);
    return meant ? { ...meant, slots: { ...slots, ...meant.slots } } : noSong(about);
  }

  /** "Hello" alone, unless a song of that name is among what was offered. */
  function isGreeting(text: string, locale: string, { labels = [] }: Recollection): boolean {
    if (!registry.handler(placeIntents.hello)) return false;
    const said = text.toLocaleLowerCase(locale).replace(/^[¡\s]+|[\s!.,?…]+$/gu, "");
    return greets(said, locale) && !labels.some(({ label }) => label.toLocaleLowerCase(locale).includes(said));
  }

  /** "Help volume": as it is typed as a command, without the slash. */
  function helpOn(text: string, locale: string): Command | undefined {
    const [first = "", ...rest] = text.split(" ");
    const topic = rest.join(" ").replace(/[\s!.,?…]+$/u, "");
    const names = new Set([locale, ...locales].map((each) => nameOfHelp(registry, each)));
    return topic !== "" && topic.length <= maxTopic && names.has(first.toLocaleLowerCase(locale))
      ? { intent: helpIntent, slots: { topic } }
      : undefined;
  }

  async function planText(
    raw: string,
    asking: Asking,
    { about, target, direct }: Pick<Incoming, "about" | "target" | "direct">,
  ): Promise<Command[]> {
    const gate = gates[direct ? "direct" : target === undefined ? "mention" : "reply"];
    if (raw.length > maxText) return [words("too_long", { max: maxText })];
    const line = oneLine(raw);
    if (line === "") return [words("unsure")];
    const typed = readSlash(line, asking.locale, { locales, specs: registry.specs, language });
    const { sentence: text, locale } = typed && "sentence" in typed ? typed : { sentence: line, locale: asking.locale };
    const onPlayer = (commands: Command[], readIn = locale) =>
      withPlayer(commands, { text: raw, locale: readIn }, orchestrator);
    if (typed && "unknown" in typed) return [words("unknown_command", { intent: `/${echo(typed.unknown, 40)}` })];
    if (typed && !("sentence" in typed)) {
      const foreign = leadingElsewhere(typed);
      return foreign ? [foreign] : onPlayer([typed]);
    }
    if (about !== undefined && target === undefined) {
      // "Play this" at somebody's message is about that one, whatever was asked or offered here before.
      const alone = language.parse(text, { locale });
      const { commands: _, ...slots } = alone.slots;
      const meant = alone.confidence < gate ? undefined : inMessage({ intent: alone.intent, slots }, about);
      if (meant) return onPlayer([meant], alone.locale);
    }
    const recollection = await memory.recall(asking.person.id, asking.place);
    const foreign = orchestrator.foreignLink(text);
    if (foreign !== undefined) return [words("foreign_link", { host: foreign })];
    if (isGreeting(text, locale, recollection)) return [{ intent: placeIntents.hello, slots: {} }];
    const parsed = language.parse(text, { locale, context: parseContext(recollection) });
    if (parsed.intent === "none" || parsed.confidence < gate) {
      const link = orchestrator.recognise(parsed.slots.url ?? text);
      return [link ? card(link, parsed.slots.url ?? text) : (helpOn(text, locale) ?? words("unsure"))];
    }
    if (parsed.intent === "multi")
      return onPlayer(
        (parsed.slots.commands ?? [])
          .slice(0, maxSteps)
          .map((command, at) => resolve(withReadings(command, parsed.commandReadings?.[at] ?? []), recollection)),
        parsed.locale,
      );
    const { commands: _, ...slots } = parsed.slots;
    const meant = inMessage({ intent: parsed.intent, slots }, about);
    const command = meant ?? resolve(withReadings({ intent: parsed.intent, slots }, parsed.readings), recollection);
    return onPlayer([command], parsed.locale);
  }

  /** A pasted address is a secret wherever it stands. */
  function aboutOf({ about }: Pick<Told, "about">): { about?: string } {
    if (about === undefined) return {};
    const kept = about.slice(0, maxAbout);
    return { about: kept.split(/\s+/).some((word) => accounts.isPastedAddress(word)) ? "" : kept };
  }

  return {
    admit(delivered) {
      const event = { ...delivered, userName: echo(delivered.userName), ...aboutOf(delivered) };
      if (event.type === "command") return withoutSecrets(event, registry);
      if (event.type !== "text") return event.addressed || event.direct ? { event } : undefined;
      const heard = event.text.length > maxHeard ? undefined : hear(event.text.trim());
      if (heard && (heard.unasked || event.addressed || event.direct)) {
        const { text: _, type: __, ...envelope } = event;
        const command = { ...envelope, type: "command", intent: heard.intent } as const;
        return heard.secret
          ? { event: { ...command, slots: {} }, secret: heard.slots }
          : { event: { ...command, slots: heard.slots } };
      }
      if (!event.addressed && !event.direct) return undefined;
      return { event: { ...event, text: event.text.slice(0, maxText + 1) } };
    },

    trim: (told) => ({
      ...told,
      ...(told.userName === undefined ? {} : { userName: echo(told.userName) }),
      ...aboutOf(told),
    }),

    async plan(event, asking) {
      if (event.type === "text") return planText(event.text, asking, event);
      if (event.type === "file" && mayBeHistory.test(event.file.name ?? "") && registry.handler(importIntent)) {
        const { ref, name, bytes } = event.file;
        return [{ intent: importIntent, slots: { ref, name, ...(bytes === undefined ? {} : { bytes }) } }];
      }
      if (event.type !== "command") return [words("file")];
      const parsed = commandSchema.safeParse({ intent: event.intent, slots: event.slots });
      if (!parsed.success || JSON.stringify(parsed.data.slots).length > maxSlotBytes) return [words("bad_command")];
      const { intent } = parsed.data;
      const ours = intent === wishIntents.continue || intent === wishIntents.drop;
      if (ours || intent === placeIntents.unfold || registry.handler(intent))
        return [leadingElsewhere(parsed.data) ?? toPlayer(parsed.data, asking.locale, orchestrator)];
      const acts = messageIntent(intent);
      if (acts) return [fromMessage(acts, event.about ?? "", orchestrator) ?? noSong(event.about ?? "")];
      if (quietIntents.has(intent)) return [];
      // What language knows comes through a button too: a follow-up a program sends is as good as a typed one.
      const resolved = resolveFollowup(parsed.data, await memory.recall(asking.person.id, asking.place));
      if (resolved) return [planned(resolved)];
      return [words("unknown_command", { intent: echo(intent, 60) })];
    },
  };
}

/** What a slash command carries of a skill's secrets is set apart, as what is typed is. */
function withoutSecrets(event: Extract<Incoming, { type: "command" }>, registry: Registry): Admitted {
  const secrets = registry.handler(event.intent)?.skill.secrets ?? [];
  const all = Object.entries(event.slots);
  const secret = all.filter(([slot]) => secrets.includes(slot));
  if (secret.length === 0) return { event };
  const slots = Object.fromEntries(all.filter(([slot]) => !secrets.includes(slot)));
  return { event: { ...event, slots }, secret: Object.fromEntries(secret) };
}

/** What a link may be given to instead of a name. */
const takesTitles = new Set(["playback.play", "queue.add", "search.query", "playlist.add"]);

/** Slots that a sentence about another message may still carry. */
const besideMessage = new Set(["device", "position", "shuffle"]);

function words(key: string, values: Record<string, string | number> = {}, picker?: Picker): Command {
  return { intent: coreIntents.words, slots: { key, values, ...(picker ? { picker } : {}) } };
}

function planned(resolved: Resolved): Command {
  return "command" in resolved ? resolved.command : words(resolved.words, {}, resolved.picker);
}

function card(link: { uri: string; type: string; start: number; end: number }, text: string): Command {
  return {
    intent: coreIntents.card,
    slots: { uri: link.uri, type: link.type, pasted: text.slice(link.start, link.end) },
  };
}
