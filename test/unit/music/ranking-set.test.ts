import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { SegueError } from "../../../src/contracts/errors.ts";
import { fold } from "../../../src/contracts/fold.ts";
import type { Item } from "../../../src/contracts/music.ts";
import type { PlayWish } from "../../../src/contracts/player.ts";
import { asksOf, queryOf, typesOf } from "../../../src/music/ranking/asks.ts";
import { decide, rank } from "../../../src/music/ranking/rank.ts";
import { artistsOf, nameOf } from "../../../src/music/ranking/score.ts";
import { similarity } from "../../../src/music/ranking/similarity.ts";
import { splitTitle } from "../../../src/music/ranking/versions.ts";
import { bareWish as bare, createDesk, wish } from "./desk.ts";
import { createRehearsalShelf } from "./rehearsal-catalogue.ts";

const shelf = createRehearsalShelf();

/** As language reads "X by Y": a title and its artist first, one long title second. */
const by = (track: string, artist: string): PlayWish => ({
  readings: [
    { slots: { track, artist }, score: 0.93 },
    { slots: { track: `${track} by ${artist}` }, score: 0.62 },
    { slots: { album: track, artist }, score: 0.5 },
  ],
});
const shown = (item: Item): string => [`${item.type}: ${nameOf(item)}`, ...artistsOf(item).slice(0, 1)].join(" / ");

