import { describe, expect, it } from "vitest";
import { listenerOf } from "../../src/contracts/listening.ts";
import { createHistory } from "../../src/listening/history.ts";
import type { FakeClock } from "../fakes/clock.ts";
import { createMemoryProvider } from "../fakes/memory-player.ts";
import { type ConversationOptions, startConversation } from "../support/conversation.ts";

const hour = 60 * 60_000;
const only = ["account", "compare", "help", "history", "history-files", "place", "privacy", "recording"];

async function stand(options: ConversationOptions = {}) {
  const talk = await startConversation({ only, ...options });
  const history = createHistory({ store: talk.store, clock: talk.clock });
  const room = (name: string) => talk.user(name, { place: "hall" });
  const alone = (name: string) => talk.user(name);
  const idOf = async (name: string) => (await talk.store.people.find(alone(name).ref))?.id ?? "";
  async function hears(name: string, count: number) {
    const source = { origin: "memory", way: "observed" } as const;
    const sightings = Array.from({ length: count }, (_, at) => {
      const startedAt = talk.clock.now() - (at + 2) * hour;
      const heard = {
        kind: "track" as const,
        title: `Song ${at}`,
        artists: [{ name: "Radiohead" }],
        durationMs: 200_000,
      };
      return { source, key: `${name}-${at}`, heard, startedAt, endedAt: startedAt + 200_000, exact: "both" as const };
    });
    await history.ledger.record(listenerOf.person(await idOf(name)), sightings);
  }
  const fieldsOf = (reply: Awaited<ReturnType<ReturnType<typeof alone>["sends"]>>) =>
    Object.fromEntries(
      (reply?.blocks ?? [])
        .flatMap((block) => (block.type === "fields" ? block.fields : []))
        .map(({ name, value }) => [name, value]),
    );
  return { ...talk, talk, history, room, alone, idOf, hears, fieldsOf };
}

