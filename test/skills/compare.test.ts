import { describe, expect, it } from "vitest";
import { listenerOf, type Sighting } from "../../src/contracts/listening.ts";
import { createHistory } from "../../src/listening/history.ts";
import { type ConversationOptions, startConversation } from "../support/conversation.ts";
import { ownPlayers } from "./announce-stage.ts";

const hour = 60 * 60_000;

async function stand(options: { people?: string[]; conversation?: ConversationOptions } = {}) {
  const talk = await startConversation({
    ...options.conversation,
    announcing: true,
    only: ["account", "compare", "help", "history", "history-files", "place", "privacy", "recording"],
  });
  const history = createHistory({ store: talk.store, clock: talk.clock });
  const room = (name: string) => talk.user(name, { place: "hall" });
  for (const name of options.people ?? ["Ada", "Ben", "Cleo"]) await room(name).says("help");
  const idOf = async (name: string) => (await talk.store.people.find(room(name).ref))?.id ?? "";
  let serial = 0;
  /** So many plays of artists, one an hour, before now. */
  async function hears(name: string, artists: Record<string, number>) {
    const sightings = Object.entries(artists).flatMap(([artist, count]) =>
      Array.from({ length: count }, (): Sighting => {
        const startedAt = talk.clock.now() - (++serial + 2) * hour;
        const source = { origin: "memory", way: "observed" } as const;
        return {
          source,
          key: `${name}-${serial}`,
          heard: { kind: "track", title: `Song ${serial}`, artists: [{ name: artist }], durationMs: 200_000 },
          startedAt,
          endedAt: startedAt + 200_000,
          exact: "both",
        };
      }),
    );
    await history.ledger.record(listenerOf.person(await idOf(name)), sightings);
  }
  const agrees = (name: string) => room(name).sends("compare.share", { state: "on", sure: "yes" });
  return { ...talk, talk, history, room, idOf, hears, agrees };
}

