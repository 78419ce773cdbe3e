import { describe, expect, it } from "vitest";
import { labels, openStage, pressables, type Scene, titleOf, trackOf } from "./stage.ts";

const stage = openStage();

async function playing(): Promise<Scene> {
  const scene = await stage.begin();
  await scene.plays("Hello", "Adele");
  return scene;
}

const album = (title: string, artist?: string) => `spotify:album:${trackOf(stage.catalogue, title, artist).albumId}`;
const track = (title: string, artist?: string) => `spotify:track:${trackOf(stage.catalogue, title, artist).id}`;

describe("a song", () => {
  it.each([
    ["play bohemian rhapsody", "Bohemian Rhapsody - Remastered 2011"],
    ["play hello by adele", "Hello"],
    ["play 99 luftballons", "99 Luftballons"],
    ["play 1999", "1999"],
    ["play stand by me", "Stand by Me"],
    ["play next to me", "Next To Me"],
    ["play stop", "Stop"],
    ["please play bohemian rapsody", "Bohemian Rhapsody - Remastered 2011"],
  ])("%s: one search, one play, in its album", async (say, title) => {
    const { anna, calls, player } = await playing();
    const reply = await anna.says(say);
    expect(reply.text).toMatch(/^Playing .+ by .+/);
    expect(titleOf(stage.catalogue, player().uri)).toBe(title);
    expect(player()).toMatchObject({ playing: true, progressMs: 0 });
    expect(player().contextUri).toMatch(/^spotify:album:/);
    expect(calls()).toEqual({ "GET /search": 1, "PUT /me/player/play": 1 });
  });

  it("goes on with its album", async () => {
    const { anna, passes, player } = await playing();
    await anna.says("play bohemian rhapsody");
    const first = player().uri;
    await passes(6 * 60_000);
    expect(player().playing).toBe(true);
    expect(player().uri).not.toBe(first);
  });

  it("shows the card of it, which follows the player", async () => {
    const { anna, talk } = await playing();
    const reply = await anna.says("play hello by adele");
    expect(reply.view?.kind).toBe("now-playing");
    expect(reply.blocks.map(({ type }) => type)).toEqual(
      expect.arrayContaining(["image", "heading", "progress", "buttons", "attribution"]),
    );
    await anna.says("pause");
    const card = talk.adapter.shown.find(({ reply: { view } }) => view?.kind === "now-playing");
    // What the answer said stays; the card below it follows.
    expect(card?.reply.text).toBe(reply.text);
    expect(card?.reply.blocks[0]).toEqual({ type: "text", text: reply.text });
    expect(JSON.stringify(card?.reply.blocks)).toContain("paused");
  });

  it("needs no search for what was searched a moment ago", async () => {
    const { anna, calls } = await playing();
    await anna.says("play hello by adele");
    calls();
    await anna.says("play hello by adele");
    expect(calls()).toEqual({ "PUT /me/player/play": 1 });
  });

  it("is understood from a slash command as from words", async () => {
    const { anna, calls, player } = await playing();
    await anna.sends("playback.play", { track: "yesterday", artist: "the beatles" });
    expect(titleOf(stage.catalogue, player().uri)).toMatch(/^Yesterday/);
    expect(calls()).toEqual({ "GET /search": 1, "PUT /me/player/play": 1 });
  });

  it("can be had shuffled", async () => {
    const { anna, player } = await playing();
    const reply = await anna.sends("playback.play", { playlist: "road trip", shuffle: "on" });
    expect(reply.text).toMatch(/, shuffled\.$/);
    expect(player()).toMatchObject({ shuffle: true, playing: true });
  });
});