describe("/privacy", () => {
  it("names the places elsewhere as their platform does", async () => {
    const { talk, alone, room, fieldsOf } = await stand();
    await room("Ada").sends("compare.share", { state: "on", sure: "yes" });
    await talk.send({ ...talk.event("Ada", { text: "help" }, { place: "hall" }), placeName: "Film\nclub" });
    const shown = await alone("Ada").sends("privacy.show");
    expect(fieldsOf(shown)).toHaveProperty("Shown elsewhere (Film club, Test)");
    expect(JSON.stringify(shown?.blocks)).toContain("comparisons, Film club, Test");
  });

  it("names what a service's terms rule out and that the operator decided otherwise, but not in a rehearsal", async () => {
    const provider = ({ clock }: { clock: FakeClock }) => {
      const memory = createMemoryProvider({ clock });
      return { ...memory, terms: { ...memory.terms, derivedStatistics: false, voiceControl: false } };
    };
    const name = "What Memory’s terms rule out";
    for (const [rehearsal, value] of [
      [false, "voice control. Whoever runs this bot has decided to make sums and charts all the same"],
      [true, "Nothing for now: this is a rehearsal, with a false service on this machine"],
    ] as const) {
      const { alone, fieldsOf } = await stand({ provider, rehearsal });
      expect(fieldsOf(await alone("Ada").sends("privacy.show"))).toMatchObject({ [name]: value });
    }
  });

  it("is a table of switches: what is kept, who sees it, and from whom it is known", async () => {
    const { alone, room, hears, fieldsOf } = await stand();
    await alone("Ada").says("help");
    expect(fieldsOf(await alone("Ada").sends("privacy.show"))).toMatchObject({
      "Writing down what you hear": "off",
      "Hiding for a while": "not now",
      "Shown to others": "nothing, nowhere",
      "Telling you of milestones": "on, you alone",
      Kept: "no plays",
    });
    await hears("Ada", 3);
    await room("Ada").sends("compare.share", { state: "on", sure: "yes" });
    const there = await room("Ada").sends("privacy.show");
    expect(there?.visibility).toBe("private");
    expect(fieldsOf(there)).toMatchObject({
      "Shown here": expect.stringMatching(/^comparisons · since /),
      "Telling you of milestones": "on, you, and the places where you are compared",
      Kept: "3 plays, known from Memory (3)",
    });
    const elsewhere = fieldsOf(await alone("Ada").sends("privacy.show"));
    expect(elsewhere).toHaveProperty("Shown elsewhere (Test)");
    expect(elsewhere).not.toHaveProperty("Shown here");
  });

  it("switches each of them where it is shown", async () => {
    const { alone, room, idOf, fieldsOf, history, talk } = await stand();
    await alone("Ada").sends("privacy.show");
    const person = listenerOf.person(await idOf("Ada"));
    expect(fieldsOf(await alone("Ada").presses("Hide for 2 hours"))["Hiding for a while"]).toMatch(/^until /);
    expect(
      await history.privateTimes.within(person, { fromAt: talk.clock.now(), untilAt: talk.clock.now() + 1 }),
    ).toHaveLength(1);
    expect(fieldsOf(await alone("Ada").presses("Stop hiding"))["Hiding for a while"]).toBe("not now");
    expect(fieldsOf(await alone("Ada").presses("No milestones"))["Telling you of milestones"]).toBe("off");
    expect(fieldsOf(await alone("Ada").presses("Tell me of milestones"))["Telling you of milestones"]).toBe(
      "on, you alone",
    );
    // Nobody's own account is there, and the shared player is not theirs to decide about here.
    expect(() => alone("Ada").presses("Write down what I hear")).toThrow(/nothing to press/);
    const asked = await alone("Ada").sends("privacy.set", { what: "recording", state: "on" });
    expect(asked?.text).toMatch(/^Before anything is written down/);
    expect(await history.privateTimes.within(person, { fromAt: 0, untilAt: 1 })).toEqual([]);
    await talk.store.settings.put(person, "recording_since", talk.clock.now());
    await alone("Ada").sends("privacy.show");
    expect(fieldsOf(await alone("Ada").presses("Stop writing it down"))["Writing down what you hear"]).toBe("off");
    await room("Ada").sends("privacy.show");
    expect((await room("Ada").presses("Be in comparisons here"))?.kind).toBe("question");
  });

  it("takes back one thing, or all of it everywhere", async () => {
    const { alone, room, idOf, talk } = await stand();
    const yard = talk.user("Ada", { place: "yard" });
    for (const place of [room("Ada"), yard]) await place.sends("compare.share", { state: "on", sure: "yes" });
    await room("Ada").sends("privacy.show");
    expect((await room("Ada").presses("comparisons, here"))?.text).toMatch(/^Taken back\./);
    expect(await talk.store.shares.of(await idOf("Ada"))).toMatchObject([{ place: { id: "yard" } }]);
    await room("Ada").sends("compare.share", { state: "on", sure: "yes" });
    await alone("Ada").sends("privacy.show");
    expect((await alone("Ada").presses("Everything, everywhere"))?.text).toMatch(/^2 things taken back/);
    expect(await talk.store.shares.of(await idOf("Ada"))).toEqual([]);
    expect((await alone("Ada").sends("privacy.revoke"))?.text).toMatch(/^There was nothing to take back/);
  });

  it("deletes everything after an offer to export and two questions, and gives a receipt", async () => {
    const { alone, room, hears, idOf, talk } = await stand();
    await alone("Ada").says("help");
    await alone("Ben").says("help");
    await hears("Ada", 3);
    await hears("Ben", 2);
    await room("Ada").sends("compare.share", { state: "on", sure: "yes" });
    await room("Ben").sends("compare.share", { state: "on", sure: "yes" });
    const [ada, ben] = [await idOf("Ada"), await idOf("Ben")];
    const asked = await alone("Ada").sends("privacy.delete");
    expect(asked).toMatchObject({ kind: "question", visibility: "private" });
    expect(asked?.text).toContain("3 plays");
    expect(JSON.stringify(asked?.blocks)).toContain("history.export");
    expect((await alone("Ada").presses("Go on without a copy"))?.text).toBe("Really delete everything, for good?");
    const receipt = await receive(talk, alone("Ada").presses("Yes, delete everything"));
    expect(receipt?.text).toMatch(/^Everything is deleted\. Receipt [A-Z2-9]{4}-[A-Z2-9]{4}\nDeleted on /);
    expect(receipt?.text).toContain("Plays: 3");
    expect(receipt?.text).toContain("Things you shared: 1");
    expect(receipt?.text).toMatch(/What is left: a line in my log/);
    expect(await talk.store.people.get(ada)).toBeUndefined();
    expect(await talk.store.playStats.recent(listenerOf.person(ada), talk.clock.now(), 5)).toEqual([]);
    expect(await talk.store.playStats.recent(listenerOf.person(ben), talk.clock.now(), 5)).toHaveLength(2);
    // Who writes again begins anew.
    expect((await alone("Ada").sends("privacy.show"))?.text).toContain("Kept: no plays");
    expect(await idOf("Ada")).not.toBe(ada);
    expect((await room("Ben").sends("compare.knows", { query: "Radiohead" }))?.text).not.toContain("Ada");
  });

  it("takes away what was shown to them, and them out of what others were shown", async () => {
    const { alone, room, hears, talk } = await stand();
    for (const name of ["Ada", "Ben", "Cleo"]) {
      await alone(name).says("help");
      await hears(name, 3);
      await room(name).sends("compare.share", { state: "on", sure: "yes" });
    }
    await room("Ada").sends("compare.knows", { query: "Radiohead" });
    const mine = talk.adapter.shown.at(-1)?.id;
    await room("Ben").sends("compare.knows", { query: "Radiohead" });
    const theirs = talk.adapter.shown.at(-1)?.id;
    await receive(talk, alone("Ada").sends("privacy.delete", { step: "yes" }));
    await talk.clock.until(talk.clock.sleep(20_000), { withinMs: 60_000, realMs: 1 });
    const textOf = (id: string | undefined) => talk.adapter.shown.find((message) => message.id === id)?.reply.text;
    // Whichever of the two reasons is shown last.
    expect(textOf(mine)).toMatch(/^(What was here has been deleted|This was taken back)\.$/);
    expect(textOf(theirs)).toContain("Cleo · 3 plays");
    expect(textOf(theirs)).not.toContain("Ada");
  });

  it("keeps everything whenever one says no", async () => {
    const { alone, hears, idOf, talk } = await stand();
    await alone("Ada").says("help");
    await hears("Ada", 3);
    await alone("Ada").sends("privacy.delete");
    expect((await alone("Ada").presses("Keep everything"))?.text).toContain("Kept: 3 plays");
    expect(await talk.store.people.get(await idOf("Ada"))).toBeDefined();
  });

  it("completes after a kill -9 in the middle, and the command that asked gives the receipt", async () => {
    const { alone, hears, idOf, talk } = await stand();
    await alone("Ada").says("help");
    await hears("Ada", 3);
    const ada = await idOf("Ada");
    // Dead once the person is no more, with everything that is much still there.
    await talk.restart((store) => ({ ...store, erasures: { ...store.erasures, finish: () => new Promise(() => {}) } }));
    void talk.send(talk.event("Ada", { intent: "privacy.delete", slots: { step: "yes" } }));
    const { erasures } = talk.store;
    for (let turns = 0; (await erasures.open())[0]?.status !== "emptied" && turns < 5_000; turns++)
      await new Promise(setImmediate);
    await talk.restart();
    const receipts = talk.adapter.shown.filter(({ reply }) => reply.text.startsWith("Everything is deleted"));
    expect(receipts).toHaveLength(1);
    expect(receipts[0]?.reply.text).toContain("Plays: 3");
    expect(await talk.store.people.get(ada)).toBeUndefined();
    expect(await erasures.open()).toEqual([]);
  });
});

