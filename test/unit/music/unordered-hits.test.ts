import { describe, expect, it } from "vitest";
import type { Item, SearchHits, Track } from "../../../src/contracts/music.ts";
import { asksOf } from "../../../src/music/ranking/asks.ts";
import { decide, noHits, rank } from "../../../src/music/ranking/rank.ts";
import { artistsOf, nameOf } from "../../../src/music/ranking/score.ts";
import { bareWish } from "./desk.ts";

const song = (title: string, artist: string): Track => ({
  type: "track",
  uri: `scripted:track:${title} ${artist}`,
  title,
  artists: [{ name: artist }],
  durationMs: 200_000,
  art: [],
});
const hits = (...tracks: Track[]): SearchHits => ({
  ...noHits(),
  tracks,
  artists: [...new Set(tracks.flatMap(artistsOf))].map((name) => ({
    type: "artist",
    uri: `scripted:artist:${name}`,
    name,
    art: [],
  })),
});
const shown = (item: Item) => [nameOf(item), ...artistsOf(item)].join(" / ");
function decided(words: string, found: SearchHits) {
  const decision = decide(rank(asksOf(bareWish(words).readings), { hits: found }));
  if (decision.kind === "chosen") return shown(decision.chosen.item);
  return decision.kind === "close" ? decision.choices.map(({ item }) => shown(item)) : decision.kind;
}

describe("one title by several artists", () => {
  const dreams = hits(song("Dreams", "Fleetwood Mac"), song("Dreams", "The Cranberries"));

  it("plays the first where the first is the most heard", () => {
    expect(decided("dreams", dreams)).toBe("Dreams / Fleetwood Mac");
  });

  it("is asked about where nobody counts what is heard, slips of the finger or not", () => {
    const both = ["Dreams / Fleetwood Mac", "Dreams / The Cranberries"];
    expect(decided("dreams", { ...dreams, unordered: true })).toEqual(both);
    expect(decided("draems", { ...dreams, unordered: true })).not.toBe("Dreams / Fleetwood Mac");
    expect(decided("dreems", { ...dreams, unordered: true })).toEqual(both);
  });

  it("is not asked about when the artist was said, or when it is the same song twice", () => {
    expect(decided("cranberries dreams", { ...dreams, unordered: true })).toBe("Dreams / The Cranberries");
    const twice = hits(song("Dreams", "Fleetwood Mac"), {
      ...song("Dreams", "Fleetwood Mac"),
      uri: "scripted:track:2",
    });
    expect(decided("dreams", { ...twice, unordered: true })).toBe("Dreams / Fleetwood Mac");
  });
});

describe("titles of one artist that are a letter apart", () => {
  it("are told apart by the one that was said", () => {
    const titles = ["Evening babali", "Evening babako", "Evening babaso", "Evening kobako"];
    const found: SearchHits = { ...hits(...titles.map((title) => song(title, "The Tidewrights"))), unordered: true };
    const readings = [{ slots: { track: "evening babako", artist: "the tidewrights" }, score: 0.93 }];
    const decision = decide(rank(asksOf(readings), { hits: found }));
    expect(decision.kind === "chosen" && shown(decision.chosen.item)).toBe("Evening babako / The Tidewrights");
  });
});

describe("an artist's name with a title behind it", () => {
  const found = hits(
    song("Halo", "Beyoncé"),
    song("Crazy in Love", "Beyoncé"),
    song("If I Were a Boy", "Beyoncé"),
    song("Halo", "Depeche Mode"),
    song("Single Ladies", "Beyoncé"),
  );

  it.each(["beyonce halo", "beonce halo", "halo beyonce", "halo beonce"])(
    "is the song, not the artist: %s",
    (words) => {
      expect(decided(words, found)).toBe("Halo / Beyoncé");
      expect(decided(words, { ...found, unordered: true })).toBe("Halo / Beyoncé");
    },
  );

  it.each(["beyonce", "beonce"])("is the artist without one: %s", (words) => {
    expect(decided(words, { ...found, unordered: true })).toBe("Beyoncé");
  });
});
