import { describe, expect, it } from "vitest";
import type { MusicProvider } from "../../../src/contracts/music.ts";
import type { Said } from "../../../src/contracts/player.ts";
import type { Parts } from "../../../src/music/orchestrator.ts";
import { createFakeClock } from "../../fakes/clock.ts";
import { createMemoryProvider } from "../../fakes/memory-player.ts";
import { createScriptedProvider, device } from "../../fakes/scripted-session.ts";
import { createDesk, type Desk, wish } from "./desk.ts";
import { createShelf, uriOf } from "./shelf.ts";

const office = { platform: "test", tenant: "", id: "office" };
const home = { platform: "test", tenant: "", id: "home" };
const shelf = { provider: "memory", playerId: "shelf" };
const song = "memory:track:0-0-low-water";

/** A personal service that Ann has linked, and the office speaker, which only the office has. */
function open(parts: Partial<Parts> = {}) {
  const clock = createFakeClock();
  const scripted = createScriptedProvider({ clock, catalogue: createShelf() });
  const memory = createMemoryProvider({ clock, playerName: "Office speaker" });
  const desk = createDesk({
    clock,
    parts: {
      providers: [scripted, memory],
      sharedPlayers: async (place) => (place.id === "office" ? [shelf] : []),
      ...parts,
    },
  });
  return { desk, clock, scripted, memory };
}

type More = { said?: Said; begins?: boolean; place?: typeof office; personId?: string };

/** The player that a command goes to, and why. */
async function meant(desk: Desk, more: More = {}): Promise<string> {
  const player = await desk.open({ place: office, ...more });
  const option = (await player.players()).find((each) => each.meant !== undefined);
  return option ? `${player.name}: ${option.meant}` : `none: ${player.provider.id}`;
}
const raises = (desk: Desk, more: More) =>
  desk.run((player) => player.state(), { place: office, ...more }).catch((error: { code: string }) => error.code);