describe("what is told without being asked", () => {
  const told = ({ adapter }: Awaited<ReturnType<typeof stand>>["talk"], text: string) =>
    adapter.shown.filter(({ reply }) => reply.text.includes(text));
  const turns = async () => {
    for (let turn = 0; turn < 200; turn++) await new Promise(setImmediate);
  };

  it("is a milestone, to its person alone, with the way to hear of no more", async () => {
    const { alone, idOf, talk } = await stand();
    await alone("Ada").says("help");
    const personId = await idOf("Ada");
    const milestone = { what: "artist", count: 100, artist: "Radiohead" } as const;
    talk.events.emit({ type: "milestone.reached", personId, key: "m", milestone });
    await turns();
    expect(told(talk, "That makes 100 plays of Radiohead.")).toMatchObject([{ place: { id: "direct-Ada" } }]);
    expect((await alone("Ada").presses("No milestones"))?.text).toContain("Telling you of milestones: off");
  });

  it("is the receipt of a deletion that took longer, once", async () => {
    const { alone, idOf, talk } = await stand();
    await alone("Ada").says("help");
    const asker = {
      personId: await idOf("Ada"),
      user: alone("Ada").ref,
      place: { platform: "test", tenant: "", id: "direct-Ada" },
      direct: true,
      locale: "de",
    };
    const { erasures } = talk.store;
    await erasures.begin({ key: "k", receipt: "ABCD-EFGH", asker, begunAt: 1, counts: {} });
    await erasures.empty("k");
    const done = await erasures.finish("k", () => talk.clock.now());
    for (let times = 0; times < 2; times++) talk.events.emit({ type: "erasure.owed", erasure: { ...done, asker } });
    await turns();
    expect(told(talk, "Alles ist gelöscht. Quittung ABCD-EFGH")).toHaveLength(1);
    expect(await erasures.open()).toEqual([]);
  });
});

