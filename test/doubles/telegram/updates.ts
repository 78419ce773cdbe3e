import type { Clock } from "../../../src/contracts/clock.ts";
import type { Args } from "./body.ts";
import { Refusal } from "./refusal.ts";

type Update = { update_id: number } & Record<string, unknown>;
type Hook = { url: string; secret: string };

/** What the bot has yet to confirm: https://core.telegram.org/bots/api#getting-updates */
export function createUpdates(clock: Clock, reach = (url: string) => url) {
  let waiting: Update[] = [];
  let last = 500_000;
  let hook: Hook | undefined;
  let wake: (() => void) | undefined;
  let replaced: (() => void) | undefined;
  const changed = new Set<() => void>();
  const tell = () => {
    for (const each of changed) each();
  };

  async function post(update: Update, to: Hook): Promise<void> {
    // Until it is answered with 200, as Telegram does; three tries are enough for a test.
    for (let attempt = 0; attempt < 3; attempt++) {
      const response = await fetch(reach(to.url), {
        method: "POST",
        headers: { "content-type": "application/json", "x-telegram-bot-api-secret-token": to.secret },
        body: JSON.stringify(update),
      }).catch(() => undefined);
      if (response?.ok) break;
    }
    waiting = waiting.filter(({ update_id }) => update_id !== update.update_id);
    tell();
  }

  return {
    push(body: Record<string, unknown>): number {
      const update = { update_id: ++last, ...body };
      waiting.push(update);
      wake?.();
      if (hook) void post(update, hook);
      return update.update_id;
    },
    /** Once more, as after an answer that got lost. */
    again(update: Update): void {
      waiting = [update, ...waiting.filter(({ update_id }) => update_id !== update.update_id)];
      wake?.();
    },
    pending: () => waiting,
    /** Resolves when the bot has confirmed the update. */
    async confirmed(id: number): Promise<void> {
      while (waiting.some(({ update_id }) => update_id === id))
        await new Promise<void>((resolve) => {
          const once = () => {
            changed.delete(once);
            resolve();
          };
          changed.add(once);
        });
    },
    async getUpdates(args: Args, closed: AbortSignal): Promise<Update[]> {
      if (hook)
        throw new Refusal(
          409,
          "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first",
        );
      replaced?.();
      const offset = Number(args.offset ?? 0);
      waiting = waiting.filter(({ update_id }) => update_id >= offset);
      tell();
      if (waiting.length === 0 && Number(args.timeout ?? 0) > 0) {
        const ended = new AbortController();
        const conflict = await new Promise<boolean>((resolve) => {
          const end = (other: boolean) => () => {
            resolve(other);
            ended.abort();
          };
          clock.sleep(Number(args.timeout) * 1000, ended.signal).then(end(false), () => undefined);
          wake = end(false);
          replaced = end(true);
          closed.addEventListener("abort", end(false), { once: true });
        });
        wake = undefined;
        replaced = undefined;
        if (conflict)
          throw new Refusal(
            409,
            "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running",
          );
      }
      return closed.aborted ? [] : waiting.slice(0, Number(args.limit ?? 100));
    },
    hook: () => hook,
    setHook(next: Hook | undefined): void {
      hook = next;
    },
  };
}
