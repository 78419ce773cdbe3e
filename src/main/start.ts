import type { AccountsPart } from "../accounts/accounts.ts";
import type { SlotsPart } from "../accounts/slots.ts";
import type { Adapter, Host } from "../contracts/adapter.ts";
import type { Job, Scheduler } from "../contracts/scheduler.ts";
import type { Bot } from "../core/bot.ts";
import type { LoadedLanguage } from "../language/index.ts";
import type { Announcer } from "../listening/announce/announcer.ts";
import type { DiariesPart } from "../listening/diaries/part.ts";
import type { Listening } from "../listening/listening.ts";
import type { WebServer } from "../web/server.ts";
import type { Undo } from "./ground.ts";

/** Starts what was put together, each part after those that it needs; `undo` ends them the other way round. */
export async function startParts(
  parts: {
    jobs: readonly Job[];
    scheduler: Pick<Scheduler, "add">;
    timers: { start(): void };
    adapters: readonly Adapter[];
    host: Host;
    people: Pick<AccountsPart, "start">;
    files: { resume(): Promise<unknown>; stop(): unknown };
    bot: Bot;
    listening: Pick<Listening, "start">;
    diaries: Pick<DiariesPart, "start">;
    waiting: Pick<SlotsPart, "start" | "stop">;
    announcer: Pick<Announcer, "start">;
    orchestrator: { listen(): void };
    web: WebServer;
    language: Pick<LoadedLanguage, "warm">;
    /** Tells what is under way that the program ends. */
    ending: AbortController;
  },
  undo: Undo,
): Promise<void> {
  const { adapters, files, bot, waiting, web, language, ending } = parts;
  undo.push((leftMs) => bot.stop(leftMs));
  // After the chats, whose open streams would keep it waiting.
  undo.push((leftMs) => web.stop(Math.min(leftMs, 3_000)));
  for (const job of parts.jobs) parts.scheduler.add(job);
  parts.timers.start();
  for (const adapter of adapters) {
    undo.push(() => adapter.stop?.());
    await adapter.start(parts.host, ending.signal);
  }
  undo.push(() => ending.abort());
  // What was lost meanwhile is told through the bot, so the bot is there first.
  parts.people.start();
  // Files of an earlier run, before anybody who was interrupted brings them again.
  await files.resume();
  undo.push(() => files.stop());
  // Answers that an earlier run owes are posted through the adapters, so they come first.
  await bot.recover();
  // Before shared players are heard, so that what they tell first is known, too.
  bot.posts.start();
  await parts.listening.start();
  await parts.diaries.start();
  waiting.start();
  undo.push(() => waiting.stop());
  await parts.announcer.start();
  // Cards of an earlier run follow shared players again before anybody asks for anything.
  parts.orchestrator.listen();
  await web.start();
  // First of all at the end: what is in hand is answered while the ways to answer are still open.
  undo.push((leftMs) => bot.stop(leftMs));
  // Patterns are compiled while nobody waits, a slice at a time, so that the first messages need not.
  const warm = () => {
    if (!ending.signal.aborted && language.warm()) setImmediate(warm);
  };
  setImmediate(warm);
}
