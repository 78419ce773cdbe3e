import { describe, expect, it } from "vitest";
import type { Happening } from "../../../src/contracts/events.ts";
import { placeIntents } from "../../../src/contracts/incoming.ts";
import type { CallOptions } from "../../../src/contracts/music.ts";
import { coreIntents } from "../../../src/core/intake.ts";
import { createMemoryProvider, type MemoryProvider } from "../../fakes/memory-player.ts";
import { type Conversation, cover, startConversation } from "../../support/conversation.ts";

type Call = { action: string; lane: CallOptions["lane"] };

async function open(options: { searchesPerDay?: number; slowMs?: number; collections?: boolean } = {}) {
  const calls: Call[] = [];
  let provider: MemoryProvider | undefined;
  const held = await startConversation({
    provider: ({ clock }) => {
      provider = createMemoryProvider({
        clock,
        collections: options.collections ?? false,
        before: async (action, call) => {
          calls.push({ action, lane: call?.lane });
          if (options.slowMs) await clock.sleep(options.slowMs, new AbortController().signal);
        },
      });
      return provider;
    },
    ...(options.searchesPerDay === undefined ? {} : { suggestSearchesPerDay: options.searchesPerDay }),
  });
  const searches = () => calls.filter(({ action }) => action === "search");
  return Object.assign(held, { calls, searches });
}

const typed = (held: Conversation, name: string, text: string, slot = "track", intent = "playback.play") =>
  held.host().suggest(held.asker(name), { intent, slot, text, slots: {} });

const labels = (list: readonly { label: string }[]) => list.map(({ label }) => label);

describe("completions of a half-typed option", () => {
  it("come from one search once the person stopped typing, in the last lane", async () => {
    const held = await open();
    const earlier = [typed(held, "ann", "lam"), typed(held, "ann", "lamp")];
    const settled = typed(held, "ann", "lamp oil");
    await held.clock.until(settled);
    expect(labels(await settled)).toEqual(["Lamp Oil · The Tidewrights"]);
    expect(await Promise.all(earlier)).toEqual([[], []]);
    expect(held.searches()).toEqual([{ action: "search", lane: "art" }]);
  });

  it("play exactly what was chosen, without another search", async () => {
    const held = await open();
    const [choice] = await held.clock.until(typed(held, "ann", "lamp oil"));
    const reply = await held.user("ann").sends("playback.play", { track: choice?.value });
    expect(reply?.text).toContain("Lamp Oil");
    expect(held.searches()).toHaveLength(1);
  });

  it("are told at once and without a call where enough is known", async () => {
    const held = await open();
    await held.user("ann").says("search water");
    const before = held.calls.length;
    const found = await typed(held, "ann", "");
    expect(labels(found)).toContain("Low Water · The Tidewrights");
    expect(held.calls).toHaveLength(before);
  });

  it("need three letters before they are worth a call", async () => {
    const held = await open();
    expect(await typed(held, "ann", "la")).toEqual([]);
    expect(held.calls).toEqual([]);
  });

  it("pay once for what two people type at the same time, and nothing within the hour", async () => {
    const held = await open();
    const both = Promise.all([typed(held, "ann", "lamp"), typed(held, "bob", "lamp")]);
    const [one, two] = await held.clock.until(both);
    expect(one).toEqual(two);
    await held.clock.until(typed(held, "ann", "lamp"));
    expect(held.searches()).toHaveLength(1);
  });

  it("make no more searches in a day than they may, and some again the next day, whatever restarts between", async () => {
    const held = await open({ searchesPerDay: 1 });
    await held.clock.until(typed(held, "ann", "lamp"));
    await held.restart();
    expect(await held.clock.until(typed(held, "ann", "ferry"))).toEqual([]);
    expect(held.searches()).toHaveLength(1);
    await held.clock.advance(24 * 60 * 60_000);
    expect(labels(await held.clock.until(typed(held, "ann", "ferry")))).toEqual(["Stop the Ferry · The Tidewrights"]);
    expect(held.searches()).toHaveLength(2);
  });

  it("are empty rather than late", async () => {
    const held = await open({ slowMs: 5_000 });
    const from = held.clock.now();
    expect(await held.clock.until(typed(held, "ann", "lamp"))).toEqual([]);
    expect(held.clock.now() - from).toBeLessThanOrEqual(2_000);
  });

  it("name playlists that are known, by what the command takes", async () => {
    const held = await open({ collections: true });
    const { id } = await held.store.people.ensure(held.asker("ann").user, "ann", held.clock.now());
    await held.store.people.setOperator(id);
    await held.clock.until(held.user("ann").says("create a playlist called Night Drive"));
    await held.clock.until(held.user("ann").says("show my playlists"));
    const before = held.calls.length;
    const [toAdd] = await typed(held, "ann", "nig", "playlist", "playlist.add");
    // A choice where the skill takes one, its name where words are searched for.
    expect(toAdd).toMatchObject({ label: "Night Drive" });
    expect(toAdd?.value).toMatch(/^memory:playlist:/);
    const [toPlay] = await held.clock.until(typed(held, "ann", "ni", "playlist"));
    expect(toPlay).toEqual({ label: "Night Drive", value: "Night Drive" });
    expect(held.calls).toHaveLength(before);
  });

  it("name devices that were listed or used before, without a call", async () => {
    const held = await open();
    expect(await typed(held, "ann", "", "device")).toEqual([]);
    await held.user("ann").says("list my devices");
    const before = held.calls.length;
    expect(await typed(held, "ann", "", "device")).toHaveLength(1);
    expect(held.calls).toHaveLength(before);
  });

  it("are not given for what no command takes, or where the bot is silent", async () => {
    const held = await open();
    await held.user("ann").says("search water");
    expect(await typed(held, "ann", "", "track")).not.toEqual([]);
    expect(await typed(held, "ann", "", "volume")).toEqual([]);
    expect(await typed(held, "ann", "", "track", "no.such")).toEqual([]);
    await held.user("ann").sends("place.set", { setting: "answers", value: "off" });
    expect(await typed(held, "ann", "", "track")).toEqual([]);
  });

  it("keep no row of whoever only types", async () => {
    const held = await open();
    await held.clock.until(typed(held, "stranger", "lamp"));
    expect(await held.store.people.find(held.asker("stranger").user)).toBeUndefined();
  });
});

