import { describe, expect, it, onTestFinished } from "vitest";
import type { DiaryRow } from "../../../../src/contracts/diaries.ts";
import type { Presence } from "../../../../src/contracts/incoming.ts";
import { createEvents } from "../../../../src/core/events.ts";
import { createConnections, presenceRow } from "../../../../src/listening/diaries/connections.ts";
import { createPresenceSource } from "../../../../src/listening/sources/presence.ts";
import type { Told } from "../../../../src/listening/sources/source.ts";
import { createFakeClock } from "../../../fakes/clock.ts";
import { silentLog } from "../../../support/log.ts";

const MINUTE = 60_000;

function row(personId: string): DiaryRow {
  return {
    id: personId,
    personId,
    diary: presenceRow,
    userName: "",
    reads: true,
    forwards: "off",
    playingNow: false,
    doublesAgreed: false,
    fromAt: 0,
    failures: 0,
    createdAt: 0,
  };
}

async function open(allowed: string[] = ["ann"]) {
  const clock = createFakeClock();
  const events = createEvents(silentLog);
  let rows = allowed.map(row);
  let looks = 0;
  const connections = createConnections({ diaries: { all: async () => rows }, clock });
  const source = createPresenceSource({
    platform: "chat",
    services: new Set(["tunes"]),
    connections,
    people: {
      find: async ({ id }) => {
        looks++;
        return id === "stranger" ? undefined : { id, createdAt: 0, operator: false };
      },
    },
    events,
    clock,
    log: silentLog,
  });
  const told: Told[] = [];
  const ending = new AbortController();
  onTestFinished(() => ending.abort());
  void source.watch((each) => told.push(each), ending.signal, { kinds: () => new Set(), hidden: () => false });
  return {
    clock,
    source,
    looks: () => looks,
    async allow(...people: string[]) {
      rows = people.map(row);
      connections.changed();
      await clock.advance(0);
    },
    /** What it told of it. */
    async shows(id: string, listening?: Partial<Presence["listening"] & object>, more: Partial<Presence> = {}) {
      const from = told.length;
      const presence: Presence = {
        user: { platform: "chat", tenant: "", id },
        at: clock.now(),
        ...(listening ? { listening: { service: "tunes", title: "One", artists: ["A", "B"], ...listening } } : {}),
        ...more,
      };
      events.emit({ type: "presence", presence });
      await clock.advance(0);
      return told.slice(from);
    },
    told: () => told.splice(0),
  };
}

describe("what a platform shows", () => {
  it("is known at once, with its times, of whoever allowed it", async () => {
    const { shows, clock, source } = await open();
    expect(source).toMatchObject({ origin: "chat", way: "presence", cost: "free" });
    const startedAt = clock.now() - MINUTE;
    const [told] = await shows("ann", {
      startedAt,
      endsAt: startedAt + 3 * MINUTE,
      album: "LP",
      uri: "tunes:track:0VjIjW4GlUZAMYd2vXMi3b",
      artUrl: "https://img.example/1",
    });
    expect(told).toMatchObject({
      listener: "person:ann",
      speaks: true,
      state: {
        playing: true,
        progressMs: MINUTE,
        item: {
          title: "One",
          uri: "tunes:track:0VjIjW4GlUZAMYd2vXMi3b",
          artists: [{ name: "A" }, { name: "B" }],
          durationMs: 3 * MINUTE,
          album: { name: "LP" },
          art: [{ url: "https://img.example/1" }],
        },
      },
    });
  });

  it("is nobody's business of whoever did not allow it, or is a stranger", async () => {
    const { shows, looks } = await open(["ann"]);
    expect(await shows("ben", {})).toEqual([]);
    expect(await shows("stranger", {})).toEqual([]);
    expect(await shows("ben", {}, { user: { platform: "other", tenant: "", id: "ann" } })).toEqual([]);
    const before = looks();
    for (let again = 0; again < 50; again++) await shows("ben", { title: `${again}` });
    expect(looks()).toBe(before);
  });

  it("asks for nobody while nobody allows it", async () => {
    const { shows, looks } = await open([]);
    await shows("ann", {});
    expect(looks()).toBe(0);
  });

  it("counts only where the service is one of music, and silence only after a song and while the person is seen", async () => {
    const { shows } = await open();
    expect(await shows("ann")).toEqual([]);
    expect(await shows("ann", { service: "a game" })).toEqual([]);
    expect(await shows("ann", {})).toMatchObject([{ speaks: true, state: { playing: true } }]);
    expect(await shows("ann", { service: "a game" })).toMatchObject([{ speaks: true, state: undefined }]);
    expect(await shows("ann")).toMatchObject([{ speaks: true, state: undefined }]);
    expect(await shows("ann", undefined, { away: true })).toMatchObject([{ speaks: false }]);
    expect(await shows("ann", undefined, { away: true })).toEqual([]);
  });

  it("is over at once when the person takes it back", async () => {
    const { shows, allow, told } = await open();
    await shows("ann", {});
    told();
    await allow("ben");
    expect(told()).toMatchObject([{ listener: "person:ann", speaks: false }]);
    expect(await shows("ann", { title: "Two" })).toEqual([]);
  });

  it("cannot pass off words as an address", async () => {
    const { shows } = await open();
    const [told] = await shows("ann", { uri: "https://evil.example/x" });
    expect(told?.speaks && told.state?.item?.uri).toMatch(/^words:/);
    expect(told?.speaks && told.state?.item).toMatchObject({ local: true, durationMs: 0 });
  });
});