describe("a place that the bot leaves", () => {
  /** Settings, shares and views in two rooms of a workspace and in one of another. */
  async function workspaces() {
    const { talk } = await stand();
    const spots = [
      { platform: "test", tenant: "team", id: "hall" },
      { platform: "test", tenant: "team", id: "yard" },
      { platform: "test", tenant: "other", id: "hall" },
    ];
    const says = async (place: (typeof spots)[number], intent: string, slots = {}) =>
      talk.send({ ...talk.event("Ada", { intent, slots }, { place: place.id }), place });
    for (const place of spots) {
      await says(place, "compare.share", { state: "on", sure: "yes" });
      const { tenant, id } = place;
      await talk.store.settings.put(`place:test:${tenant}:${id}`, "place.choices", { locale: "de" });
      const made = { createdAt: 1, changedAt: 1, status: "over" as const };
      await talk.store.cards.put([{ id: `${tenant}-${id}`, listener: "player:x", place, ...made }]);
      await talk.store.views.put({
        id: `${tenant}-${id}`,
        kind: "now",
        key: "k",
        personId: "p",
        locale: "en",
        sent: { platform: "test", place, id: "m" },
        createdAt: 1,
        expiresAt: Number.MAX_SAFE_INTEGER,
      });
    }
    const ada = (await talk.store.people.find(talk.user("Ada").ref))?.id ?? "";
    const left = async () => ({
      shares: (await talk.store.shares.of(ada)).map(({ place: { tenant, id } }) => `${tenant}-${id}`),
      views: (await talk.store.views.of("now", "k", 2)).map(({ id }) => id).toSorted(),
      cards: (await talk.store.cards.list("over", undefined, 9)).map(({ id }) => id),
      settings: (
        await Promise.all(
          spots.map(async ({ tenant, id }) =>
            (await talk.store.settings.get(`place:test:${tenant}:${id}`, "place.choices")) ? [`${tenant}-${id}`] : [],
          ),
        )
      )
        .flat()
        .toSorted(),
    });
    return { says, left };
  }

  it("takes along everything that is kept of it, and of no other", async () => {
    const { says, left } = await workspaces();
    await says({ platform: "test", tenant: "team", id: "hall" }, "place.left");
    const rest = ["other-hall", "team-yard"];
    expect(await left()).toEqual({ shares: rest, views: rest, cards: rest, settings: rest });
  });

  it("takes along a whole workspace where that is left", async () => {
    const { says, left } = await workspaces();
    await says({ platform: "test", tenant: "team", id: "team" }, "place.left");
    const rest = ["other-hall"];
    expect(await left()).toEqual({ shares: rest, views: rest, cards: rest, settings: rest });
  });

  it("is the same place under another id, with what may be seen there", async () => {
    const { says, left } = await workspaces();
    await says({ platform: "test", tenant: "team", id: "hall" }, "place.moved", { to: "supergroup" });
    expect((await left()).shares).toEqual(["other-hall", "team-supergroup", "team-yard"]);
  });
});

/** Messages that showed something of the person have a moment to find it gone. */
async function receive<T>(talk: Awaited<ReturnType<typeof stand>>["talk"], work: Promise<T>): Promise<T> {
  let done = false;
  const ended = work.finally(() => {
    done = true;
  });
  for (let turns = 0; !done && turns < 20_000; turns++) {
    await new Promise(setImmediate);
    if (turns % 200 === 199) await talk.clock.advance(200);
  }
  return ended;
}
