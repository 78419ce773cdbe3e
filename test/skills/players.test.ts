import { describe, expect, it } from "vitest";
import { needs } from "../../src/contracts/music.ts";
import type { Reply } from "../../src/contracts/reply.ts";
import { createLanguage } from "../../src/language/index.ts";
import { createOrchestrator } from "../../src/music/orchestrator.ts";
import { createMemoryProvider } from "../fakes/memory-player.ts";
import { createScriptedProvider } from "../fakes/scripted-session.ts";
import { startConversation } from "../support/conversation.ts";
import { deviceWords } from "../support/device-words.ts";
import { silentLog } from "../support/log.ts";
import { createScriptedAccounts } from "../support/scripted-accounts.ts";
import { createShelf } from "../unit/music/shelf.ts";
import { labels } from "./stage.ts";

const language = createLanguage({ services: ["scripted", "memory"] });

/** People with an account of their own, and an office with a speaker for all. */
async function open({ linked = true, playerName = "Office speaker" } = {}) {
  const built: { office?: ReturnType<typeof createMemoryProvider>; own?: ReturnType<typeof createScriptedProvider> } =
    {};
  const talk = await startConversation({
    language,
    bot: { allowance: { count: 1_000, windowMs: 10_000 } },
    accounts: (house) => ({
      ...createScriptedAccounts(house.events, { linked }),
      linkable: () => [{ id: "scripted", name: "Scripted" }],
    }),
    orchestrator({ store, clock, cache, events }) {
      const own = createScriptedProvider({ clock, catalogue: createShelf() });
      const office = createMemoryProvider({ clock, playerName });
      Object.assign(built, { own, office });
      return createOrchestrator({
        providers: [own, office],
        accounts: {
          accountOf: async () =>
            linked ? { accountId: "acc-1", granted: [...needs], free: false, status: "ok" } : undefined,
          tokens: () => ({ token: async () => "", renew: async () => "" }),
          markFree: async () => {},
        },
        sharedPlayers: async (place) => (place.id === "office" ? [{ provider: "memory", playerId: "shelf" }] : []),
        cache,
        events,
        clock,
        log: silentLog,
        queue: store.queue,
        aliases: store.aliases,
        settings: store.settings,
        deviceWords,
        timers: {
          ...store.timers,
          put: async () => {},
          get: async () => undefined,
          remove: async () => false,
          on() {},
        },
      });
    },
  });
  const { office, own } = built;
  if (!office || !own) throw new Error("the conversation was built without its players");
  const { clock } = talk;
  const user = talk.user("ann", { place: "office" });
  const answered = async (work: Promise<Reply | undefined>): Promise<Reply> => {
    const reply = await clock.until(work, { realMs: 3 });
    if (!reply) throw new Error("no answer");
    return reply;
  };
  const session = office.open({ kind: "shared", playerId: "shelf" });
  return {
    asks: (text: string) => answered(user.says(text)),
    says: async (text: string, at?: { locale: string }) => (await answered(user.says(text, at))).text,
    sends: (intent: string, slots = {}) => answered(user.sends(intent, slots)),
    presses: (label: string | RegExp) => answered(user.presses(label)),
    /** Writes that reached each player since this was last asked. */
    own,
    playing: () => session.state(),
    spent: () => own.world.spent(),
  };
}

