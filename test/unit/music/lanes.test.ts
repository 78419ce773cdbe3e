import { describe, expect, it } from "vitest";
import type { CallOptions, MusicProvider } from "../../../src/contracts/music.ts";
import type { Player } from "../../../src/contracts/player.ts";
import { createFakeClock } from "../../fakes/clock.ts";
import { createScriptedProvider } from "../../fakes/scripted-session.ts";
import { bareWish, createDesk, type Desk, wish } from "./desk.ts";
import { createShelf, uriOf } from "./shelf.ts";

type Call = (...args: unknown[]) => unknown;

const isOptions = (value: unknown): value is CallOptions =>
  typeof value === "object" && value !== null && "lane" in value;

/** Notes the lane of every call, of the session itself and of its parts. */
function noting<T extends object>(target: T, note: (call: string) => void, under = ""): T {
  return new Proxy(target, {
    get(object, name) {
      const value: unknown = Reflect.get(object, name);
      if (typeof value === "object" && value !== null) return noting(value, note, `${String(name)}.`);
      if (typeof value !== "function") return value;
      return (...args: unknown[]) => {
        note(`${under}${String(name)} ${args.find(isOptions)?.lane ?? "none"}`);
        return (value as Call).apply(object, args);
      };
    },
  });
}

function lanesDesk(): Desk & { taken(): string[] } {
  const clock = createFakeClock();
  const scripted = createScriptedProvider({ clock, catalogue: createShelf() });
  let calls: string[] = [];
  const provider: MusicProvider = {
    ...scripted,
    open: (holder) => noting(scripted.open(holder), (call) => void calls.push(call)),
  };
  const desk = createDesk({ clock, provider });
  scripted.world.byHand.play([uriOf("Adele", "Hello"), uriOf("Prince", "1999")]);
  const taken = () => {
    const all = calls;
    calls = [];
    return all;
  };
  return { ...desk, taken };
}

describe("the lane of a call", () => {
  it.each<[string, (player: Player) => Promise<unknown>, string[]]>([
    ["pause", (player) => player.pause(), ["pause controls"]],
    ["play", (player) => player.play(bareWish("hello")), ["search controls", "play controls"]],
    [
      "play a link",
      (player) => player.play(wish({ url: uriOf("Adele", "Hello") })),
      ["lookup controls", "play controls"],
    ],
    ["seek", (player) => player.seek({ byMs: 5_000 }), ["state controls", "seek controls"]],
    ["what's playing", (player) => player.state(), ["state now_playing"]],
    ["a fresh view", (player) => player.state({ fresh: true }), ["state now_playing"]],
    ["the queue shown", (player) => player.queue(), ["queue.show now_playing"]],
    ["a link's card", (player) => player.lookup(uriOf("Adele", "Hello")), ["lookup metadata"]],
    ["the playlists shown", (player) => player.playlists(), ["playlists.list metadata"]],
    ["a page of one", (player) => player.playlistItems("scripted:playlist:x", 20, 0), ["playlists.items metadata"]],
    ["the top", (player) => player.topTracks("month", 5), ["library.topTracks metadata"]],
  ])("%s", async (_name, command, lanes) => {
    const desk = lanesDesk();
    await desk.run(command);
    expect(desk.taken()).toEqual(lanes);
  });
});
