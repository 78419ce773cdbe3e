import { z } from "zod";
import type { Accounts } from "../contracts/accounts.ts";
import type { Clock } from "../contracts/clock.ts";
import { isSegueError, SegueError } from "../contracts/errors.ts";
import type { Events } from "../contracts/events.ts";
import { placeIntents } from "../contracts/incoming.ts";
import type { PlaceSettings } from "../contracts/places.ts";
import type { Orchestrator, Player } from "../contracts/player.ts";
import { type Block, button, type Reply, say } from "../contracts/reply.ts";
import type { Outcome, Permission, SkillContext, Translate } from "../contracts/skill.ts";
import { type Command, commandSchema } from "../contracts/vocabulary.ts";
import type { Asking } from "./asking.ts";
import type { I18n } from "./i18n.ts";
import { coreIntents } from "./intake.ts";
import { invalidSlots } from "./invalid.ts";
import { linkCard } from "./link-card.ts";
import type { Memory } from "./memory.ts";
import type { OpenFor } from "./open-for.ts";
import { placeVisibility } from "./permission.ts";
import type { Places } from "./places.ts";
import { splitReadings } from "./readings.ts";
import type { Handler, Registry } from "./registry.ts";
import { renderView } from "./render-view.ts";
import { begins, saidIn, turns } from "./said.ts";
import { type Services, servicesForSkill } from "./services.ts";
import { createMoments } from "./times.ts";
import { unfold } from "./unfold.ts";
import { type Notes, newId } from "./wishes.ts";

/** One run of one command. */
export type Run = {
  command: Command;
  asking: Asking;
  notes: Notes;
  /** An earlier run of it died half-way. */
  resumed: boolean;
  signal: AbortSignal;
  progress(reply: Reply): Promise<void>;
  cameTo(outcome: Outcome): void;
};
/** Undefined: nothing is said. */
export type Runner = (run: Run) => Promise<Reply | undefined>;

const wordsSchema = z.object({
  key: z.string(),
  values: z.record(z.string(), z.union([z.string(), z.number()])),
  picker: z
    .object({
      options: z.array(z.object({ label: z.string(), detail: z.string().optional(), command: commandSchema })).min(1),
      deny: commandSchema.optional(),
    })
    .optional(),
});

/** What platforms tell by themselves of a place: nobody gives these commands, and nobody waits for an answer. */
const toldByPlatform = new Set<string>([placeIntents.joined, placeIntents.left, placeIntents.moved]);
const settingsSkill = "place";

