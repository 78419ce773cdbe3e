import { describe, expect, it } from "vitest";
import type { PlayerState } from "../../../src/contracts/music.ts";
import { createStateBook } from "../../../src/music/state.ts";
import { createFakeClock } from "../../fakes/clock.ts";

const key = "memory/shelf";

function open() {
  const clock = createFakeClock();
  const kept = new Map<string, unknown>();
  const cache = {
    get: async <T>(name: string) => kept.get(name) as T | undefined,
    set: async (name: string, value: unknown) => void kept.set(name, value),
    delete: async (name: string) => void kept.delete(name),
    close: async () => {},
  };
  const book = createStateBook({ cache, clock, events: { emit: () => {}, on: () => () => {} } });
  const state = (): PlayerState => ({
    playing: true,
    progressMs: 0,
    shuffle: false,
    repeat: "off",
    refused: [],
    at: clock.now(),
  });
  return { book, state };
}

describe("what a player tells during a command", () => {
  it("is read after it, once: the next command leaves nothing to read", async () => {
    const { book, state } = open();
    await book.told(key, state());
    const first = book.write(key);
    await book.told(key, state());
    first.answered();
    expect(first.settled()).toBe(true);
    await book.learn(key, state());
    const second = book.write(key);
    second.answered();
    expect(second.settled()).toBe(false);
  });

  it("is still to be read after a reading that began before it was told", async () => {
    const { book, state } = open();
    await book.told(key, state());
    const write = book.write(key);
    const before = book.mark(key);
    await book.told(key, state());
    await book.learn(key, state(), before);
    write.answered();
    expect(write.settled()).toBe(true);
  });
});
