import type { Clock } from "../contracts/clock.ts";

/**
 * Lets tasks of one key work at once, and the others wait for their turn, first come, first served. `most` of them where they wait
 * for others; where they wait for the processor, `few`: begun together they would all be late, and so would whatever has a deadline beside them.
 */
export interface Turns {
  /** Whether as many wait as may. Work that is already accepted waits all the same. */
  full(key: string): boolean;
  /** One more waits, wherever it does, until what is returned is called. */
  expect(key: string): () => void;
  /** Whether a task would have to wait. */
  busy(key: string): boolean;
  /** Ends as the task does. */
  take<T>(key: string, task: () => Promise<T>): Promise<T>;
}

type Queue = { working: number; waiting: (() => void)[]; looking: boolean };

/** Nobody tells when the processor is free again. */
const lookEveryMs = 50;

export function createTurns(parts: {
  few: number;
  most: number;
  waiting: number;
  /** Whether the processor is what everything waits for. */
  pressed: () => boolean;
  clock: Clock;
}): Turns {
  const { few, most, clock } = parts;
  const queues = new Map<string, Queue>();
  const expected = new Map<string, number>();
  const room = ({ working }: Queue) => working < few || (working < most && !parts.pressed());

  function admit(queue: Queue): void {
    while (queue.waiting.length > 0 && room(queue)) {
      queue.working++;
      queue.waiting.shift()?.();
    }
    if (queue.waiting.length > 0 && !queue.looking) void look(queue);
  }

  /** Its end is that of the waiting, and tasks have deadlines. */
  async function look(queue: Queue): Promise<void> {
    queue.looking = true;
    while (queue.waiting.length > 0) {
      await clock.sleep(lookEveryMs);
      admit(queue);
    }
    queue.looking = false;
  }

  return {
    full: (key) => (expected.get(key) ?? 0) >= parts.waiting,
    expect(key) {
      expected.set(key, (expected.get(key) ?? 0) + 1);
      let over = false;
      return () => {
        if (over) return;
        over = true;
        expected.set(key, (expected.get(key) ?? 1) - 1);
      };
    },
    busy(key) {
      const queue = queues.get(key);
      return queue !== undefined && (queue.waiting.length > 0 || !room(queue));
    },
    async take(key, task) {
      const queue: Queue = queues.get(key) ?? { working: 0, waiting: [], looking: false };
      queues.set(key, queue);
      await new Promise<void>((resolve) => {
        queue.waiting.push(resolve);
        admit(queue);
      });
      try {
        return await task();
      } finally {
        queue.working--;
        admit(queue);
        if (queue.working === 0 && queue.waiting.length === 0) queues.delete(key);
      }
    },
  };
}