describe("other things to play", () => {
  it.each([
    ["play the album thriller", /^Playing the album Thriller by Michael Jackson/, /^spotify:album:/],
    ["play nirvana", /^Playing music by Nirvana/, /^spotify:artist:/],
    ["play my road trip playlist", /^Playing the playlist Road trip\./, /^spotify:playlist:/],
    ["play the podcast the daily", /^Playing the podcast The Daily/, /^spotify:show:/],
  ])("%s", async (say, text, context) => {
    const { anna, calls, player } = await playing();
    const reply = await anna.says(say);
    expect(reply.text).toMatch(text);
    expect(player().contextUri).toMatch(context);
    expect(player().playing).toBe(true);
    const { "GET /search": searches = 0, "PUT /me/player/play": plays = 0 } = calls();
    expect(searches).toBeLessThanOrEqual(1);
    expect(plays).toBe(1);
    expect(JSON.stringify(reply.blocks)).not.toContain("does not say what");
    expect(reply.blocks.filter(({ type }) => type === "image").length).toBeLessThanOrEqual(1);
  });

  it("plays liked songs, and says which comes first", async () => {
    const { anna, player } = await playing();
    const reply = await anna.says("play my liked songs");
    expect(reply.text).toMatch(/^Playing your liked songs, starting with .+ by .+\.$/);
    expect(reply.text).toContain(titleOf(stage.catalogue, player().uri));
  });

  it("plays a kind of music", async () => {
    const { anna, player } = await playing();
    const reply = await anna.says("play some rock");
    expect(reply.text).toMatch(/^Playing /);
    expect(player().contextUri).toMatch(/^spotify:playlist:/);
  });

  it("does not pretend to play what is like something", async () => {
    const { anna, calls, player } = await playing();
    const before = player().uri;
    const reply = await anna.says("play something like this");
    expect(reply.kind).toBe("error");
    expect(player().uri).toBe(before);
    expect(calls()).toEqual({});
  });

  it("resumes on a bare “play”", async () => {
    const { anna, player, calls } = await playing();
    await anna.says("pause");
    calls();
    await anna.says("play");
    expect(player().playing).toBe(true);
    expect(calls()).toEqual({ "PUT /me/player/play": 1 });
  });
});

describe("links", () => {
  const id = () => trackOf(stage.catalogue, "Yesterday - Remastered 2009", "The Beatles").id;

  it.each([
    (link: string) => `play https://open.spotify.com/track/${link}`,
    (link: string) => `play https://open.spotify.com/intl-de/track/${link}?si=abc123`,
    (link: string) => `play spotify:track:${link}`,
    (link: string) => `play <https://open.spotify.com/track/${link}>`,
    (link: string) => `play open.spotify.com/track/${link}`,
  ])("%s plays it without a search", async (sentence) => {
    const { anna, calls, player } = await playing();
    const reply = await anna.says(sentence(id()));
    expect(reply.text).toMatch(/^Playing Yesterday/);
    expect(player().uri).toBe(`spotify:track:${id()}`);
    expect(calls()).toEqual({ "GET /tracks/{id}": 1, "PUT /me/player/play": 1 });
  });

  it("a bare link is a card, and nothing plays until it is pressed", async () => {
    const { anna, player } = await playing();
    const before = player().uri;
    const card = await anna.says(`https://open.spotify.com/track/${id()}`);
    expect(card.text).toMatch(/^Yesterday/);
    expect(labels(card)).toEqual(["Play", "Add to queue"]);
    expect(player().uri).toBe(before);
    await anna.presses("Play");
    expect(player().uri).toBe(`spotify:track:${id()}`);
  });

  it("a link is a card for people without an account too", async () => {
    const { anna } = await stage.begin({ as: undefined });
    const card = await anna.says(`https://open.spotify.com/album/${trackOf(stage.catalogue, "Thriller").albumId}`);
    expect(card.kind).toBe("answer");
    expect(labels(card)).toContain("Play");
  });

  it.each([
    "play https://spotify.link/abc123",
    "play https://open.spotify.com/track/short",
    "play https://open.spotify.com/user/somebody",
  ])("%s: said in plain words, without a call", async (say) => {
    const { anna, calls, player } = await playing();
    const before = player().uri;
    const reply = await anna.says(say);
    expect(reply.kind).toBe("error");
    expect(reply.text).not.toMatch(/invalid|short_link|undefined|none\b/i);
    expect(player().uri).toBe(before);
    expect(calls()).toEqual({});
  });

  it("says that a list made by the service itself is not given to bots", async () => {
    const { anna, player } = await playing();
    const before = player().uri;
    const reply = await anna.says("play https://open.spotify.com/playlist/37i9dQZF1DXcBWIGoYBM5M");
    expect(reply.kind).toBe("error");
    expect(reply.text).toMatch(/Spotify/);
    expect(player().uri).toBe(before);
  });
});

describe("what has no name", () => {
  it("is played without asking for more permission than there is", async () => {
    const { anna } = await playing();
    expect((await anna.says("play some jazz")).kind).toBe("answer");
  });
});

