import { z } from "zod";
import type { Accounts } from "../contracts/accounts.ts";
import type { Clock } from "../contracts/clock.ts";
import { SegueError } from "../contracts/errors.ts";
import type { Orchestrator, Player } from "../contracts/player.ts";
import { type Reply, say } from "../contracts/reply.ts";
import type { Command } from "../contracts/vocabulary.ts";
import type { Asking } from "./asking.ts";
import type { I18n } from "./i18n.ts";
import { coreIntents } from "./intake.ts";
import { invalidSlots } from "./invalid.ts";
import { linkCard } from "./link-card.ts";
import { allowed } from "./permission.ts";
import { splitReadings } from "./readings.ts";
import type { Handler, Registry } from "./registry.ts";
import { renderView } from "./render-view.ts";
import type { Notes } from "./wishes.ts";

/** One run of one command. */
export type Run = {
  command: Command;
  asking: Asking;
  notes: Notes;
  /** An earlier run of it died half-way. */
  resumed: boolean;
  signal: AbortSignal;
  progress(reply: Reply): Promise<void>;
};
export type Runner = (run: Run) => Promise<Reply>;

const wordsSchema = z.object({ key: z.string(), values: z.record(z.string(), z.union([z.string(), z.number()])) });

/** Checks a command's slots, account and permission, and runs its skill. Whatever goes wrong is thrown. */
export function createRunner(parts: {
  registry: Registry;
  i18n: I18n;
  orchestrator: Orchestrator;
  accounts: Accounts;
  clock: Clock;
}): Runner {
  const { registry, i18n, orchestrator, accounts, clock } = parts;
  const offers = (intent: string) => registry.handler(intent) !== undefined;

  function open(run: Run): Promise<Player> {
    const { asking, notes, resumed, signal } = run;
    return orchestrator.open({ personId: asking.person.id, place: asking.place, once: notes.once, resumed, signal });
  }

  async function runSkill(handler: Handler, run: Run): Promise<Reply> {
    const { asking, command, signal } = run;
    const { slots, readings } = splitReadings(command.slots);
    const args = handler.schema.safeParse(slots);
    if (!args.success) throw invalidSlots(args.error, slots);
    const music = await open(run);
    if (!allowed(handler.permission, music, asking.person))
      throw new SegueError("Forbidden", {
        why: "role",
        ...(handler.permission ? { permission: handler.permission } : {}),
      });
    if (handler.needs.length > 0 && !music.shared)
      await accounts.require(asking.person.id, music.provider.id, handler.needs);
    const scope = {
      person: asking.person,
      place: asking.place,
      locale: asking.locale,
      music,
      accounts,
      now: clock.now(),
      signal,
    };
    const reply = await handler.skill.run({
      ...scope,
      intent: handler.intent,
      args: args.data,
      readings,
      user: asking.user,
      userName: asking.userName,
      direct: asking.direct,
      local: asking.local,
      t: i18n.translator(handler.skill.name, asking.locale, asking.person.timeZone),
      progress: run.progress,
      view: (kind, key) => renderView({ registry, i18n }, scope, kind, key),
      commands: () => registry.commands(asking.locale).filter(({ intent }) => canWork(registry.handler(intent), music)),
    });
    return { ...reply, visibility: reply.kind === "answer" ? handler.visibility : "private" };
  }

  return async (run) => {
    const { command, asking } = run;
    const t = i18n.translator("core", asking.locale, asking.person.timeZone);
    if (command.intent === coreIntents.card) return linkCard(command.slots, { music: await open(run), t, offers });
    if (command.intent === coreIntents.words) {
      const { key, values } = wordsSchema.parse(command.slots);
      return say(t(key, { ...values, ...examples(registry, asking.locale) }), undefined, {
        kind: key === "followup.denied" ? "answer" : "error",
      });
    }
    const handler = registry.handler(command.intent);
    if (!handler) throw new SegueError("InvalidInput", { field: "intent", why: "unknown" });
    return runSkill(handler, run);
  };
}

/** Commands that act on playback are not offered where playback cannot be controlled, as with a free account. */
function canWork(handler: Handler | undefined, music: Player): boolean {
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
