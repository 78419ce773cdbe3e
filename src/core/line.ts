import type { UserRef } from "../contracts/incoming.ts";

/**
 * Keeps the tasks of one key in order, one at a time, with a bound on how many wait. Keys do not wait for each other, nor do
 * tasks that follow each other with the same `beside`.
 */
export interface Lines {
  /** Whether the key's line has reached its bound. Work that is already accepted joins all the same. */
  full(key: string): boolean;
  join<T>(key: string, task: () => Promise<T>, beside?: string): Promise<T>;
  /** Resolves when every line is empty. */
  idle(): Promise<void>;
}

type Group = { beside: string; after: Promise<unknown> };
type Line = { tail: Promise<unknown>; length: number; group?: Group | undefined };

export function createLines(maxPerKey: number): Lines {
  const lines = new Map<string, Line>();

  return {
    full: (key) => (lines.get(key)?.length ?? 0) >= maxPerKey,
    join(key, task, beside) {
      const line: Line = lines.get(key) ?? { tail: Promise.resolve(), length: 0 };
      line.length++;
      lines.set(key, line);
      const joined = beside !== undefined && line.group?.beside === beside;
      const after = joined && line.group ? line.group.after : line.tail;
      const result = after.then(task);
      const ended = result
        .catch(() => undefined)
        .then(() => {
          line.length--;
          if (line.length === 0) lines.delete(key);
        });
      line.tail = joined ? Promise.all([line.tail, ended]) : ended;
      line.group = beside === undefined ? undefined : { beside, after };
      return result;
    },
    async idle() {
      while (lines.size > 0) await Promise.all([...lines.values()].map((line) => line.tail));
    },
  };
}

/** One person's events stay in order; two identities of a person are two devices in two hands. */
export function lineOf(user: UserRef): string {
  return JSON.stringify([user.platform, user.tenant, user.id]);
}
