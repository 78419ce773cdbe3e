import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { recognise, unreadable } from "../../../../src/music/providers/spotify/links.ts";

const ID = "4iV5W9uYEdYUVa79Axb7Rh";

describe("a link", () => {
  it.each([
    [`https://open.spotify.com/track/${ID}`, "track"],
    [`http://open.spotify.com/track/${ID}`, "track"],
    [`open.spotify.com/album/${ID}`, "album"],
    [`spotify.com/artist/${ID}`, "artist"],
    [`https://www.spotify.com/artist/${ID}`, "artist"],
    [`https://play.spotify.com/track/${ID}`, "track"],
    [`https://open.spotify.com/track/${ID}?si=8f2a_b-C&utm_source=copy-link`, "track"],
    [`https://open.spotify.com/track/${ID}/`, "track"],
    [`https://open.spotify.com/track/${ID}#1:30`, "track"],
    [`https://open.spotify.com/intl-de/track/${ID}`, "track"],
    [`https://open.spotify.com/intl-pt-br/show/${ID}?si=x`, "show"],
    [`https://open.spotify.com/embed/episode/${ID}?utm_source=generator`, "episode"],
    [`https://open.spotify.com/embed-podcast/show/${ID}`, "show"],
    [`https://open.spotify.com/intl-fr/embed/album/${ID}`, "album"],
    [`https://open.spotify.com/embed?uri=spotify:track:${ID}`, "track"],
    [`https://open.spotify.com/embed?uri=spotify%3Aalbum%3A${ID}&theme=0`, "album"],
    [`https://embed.spotify.com/?uri=spotify:track:${ID}`, "track"],
    [`https://open.spotify.com/embed/?theme=white&uri=spotify:user:bob:playlist:${ID}`, "playlist"],
    [`https://open.spotify.com/user/some.body/playlist/${ID}?si=1`, "playlist"],
    [`https://open.spotify.com/audiobook/${ID}`, "audiobook"],
    [`OPEN.SPOTIFY.COM/Track/${ID}`, "track"],
    [`spotify:track:${ID}`, "track"],
    [`spotify:audiobook:${ID}`, "audiobook"],
    [`spotify:user:some.body:playlist:${ID}`, "playlist"],
    [`spotify://track/${ID}`, "track"],
    [`spotify:track:${ID}?si=abc`, "track"],
    [`spotify:track:${ID}#0:42`, "track"],
  ])("%s is a %s", (text, type) => {
    expect(recognise(text)).toEqual({ uri: `spotify:${type}:${ID}`, type, start: 0, end: text.length });
  });

  it.each([
    ["look at this: ", `https://open.spotify.com/track/${ID}?si=abc`, "."],
    ["(", `open.spotify.com/track/${ID}`, "), great"],
    ["<", `https://open.spotify.com/track/${ID}?si=abc`, "|open.spotify.com>"],
    ["[song](", `https://open.spotify.com/track/${ID}`, ")"],
    ["“", `spotify:track:${ID}`, "”"],
    ["play ", `spotify:track:${ID}`, " on the kitchen speaker"],
    ["song:", `spotify:track:${ID}`, "!!!"],
    ["*", `https://open.spotify.com/track/${ID}`, "*"],
  ])("stands at its place: %s%s%s", (before, link, after) => {
    expect(recognise(before + link + after)).toMatchObject({ start: before.length, end: before.length + link.length });
  });

  it("is the first of several", () => {
    const other = "6rqhFgbbKwnb9MLmUQDhG6";
    expect(recognise(`spotify:album:${other} or open.spotify.com/track/${ID}`)?.uri).toBe(`spotify:album:${other}`);
  });

  it.each([
    `https://open.spotify.com.evil.example/track/${ID}`,
    `https://notspotify.com/track/${ID}`,
    `https://evil.example/open.spotify.com/track/${ID}`,
    `https://open.spotify.com@evil.example/track/${ID}`,
    `https://user:open.spotify.com@evil.example/`,
    `xspotify:track:${ID}`,
    `https://open.spotify.com/track/${ID.slice(1)}`,
    `https://open.spotify.com/track/${ID}x`,
    `https://open.spotify.com/track/../me/${ID}`,
    `https://open.spotify.com/local/${ID}`,
    "spotify:local:a:b:c:12",
    "spotify:track:",
    "play spotify please",
  ])("is not seen in %s", (text) => {
    expect(recognise(text)).toBeUndefined();
  });

  it("that cannot be read is known as such", () => {
    expect(unreadable("see https://spotify.link/AbC123xyz!")).toEqual({ why: "short_link", start: 4, end: 34 });
    expect(unreadable("https://spotify.app.link/x1")?.why).toBe("short_link");
    for (const text of [
      `https://open.spotify.com/track/${ID}x`,
      "https://open.spotify.com/collection/tracks",
      "spotify:local:a:b:c:12",
      "https://open.spotify.com/prerelease/1",
    ])
      expect(unreadable(text)?.why).toBe("invalid_link");
    for (const text of [
      "",
      "play spotify please",
      `https://open.spotify.com/track/${ID}`,
      "https://evil.example/spotify.link/x",
      "my spotify: is it linked?",
    ])
      expect(unreadable(text)).toBeUndefined();
  });

  it("is found, or not, in any text without an error and at a place inside it", () => {
    const part = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.constantFrom(
        "spotify:",
        "https://",
        "open.spotify.com/",
        "track",
        ":",
        "/",
        ID,
        "?si=",
        "intl-de/",
        "embed",
        "user:a:",
        " ",
        "spotify.link/",
      ),
    );
    fc.assert(
      fc.property(fc.array(part, { maxLength: 12 }), (parts) => {
        const text = parts.join("");
        const found = recognise(text);
        unreadable(text);
        if (!found) return;
        expect(found.uri).toMatch(/^spotify:(track|album|artist|playlist|show|episode|audiobook):[0-9A-Za-z]{22}$/);
        expect(text.slice(found.start, found.end)).toContain(found.uri.slice(-22));
      }),
      { numRuns: 2000 },
    );
  });

  it("takes time in proportion to the text", () => {
    const attacks = [
      (n: number) => `https://open.spotify.com/embed?${"a=b&".repeat(n)}`,
      (n: number) => "spotify:".repeat(n),
      (n: number) => "open.spotify.com/intl-".repeat(n),
      (n: number) => "http://".repeat(n),
      (n: number) => `spotify:user:${"a".repeat(n)}`,
      (n: number) => "open.spotify.com/user/".repeat(n),
      (n: number) => `open.spotify.com/track/${ID.slice(1)}`.repeat(n),
      (n: number) => `open.spotify.com/track/${ID}?${")".repeat(n)}x`,
    ];
    for (const attack of attacks) {
      const startedAt = performance.now();
      recognise(attack(20_000));
      unreadable(attack(20_000));
      expect(performance.now() - startedAt).toBeLessThan(100);
    }
  });
});