describe("comparing what people hear", () => {
  it("asks before anything is shown: the very message, who sees it, how long", async () => {
    const { room, hears } = await stand();
    await hears("Ada", { Radiohead: 3 });
    const asked = await room("Ada").sends("compare.knows", { query: "radiohead" });
    expect(asked).toMatchObject({ kind: "question", visibility: "private" });
    expect(asked?.text).toContain("Who knows Radiohead\n1. Ada · 3 plays");
    expect(asked?.text).toMatch(/Who sees it: everybody who can read this place/);
    expect(asked?.text).toMatch(/until you say stop/);
    // Told to the place though nobody asks for it.
    expect(asked?.text).toMatch(/I also tell everybody here when you reach a milestone/);
    expect((await room("Ada").presses("Yes, count me in"))?.text).toMatch(/^You are in/);
    expect(await room("Ada").sends("compare.share")).toMatchObject({ text: "You take part here." });
  });

  it("counts the willing of this very place, in the order of their plays, for all to see", async () => {
    const { room, hears, agrees, talk } = await stand();
    await hears("Ada", { Radiohead: 3, Moby: 1 });
    await hears("Ben", { Radiohead: 9 });
    await hears("Cleo", { Radiohead: 40 });
    await agrees("Ada");
    await agrees("Ben");
    await talk.user("Cleo", { place: "yard" }).sends("compare.share", { state: "on", sure: "yes" });
    const told = await room("Ada").sends("compare.knows", { query: "Radiohead" });
    expect(told).toMatchObject({ kind: "answer", visibility: "public" });
    expect(told?.text).toContain("Who knows Radiohead\n1. Ben · 9 plays\n2. Ada · 3 plays");
    expect(told?.text).not.toContain("Cleo");
    expect(told?.text).toContain("Counted: the 2 people here who agreed to it.");
    expect((await room("Ben").sends("compare.knows", { query: "moby" }))?.text).toContain("1. Ada · 1 play");
    expect((await room("Ben").sends("compare.knows", { query: "nobody at all" }))?.text).toMatch(/None of those/);
  });

  it("shows whoever does not take part nothing of the others", async () => {
    const { room, hears, agrees } = await stand();
    await hears("Ada", { Radiohead: 3 });
    await agrees("Ada");
    await agrees("Ben");
    for (const intent of ["compare.knows", "compare.taste", "compare.streaks"]) {
      const told = await room("Cleo").sends(intent, intent === "compare.knows" ? { query: "Radiohead" } : {});
      expect(told).toMatchObject({ kind: "question", visibility: "private" });
      expect(told?.text).not.toContain("Ada");
    }
  });

  it("leaves out whoever hides, and shows them nothing either", async () => {
    const { room, hears, agrees, talk } = await stand();
    for (const name of ["Ada", "Ben", "Cleo"]) {
      await hears(name, { Radiohead: 3 });
      await agrees(name);
    }
    await talk.user("Ben").sends("privacy.set", { what: "private", state: "on" });
    const told = await room("Ada").sends("compare.knows", { query: "Radiohead" });
    expect(told?.text).not.toContain("Ben");
    expect(told?.text).toContain("the 2 people here");
    expect(await room("Ben").sends("compare.knows", { query: "Radiohead" })).toMatchObject({
      kind: "error",
      visibility: "private",
      text: expect.stringContaining("You hide what you hear"),
    });
    await room("Ben").presses("Stop hiding");
    expect((await room("Ada").sends("compare.knows", { query: "Radiohead" }))?.text).toContain("Ben");
  });

  it("takes those out of messages of the last day who took it back", async () => {
    const { room, hears, agrees, talk } = await stand();
    await hears("Ada", { Radiohead: 3 });
    await hears("Ben", { Radiohead: 9 });
    for (const name of ["Ada", "Ben", "Cleo"]) await agrees(name);
    await room("Ada").sends("compare.knows", { query: "Radiohead" });
    const posted = talk.adapter.shown.at(-1);
    expect(posted?.reply.text).toContain("Ben · 9");
    await room("Ben").sends("compare.share", { state: "off" });
    // Which messages that concerns is read from the disk, in real time.
    const now = async () => {
      await talk.clock.advance(1_000);
      await talk.bot().idle();
      return talk.adapter.shown.find(({ id }) => id === posted?.id)?.reply.text;
    };
    await expect.poll(now).not.toContain("Ben");
    expect(await now()).toContain("Ada · 3");
  });

  it("takes those out of every one of them, not of the newest of its kind alone", async () => {
    const { room, hears, agrees, talk } = await stand();
    await hears("Ada", { Radiohead: 3 });
    await hears("Ben", { Radiohead: 9 });
    for (const name of ["Ada", "Ben", "Cleo"]) await agrees(name);
    const posted: (string | undefined)[] = [];
    for (let times = 0; times < 2; times++) {
      await room("Ada").sends("compare.knows", { query: "Radiohead" });
      posted.push(talk.adapter.shown.at(-1)?.id);
    }
    expect(new Set(posted).size).toBe(2);
    await room("Ben").sends("compare.share", { state: "off" });
    // Which messages that concerns is read from the disk, in real time.
    const text = async (id: string | undefined) => {
      await talk.clock.advance(1_000);
      return talk.adapter.shown.find((message) => message.id === id)?.reply.text;
    };
    for (const id of posted) {
      await expect.poll(() => text(id)).not.toContain("Ben");
      expect(await text(id)).toContain("Ada · 3");
    }
  });

  it("counts anew what was posted once somebody hides or deletes some of it, or is private", async () => {
    const { room, hears, agrees, talk, history, idOf } = await stand({ conversation: ownPlayers });
    await hears("Ada", { Radiohead: 3 });
    await hears("Ben", { Radiohead: 9 });
    for (const name of ["Ada", "Ben", "Cleo"]) await agrees(name);
    await room("Ada").sends("compare.knows", { query: "Radiohead" });
    const posted = talk.adapter.shown.at(-1)?.id;
    const text = async () => {
      await talk.clock.advance(1_000);
      return talk.adapter.shown.find(({ id }) => id === posted)?.reply.text;
    };
    const [latest] = await history.stats.recent(listenerOf.person(await idOf("Ben")), { limit: 1 });
    const reply = await talk.user("Ben").sends("history.delete", { play: latest?.playId, sure: "yes" });
    expect(reply?.text).toMatch(/deleted/i);
    await expect.poll(text).toContain("Ben · 8 plays");
    await talk.user("Ben").sends("privacy.set", { what: "private", state: "on" });
    await expect.poll(text).not.toContain("Ben");
    await talk.user("Ben").sends("privacy.set", { what: "private", state: "off" });
    await expect.poll(text).toContain("Ben · 8 plays");
  });

  it("takes what plays or was heard last where nothing is named", async () => {
    const { room, hears, agrees } = await stand();
    await hears("Ada", { Radiohead: 3 });
    await agrees("Ada");
    await agrees("Ben");
    expect((await room("Ada").sends("compare.knows"))?.text).toContain("Who knows Radiohead");
    expect((await room("Ben").sends("compare.knows"))?.text).toMatch(/^Name an artist or a song/);
  });

  it("tells how alike two are, by name, mention or choice", async () => {
    const { room, hears, agrees } = await stand();
    await hears("Ada", { Radiohead: 20, Moby: 20 });
    await hears("Ben", { Radiohead: 20, Moby: 20 });
    await hears("Cleo", { Bach: 40 });
    for (const name of ["Ada", "Ben", "Cleo"]) await agrees(name);
    const told = await room("Ada").sends("compare.taste", { who: "@ben" });
    expect(told?.visibility).toBe("public");
    expect(told?.text).toContain("Ada and Ben: 100 % alike");
    expect(told?.text).toContain("Radiohead · Ada 20 plays, Ben 20 plays");
    expect((await room("Ada").sends("compare.taste", { who: "<@Cleo>" }))?.text).toContain("Ada and Cleo: 0 % alike");
    const asked = await room("Ada").sends("compare.taste", { who: "Zoe" });
    expect(asked).toMatchObject({ kind: "question", visibility: "private" });
    expect((await room("Ada").presses("Cleo"))?.text).toContain("No artist in common yet.");
  });

  it("does not compare with somebody who does not take part, whatever is forged", async () => {
    const { room, hears, agrees, idOf } = await stand();
    await hears("Cleo", { Radiohead: 40 });
    await agrees("Ada");
    await agrees("Ben");
    const told = await room("Ada").sends("compare.taste", { fellow: await idOf("Cleo") });
    expect(told?.kind).toBe("question");
    expect(told?.text).not.toContain("Cleo");
    expect((await room("Ada").sends("compare.taste", { fellow: await idOf("Ada") }))?.kind).toBe("question");
  });

  it("tells days in a row of those who take part, and one's own to oneself", async () => {
    const { room, hears, agrees, talk } = await stand();
    await hears("Ada", { Radiohead: 60 });
    await hears("Cleo", { Radiohead: 30 });
    await agrees("Ada");
    await agrees("Ben");
    const told = await room("Ben").sends("compare.streaks");
    expect(told?.text).toMatch(/1\. Ada · [234] days/);
    expect(told?.text).not.toContain("Cleo");
    const own = await talk.user("Cleo").sends("compare.streaks");
    expect(own?.text).toContain("Your longest:");
  });

  it("says so where there is nobody else, and where it is asked in a chat of one's own", async () => {
    const { room, agrees, talk } = await stand();
    await agrees("Ada");
    expect(await room("Ada").sends("compare.knows", { query: "x" })).toMatchObject({
      visibility: "private",
      text: expect.stringMatching(/^Nobody else here takes part yet/),
    });
    expect((await talk.user("Ada").sends("compare.knows", { query: "x" }))?.text).toMatch(/channel or group/);
  });

  it("tells a place of what somebody reached, as long as they let it be seen there", async () => {
    const { room, agrees, idOf, talk } = await stand();
    await agrees("Ada");
    const place = { platform: "test", tenant: "", id: "hall" };
    const view = (personId: string, count: number) => ({
      kind: "milestone",
      key: JSON.stringify([personId, { what: "artist", count, artist: "Radiohead" }]),
    });
    await talk.bot().posts.owe("one", { place, view: view(await idOf("Ada"), 100) });
    await talk.bot().posts.owe("two", { place, view: view(await idOf("Ben"), 100) });
    const told = () => talk.adapter.shown.filter(({ reply }) => reply.text.includes("has heard Radiohead"));
    const pass = () => talk.clock.until(talk.clock.sleep(10_000), { withinMs: 60_000, realMs: 1 });
    await pass();
    expect(told().map(({ reply }) => reply.text)).toEqual(["Ada has heard Radiohead 100 times by now."]);
    await room("Ada").sends("compare.share", { state: "off" });
    await pass();
    expect(told()).toEqual([]);
    expect(talk.adapter.shown.some(({ reply }) => reply.text === "This was taken back.")).toBe(true);
  });

  it("takes back the asker's own message with them, and a match with either of the two", async () => {
    const { room, hears, agrees, talk } = await stand();
    await hears("Ada", { Radiohead: 3 });
    await hears("Ben", { Radiohead: 9 });
    for (const name of ["Ada", "Ben", "Cleo"]) await agrees(name);
    await room("Ada").sends("compare.knows", { query: "Radiohead" });
    const knows = talk.adapter.shown.at(-1)?.id;
    await room("Cleo").sends("compare.taste", { who: "Ada" });
    const taste = talk.adapter.shown.at(-1)?.id;
    await room("Ada").sends("compare.share", { state: "off" });
    await talk.clock.until(talk.clock.sleep(10_000), { withinMs: 60_000, realMs: 1 });
    for (const id of [knows, taste])
      expect(talk.adapter.shown.find((message) => message.id === id)?.reply.text).toBe("This was taken back.");
  });

  it("ends with the place", async () => {
    const { room, agrees, talk, idOf } = await stand();
    await agrees("Ada");
    await room("Ada").sends("place.left");
    expect(await talk.store.shares.of(await idOf("Ada"))).toEqual([]);
  });
});
