import { describe, expect, it } from "vitest";
import { createReadStatus } from "../../../src/main/status.ts";

type Parts = Parameters<typeof createReadStatus>[0];
type Watched = Awaited<ReturnType<Parts["watch"]["status"]>>["accounts"][number];

const usage: Parts["usage"] = async () => ({
  budget: "api",
  byGroup: {},
  breakers: [],
  last24h: 0,
  byLane: {},
  limits: { windowCalls: 1, windowMs: 1 },
  window: { used: 0, queued: 0 },
  gates: [],
});

function read(privately: readonly string[], ask: (of: readonly string[]) => void = () => {}) {
  const account = (personId: string, more: Partial<Watched> = {}): Watched => ({
    accountId: personId,
    listener: `person:${personId}`,
    machine: "watching",
    known: "playing",
    interests: [{ kind: "record", owner: "ledger" }],
    next: { at: 1_000, purpose: "end", why: "end" },
    ...more,
  });
  return createReadStatus({
    usage,
    watch: {
      status: async () => ({
        accounts: [account("ann"), account("bob"), account("cat", { covered: "lastfm" })],
        calls: { used: 0, order: [] },
      }),
    },
    running: () => [],
    async namesOf(personIds) {
      ask(personIds);
      return new Map(personIds.map((personId) => [personId, personId]));
    },
    async privately(listeners) {
      ask(listeners);
      return new Set(listeners.filter((listener) => privately.includes(listener)));
    },
  })();
}

describe("how the program stands", () => {
  it("says of nobody who is private what their player does, or when their song ends", async () => {
    const { watched } = await read(["person:ann"]);
    expect(watched.slice(0, 2)).toEqual([
      { personId: "ann", name: "ann", state: "watching", known: "private" },
      { personId: "bob", name: "bob", state: "watching", known: "playing", nextLookAt: 1_000 },
    ]);
  });

  it("asks once for everybody's name, and once for who is private, however many they are", async () => {
    const asked: string[][] = [];
    await read([], (of) => void asked.push([...of]));
    expect(asked).toEqual([
      ["ann", "bob", "cat"],
      ["person:ann", "person:bob", "person:cat"],
    ]);
  });

  it("calls a source that speaks for somebody as people know it", async () => {
    const { watched } = await read([]);
    expect(watched[2]).toMatchObject({ state: "covered", source: "Last.fm" });
  });
});