describe("a person with an account and an office speaker", () => {
  it("hears on the office speaker unless they say otherwise, for once", async () => {
    const { says, spent, playing } = await open();
    await says("play harbour lights");
    expect((await playing())?.item).toMatchObject({ title: "Low Water" });
    expect(spent()).toEqual([]);
    await says("play hello by adele on my scripted");
    expect(spent()).toContain("play");
    await says("louder");
    expect(spent()).toContain("volume");
    expect((await playing())?.device?.volume).toBe(50);
    await says("play nocturnes for no one");
    expect(spent()).toEqual([]);
    await says("volume 20");
    expect((await playing())?.device?.volume).toBe(20);
  });

  it("is told where something new would be heard, when another player was named a moment ago", async () => {
    const { says, sends, spent, playing } = await open();
    const why = async () => (await sends("player.list")).text.split("\n").at(-1);
    await says("play hello by adele on my scripted");
    spent();
    expect(await why()).toBe(
      "You named Scripted a moment ago, so what you say about the music goes there; anything new you play starts on Office speaker.",
    );
    await says("play harbour lights");
    expect(spent()).toEqual([]);
    expect((await playing())?.item).toMatchObject({ title: "Low Water" });
    expect(await why()).toBe("I use Office speaker now: it is the player of this place.");
  });

  it("names the office speaker in every kind of command", async () => {
    const { says, sends, playing, spent } = await open();
    await sends("player.prefer", { player: "scripted" });
    await says("play harbour lights on the office speaker");
    expect((await playing())?.item).toMatchObject({ title: "Low Water" });
    expect(await says("what's playing on the office speaker")).toContain("Low Water");
    await says("next on the office speaker");
    expect((await playing())?.item).toMatchObject({ title: "Stop the Ferry" });
    await says("pause on the office speaker");
    expect(await playing()).toMatchObject({ playing: false });
    expect(spent()).toEqual([]);
  });

  it("names it in the language of the sentence, whichever is their own", async () => {
    const { says, sends, playing } = await open();
    await sends("player.prefer", { player: "scripted" });
    await says("play harbour lights on the office speaker");
    await sends("player.prefer", { player: "scripted" });
    await says("next on the office speaker", { locale: "de" });
    expect((await playing())?.item).toMatchObject({ title: "Stop the Ferry" });
  });

  it("plays what is called like a place where the speaker is called so, too", async () => {
    const { says, sends, spent, playing } = await open({ playerName: "Home" });
    await sends("player.prefer", { player: "scripted" });
    spent();
    await says("play a house is not a home");
    expect(spent()).toContain("search");
    expect((await playing())?.item).toBeUndefined();
  });

  it("sees the players there are, which one is meant and why, and prefers one by a press", async () => {
    const { sends, presses } = await open();
    const reply = await sends("player.list");
    expect(reply.text).toBe(
      [
        "Players here",
        "Office speaker: for everyone here · Memory",
        "Scripted: yours alone",
        "I use Office speaker now: it is the player of this place.",
      ].join("\n"),
    );
    expect(labels(reply)).toEqual(["Office speaker", "Scripted"]);
    expect((await presses("Scripted")).text).toMatch(/^I will use Scripted wherever you can use it\./);
    const after = await sends("player.list");
    expect(after.text).toContain("I use Scripted now: you prefer it.");
    expect((await presses("Forget Scripted")).text).toBe("You no longer have a preferred player.");
    expect((await sends("player.list")).text).toContain("it is the player of this place.");
  });

  it("turns to a player by “use …”, and for good by “always use …”", async () => {
    const { says, sends, spent, playing } = await open();
    await sends("player.prefer", { player: "scripted" });
    expect(await says("use the office speaker")).toContain("I use Office speaker now: you named it.");
    expect((await sends("player.list")).text).toContain("I use Office speaker now: you named it a moment ago.");
    // What it was named for in between was for once.
    await says("play hello by adele on my scripted");
    spent();
    await says("play harbour lights");
    expect(spent()).toEqual([]);
    expect((await playing())?.item).toMatchObject({ title: "Low Water" });
    expect((await sends("player.list")).text).toContain("I use Office speaker now: you named it a moment ago.");
    expect(await says("always use the office speaker")).toMatch(/^I will use Office speaker wherever/);
    expect((await sends("player.list")).text).toContain("Office speaker: for everyone here · Memory · preferred");
  });

  it("is asked which one when no player is called so", async () => {
    const { sends, presses } = await open();
    const reply = await sends("player.prefer", { player: "the cellar" });
    expect(reply.kind).toBe("question");
    expect((await presses("Office speaker")).text).toMatch(/^I will use Office speaker/);
  });
});

describe("a person without an account beside an office speaker", () => {
  it("plays in the office without a word of accounts, and may connect one", async () => {
    const { says, sends, playing } = await open({ linked: false });
    expect(await says("play harbour lights")).not.toMatch(/connect|account/i);
    expect((await playing())?.item).toMatchObject({ title: "Low Water" });
    const reply = await sends("account.status");
    expect(reply.text).toBe("No music account is connected yet.");
    expect(labels(reply)).toEqual(["Connect Scripted"]);
    expect((await sends("account.link")).text).toContain("Scripted");
    expect(labels(await sends("player.list"))).toEqual(["Connect Scripted"]);
  });

  it("is led to linking by a link of that service, by its name, and by nothing else", async () => {
    const { says, playing } = await open({ linked: false });
    expect(await says("play hello on my scripted")).toMatch(/^You have not connected a Scripted account yet/);
    await says("play harbour lights");
    expect(await playing()).toMatchObject({ playing: true });
  });
});
