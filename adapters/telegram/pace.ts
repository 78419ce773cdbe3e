import type { Clock } from "../../src/contracts/clock.ts";
import { isSegueError, SegueError } from "../../src/contracts/errors.ts";
import { Refused } from "./client.ts";

/**
 * https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this: a message a second in a chat, twenty a
 * minute in a group, thirty a second in all. Edits count too.
 */
const chatGapMs = 1_000;
const groupCount = 20;
const groupWindowMs = 60_000;
const overallCount = 30;
const overallWindowMs = 1_000;
/** What waited longer is old news. */
const waitMs = 60_000;
/** Half a second, one, two, four, eight: a restart of the network is lived through. */
const maxFailures = 5;
const firstRetryMs = 500;
const maxPerChat = 50;
const maxOverall = 5_000;
/** Chats whose pace is remembered while they are quiet. */
const maxQuiet = 1_000;

export interface Pace {
  /**
   * Runs the task when the chat's and the bot's pace allow it, in order; posts go before edits. A task of the same `replaces` that
   * has not begun is replaced by this one, and settles with it. After 429 the same task runs again when Telegram says so, and
   * after a failure that cannot have done anything, or does the same when repeated, a little later. Raises RateLimited when
   * that would be too late, or too much waits.
   */
  run<T>(job: { chat: string; group: boolean; replaces?: string; task: () => Promise<T> }): Promise<T>;
  stop(): void;
}

type Job = {
  replaces: string | undefined;
  deadlineAt: number;
  task: () => Promise<unknown>;
  failures: number;
  waiting: { resolve: (value: never) => void; reject: (error: unknown) => void }[];
};
type Chat = {
  group: boolean;
  queue: Job[];
  endedAt: number[];
  blocked: { at: number; forMs: number };
  working: boolean;
};

export function createPace(clock: Clock): Pace {
  const chats = new Map<string, Chat>();
  const stopping = new AbortController();
  /** The run before this one may have sent something a moment ago, in any chat. */
  let startedAt = clock.now();
  let begunAt: number[] = [];
  let waiting = 0;

  /** What lies ahead of a clock that was set back counts as of now: nobody would be written to until it has caught up. */
  function catchUp(chat: Chat): void {
    const now = clock.now();
    const past = (at: number) => Math.min(at, now);
    startedAt = past(startedAt);
    if ((begunAt.at(-1) ?? 0) > now) begunAt = begunAt.map(past);
    if ((chat.endedAt.at(-1) ?? 0) > now) chat.endedAt = chat.endedAt.map(past);
    chat.blocked.at = past(chat.blocked.at);
  }

  function readyAt(chat: Chat): number {
    catchUp(chat);
    const last = chat.endedAt.at(-1) ?? startedAt;
    const full = chat.group ? chat.endedAt.at(-groupCount) : undefined;
    const overall = begunAt.at(-overallCount);
    return Math.max(
      chat.blocked.at + chat.blocked.forMs,
      last + chatGapMs,
      full === undefined ? 0 : full + groupWindowMs,
      overall === undefined ? 0 : overall + overallWindowMs,
    );
  }

  /** In how many ms the task may be tried again; undefined when it may not. */
  function again(job: Job, error: unknown): number | undefined {
    if (error instanceof Refused) return error.code === 429 ? (error.retryAfterMs ?? 1_000) : undefined;
    const unsent = isSegueError(error, "Unavailable") && error.details.why === "connection";
    const edited =
      job.replaces !== undefined && (isSegueError(error, "Unavailable") || isSegueError(error, "Unconfirmed"));
    if (!(unsent || edited) || job.failures >= maxFailures || stopping.signal.aborted) return undefined;
    job.failures += 1;
    return firstRetryMs * 2 ** (job.failures - 1);
  }

  function drop(chat: Chat, job: Job, error: unknown): void {
    chat.queue.splice(chat.queue.indexOf(job), 1);
    waiting -= 1;
    for (const { reject } of job.waiting) reject(error);
  }

  const tooMuch = (at: number) => new SegueError("RateLimited", { scope: "service" }, { retryAt: at });

  /** Takes the job whose turn it is, at its turn. */
  async function turn(chat: Chat): Promise<Job | undefined> {
    for (;;) {
      const job = chat.queue.find(({ replaces }) => replaces === undefined) ?? chat.queue[0];
      if (!job) return undefined;
      const at = readyAt(chat);
      if (at > job.deadlineAt) {
        drop(chat, job, tooMuch(at));
        continue;
      }
      if (at <= clock.now()) {
        // Taken in the same breath as looked at: other chats come to their turn meanwhile.
        chat.queue.splice(chat.queue.indexOf(job), 1);
        begunAt = [...begunAt.slice(1 - overallCount), clock.now()];
        return job;
      }
      // What is asked for meanwhile may go first, or replace this.
      await clock.sleep(at - clock.now(), stopping.signal);
    }
  }

  async function work(chat: Chat): Promise<void> {
    for (let job = await turn(chat); job; job = await turn(chat)) {
      try {
        const value = await job.task();
        for (const { resolve } of job.waiting) resolve(value as never);
        waiting -= 1;
      } catch (error) {
        const laterMs = again(job, error);
        if (laterMs === undefined) {
          for (const { reject } of job.waiting) reject(error);
          waiting -= 1;
          continue;
        }
        chat.blocked = { at: clock.now(), forMs: laterMs };
        const newer = chat.queue.find(({ replaces }) => replaces !== undefined && replaces === job.replaces);
        if (newer) {
          newer.waiting.push(...job.waiting);
          waiting -= 1;
        } else chat.queue.unshift(job);
      } finally {
        chat.endedAt = [...chat.endedAt.slice(1 - groupCount), clock.now()];
      }
    }
  }

  function start(chat: Chat): void {
    if (chat.working) return;
    chat.working = true;
    work(chat)
      .catch((error: unknown) => {
        for (const job of [...chat.queue]) drop(chat, job, error);
      })
      .finally(() => {
        chat.working = false;
        if (chat.queue.length > 0) start(chat);
      });
  }

  function chatOf(id: string, group: boolean): Chat {
    const known = chats.get(id);
    if (known) return known;
    if (chats.size >= maxQuiet) {
      for (const [other, { queue, working, endedAt }] of chats) {
        if (queue.length === 0 && !working && (endedAt.at(-1) ?? 0) + groupWindowMs < clock.now()) chats.delete(other);
      }
    }
    const chat: Chat = { group, queue: [], endedAt: [], blocked: { at: 0, forMs: 0 }, working: false };
    chats.set(id, chat);
    return chat;
  }

  return {
    run({ chat: id, group, replaces, task }) {
      return new Promise((resolve, reject) => {
        if (stopping.signal.aborted)
          return reject(new SegueError("Unavailable", { service: "telegram", why: "offline" }));
        const chat = chatOf(id, group);
        const deadlineAt = clock.now() + waitMs;
        const older = replaces === undefined ? undefined : chat.queue.find((job) => job.replaces === replaces);
        if (older) {
          Object.assign(older, { task, deadlineAt, failures: 0 });
          older.waiting.push({ resolve, reject });
          return;
        }
        if (chat.queue.length >= maxPerChat || waiting >= maxOverall) return reject(tooMuch(readyAt(chat)));
        waiting += 1;
        chat.queue.push({ replaces, deadlineAt, task, failures: 0, waiting: [{ resolve, reject }] });
        start(chat);
      });
    },
    stop() {
      stopping.abort(new SegueError("Unavailable", { service: "telegram", why: "offline" }));
    },
  };
}