describe("which player a command means", () => {
  it("is the place's where nothing tells, and one's own elsewhere", async () => {
    const { desk } = open();
    expect(await meant(desk)).toBe("Office speaker: place");
    expect(await meant(desk, { place: home })).toBe("Scripted: own");
  });

  it("is one's own before a shared one that is only there for want of it", async () => {
    const { desk } = open({ sharedPlayers: async () => [{ ...shelf, afterOwn: true }] });
    expect(await meant(desk)).toBe("Scripted: own");
    expect(await meant(desk, { said: { device: "office speaker" } })).toBe("Office speaker: said");
    desk.account.linked = false;
    expect(await meant(desk, { begins: true })).toBe("Office speaker: place");
  });

  it("is the one that the command names, however it names it", async () => {
    const { desk } = open();
    for (const device of ["office speaker", "the Office Speaker", "my office speaker", "ofice speaker", "memory"])
      expect(await meant(desk, { said: { device }, begins: true })).toBe("Office speaker: said");
    for (const player of ["scripted", "on my Scripted", "account:scripted", "acc-1"])
      expect(await meant(desk, { said: { player }, begins: true })).toBe("Scripted: said");
  });

  it("is not taken from words that only say what kind of thing is meant", async () => {
    const { desk } = open();
    expect(await meant(desk, { said: { device: "the speaker" }, place: home })).toBe("Scripted: own");
  });

  it("is not the one that is called like a kind of thing, unless a player is asked for", async () => {
    const clock = createFakeClock();
    const desk = createDesk({
      clock,
      parts: {
        providers: [
          createScriptedProvider({ clock, catalogue: createShelf() }),
          createMemoryProvider({ clock, playerName: "Speaker" }),
        ],
        sharedPlayers: async () => [{ ...shelf, afterOwn: true }],
      },
    });
    expect(await meant(desk, { said: { device: "the speaker" } })).toBe("Scripted: own");
    expect(desk.orchestrator.playerIn("play hello on the speaker", "en")).toBeUndefined();
    expect(await meant(desk, { said: { player: "the speaker" } })).toBe("Speaker: said");
  });

  it("is not the device that such words name: the player does not look for one", async () => {
    const { desk, memory } = open();
    const played = await desk.run(
      (player) => player.play(wish({ album: "harbour lights" }, { device: "office speaker" })),
      {
        place: office,
        said: { device: "office speaker" },
      },
    );
    expect(played.chosen).toMatchObject({ title: "Harbour Lights" });
    expect(memory.calls).toContain("play");
  });

  it("is the one whose link it is about", async () => {
    const { desk } = open();
    expect(await meant(desk, { said: { uri: uriOf("Adele", "Hello") } })).toBe("Scripted: link");
    expect(await meant(desk, { said: { uri: song } })).toBe("Office speaker: link");
  });

  it("is the one that is known to have the named device", async () => {
    const { desk } = open();
    await desk.run((player) => player.devices(), { place: home });
    expect(await meant(desk, { said: { device: "the kitchen" } })).toBe("Scripted: device");
    // What the office's own player has wins over what another has, and what nobody has changes nothing.
    await desk.run((player) => player.devices(), { place: office });
    expect(await meant(desk, { said: { device: "shelf" }, begins: true })).toBe("Office speaker: place");
    expect(await meant(desk, { said: { device: "the submarine" }, begins: true })).toBe("Office speaker: place");
  });

  it("is the preferred one wherever it may be used", async () => {
    const { desk } = open();
    const player = await desk.open({ place: office });
    expect(await player.preferPlayer("scripted")).toMatchObject({ id: "account:scripted", preferred: true });
    expect(await meant(desk)).toBe("Scripted: preferred");
    expect(await meant(desk, { personId: "bob" })).toBe("Office speaker: place");
    await player.preferPlayer("office speaker");
    expect(await meant(desk)).toBe("Office speaker: preferred");
    expect(await meant(desk, { place: home })).toBe("Scripted: own");
    await player.preferPlayer(undefined);
    expect(await meant(desk)).toBe("Office speaker: place");
  });

  it("is asked back about when no player is called so", async () => {
    const { desk } = open();
    const player = await desk.open({ place: office });
    await expect(player.preferPlayer("the cellar")).rejects.toMatchObject({
      code: "NotFound",
      details: {
        what: "player",
        choices: [
          { label: "Office speaker", slots: { player: "shared:memory:shelf" } },
          { label: "Scripted", slots: { player: "account:scripted" } },
        ],
      },
    });
  });

  it("is never one that the person may not use there", async () => {
    const { desk } = open();
    for (const said of [{ device: "office speaker" }, { player: "shared:memory:shelf" }])
      expect(await meant(desk, { place: home, said })).toBe("Scripted: own");
    expect(await raises(desk, { place: home, said: { uri: song } })).toBe("NotFound");
  });

  it("is refused by its name where the person may not use it, rather than played on their own", async () => {
    const { desk } = open();
    const refusal = (said: Said) =>
      desk
        .run((player) => player.play(wish({ track: "hello" })), { place: home, said, begins: true })
        .catch((error: unknown) => error);
    const shut = { code: "NotFound", details: { what: "player", query: "Office speaker" } };
    for (const player of ["office speaker", "on the Office Speaker", "memory"])
      expect(await refusal({ player }), player).toMatchObject(shut);
    await desk.run((player) => player.devices(), { place: home });
    expect(await refusal({ device: "office speaker" })).toMatchObject(shut);
    expect(desk.world.playing()).toBeUndefined();
    desk.account.linked = false;
    expect(await refusal({ player: "office speaker" })).toMatchObject(shut);
  });

  it("is one's own where a device of one's own has the name of a player that may not be used", async () => {
    const clock = createFakeClock();
    const scripted = createScriptedProvider({ clock, catalogue: createShelf(), devices: [device("k", "Kitchen")] });
    const memory = createMemoryProvider({ clock, playerName: "Kitchen" });
    const desk = createDesk({ clock, parts: { providers: [scripted, memory], sharedPlayers: async () => [] } });
    await desk.run((player) => player.devices(), { place: home });
    const said = { player: "Kitchen", device: "the kitchen" };
    expect(await meant(desk, { place: home, said })).toMatch(/^Scripted: /);
  });

  it("is one's own only once there is one: until then whatever names it leads to linking", async () => {
    const { desk } = open();
    desk.account.linked = false;
    expect(await meant(desk)).toBe("Office speaker: place");
    expect(await raises(desk, { said: { player: "scripted" } })).toBe("NotLinked");
    expect(await raises(desk, { said: { uri: uriOf("Adele", "Hello") } })).toBe("NotLinked");
    expect(await raises(desk, { place: home })).toBe("NotLinked");
    desk.account.linked = true;
    desk.account.status = "needs_relink";
    expect(await raises(desk, { place: home })).toBe("NeedsRelink");
    expect(await meant(desk)).toBe("Office speaker: place");
  });
});

