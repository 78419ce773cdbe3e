import { isSegueError, type SegueError } from "../contracts/errors.ts";
import type { Log } from "../contracts/log.ts";
import type { Orchestrator } from "../contracts/player.ts";
import type { Reply } from "../contracts/reply.ts";
import type { Command } from "../contracts/vocabulary.ts";
import { traced } from "../trace.ts";
import { apology, explain, mendedBy, type Plight } from "./errors.ts";
import type { I18n } from "./i18n.ts";
import { mergeReplies } from "./merge.ts";
import type { Registry } from "./registry.ts";
import type { Run, Runner } from "./run.ts";
import { begins, saidIn } from "./said.ts";
import { createMoments } from "./times.ts";
import { newId, type Wishes } from "./wishes.ts";

/** The note under which a command keeps the id of the wish that its failure made. */
export const wishNote = "kept";

/** Turns what a command threw into what the person reads, keeping the wish where the failure can be mended. */
export type Failures = (error: unknown, run: Run, rest: readonly Command[]) => Promise<Reply>;

export function createFailures(parts: {
  registry: Registry;
  i18n: I18n;
  orchestrator: Orchestrator;
  wishes: Wishes;
  run: Runner;
  links: { open(provider: string): string | undefined };
  now(): number;
  log: Log;
}): Failures {
  const { registry, i18n, orchestrator, wishes, links, log } = parts;

  const failed: Failures = async (error, run, rest) => {
    const { asking, command, notes } = run;
    const { locale, person } = asking;
    const { timeZone } = person;
    const moments = createMoments();
    const { note } = moments;
    const t = i18n.translator("core", locale, timeZone, note);
    if (!isSegueError(error)) {
      // That of the person's message, under which the log tells all of it.
      const trace = traced();
      const number = trace && "request" in trace ? trace.request : newId().slice(0, 8);
      log.error({ error, number, intent: command.intent }, "a command failed");
      return apology(t, number);
    }
    log.info({ code: error.code, intent: command.intent }, "a command was refused");

    const provider = await providerOf(error, run);
    const mended = mendedBy(error);
    // Which of its devices wakes is nothing to a player that many share; a device of the person's own is none of its.
    const waitsFor = mended === "device" && provider.shared ? "choice" : mended;
    let wish: string | undefined;
    if (waitsFor) {
      // The id is noted before the wish is kept: a second run finds it, and forgets the wish it is about to redo.
      wish = await notes.once(wishNote, async () => newId());
      await wishes.keep(wish, asking, waitsFor, [command, ...rest]);
      if (waitsFor === "device") await watch(person.id);
    }
    const openUrl = links.open(provider.id);
    const explained = explain(error, {
      t,
      has: (key) => i18n.has("core", locale, key),
      moment: (at) => i18n.moment(at, { now: parts.now(), locale, note, ...(timeZone ? { timeZone } : {}) }),
      providerName: provider.name,
      shared: provider.shared,
      ...(openUrl === undefined ? {} : { openUrl }),
      offers: (intent) => registry.handler(intent) !== undefined,
      command,
      needs: registry.handler(command.intent)?.needs ?? [],
      ...saidInFull(registry, command.intent, locale),
      ...(wish === undefined ? {} : { wish }),
    });
    const reply = moments.timed(explained);
    return isSegueError(error, "MissingScope") ? withLink(reply, error, run) : reply;
  };
  return failed;

  /** Without it the wish still waits for a press. */
  async function watch(personId: string): Promise<void> {
    try {
      await orchestrator.watchForDevice(personId);
    } catch (error) {
      log.warn({ error }, "nobody watches for a device");
    }
  }

  /** The provider that the error names, else the one whose player the command went to: a shared one goes by its own name. */
  async function providerOf(error: SegueError, run: Run): Promise<{ id: string; name: string; shared: boolean }> {
    const named = "provider" in error.details ? error.details.provider : undefined;
    const known = orchestrator.providers().find(({ id }) => id === named);
    if (known) return { ...known, shared: false };
    const { asking, command, signal } = run;
    try {
      const music = await orchestrator.open({
        personId: asking.person.id,
        place: asking.place,
        once: (_key, compute) => compute(),
        resumed: false,
        signal,
        quiet: true,
        said: saidIn(command),
        begins: begins(command),
      });
      return { id: music.provider.id, name: music.shared ? music.name : music.provider.name, shared: music.shared };
    } catch (cause) {
      log.warn({ error: cause }, "a provider has no name");
      return { id: named ?? "", name: named ?? "", shared: false };
    }
  }

  /** A missing permission is asked for at once: one press instead of two. */
  async function withLink(reply: Reply, error: SegueError<"MissingScope">, run: Run): Promise<Reply> {
    const { provider, needs } = error.details;
    try {
      const link = await parts.run({ ...run, command: { intent: "account.link", slots: { provider, needs } } });
      const plain = { ...reply, blocks: reply.blocks.filter((block) => block.type !== "buttons") };
      return { ...(mergeReplies([{ ...plain, kind: "answer" }, ...(link ? [link] : [])]) ?? plain), kind: "question" };
    } catch (cause) {
      log.warn({ error: cause }, "no link could be started for a missing permission");
      // Words about a link that is not there would lead nowhere.
      return isSegueError(cause, "RateLimited") ? failed(cause, run, []) : reply;
    }
  }
}

/** A sentence of one word may be the very thing that was said too shortly. */
function saidInFull(registry: Registry, intent: string, locale: string): Pick<Plight, "example" | "wanted" | "named"> {
  const examples = registry.commands(locale).find((each) => each.intent === intent)?.examples ?? [];
  const example = examples.find((each) => each.includes(" "));
  const options = registry.specs(locale).find((each) => each.intent === intent)?.options ?? [];
  return {
    ...(example === undefined ? {} : { example }),
    named: (slot) => options.find((option) => option.slot === slot)?.name,
    wanted: (slot) => options.find((option) => option.slot === slot)?.description,
  };
}