describe("what is not sure", () => {
  it("asks between things that fit alike, and plays the one that is pressed", async () => {
    const { anna, player, calls } = await playing();
    const before = player().uri;
    const question = await anna.says("play goldfinger");
    expect(question.kind).toBe("question");
    expect(question.text).toMatch(
      /^Which one do you mean\?\n1\. Goldfinger - Main Title .*\n2\. Goldfinger \(artist\)/,
    );
    expect(player().uri).toBe(before);
    calls();
    const options = pressables(question);
    await anna.sends(options[1]?.command.intent ?? "", options[1]?.command.slots);
    expect(player().contextUri).toMatch(/^spotify:artist:/);
    expect(calls()).toEqual({ "PUT /me/player/play": 1 });
  });

  it("takes the choice in words", async () => {
    const { anna, player } = await playing();
    const question = await anna.says("play goldfinger");
    const [first] = pressables(question);
    expect((await anna.says("the first one")).text).toMatch(/^Playing Goldfinger - Main Title by Shirley Bassey/);
    expect(first?.command.slots.set).toEqual({ uri: player().uri });
  });

  it("offers what is near when the artist is not the one; “the first one” plays it", async () => {
    const { anna, player, calls } = await playing();
    const question = await anna.says("play yesterday by the beatles on the moon");
    expect(question.kind).toBe("question");
    expect(question.text).toMatch(/Did you mean one of these\?\n1\. Yesterday - Remastered 2009/);
    calls();
    expect((await anna.says("the first one")).text).toMatch(/^Playing Yesterday - Remastered 2009 by The Beatles/);
    expect(player().uri).toBe(track("Yesterday - Remastered 2009", "The Beatles"));
    expect(calls()).toEqual({ "PUT /me/player/play": 1 });
  });

  it("lets a question go", async () => {
    const { anna, player, calls } = await playing();
    await anna.says("play yesterday by the beatles on the moon");
    calls();
    const before = player().uri;
    expect((await anna.presses("Never mind")).kind).toBe("answer");
    expect(player().uri).toBe(before);
    expect(calls()).toEqual({});
  });

  it("says what it did not find, with the words as they came", async () => {
    const { anna, calls } = await playing();
    const reply = await anna.says("play asdkjh qwepoi");
    expect(reply).toMatchObject({
      kind: "error",
      text: "I did not find “asdkjh qwepoi”. Try other words, or name the artist too.",
    });
    expect(calls()).toEqual({ "GET /search": 1 });
  });

  it("corrects itself: “by …” after the wrong one", async () => {
    const { anna, player } = await playing();
    await anna.says("play hello");
    await anna.says("by lionel richie");
    expect(player().uri).toBe(track("Hello", "Lionel Richie"));
  });

  it("plays what cannot be had in its album on its own", async () => {
    const { anna, control, player } = await playing();
    control.faults.add({
      match: { method: "PUT", path: "/v1/me/player/play" },
      count: 1,
      effect: { status: 404, body: { error: { status: 404, message: "Resource not found" } } },
    });
    await anna.says("play hello by adele");
    expect(player().uri).toBe(track("Hello", "Adele"));
  });
});

describe("search", () => {
  it("lists what it found; one can be played by its number", async () => {
    const { anna, calls, player } = await playing();
    const reply = await anna.says("search for daft punk");
    expect(reply.text).toMatch(/^Results for “daft punk”\n1\. /);
    expect(calls()).toEqual({ "GET /search": 1 });
    expect((await anna.says("the second one")).text).toMatch(/^Playing One More Time by Daft Punk/);
    expect(titleOf(stage.catalogue, player().uri)).toBe("One More Time");
  });

  it("searches one kind only", async () => {
    const { anna } = await playing();
    const reply = await anna.says("find songs called hello");
    expect(reply.text.split("\n")).toHaveLength(11);
    expect(reply.text).toMatch(/1\. Hello · Adele/);
  });

  it("says when there is nothing", async () => {
    const { anna } = await playing();
    expect((await anna.says("search for xqzjv")).text).toBe("I found nothing for “xqzjv”. Try other words, or fewer.");
  });
});

describe("several steps", () => {
  it("plays, then turns it down", async () => {
    const { anna, volumeOf, player } = await playing();
    const reply = await anna.says("play bohemian rhapsody on the kitchen speaker, then turn it down a bit");
    expect(reply.text).toBe("Playing Bohemian Rhapsody - Remastered 2011 by Queen on Kitchen speaker.\nQuieter: 35%.");
    expect(player()).toMatchObject({ device: "Kitchen speaker", playing: true });
    expect(volumeOf("Kitchen speaker")).toBe(35);
    expect(player().contextUri).toBe(album("Bohemian Rhapsody - Remastered 2011", "Queen"));
  });
});
