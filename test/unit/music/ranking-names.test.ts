import { describe, expect, it } from "vitest";
import type { Artist, SearchHits, Track } from "../../../src/contracts/music.ts";
import { artistAgreement } from "../../../src/music/ranking/agreement.ts";
import { asksOf } from "../../../src/music/ranking/asks.ts";
import { decide, noHits, rank } from "../../../src/music/ranking/rank.ts";
import { nameOf } from "../../../src/music/ranking/score.ts";
import { containment, similarity } from "../../../src/music/ranking/similarity.ts";
import { bareWish, wish } from "./desk.ts";

const song = (title: string, ...artists: string[]): Track => ({
  type: "track",
  uri: `scripted:track:${title} ${artists}`,
  title,
  artists: artists.map((name) => ({ name })),
  durationMs: 200_000,
  art: [],
});
const artist = (name: string): Artist => ({ type: "artist", uri: `scripted:artist:${name}`, name, art: [] });
const hits = (tracks: Track[], artists: string[]): SearchHits => ({
  ...noHits(),
  tracks,
  artists: artists.map(artist),
});
function decided(asked: Parameters<typeof asksOf>[0], found: SearchHits): string {
  const decision = decide(rank(asksOf(asked), { hits: found }));
  return decision.kind === "chosen" ? `${decision.chosen.item.type}: ${nameOf(decision.chosen.item)}` : decision.kind;
}

describe("what sounds the same is written in several ways", () => {
  it.each([
    ["nothing compares to you", "nothing compares 2 u"],
    ["seven rings", "7 rings"],
    ["are you mine", "r u mine"],
    ["four minutes", "4 minutes"],
    ["10000 hours", "10 000 hours"],
  ])("%s", (said, written) => {
    expect(similarity(said, written)).toBeGreaterThan(0.9);
  });

  it.each([
    ["1999", "1989"],
    ["seven rings", "eight rings"],
    ["song 2", "song 3"],
    ["25", "21"],
  ])("%s is not %s", (said, written) => {
    expect(similarity(said, written)).toBeLessThan(0.8);
  });

  it.each([
    ["lincoln", "linkin"],
    ["beyonsay", "beyonce"],
  ])("hears %s as %s", (said, written) => {
    expect(containment(said, written)).toBeGreaterThan(0.7);
  });

  it.each([
    ["america", "europe"],
    ["metallica", "madonna"],
    ["nirvana", "rihanna"],
    ["korn", "torn"],
  ])("does not hear %s as %s", (said, written) => {
    expect(containment(said, written)).toBe(0);
  });
});

describe("who made it", () => {
  it.each([
    ["kanye", ["kanye west"]],
    ["bob marley", ["bob marley and the wailers"]],
    ["kendrick and sza", ["kendrick lamar", "sza"]],
    ["groenemeyer", ["herbert gronemeyer"]],
    ["nin", ["nine inch nails"]],
    ["kino", ["кино"]],
  ])("%s", (said, artists) => {
    expect(artistAgreement(said, artists)).toBeGreaterThanOrEqual(0.7);
  });

  it.each([
    ["coldplay", ["radiohead"]],
    ["queen", ["queens of the stone age"]],
    ["the who", ["the guess who"]],
    ["michael jackson", ["janet jackson"]],
  ])("%s is not %s", (said, artists) => {
    expect(artistAgreement(said, artists)).toBeLessThan(0.95);
  });
});

describe("names that the words do not show", () => {
  const kakeru = hits([song("夜に駆ける", "YOASOBI"), song("Into the Night", "YOASOBI")], ["YOASOBI"]);
  const peppers = hits([song("Can't Stop", "Red Hot Chili Peppers")], ["Red Hot Chili Peppers"]);
  const shakur = hits([song("Changes", "2Pac"), song("California Love", "2Pac", "Dr. Dre")], ["2Pac"]);
  const kino = hits([song("Группа крови", "Кино"), song("Перемен", "Кино")], ["Кино"]);

  it.each([
    ["yoru ni kakeru", kakeru, "track: 夜に駆ける"],
    ["rhcp", peppers, "artist: Red Hot Chili Peppers"],
    ["tupac", shakur, "artist: 2Pac"],
    ["kino", kino, "artist: Кино"],
    ["gruppa krovi", kino, "track: Группа крови"],
  ])("%s", (words, found, expected) => {
    expect(decided(bareWish(words).readings, found)).toBe(expected);
  });

  it.each([
    ["another word that finds one artist's songs", bareWish("florbleboop"), peppers],
    ["several words that find one artist's songs", bareWish("qwert zxcvb"), shakur],
    ["another title in letters that can be read", bareWish("dlinnaya doroga"), kino],
    ["another artist's song in letters that cannot", wish({ track: "yoru ni kakeru", artist: "adele" }), kakeru],
    ["a version of what is not named", wish({ track: "yoru ni kakeru", version: "live" }), kakeru],
  ])("does not take it for %s", (_what, { readings }, found) => {
    expect(decided(readings, found)).toBe("none");
  });
});

describe("an artist and a part of a name", () => {
  const nirvana = { ...noHits(), albums: [] as SearchHits["albums"] };
  nirvana.albums = [
    {
      type: "album",
      uri: "scripted:album:unplugged",
      title: "MTV Unplugged In New York",
      artists: [{ name: "Nirvana" }],
      kind: "album",
      art: [],
    },
  ];

  it("is the album", () => {
    expect(decided(bareWish("nirvana unplugged").readings, nirvana)).toBe("album: MTV Unplugged In New York");
  });

  it("is the song that begins so, not one that only holds the word", () => {
    const zeppelin = hits(
      [song("Going to California", "Led Zeppelin"), song("Stairway to Heaven", "Led Zeppelin")],
      [],
    );
    expect(decided(bareWish("stairway led zeppelin").readings, zeppelin)).toBe("track: Stairway to Heaven");
    expect(decided(bareWish("heaven led zeppelin").readings, zeppelin)).toBe("none");
  });
});
