import { describe, expect, it, onTestFinished } from "vitest";
import type { Language } from "../../src/contracts/language.ts";
import type { Reply } from "../../src/contracts/reply.ts";
import { createLanguage } from "../../src/language/index.ts";
import { serviceNames } from "../../src/main/links.ts";
import { createMemoryProvider } from "../fakes/memory-player.ts";
import { type Conversation, startConversation } from "../support/conversation.ts";
import { createScriptedAccounts } from "../support/scripted-accounts.ts";
import { labels } from "./stage.ts";

/** The whole bot on one player that everybody shares, with no account anywhere. */
async function open(before?: (action: string) => void, language?: Language) {
  let provider: ReturnType<typeof createMemoryProvider> | undefined;
  const talk = await startConversation({
    bot: { allowance: { count: 1_000, windowMs: 10_000 } },
    ...(language ? { language } : {}),
    provider: ({ clock }) => {
      provider = createMemoryProvider({
        clock,
        playerName: "Office speaker",
        collections: true,
        ...(before ? { before } : {}),
      });
      return provider;
    },
    accounts: (house) => createScriptedAccounts(house.events, { linkable: false }),
  });
  if (!provider) throw new Error("the conversation was built without a provider");
  const { clock } = talk;
  const session = provider.open({ kind: "shared", playerId: "shelf" });
  const stop = new AbortController();
  onTestFinished(() => stop.abort());
  const person = (name: string, local: boolean) => {
    const user = talk.user(name, { local });
    const answered = async (work: Promise<Reply | undefined>): Promise<Reply> => {
      const reply = await clock.until(work, { realMs: 3 });
      if (!reply) throw new Error(`${name} got no answer`);
      return reply;
    };
    return {
      says: async (text: string) => (await answered(user.says(text))).text,
      asks: (text: string) => answered(user.says(text)),
      presses: async (label: string | RegExp) => (await answered(user.presses(label))).text,
      sends: async (intent: string, slots: Record<string, unknown> = {}) =>
        (await answered(user.sends(intent, slots))).text,
    };
  };
  const playing = () => session.state();
  const next = async () => ((await session.queue?.show())?.next ?? []).map((item) => item.title);
  // Ann sits at the machine that runs it, and may change what is everybody's; Bob may play.
  return { ...person("ann", true), bob: person("bob", false), talk, clock, provider, session, playing, next };
}

/** The newest card, as it stands now. */
function cardOf({ adapter }: Conversation): Reply | undefined {
  const message = adapter.shown.findLast((each) => each.reply.view?.kind === "now-playing");
  return message?.edits.at(-1) ?? message?.reply;
}

