import { describe, expect, it } from "vitest";
import type { Track } from "../../../src/contracts/music.ts";
import type { Player } from "../../../src/contracts/player.ts";
import { suggestions } from "../../../src/core/suggest.ts";

const track = (uri: string, title: string, artist: string): Track => ({
  type: "track",
  uri,
  title,
  artists: [{ name: artist }],
  durationMs: 1,
  art: [],
});
const file = (path: string) => `files:track:${encodeURIComponent(path)}`;

async function values(items: Track[]): Promise<string[]> {
  const finder = { typed: () => {}, find: async () => items };
  const option = { intent: "playback.play", slot: "track", text: "x" };
  return (await suggestions(finder, "ann", {} as Player, option)).map(({ value }) => value);
}

describe("what a chosen completion carries", () => {
  it("is the thing itself, and where its address is too long for a platform, its title and who made it", async () => {
    const long = track(file("宇多田ヒカル/First Love/04 First Love.flac"), "初恋", "宇多田ヒカル");
    expect(long.uri.length).toBeGreaterThan(100);
    expect(await values([track(file("a.flac"), "Short", "A"), long])).toEqual([
      "files:track:a.flac",
      "初恋 宇多田ヒカル",
    ]);
  });

  it("is the title, as far as it goes, where even that is too long", async () => {
    const path = file("宇".repeat(40));
    const [first, second] = await values([
      track(path, "t".repeat(90), "a".repeat(20)),
      track(path, "u".repeat(150), "a"),
    ]);
    expect(first).toBe("t".repeat(90));
    expect(second).toMatch(/^u{90,}…?$/);
    expect(second?.length).toBeLessThanOrEqual(100);
  });
});
