import type { Update } from "grammy/types";
import type { Clock } from "../../src/contracts/clock.ts";
import { SegueError } from "../../src/contracts/errors.ts";
import type { Log } from "../../src/contracts/log.ts";
import type { Client } from "./client.ts";
import type { Intake } from "./intake.ts";

/** https://core.telegram.org/bots/api#getupdates */
const batch = 100;
const waitSeconds = 25;
const waitMs = (waitSeconds + 10) * 1000;
/**
 * How soon what is new is asked for while core has not yet taken what came before: soon at first, as that is what others wait for,
 * and then less often, as each time brings the same again.
 */
const gapMs = { first: 25, longest: 250 };
const lastCallMs = 1_500;
const maxRefusedMs = 30_000;
const hastyMs = 1_000;

/** What we listen to; everything else stays away. */
export const allowedUpdates = ["message", "callback_query", "inline_query", "my_chat_member"] as const;

type State = "open" | "accepted" | "refused";

/**
 * Asks for updates until the signal aborts, and raises what Telegram refuses. An update is confirmed by asking for what follows
 * it, so the offset stays at the first one that core has not accepted: a kill at any point loses none. Those after it
 * come again meanwhile, and are known.
 */
export async function poll(parts: {
  client: Client;
  intake: Intake;
  clock: Clock;
  log: Log;
  signal: AbortSignal;
  onAnswer: () => void;
}): Promise<void> {
  const { client, intake, clock, log, signal } = parts;
  const states = new Map<number, State>();
  let offset = 0;
  let confirmed = 0;
  let refusals = 0;
  let gap: number = gapMs.first;
  let answered = false;

  const take = (update: Update): Promise<void> => {
    states.set(update.update_id, "open");
    return intake.take(update).then(
      () => void states.set(update.update_id, "accepted"),
      () => void states.set(update.update_id, "refused"),
    );
  };

  const advance = (): void => {
    for (const [id, state] of [...states].sort(([a], [b]) => a - b)) {
      if (state !== "accepted") break;
      offset = id + 1;
      states.delete(id);
    }
  };

  const waiting = new Set<Promise<void>>();
  try {
    while (!signal.aborted) {
      // The first question is whether we are heard at all.
      const timeout = states.size > 0 || !answered ? 0 : waitSeconds;
      const askedAt = clock.now();
      const updates = await client.call(
        (raw, ends) => raw.getUpdates({ offset, limit: batch, timeout, allowed_updates: allowedUpdates }, ends),
        { withinMs: waitMs, signal, repeatable: true },
      );
      answered = true;
      parts.onAnswer();
      confirmed = offset;
      if (!Array.isArray(updates)) throw new SegueError("Unavailable", { service: "telegram", why: "malformed" });
      // One without a number could never be confirmed.
      const fresh = updates.filter(
        (update) =>
          Number.isSafeInteger(update?.update_id) && (states.get(update.update_id) ?? "refused") === "refused",
      );
      for (const update of fresh) {
        // What does not fit is not confirmed, so it comes again.
        if (intake.full()) break;
        const settled = take(update).finally(() => waiting.delete(settled));
        waiting.add(settled);
      }
      const all = Promise.all(waiting);
      if (waiting.size > 0) await Promise.race([all, clock.sleep(gap, signal)]);
      gap = waiting.size === 0 || fresh.length > 0 ? gapMs.first : Math.min(gapMs.longest, gap * 2);
      advance();
      const refused = [...states.values()].includes("refused");
      refusals = refused ? refusals + 1 : 0;
      // Asked to wait and did not, as a server of one's own or what stands before it may: it would be asked without end.
      const hasty = timeout > 0 && fresh.length === 0 && clock.now() - askedAt < hastyMs;
      if (hasty) await clock.sleep(hastyMs, signal);
      if (refused) await clock.sleep(Math.min(maxRefusedMs, gapMs.longest * 2 ** Math.min(refusals, 10)), signal);
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    const settled = new AbortController();
    if (signal.aborted && waiting.size > 0) {
      const patience = clock.sleep(lastCallMs, settled.signal).catch(() => undefined);
      await Promise.race([Promise.all(waiting), patience]);
      settled.abort("over");
    }
    advance();
    // What core has is not to come again after a restart.
    if (signal.aborted && offset > confirmed) {
      await client
        .call((raw, ends) => raw.getUpdates({ offset, limit: 1, timeout: 0 }, ends), { withinMs: lastCallMs })
        .catch((error: unknown) => log.debug({ error }, "the last updates were not confirmed"));
    }
  }
}