describe("a player that everybody shares, without an account", () => {
  it("plays, and says what", async () => {
    const { says, playing } = await open();
    expect(await says("play harbour lights")).toMatch(/^Playing the album Harbour Lights by The Tidewrights/);
    expect(await playing()).toMatchObject({ playing: true, item: { title: "Low Water" } });
    expect(await says("play stop the ferry by the tidewrights")).toMatch(/Stop the Ferry by The Tidewrights/);
    expect(await says("what's playing")).toContain("Stop the Ferry");
    expect(await says("play https://memory.example/track/1-1-1999")).toContain("1999");
  });

  it("pauses, resumes, skips, goes back, begins again and seeks", async () => {
    const { says, playing, clock } = await open();
    await says("play harbour lights");
    expect(await says("pause")).toBe("Paused.");
    expect(await playing()).toMatchObject({ playing: false });
    expect(await says("pause")).toBe("Already paused.");
    expect(await says("resume")).toMatch(/^Playing/);
    await says("next");
    expect((await playing())?.item).toMatchObject({ title: "Stop the Ferry" });
    await says("previous song");
    expect((await playing())?.item).toMatchObject({ title: "Low Water" });
    await says("skip to 1:30");
    expect((await playing())?.progressMs).toBeGreaterThanOrEqual(90_000);
    await clock.advance(10_000);
    await says("start the song over");
    expect((await playing())?.progressMs).toBeLessThan(2_000);
  });

  it("changes the volume, mutes, shuffles and repeats", async () => {
    const { says, playing } = await open();
    await says("play harbour lights");
    expect(await says("volume 30")).toContain("30");
    await says("louder");
    expect((await playing())?.device?.volume).toBeGreaterThan(30);
    await says("mute");
    expect((await playing())?.device?.volume).toBe(0);
    await says("unmute");
    expect((await playing())?.device?.volume).toBeGreaterThan(30);
    await says("shuffle on");
    await says("repeat this song");
    expect(await playing()).toMatchObject({ shuffle: true, repeat: "track" });
    await says("repeat off");
    expect(await playing()).toMatchObject({ repeat: "off" });
    expect(await says("volume 900")).toMatch(/from 0 to 100/);
  });

  it("queues next, last and instead, shows the queue, moves in it, takes out of it and empties it", async () => {
    const { says, sends, playing, next } = await open();
    await says("play harbour lights");
    await says("queue by and by");
    await says("queue 1999");
    expect((await next()).slice(0, 2)).toEqual(["By and By", "1999"]);
    await sends("queue.add", { track: "play it out", position: "next" });
    expect((await next())[0]).toBe("Play It Out");
    expect(await says("show the queue")).toMatch(/1\. Play It Out[\s\S]*2\. By and By/);
    await sends("queue.move", { from: 3, to: 1 });
    expect((await next())[0]).toBe("1999");
    await says("remove number 1 from the queue");
    expect((await next())[0]).toBe("Play It Out");
    await says("clear the queue");
    expect(await next()).toEqual([]);
    expect((await playing())?.item).toMatchObject({ title: "Low Water" });
    await sends("queue.add", { track: "1999", instead: "replace" });
    expect((await playing())?.item).toMatchObject({ title: "1999" });
  });

  it("says in plain words that somebody else has emptied the queue meanwhile", async () => {
    const calls: string[] = [];
    const { says, provider, next } = await open((action) => {
      calls.push(action);
      // Between the look at the queue and the edit of it.
      if (calls.filter((each) => each === "queue").length === 2) provider.byHand.queueClear();
    });
    await says("play harbour lights");
    expect(await says("remove number 1 from the queue")).toBe(
      "“Stop the Ferry” is no longer in the queue: it has been played, or somebody took it out.",
    );
    expect(await next()).toEqual([]);
  });

  it("lists its outputs and its playlists, makes, fills, plays and empties them", async () => {
    const { says, sends, playing, session } = await open();
    await says("play harbour lights");
    expect(await says("my devices")).toBe("Outputs of Office speaker\nShelf: speaker · playing here · volume 50%");
    await says("create a playlist called Rainy Days");
    expect(await says("my playlists")).toContain("Rainy Days");
    await says("add this to rainy days");
    await sends("playlist.add", { playlist: "rainy days", track: "by and by" });
    const [list] = (await session.playlists?.list()) ?? [];
    expect(list).toMatchObject({ name: "Rainy Days", trackCount: 2 });
    expect(await says("play my playlist rainy days")).toContain("Rainy Days");
    expect(await playing()).toMatchObject({ context: { uri: list?.uri }, item: { title: "Low Water" } });
    await sends("playlist.remove", { playlist: "rainy days", track: "by and by" });
    expect((await session.playlists?.list())?.[0]).toMatchObject({ trackCount: 1 });
    expect(await sends("playlist.show", { playlist: "rainy days" })).toContain("Low Water");
  });

  it("likes, searches, takes back and sleeps", async () => {
    const { says, playing, session, talk } = await open();
    await says("play harbour lights");
    expect(await says("like this")).toContain("Low Water");
    expect((await session.library?.likedTracks())?.tracks).toMatchObject([{ title: "Low Water" }]);
    expect(await says("search for low water")).toContain("Low Water");
    await says("volume 20");
    expect(await says("undo")).toContain("50");
    expect((await playing())?.device?.volume).toBe(50);
    await says("stop in 10 minutes");
    expect(await talk.store.timers.get("music.sleep", "shared:memory:shelf")).toMatchObject({ name: "music.sleep" });
  });

  it("says whose sleep timer another one takes the place of, and lets nobody take back what is not theirs", async () => {
    const { says, bob } = await open();
    await says("play harbour lights");
    await says("stop in 10 minutes");
    const reply = await bob.says("stop in 20 minutes");
    expect(reply).toMatch(/That takes the place of somebody else’s timer, which was for \d\d:\d\d\.$/);
    expect(await says("undo")).toBe("There is nothing to undo.");
    expect(await bob.says("undo")).toBe("The earlier sleep timer runs again.");
    expect(await says("undo")).toBe("The sleep timer is off again.");
  });

  it("is the same one for everybody: a card follows what another does, at once", async () => {
    const { asks, bob, clock, talk } = await open();
    await asks("what can you do");
    await bob.says("play harbour lights");
    const card = await asks("what's playing");
    const shown = () => cardOf(talk)?.text;
    expect(shown()).toBe(card.text);
    await bob.says("next");
    await clock.advance(200);
    expect(shown()).toContain("Stop the Ferry");
  });

  it("lets a card follow what somebody does at the player itself, within 200 ms and without a call", async () => {
    const { asks, says, clock, talk, provider } = await open();
    await says("play harbour lights");
    await asks("what's playing");
    const calls = provider.calls.length;
    const shown = () => labels(cardOf(talk) ?? expect.fail("no card"));
    expect(shown()).toContain("Pause");
    // The platform's pause between two edits of one place.
    await clock.advance(2_000);
    const from = clock.now();
    provider.byHand.pause();
    await clock.until(
      (async () => {
        for (let waited = 0; !shown().includes("Resume") && waited < 1_000; waited += 10) await clock.sleep(10);
      })(),
      { realMs: 3 },
    );
    expect(clock.now() - from).toBeLessThanOrEqual(200);
    expect(provider.calls.slice(calls)).toEqual([]);
  });

  it("keeps a card when nothing plays any more, says so, and follows what plays next", async () => {
    const { says, clock, talk, provider } = await open();
    const began = await says("play harbour lights");
    await clock.advance(2_000);
    const blocks = () => cardOf(talk)?.blocks.map(({ type }) => type);
    const texts = () => cardOf(talk)?.blocks.flatMap((block) => (block.type === "text" ? [block.text] : []));
    for (let round = 0; round < 2; round++) {
      provider.byHand.stop();
      await clock.advance(3_000);
      expect(texts()).toEqual(["Nothing is playing right now. Tell me what to play."]);
      expect(blocks()).toEqual(["text", "buttons"]);
      expect(labels(cardOf(talk) ?? expect.fail("no card"))).toEqual(["Resume"]);
      provider.byHand.put("memory:album:nocturnes-for-no-one");
      await clock.advance(3_000);
      expect(cardOf(talk)?.text).toMatch(/Nocturnes|Night|by/);
      expect(cardOf(talk)?.text).not.toBe(began);
      expect(blocks()).toEqual(expect.arrayContaining(["heading", "progress"]));
    }
    expect(talk.logLines.filter((line) => /"level":"?(warn|error|40|50)/.test(line))).toEqual([]);
  });

  it("says that the player cannot be reached, in answers and in cards, and follows it again as soon as it can", async () => {
    const { says, clock, talk, provider } = await open();
    const began = await says("play harbour lights");
    await clock.advance(2_000);
    provider.line.cut();
    await clock.advance(2_000);
    expect(cardOf(talk)?.blocks).toEqual([
      { type: "text", text: began },
      { type: "text", text: "I cannot reach Office speaker right now. This goes on as soon as I can." },
    ]);
    expect(await says("what's playing")).toMatch(/^I cannot reach Office speaker/);
    // A night later somebody switches it on again.
    await clock.advance(8 * 60 * 60_000);
    provider.line.mend();
    provider.byHand.put("memory:album:nocturnes-for-no-one");
    await clock.advance(7_000);
    expect(cardOf(talk)?.blocks).toContainEqual({ type: "heading", text: expect.stringContaining("Première lueur") });
  });

  it("shows the state after the last step of a sentence", async () => {
    const { asks } = await open();
    const reply = await asks("play harbour lights, then skip to the next song, then pause");
    expect(reply.text).toMatch(/Stop the Ferry[\s\S]*Paused/);
    expect(reply.blocks).toContainEqual({ type: "heading", text: "Stop the Ferry" });
    expect(reply.blocks.find((block) => block.type === "progress")).toMatchObject({ playing: false });
  });

  it("answers who would link a service by name that plays nothing here", async () => {
    const { says } = await open(undefined, createLanguage({ services: serviceNames([{ name: "Memory" }]) }));
    for (const text of ["link my spotify", "connect my spotify", "unlink spotify"])
      expect(await says(text)).toBe(
        "There is nothing to connect here: Office speaker plays for everyone, without an account of yours.",
      );
  });

  it("never speaks of accounts, plans or permissions, whatever is asked", async () => {
    const { says, sends } = await open();
    const replies = [
      await says("connect my account"),
      await says("disconnect my account"),
      await says("is my account linked"),
      await says("pause"),
      await says("play a song that nobody has ever written"),
      await sends("player.list"),
      await says("what can you do"),
    ];
    for (const text of replies.slice(0, 3))
      expect(text).toBe(
        "There is nothing to connect here: Office speaker plays for everyone, without an account of yours.",
      );
    expect(replies[5]).toBe(
      "Players here\nOffice speaker: for everyone here · Memory\nI use Office speaker now: it is the only one.",
    );
    for (const text of replies.slice(3)) expect(text).not.toMatch(/premium|permission|scope|consent|connect/i);
  });
});