/** Checks a command's slots, account and permission, and runs its skill. Whatever goes wrong is thrown. */
export function createRunner(parts: {
  registry: Registry;
  i18n: I18n;
  orchestrator: Orchestrator;
  accounts: Accounts;
  places: Places;
  openFor: OpenFor;
  memory: Memory;
  misses: SkillContext["misses"];
  services: Services;
  events: Events;
  clock: Clock;
}): Runner {
  const { registry, i18n, orchestrator, accounts, places, openFor, memory, misses, services, events, clock } = parts;
  const offers = (intent: string) => registry.handler(intent) !== undefined;

  function open({ asking, command, notes, resumed, signal }: Run, permission: Permission | undefined): Promise<Player> {
    const about = { said: saidIn(command), begins: begins(command), turns: turns(command) };
    return openFor(asking, { permission, once: notes.once, resumed, signal, ...about });
  }

  /**
   * Why a shared player cannot be had. Those who shut it out of the place can take that back; whoever brings the bot to a new
   * place has nobody there who could open the player to it, and the operator is asked.
   */
  async function withoutPlayer(error: unknown, asking: Asking): Promise<unknown> {
    if (!isSegueError(error, "NotFound") || error.details.what !== "player" || error.details.choices) return error;
    if (await places.isShut(asking.place)) return new SegueError("Forbidden", { why: "no_player" }, { cause: error });
    const player = await places.wanted(asking);
    const { place, direct, userName } = asking;
    if (player) events.emit({ type: "player.wanted", player, place, direct, userName });
    return error;
  }

  async function runSkill(handler: Handler, run: Run, settings: PlaceSettings): Promise<Reply | undefined> {
    const { asking, command, signal } = run;
    if (settings.off.has(handler.skill.name)) throw new SegueError("Forbidden", { why: "switched_off" });
    const { slots, readings } = splitReadings(command.slots);
    const args = handler.schema.safeParse(slots);
    if (!args.success) throw invalidSlots(args.error, slots);
    const music = await open(run, handler.permission);
    if (handler.needs.length > 0 && !music.shared && handler.skill.requires !== "itself")
      await accounts.require(asking.person.id, music.provider.id, handler.needs);
    const scope = {
      person: asking.person,
      place: asking.place,
      locale: asking.locale,
      music,
      accounts,
      ...servicesForSkill(services, asking, music),
      now: clock.now(),
      signal,
      permit: async (permission: Permission) => {
        if (music.shared) await places.permit(asking, permission);
      },
    };
    const moments = createMoments();
    const reply = await handler.skill.run({
      ...scope,
      intent: handler.intent,
      args: args.data,
      readings,
      user: asking.user,
      userName: asking.userName,
      direct: asking.direct,
      local: asking.local,
      here: places.desk(asking, skillsOf(registry, asking.locale)),
      t: i18n.translator(handler.skill.name, asking.locale, asking.person.timeZone, moments.note),
      misses,
      key: () => run.notes.once("key", async () => newId()),
      progress: (interim) => run.progress(moments.timed(interim)),
      asked: async () => (await memory.recall(asking.person.id, asking.place)).asked,
      view: (kind, key, options) => renderView({ registry, i18n }, { ...scope, ...options }, kind, key, moments),
      cameTo: run.cameTo,
      commands: () =>
        registry
          .commands(asking.locale)
          .filter(
            ({ intent, skill }) => !settings.off.has(skill) && canWork(registry.handler(intent), music, accounts),
          ),
    });
    if (!reply) return undefined;
    return {
      ...moments.timed(reply),
      visibility: reply.kind === "answer" || reply.done ? placeVisibility(handler, settings, music.shared) : "private",
    };
  }

  /** Where the bot is silent, only the end of the place or its move is heard, and whoever may end the silence. */
  async function hears(asking: Asking, { intent, slots }: Command): Promise<boolean> {
    if (toldByPlatform.has(intent)) return intent !== placeIntents.joined;
    const skill = registry.handler(intent)?.skill;
    // A secret that others may have read is dealt with wherever it was shown.
    if (Object.keys(slots).some((slot) => skill?.secrets?.includes(slot))) return true;
    return skill?.name === settingsSkill && places.manages(asking);
  }

  return async (run) => {
    const { command, asking } = run;
    const t = i18n.translator("core", asking.locale, asking.person.timeZone);
    await places.seen(asking);
    const settings = await places.of(asking.place);
    if (settings.answers === "off" && !(await hears(asking, command))) {
      // A platform shows a slash command or a press that nobody answers as a failure.
      return asking.pressed && !toldByPlatform.has(command.intent)
        ? say(t("place.silent"), undefined, { kind: "error" })
        : undefined;
    }
    if (command.intent === placeIntents.unfold)
      return unfold(command.slots, { orchestrator, t, offers, signal: run.signal });
    if (command.intent === coreIntents.card)
      return linkCard(command.slots, { music: await open(run, "read"), t, offers });
    if (command.intent === coreIntents.words) {
      const { key, values, picker } = wordsSchema.parse(command.slots);
      const text = t(key, { ...values, ...examples(registry, asking.locale) });
      if (picker) return pickAgain(text, picker, t);
      return say(text, undefined, { kind: key === "followup.denied" ? "answer" : "error" });
    }
    const handler = registry.handler(command.intent);
    if (!handler) throw new SegueError("InvalidInput", { field: "intent", why: "unknown" });
    try {
      return await runSkill(handler, run, settings);
    } catch (error) {
      throw await withoutPlayer(error, asking);
    }
  };
}

/** The options of a picker once more, numbered in the words for whoever sees words alone. */
function pickAgain(
  line: string,
  { options, deny }: NonNullable<z.output<typeof wordsSchema>["picker"]>,
  t: Translate,
): Reply {
  const lines = options.map(({ label, detail }, at) => `${at + 1}. ${detail ? `${label} (${detail})` : label}`);
  const blocks: Block[] = [
    { type: "text", text: line },
    { type: "select", label: t("ask.label"), options },
    ...(deny ? [{ type: "buttons" as const, buttons: [button(t("button.cancel"), deny.intent, deny.slots)] }] : []),
  ];
  return say([line, ...lines].join("\n"), blocks, { kind: "question" });
}

/** Skills that have commands, once each, as help names them. */
function skillsOf(registry: Registry, locale: string): { name: string; title: string }[] {
  const titles = new Map(registry.commands(locale).map(({ skill, group }) => [skill, group]));
  return [...titles].map(([name, title]) => ({ name, title }));
}

/**
 * Commands that act on playback are not offered where playback cannot be controlled, as with a free account; nor those about
 * accounts where nobody can have one.
 */
function canWork(handler: Handler | undefined, music: Player, accounts: Pick<Accounts, "linkable">): boolean {
  if (handler?.skill.linking && accounts.linkable().length === 0) return false;
  const acts = handler?.needs.includes("playback") === true && handler.permission !== "read";
  return !acts || music.offers("play");
}

/** A sentence of each of the first skills, for whoever was not understood. */
function examples(registry: Registry, locale: string): Record<string, string> {
  const said = new Map<string, string>();
  for (const { skill, examples: sentences } of registry.commands(locale)) {
    const [sentence] = sentences;
    if (sentence !== undefined && !said.has(skill)) said.set(skill, sentence);
  }
  const [first = "", second = "", third = ""] = said.values();
  return { first, second, third };
}