/** What was asked, and what every listener would expect to hear. */
const requests: [string, PlayWish, RegExp][] = [
  // Artists by name alone, however they are written.
  ...(
    [
      ["nirvana", "Nirvana"],
      ["metallica", "Metallica"],
      ["black sabbath", "Black Sabbath"],
      ["weezer", "Weezer"],
      ["queen", "Queen"],
      ["u2", "U2"],
      ["björk", "Björk"],
      ["bjork", "Björk"],
      ["sigur ros", "Sigur Rós"],
      ["beyonce", "Beyoncé"],
      ["ac/dc", "AC/DC"],
      ["acdc", "AC/DC"],
      ["p!nk", "P!nk"],
      ["kesha", "Kesha"],
      ["led zepplin", "Led Zeppelin"],
      ["the weeknd", "The Weeknd"],
      ["hendrix", "Jimi Hendrix"],
      // Names one letter off a song, or inside other names.
      ["korn", "Korn"],
      ["tool", "Tool"],
      ["america", "America"],
      ["blur", "Blur"],
      ["4 non blondes", "4 Non Blondes"],
    ] as const
  ).map(([words, name]): [string, PlayWish, RegExp] => [
    words,
    bare(words),
    new RegExp(`^artist: ${name.replace("/", "\\/")}$`),
  ]),
  // Songs by name alone.
  ["hello", bare("hello"), /^track: Hello \/ Adele/],
  ["thriller", bare("thriller"), /^track: Thriller \/ Michael Jackson/],
  ["yesterday", bare("yesterday"), /^track: Yesterday.* \/ The Beatles/],
  ["africa", bare("africa"), /^track: Africa \/ Toto/],
  ["hallelujah", bare("hallelujah"), /^track: Hallelujah \/ (Jeff Buckley|Leonard Cohen)/],
  ["hurt", bare("hurt"), /^track: Hurt \/ (Johnny Cash|Nine Inch Nails)/],
  ["creep", bare("creep"), /^track: Creep \/ Radiohead/],
  ["jolene", bare("jolene"), /^track: Jolene \/ Dolly Parton/],
  ["shallow", bare("shallow"), /^track: Shallow \/ Lady Gaga/],
  ["dreams", bare("dreams"), /^track: Dreams.* \/ Fleetwood Mac/],
  ["my way", bare("my way"), /^track: My Way.* \/ Frank Sinatra/],
  // Numbers.
  ["1999", bare("1999"), /^track: 1999/],
  ["7 rings", bare("7 rings"), /^track: 7 rings/],
  ["99 luftballons", bare("99 luftballons"), /^track: 99 Luftballons \/ Nena/],
  ["24k magic", bare("24k magic"), /^track: 24K Magic/],
  ["nothing compares 2 u", bare("nothing compares 2 u"), /^track: Nothing Compares 2 U \/ Sinéad O'Connor/],
  // Titles made of command words and little words.
  ["stop", bare("stop"), /^track: Stop/],
  ["pause", bare("pause"), /^track: Pause/],
  ["stand by me", bare("stand by me"), /^track: Stand By Me/i],
  ["by the way", bare("by the way"), /^track: By the Way \/ Red Hot/],
  ["next to me", bare("next to me"), /^track: Next To Me/],
  ["on top of the world", bare("on top of the world"), /^track: On Top Of The World/],
  ["with or without you", bare("with or without you"), /^track: With Or Without You.* \/ U2/],
  ["don't stop me now", bare("dont stop me now"), /^track: Don't Stop Me Now.* \/ Queen/],
  ["live forever", bare("live forever"), /^track: Live Forever.* \/ Oasis/],
  ["live and let die", bare("live and let die"), /^track: Live And Let Die/],
  ["what's up", bare("whats up"), /^track: What's Up\? \/ 4 Non Blondes/],
  // Typos.
  ["bohemian rapsody", bare("bohemian rapsody"), /^track: Bohemian Rhapsody.* \/ Queen/],
  ["smells like teen sprit", bare("smells like teen sprit"), /^track: Smells Like Teen Spirit.* \/ Nirvana/],
  ["stairway too heaven", bare("stairway too heaven"), /^track: Stairway to Heaven.* \/ Led Zeppelin/],
  // Title and artist, in every order.
  ["hallelujah by jeff buckley", by("hallelujah", "jeff buckley"), /^track: Hallelujah.* \/ Jeff Buckley/],
  ["hurt by nine inch nails", by("hurt", "nine inch nails"), /^track: Hurt.* \/ Nine Inch Nails/],
  ["one by metallica", by("one", "metallica"), /^track: One.* \/ Metallica/],
  ["one by u2", by("one", "u2"), /^track: One.* \/ U2/],
  ["1999 by prince", by("1999", "prince"), /^track: 1999.* \/ Prince/],
  ["one by u2, not taken apart", bare("one by u2"), /^track: One.* \/ U2/],
  ["toto africa", bare("toto africa"), /^track: Africa \/ Toto/],
  ["acdc back in black", bare("acdc back in black"), /^track: Back In Black.* \/ AC\/DC/],
  ["pink so what", bare("pink so what"), /^track: So What.* \/ P!nk/],
  [
    "blink 182 all the small things",
    bare("blink 182 all the small things"),
    /^track: All The Small Things.* \/ blink-182/,
  ],
  ["crazy by gnarls barkley", by("crazy", "gnarls barkley"), /^track: Crazy.* \/ Gnarls Barkley/],
  [
    "watchtower by hendrix",
    by("all along the watchtower", "jimi hendrix"),
    /^track: All Along the Watchtower.* \/ Jimi Hendrix/,
  ],
  // Albums.
  ["the album thriller", wish({ album: "thriller" }), /^album: Thriller.* \/ Michael Jackson/],
  ["abbey road", bare("abbey road"), /^album: Abbey Road.* \/ The Beatles/],
  ["the dark side of the moon", bare("the dark side of the moon"), /^album: The Dark Side of the Moon.* \/ Pink Floyd/],
  ["dark side", bare("dark side"), /^album: The Dark Side of the Moon.* \/ Pink Floyd/],
  ["rumours by fleetwood mac", by("rumours", "fleetwood mac"), /^album: Rumours.* \/ Fleetwood Mac/],
  ["ok computer", bare("ok computer"), /^album: OK Computer.* \/ Radiohead/],
  // Versions.
  [
    "hotel california live",
    wish({ track: "hotel california", version: "live" }),
    /^track: Hotel California.*Live.* \/ Eagles/,
  ],
  ["layla unplugged", wish({ track: "layla", version: "unplugged" }), /^track: Layla.*Unplugged.* \/ Eric Clapton/],
  [
    "the original hotel california",
    wish({ track: "hotel california", version: "original" }),
    /^track: Hotel California(?!.*[Ll]ive).* \/ Eagles/,
  ],
  // Other scripts, playlists, shows.
  ["la vie en rose", bare("la vie en rose"), /^track: La vie en rose.* \/ Édith Piaf/],
  ["rock classics", wish({ playlist: "rock classics" }), /^playlist: Rock Classics/],
  ["the joe rogan podcast", wish({ show: "joe rogan" }), /^show: The Joe Rogan Experience/],
  ["this american life", wish({ show: "this american life" }), /^show: This American Life/],
];

describe("a hard set of requests on the rehearsal's catalogue", () => {
  it("holds at least sixty", () => {
    expect(requests.length).toBeGreaterThanOrEqual(60);
  });

  it.each(requests)("%s", async (_name, asked, expected) => {
    const desk = createDesk(shelf);
    const played = await desk.run((player) => player.play(asked));
    expect(shown(played.chosen)).toMatch(expected);
    expect(
      desk.world.calls.map(({ method }) => method).filter((method) => method === "search").length,
    ).toBeLessThanOrEqual(1);
  });

  it.each([
    ["a song that is not there", wish({ track: "zxqv hjkl" })],
    ["an artist who did not sing it", by("bohemian rhapsody", "metallica")],
    ["a version that does not exist", wish({ track: "creep", artist: "radiohead", version: "reggae" })],
  ])("plays nothing else instead of %s", async (_name, asked) => {
    const desk = createDesk(shelf);
    const failed = await desk.run((player) => player.play(asked)).catch((error: unknown) => error);
    expect(failed).toBeInstanceOf(SegueError);
    expect(failed).toMatchObject({ code: "NotFound" });
    expect(desk.world.playing()).toBeUndefined();
  });

  it("never plays karaoke, a tribute or a lullaby that nobody asked for", async () => {
    const titles = [
      ...new Set(shelf.catalogue.tracks.slice(0, 600).map((track) => splitTitle(track.title).base)),
    ].slice(0, 250);
    const wrong: string[] = [];
    for (const title of titles) {
      const asks = asksOf(bare(title).readings);
      const decision = decide(rank(asks, { hits: shelf.find(queryOf(asks), typesOf(asks), 10) }));
      if (decision.kind !== "chosen") continue;
      const { item } = decision.chosen;
      if (/karaoke|tribute|originally performed|lullaby/i.test([nameOf(item), ...artistsOf(item)].join(" ")))
        wrong.push(`${title} -> ${shown(item)}`);
    }
    expect(wrong).toEqual([]);
  });
});

describe("the ranking", () => {
  const names = fc.oneof(
    fc.string({ unit: "grapheme", maxLength: 60 }),
    fc.string({ unit: "binary", maxLength: 60 }),
    fc.constantFrom("()", "[", " - ", "- Live", "(feat. )", "\u202e", "!!!", "$", "x".repeat(5_000)),
  );
  const track = (title: string, artist: string, id: number): Item => ({
    type: "track",
    uri: `u:${id}`,
    title,
    artists: [{ name: artist }],
    album: { name: title },
    durationMs: 1,
    art: [],
  });

  it("never throws on hostile names, and says the same thing twice", () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(names, names), { maxLength: 8 }),
        names,
        fc.option(names),
        fc.option(names),
        (things, said, artist, version) => {
          const tracks = things
            .map(([title, by_], id) => track(title, by_, id))
            .filter((item) => item.type === "track");
          const hits = { tracks, albums: [], artists: [], playlists: [], shows: [], episodes: [], audiobooks: [] };
          const asks = asksOf([
            {
              slots: { track: said, ...(artist === null ? {} : { artist }), ...(version === null ? {} : { version }) },
              score: 1,
            },
          ]);
          const once = rank(asks, { hits });
          expect(rank(asks, { hits })).toEqual(once);
          expect(decide(once)).toEqual(decide(rank(asks, { hits })));
          expect(once.every(({ score }) => Number.isFinite(score))).toBe(true);
          expect(queryOf(asks).length).toBeLessThanOrEqual(700);
        },
      ),
      { numRuns: 300 },
    );
  });

  it("finds every name by itself", () => {
    fc.assert(
      fc.property(names, (name) => {
        expect(similarity(fold(name), fold(name))).toBe(fold(name) === "" ? 0 : 1);
        expect(fold(fold(name))).toBe(fold(name));
      }),
    );
  });

  it("is symmetric in its likeness", () => {
    fc.assert(
      fc.property(names, names, (a, b) => {
        expect(similarity(fold(a), fold(b))).toBeCloseTo(similarity(fold(b), fold(a)), 1);
      }),
    );
  });

  it("puts everything that is only like a name clearly behind what carries it", () => {
    for (const words of ["korn", "tool", "america", "kiss"]) {
      const asks = asksOf(bare(words).readings);
      const ranked = rank(asks, { hits: shelf.find(queryOf(asks), typesOf(asks), 10) });
      const exact = ranked.findIndex(({ item }) => fold(nameOf(item)) !== words);
      expect(exact).toBeGreaterThan(0);
      expect((ranked[0]?.score ?? 0) - (ranked[exact]?.score ?? 0)).toBeGreaterThan(0.2);
    }
  });

  it("takes the artist for a bare name, but the song that the service has first of all", () => {
    const artist = (name: string): Item => ({ type: "artist", uri: `a:${name}`, name, art: [] });
    const asks = asksOf(bare("heart").readings);
    const chosen = (titles: string[], names: string[]) => {
      const tracks = titles
        .map((title, id) => track(title, `Singer ${id}`, id))
        .filter((item) => item.type === "track");
      const artists = names.map(artist).filter((item) => item.type === "artist");
      const none = { albums: [], playlists: [], shows: [], episodes: [], audiobooks: [] };
      const decision = decide(rank(asks, { hits: { tracks, artists, ...none } }));
      return decision.kind === "chosen" ? decision.chosen.item.type : decision.kind;
    };
    expect(chosen(["Barracuda", "Heart", "Alone"], ["Heart"])).toBe("artist");
    expect(chosen(["Barracuda", "Heart", "Alone"], ["Heartland", "Heart"])).toBe("artist");
    expect(chosen(["Barracuda", "Heart", "Alone"], ["Heartland", "Heartbeat", "Heart"])).toBe("track");
    expect(chosen(["Heart - Remastered 2011", "Barracuda"], ["Heart"])).toBe("track");
  });

  it("keeps the reasons of every candidate, and they add up to the score", () => {
    const asks = asksOf(bare("hello").readings);
    for (const { score, why } of rank(asks, { hits: shelf.find("hello", typesOf(asks), 10) })) {
      expect(Object.values(why).reduce((sum, value) => sum + value, 0)).toBeCloseTo(score, 10);
    }
  });
});