describe("what can be posted anywhere", () => {
  it("is what the asker hears, without a call where that is known", async () => {
    const held = await open();
    await held.user("ann").says("play lamp oil");
    const before = held.calls.length;
    const [song, ...rest] = await held.host().shareables(held.asker("ann"), "");
    expect(rest).toEqual([]);
    expect(song).toMatchObject({ title: "Lamp Oil", detail: "The Tidewrights" });
    expect(song?.reply.visibility).toBe("public");
    const buttons = song?.reply.blocks.flatMap((block) => (block.type === "buttons" ? block.buttons : []));
    expect(buttons?.map(({ label, command }) => [label, command.intent, command.slots.uri])).toEqual([
      ["Play on mine", "playback.play", song?.id],
      ["Queue on mine", "queue.add", song?.id],
    ]);
    expect(held.calls).toHaveLength(before);
  });

  it("is what the words mean, from one search", async () => {
    const held = await open();
    const found = await held.clock.until(held.host().shareables(held.asker("ann"), "ferry"));
    expect(found.map(({ title }) => title)).toEqual(["Stop the Ferry"]);
    expect(held.searches()).toHaveLength(1);
  });
});

describe("the rest of what a platform asks for", () => {
  it("is every command in the platform's language, and what completes it", async () => {
    const held = await open();
    const commands = held.host().commands("en-GB");
    const play = commands.find(({ intent }) => intent === "playback.play");
    expect(play?.name).toBe("play");
    expect(play?.options.filter(({ suggests }) => suggests).map(({ slot }) => slot)).toEqual([
      "track",
      "artist",
      "album",
      "playlist",
      "device",
    ]);
    expect(commands.find(({ intent }) => intent === "place.settings")?.managers).toBe(true);
    expect(held.host().locales[0]).toBe("en");
    expect(held.host().commands("xx")).toEqual(held.host().commands("en"));
  });

  it("is a button that lives through a restart, however little it can carry", async () => {
    const held = await open();
    const command = { intent: "playback.play", slots: { uri: "x".repeat(500) } };
    const data = await held.host().encodeButton(command, 24);
    expect(Buffer.byteLength(data)).toBeLessThanOrEqual(24);
    await held.restart();
    expect(await held.host().decodeButton(data)).toEqual(command);
    expect(await held.host().decodeButton("#nobody-made-this")).toBeUndefined();
  });

  it("is no button for what only the platform itself tells: what a press carries may be forged", async () => {
    const held = await open();
    const { encodeButton, decodeButton } = held.host();
    for (const intent of [...Object.values(placeIntents), ...Object.values(coreIntents)]) {
      const forged = { intent, slots: { filler: "x".repeat(100) } };
      expect(await decodeButton(JSON.stringify([intent, {}]))).toBeUndefined();
      expect(await decodeButton(await encodeButton(forged, 24))).toBeUndefined();
    }
    expect(await decodeButton('["help",{}]')).toEqual({ intent: "help", slots: {} });
  });

  it("is a form, for whoever may use it", async () => {
    const held = await open();
    const zone = { intent: "place.zone", slots: {} };
    expect(await held.host().form(held.asker("ann"), zone)).toMatchObject({ fields: [{ slot: "zone" }] });
    expect(await held.host().form(held.asker("ann", { place: "room" }), zone)).toBeUndefined();
    expect(await held.host().form(held.asker("ann"), { intent: "help", slots: {} })).toBeUndefined();
  });

  it("is a picture of our own, and what a person is seen to listen to", async () => {
    const held = await open();
    expect(await held.host().picture("https://here.example/cover")).toBe(cover);
    expect(await held.host().picture("https://elsewhere.example/cover")).toBeUndefined();
    const seen: Happening[] = [];
    held.events.on("presence", (happening) => void seen.push(happening));
    const presence = { user: held.asker("ann").user, at: 1, listening: { service: "some", title: "A", artists: [] } };
    held.host().presence(presence);
    expect(seen).toEqual([{ type: "presence", presence }]);
  });
});