describe("what is said after a player was named", () => {
  const named = { said: { player: "scripted" } };

  it("goes to the same one, for a quarter of an hour after the last of it", async () => {
    const { desk, clock } = open();
    await meant(desk, { ...named, begins: true });
    for (let times = 0; times < 3; times++) {
      await clock.advance(14 * 60_000);
      expect(await meant(desk)).toBe("Scripted: last");
    }
    await clock.advance(16 * 60_000);
    expect(await meant(desk)).toBe("Office speaker: place");
  });

  it("goes by the rule again once something new is begun", async () => {
    const { desk } = open();
    await meant(desk, { ...named, begins: true });
    expect(await meant(desk, { begins: true })).toBe("Office speaker: place");
    expect(await meant(desk)).toBe("Office speaker: place");
  });

  it("concerns that person in that place alone", async () => {
    const { desk } = open({ sharedPlayers: async () => [shelf] });
    await meant(desk, { ...named, begins: true });
    expect(await meant(desk, { personId: "bob" })).toBe("Office speaker: place");
    expect(await meant(desk, { place: home })).toBe("Office speaker: place");
  });

  it("is not led astray by a link that was only looked at, nor by a card drawn anew", async () => {
    const { desk } = open();
    await meant(desk, { said: { uri: uriOf("Adele", "Hello") } });
    expect(await meant(desk)).toBe("Office speaker: place");
    await desk.open({ place: office, quiet: true, ...named });
    expect(await meant(desk)).toBe("Office speaker: place");
  });

  it("goes where the first run of the command went, though another was named in between", async () => {
    const { desk } = open();
    const notes = new Map<string, unknown>();
    const once = async <T>(key: string, compute: () => Promise<T>): Promise<T> => {
      if (!notes.has(key)) notes.set(key, await compute());
      return notes.get(key) as T;
    };
    const first = await desk.open({ place: office, once });
    await meant(desk, { ...named, begins: true });
    expect((await desk.open({ place: office, once, resumed: true })).key).toBe(first.key);
  });
});

describe("where no provider can be linked", () => {
  const alone = (parts: Partial<Parts> = {}) => {
    const clock = createFakeClock();
    return createDesk({ clock, provider: createMemoryProvider({ clock, playerName: "Office speaker" }), parts });
  };

  it("every player is everybody's, unless the place says otherwise", async () => {
    expect(await meant(alone())).toBe("Office speaker: only");
    const closed = alone({ sharedPlayers: async () => [] });
    expect(await meant(closed)).toBe("none: memory");
    expect(await raises(closed, {})).toBe("NotFound");
    expect((await closed.open({ place: office })).offers("play")).toBe(false);
  });

  it("nobody has to link anything", async () => {
    const desk = alone();
    expect(await desk.orchestrator.providerFor("ann")).toEqual({ id: "memory", name: "Memory", needsLink: false });
    expect(desk.orchestrator.providers()).toEqual([{ id: "memory", name: "Memory", linkable: false }]);
    expect(desk.orchestrator.playerIn("play hello on memory", "en")).toBeUndefined();
  });
});

describe("a name in a sentence", () => {
  it("is found where it is plainly meant", () => {
    const { desk } = open();
    const found = (text: string) => desk.orchestrator.playerIn(text, "en");
    expect(found("play hello on SCRIPTED please")).toBe("Scripted");
    expect(found("what's playing on my scripted?")).toBe("Scripted");
    expect(found("what's playing on the office speaker?")).toBe("Office speaker");
    expect(found("next in the Office Speaker")).toBe("Office speaker");
    // A song may be called like a room.
    for (const text of ["play office speaker", "office speaker blues on", "play scriptedly", "", "x".repeat(100_000)])
      expect(found(text)).toBeUndefined();
  });

  it("is none inside a title, of a list, or after anything but where it shall sound", () => {
    const clock = createFakeClock();
    const desk = createDesk({
      clock,
      parts: {
        providers: [
          createScriptedProvider({ clock, catalogue: createShelf() }),
          { ...createMemoryProvider({ clock, playerName: "Kitchen" }), name: "Kitchen" },
        ],
      },
    });
    const found = (text: string) => desk.orchestrator.playerIn(text, "en");
    for (const text of [
      "play the kitchen sink",
      "play the kitchen",
      "add this to my kitchen playlist",
      "add this to my kitchen",
      "play kitchen on my phone",
    ])
      expect(found(text), text).toBeUndefined();
    for (const text of ["play hello on the kitchen", "pause in my kitchen", "the kitchen", "louder on kitchen"])
      expect(found(text), text).toBe("Kitchen");
  });
});

describe("two players of one provider", () => {
  it("have queues, states and cards of their own", async () => {
    const clock = createFakeClock();
    const memory = createMemoryProvider({ clock });
    const two: MusicProvider = {
      ...memory,
      players: [...(memory.players ?? []), { id: "cellar", name: "Cellar" }],
      open: () => memory.open({ kind: "shared", playerId: "shelf" }),
    };
    const desk = createDesk({ clock, parts: { providers: [two] } });
    const keys = ["shelf", "cellar"].map((player) => desk.open({ said: { player } }).then(({ key }) => key));
    await expect(Promise.all(keys)).resolves.toEqual(["shared:memory:shelf", "shared:memory:cellar"]);
  });
});
