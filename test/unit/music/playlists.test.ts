import { describe, expect, it } from "vitest";
import { SegueError } from "../../../src/contracts/errors.ts";
import type { Playlist } from "../../../src/contracts/music.ts";
import { bareWish, createDesk, createNotes, type Desk, wish } from "./desk.ts";
import { uriOf } from "./shelf.ts";

const list = (id: string, name: string, more: Partial<Playlist> = {}): Playlist => ({
  type: "playlist",
  uri: `scripted:playlist:${id}`,
  name,
  own: true,
  trackCount: 1,
  art: [],
  ...more,
});

function withLists(): Desk {
  const desk = createDesk();
  desk.world.lists = [
    list("work", "Workout 2026"),
    list("rain", "Rainy Sundays"),
    list("rain2", "Rainy Mondays"),
    list("long", "Everything", { trackCount: 400 }),
    list("other", "Somebody's Jazz", { own: false }),
  ];
  desk.world.contents.set("scripted:playlist:work", [uriOf("Adele", "Hello")]);
  desk.world.contents.set("scripted:playlist:rain", [uriOf("Sigur Rós", "Starálfur")]);
  return desk;
}

describe("playlists", () => {
  it.each([
    ["workout", "work"],
    ["wrokout 2026", "work"],
    ["rainy sundays", "rain"],
    ["Somebody’s Jazz", "other"],
    ["scripted:playlist:rain2", "rain2"],
  ])("%s is found", async (words, id) => {
    const found = await withLists().run((player) => player.playlist(words));
    expect(found.uri).toBe(`scripted:playlist:${id}`);
  });

  it("asks between two, and names near ones where none fits", async () => {
    const desk = withLists();
    await expect(desk.run((player) => player.playlist("rainy"))).rejects.toMatchObject({
      code: "Ambiguous",
      details: {
        what: "playlist",
        choices: [{ slots: { uri: "scripted:playlist:rain" } }, { slots: { uri: "scripted:playlist:rain2" } }],
      },
    });
    await expect(desk.run((player) => player.playlist("zzzz"))).rejects.toMatchObject({
      code: "NotFound",
      details: { what: "playlist", query: "zzzz" },
    });
    await expect(desk.run((player) => player.playlist("somebody's jazz", { own: true }))).rejects.toMatchObject({
      code: "NotFound",
    });
    expect(desk.world.spent()).toEqual(["playlists"]);
  });

  it("keeps the list up to date with its own writes", async () => {
    const desk = withLists();
    await desk.run((player) => player.playlists());
    const made = await desk.run((player) => player.playlistCreate("  Late \u202e Night ", false));
    expect(made.name).toBe("Late Night");
    await desk.run((player) => player.playlistRename(made.uri, "Later Night"));
    await desk.run((player) => player.playlistUnfollow("scripted:playlist:other"));
    desk.world.spent();
    const names = (await desk.run((player) => player.playlists())).map((one) => one.name);
    expect(names).toEqual(["Later Night", "Workout 2026", "Rainy Sundays", "Rainy Mondays", "Everything"]);
    expect(desk.world.spent()).toEqual([]);
  });

  it.each(["", "   ", "\u0000\u0007", "x".repeat(101)])("refuses %j as a name", async (name) => {
    const desk = withLists();
    await expect(desk.run((player) => player.playlistCreate(name, true))).rejects.toMatchObject({
      code: "InvalidInput",
      details: { field: "name" },
    });
    expect(desk.world.spent()).toEqual([]);
  });

  it("does not make two of one, whatever dies", async () => {
    const desk = withLists();
    desk.world.fail("playlist.create", new SegueError("Unconfirmed", { action: "create" }), { after: true });
    await desk.run((player) => player.playlistCreate("Twice", false));
    const notes = createNotes();
    await desk.run((player) => player.playlistCreate("Thrice", false), { once: notes.once });
    await desk.run((player) => player.playlistCreate("Thrice", false), { once: notes.once, resumed: true });
    expect(desk.world.lists.filter((one) => one.name === "Twice" || one.name === "Thrice")).toHaveLength(2);
  });

  it("fills a new list in pages, and not twice", async () => {
    const desk = withLists();
    const notes = createNotes();
    const uris = Array.from({ length: 130 }, (_, index) =>
      index % 2 ? uriOf("Adele", "Hello") : uriOf("Prince", "1999"),
    );
    const made = await desk.run((player) => player.playlistCreate("Top", false));
    desk.world.spent();
    await desk.run((player) => player.playlistFill(made.uri, uris), { once: notes.once });
    expect(desk.world.spent()).toEqual(["playlist.add", "playlist.add"]);
    await desk.run((player) => player.playlistFill(made.uri, uris), { once: notes.once, resumed: true });
    expect(desk.world.contents.get(made.uri)).toHaveLength(130);
  });
});

