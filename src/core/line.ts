/** Keeps the tasks of one key in order, one at a time, with a bound on how many wait. Keys do not wait for each other. */
export interface Lines {
  /** Whether the key's line has reached its bound. Work that is already accepted joins all the same. */
  full(key: string): boolean;
  join<T>(key: string, task: () => Promise<T>): Promise<T>;
  /** Resolves when every line is empty. */
  idle(): Promise<void>;
}

export function createLines(maxPerKey: number): Lines {
  const lines = new Map<string, { tail: Promise<unknown>; length: number }>();

  return {
    full: (key) => (lines.get(key)?.length ?? 0) >= maxPerKey,
    join(key, task) {
      const line = lines.get(key) ?? { tail: Promise.resolve(), length: 0 };
      line.length++;
      lines.set(key, line);
      const result = line.tail.then(task);
      line.tail = result
        .catch(() => undefined)
        .then(() => {
          line.length--;
          if (line.length === 0) lines.delete(key);
        });
      return result;
    },
    async idle() {
      while (lines.size > 0) await Promise.all([...lines.values()].map((line) => line.tail));
    },
  };
}