describe("songs of a playlist", () => {
  it("adds what plays, and tells when it is there already", async () => {
    const desk = withLists();
    await desk.run((player) => player.play(bareWish("thriller")));
    desk.world.spent();
    const add = () => desk.run((player) => player.playlistAdd("scripted:playlist:work", "current"));
    expect(await add()).toMatchObject({ changed: true, items: [{ title: "Thriller" }] });
    expect(desk.world.spent()).toEqual(["playlist.items", "playlist.add"]);
    expect(await add()).toMatchObject({ changed: false });
    expect(desk.world.spent()).toEqual([]);
    expect(await desk.run((player) => player.undo())).toMatchObject({
      act: "playlist_add",
      item: { title: "Thriller" },
    });
    expect(desk.world.contents.get("scripted:playlist:work")).toEqual([uriOf("Adele", "Hello")]);
  });

  it("does not page through a long one to find out", async () => {
    const desk = withLists();
    await desk.run((player) => player.playlists());
    await desk.run((player) => player.play(bareWish("hello")));
    desk.world.spent();
    await desk.run((player) => player.playlistAdd("scripted:playlist:long", "current"));
    expect(desk.world.spent()).toEqual(["playlist.add"]);
  });

  it("takes a song by words, the one before and the one after", async () => {
    const desk = withLists();
    await desk.run((player) => player.play(wish({ album: "nevermind" })));
    const track = await desk.run((player) => player.lookup(uriOf("Prince", "1999")));
    if (track.type === "track") desk.world.recent = [{ track, playedAt: 1 }];
    const target = "scripted:playlist:rain";
    const titles = async (what: Parameters<Awaited<ReturnType<Desk["open"]>>["playlistAdd"]>[1]) =>
      (await desk.run((player) => player.playlistAdd(target, what))).items.map((item) => item.title);
    expect(await titles(wish({ track: "beat it" }))).toEqual(["Beat It"]);
    expect(await titles("previous")).toEqual(["1999"]);
    expect(await titles("next")).toEqual(["Come As You Are"]);
  });

  it("offers a choice that does not take the playlist's place", async () => {
    const desk = withLists();
    const failed = desk.run((player) => player.playlistAdd("scripted:playlist:rain", wish({ track: "helo wrld" })));
    await expect(failed).rejects.toMatchObject({ code: "NotFound" });
    const chosen = await desk.run((player) =>
      player.playlistAdd("scripted:playlist:rain", wish({ track: uriOf("Lionel Richie", "Hello") })),
    );
    expect(chosen.items).toMatchObject([{ title: "Hello", artists: [{ name: "Lionel Richie" }] }]);
  });

  it("removes, and says when there was nothing to remove", async () => {
    const desk = withLists();
    await desk.run((player) => player.play(bareWish("hello")));
    const remove = () => desk.run((player) => player.playlistRemove("scripted:playlist:work", "current"));
    expect(await remove()).toMatchObject({ changed: true });
    expect(await remove()).toMatchObject({ changed: false });
  });

  it("does not add twice when the answer was lost or the program died", async () => {
    const desk = withLists();
    await desk.run((player) => player.play(bareWish("thriller")));
    desk.world.fail("playlist.add", new SegueError("Unconfirmed", { action: "add" }), { after: true });
    await desk.run((player) => player.playlistAdd("scripted:playlist:work", "current"));
    const notes = createNotes();
    await desk.run((player) => player.playlistAdd("scripted:playlist:rain", "current"), { once: notes.once });
    desk.restart();
    await desk.run((player) => player.playlistAdd("scripted:playlist:rain", "current"), {
      once: notes.once,
      resumed: true,
    });
    const thriller = uriOf("Michael Jackson", "Thriller");
    for (const id of ["work", "rain"]) {
      expect(desk.world.contents.get(`scripted:playlist:${id}`)?.filter((uri) => uri === thriller)).toHaveLength(1);
    }
  });
});

describe("likes", () => {
  it("likes once, and knows it", async () => {
    const desk = createDesk();
    await desk.run((player) => player.play(bareWish("hello")));
    expect(await desk.run((player) => player.like())).toMatchObject({ changed: true, item: { title: "Hello" } });
    expect(await desk.run((player) => player.liked(uriOf("Adele", "Hello")))).toBe(true);
    desk.world.spent();
    expect(await desk.run((player) => player.like())).toMatchObject({ changed: false });
    expect(desk.world.spent()).toEqual([]);
    expect(await desk.run((player) => player.unlike())).toMatchObject({ changed: true });
    expect(desk.world.liked).toEqual([]);
  });

  it("likes the track that was on when the command was first run", async () => {
    const desk = createDesk();
    await desk.run((player) => player.play(wish({ album: "nevermind" })));
    const notes = createNotes();
    desk.world.fail("save", new Error("killed"));
    await desk.run((player) => player.like(), { once: notes.once }).catch(() => undefined);
    await desk.run((player) => player.next());
    await desk.clock.advance(20_000);
    await desk.run((player) => player.like(), { once: notes.once, resumed: true });
    expect(desk.world.liked).toEqual([uriOf("Nirvana", "Smells Like Teen Spirit")]);
  });

  it("has nothing to like when nothing plays", async () => {
    const desk = createDesk();
    await expect(desk.run((player) => player.like())).rejects.toMatchObject({ details: { reason: "nothing_playing" } });
  });

  it("plays liked songs as one list", async () => {
    const desk = createDesk();
    await expect(desk.run((player) => player.play(wish({ library: "liked" })))).rejects.toMatchObject({
      code: "NotFound",
      details: { what: "liked" },
    });
    desk.world.liked = [uriOf("Prince", "1999"), uriOf("Adele", "Hello")];
    await desk.clock.advance(600_001);
    desk.world.spent();
    await desk.run((player) => player.play(wish({ library: "liked" })));
    expect(desk.world.spent()).toEqual(["likedTracks", "play"]);
    expect(desk.world.calls.at(-1)?.args[0]).toEqual({ uris: desk.world.liked });
  });
});
