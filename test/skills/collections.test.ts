import { describe, expect, it } from "vitest";
import { JONAS, labels, openStage, type Scene } from "./stage.ts";

const stage = openStage();

async function playing(): Promise<Scene> {
  const scene = await stage.begin();
  await scene.plays("Hello", "Adele");
  return scene;
}

describe("liked songs", () => {
  it("likes what is playing, once", async () => {
    const { anna, calls } = await playing();
    await anna.says("what's playing");
    calls();
    expect((await anna.says("like this song")).text).toBe("Added to your liked songs: Hello by Adele.");
    expect(calls()).toEqual({ "PUT /me/library": 1 });
    expect((await anna.says("like this song")).text).toBe("Hello by Adele is already in your liked songs.");
    expect(calls()).toEqual({});
  });

  it("unlikes it again", async () => {
    const { anna, calls } = await playing();
    await anna.says("save this");
    calls();
    expect((await anna.says("unlike this")).text).toBe("Removed from your liked songs: Hello by Adele.");
    expect(calls()).toEqual({ "DELETE /me/library": 1 });
    expect((await anna.says("unlike this")).text).toBe("Hello by Adele is not in your liked songs.");
    expect((await anna.says("undo that")).text).toBe("Back in your liked songs: Hello by Adele.");
  });

  it("likes from the card, whose heart then turns", async () => {
    const { anna, talk } = await playing();
    await anna.says("what's playing");
    await anna.presses("Like");
    const card = talk.adapter.shown.find(({ reply }) => reply.view?.kind === "now-playing");
    expect(card && labels(card.reply)).toContain("Remove from liked songs");
  });

  it("has nothing to like when nothing plays", async () => {
    const { anna, calls } = await stage.begin();
    expect(await anna.says("like this song")).toMatchObject({
      kind: "error",
      text: "Nothing is playing right now. Tell me what to play.",
    });
    expect(calls()).not.toHaveProperty("PUT /me/library");
  });
});

describe("sharing", () => {
  it("shows everybody the song, to play on their own player", async () => {
    const scene = await playing();
    const reply = await scene.anna.says("share this song", { place: "hall" });
    expect(reply).toMatchObject({ visibility: "public", text: "anna is listening to Hello by Adele." });
    expect(labels(reply)).toEqual(["Play on mine", "Queue on mine"]);

    const bob = scene.person("bob", { place: "hall" });
    await bob.sends("account.link", {}, {});
    scene.control.devices.activate(JONAS, "Pixel 10");
    const asked = await bob.presses("Play on mine");
    expect(asked.kind).toBe("error");
    expect(scene.control.player.look(JONAS).playing).toBe(false);
  });

  it("tells only the person when there is nothing to share", async () => {
    const { anna } = await stage.begin();
    const reply = await anna.says("share this song", { place: "hall" });
    expect(reply).toMatchObject({ kind: "error", visibility: "private" });
  });
});

describe("playlists", () => {
  it("lists them with their songs counted, and plays one", async () => {
    const { anna, player, calls } = await playing();
    const reply = await anna.says("my playlists");
    expect(reply.text).toMatch(/^You have 9 playlists\n1\. /);
    calls();
    await anna.says("my playlists");
    expect(calls()).toEqual({});
    expect((await anna.presses("Road trip")).text).toMatch(/^Playing the playlist Road trip/);
    expect(player().contextUri).toMatch(/^spotify:playlist:/);
  });

  it("creates one", async () => {
    const { anna, calls } = await playing();
    expect((await anna.says("create a playlist called Sunday")).text).toBe(
      "Created the playlist “Sunday”. Only you can see it.",
    );
    expect(calls()).toEqual({ "POST /me/playlists": 1 });
    expect((await anna.sends("playlist.create", { name: "Open house", public: true })).text).toBe(
      "Created the playlist “Open house”. Everyone can see it.",
    );
    expect((await anna.says("my playlists")).text).toContain("Sunday");
  });

  it("adds what is playing, once; and takes it out again", async () => {
    const { anna } = await playing();
    await anna.says("create a playlist called gym");
    expect((await anna.says("add this to my gym playlist")).text).toBe("Added Hello by Adele to “gym”.");
    expect((await anna.says("add this to my gym playlist")).text).toBe("Hello by Adele is already in “gym”.");
    expect((await anna.sends("playlist.show", { playlist: "gym" })).text).toBe("“gym”: 1 song\n1. Hello by Adele");
    expect((await anna.says("remove this song from my gym playlist")).text).toBe("Removed Hello by Adele from “gym”.");
    expect((await anna.says("remove this song from my gym playlist")).text).toBe("Hello by Adele is not in “gym”.");
    expect((await anna.says("undo that")).text).toBe("Put back into “gym”.");
    expect((await anna.sends("playlist.show", { playlist: "gym" })).text).toContain("1. Hello by Adele");
  });

  it("takes back what was added", async () => {
    const { anna } = await playing();
    await anna.says("add this song to chill");
    expect((await anna.says("undo that")).text).toBe("Taken out of “Chill” again.");
    expect((await anna.sends("playlist.show", { playlist: "chill" })).text).not.toContain("Hello");
  });

  it("adds another song than the one that plays", async () => {
    const { anna } = await playing();
    expect((await anna.says("add yesterday by the beatles to chill")).text).toBe(
      "Added Yesterday - Remastered 2009 by The Beatles to “Chill”.",
    );
  });

  it("offers the near ones for a list there is not; the wish goes on", async () => {
    const { anna } = await playing();
    const question = await anna.says("add this to my gym playlist");
    expect(question.kind).toBe("question");
    expect(question.text).toMatch(/^I did not find “gym”\. Did you mean one of these\?/);
    expect((await anna.presses("Chill")).text).toBe("Added Hello by Adele to “Chill”.");
  });

  it("asks between two lists that fit alike", async () => {
    const { anna } = await playing();
    await anna.says("create a playlist called gym one");
    await anna.says("create a playlist called gym two");
    const question = await anna.says("add this to my gym playlist");
    expect(question).toMatchObject({ kind: "question" });
    expect((await anna.says("the second one")).text).toMatch(/^Added Hello by Adele to “gym (one|two)”\.$/);
  });

  it("turns pages", async () => {
    const { anna } = await playing();
    const first = await anna.sends("playlist.show", { playlist: "morning" });
    expect(first.text.split("\n")).toHaveLength(21);
    expect((await anna.presses("More")).text.split("\n")).toHaveLength(6);
    expect(labels(await anna.presses("Back"))).toEqual(["Play", "More", "Share"]);
  });

  it("renames", async () => {
    const { anna } = await playing();
    expect((await anna.sends("playlist.rename", { playlist: "morning", name: "Early" })).text).toBe(
      "“Morning” is now called “Early”.",
    );
    expect((await anna.says("my playlists")).text).toContain("Early");
  });

  it("moves a song within it", async () => {
    const { anna } = await playing();
    const songs = async () => (await anna.sends("playlist.show", { playlist: "morning" })).text.split("\n");
    const before = await songs();
    expect((await anna.sends("playlist.reorder", { playlist: "morning", from: 3, to: 1 })).text).toBe(
      "In “Morning”, moved song 3 to place 1.",
    );
    expect((await songs())[1]?.slice(3)).toBe(before[3]?.slice(3));
  });

  it("asks before it deletes, and keeps it at a no", async () => {
    const { anna, calls } = await playing();
    const question = await anna.sends("playlist.delete", { playlist: "morning" });
    expect(question).toMatchObject({
      kind: "question",
      text: "Delete your playlist “Morning”? I cannot bring it back.",
    });
    calls();
    expect((await anna.says("no")).text).toBe("Okay, “Morning” stays.");
    expect(calls()).toEqual({});
    await anna.sends("playlist.delete", { playlist: "morning" });
    expect((await anna.says("yes")).text).toBe("Deleted “Morning”.");
    expect((await anna.says("my playlists")).text).not.toContain("Morning");
  });

  it("follows somebody's list, and stops again", async () => {
    const { anna } = await playing();
    const gym = [...stage.catalogue.playlists.values()].find(({ name }) => name === "Gym");
    const uri = `spotify:playlist:${gym?.id}`;
    expect((await anna.sends("playlist.follow", { uri })).text).toBe("“Gym” is now among your playlists.");
    expect((await anna.says("my playlists")).text).toContain("Gym");
    const question = await anna.sends("playlist.delete", { uri });
    expect(question.text).toBe("Stop following “Gym”?");
    expect((await anna.presses("Stop following")).text).toBe("You no longer follow “Gym”.");
  });

  it("shares one with everybody", async () => {
    const { anna } = await playing();
    const reply = await anna.sends("playlist.share", { playlist: "dinner with friends" }, { place: "hall" });
    expect(reply.visibility).toBe("public");
    expect(reply.text).toMatch(
      /^anna shares the playlist “Dinner with friends”\.\nhttps:\/\/open\.spotify\.com\/playlist\//,
    );
    expect(labels(reply)).toEqual(["Play", "Follow"]);
  });

  it("makes one of the songs played most", async () => {
    const { anna, calls } = await playing();
    expect((await anna.sends("playlist.from_top", { range: "half_year" })).text).toBe(
      "Created “My top songs of the last six months” with 50 songs.",
    );
    expect(calls()).toEqual({
      "GET /me/top/tracks": 1,
      "POST /me/playlists": 1,
      "POST /playlists/{playlist_id}/items": 1,
    });
  });

  it.each([
    ["playlist.create", {}, /name/],
    ["playlist.show", {}, /playlist/],
    ["playlist.create", { name: "x".repeat(101) }, /name is too long/],
    ["playlist.reorder", { playlist: "morning", from: 0, to: 1 }, /at least 1|from 1/],
  ])("says what it needs: %s %o", async (intent, slots, text) => {
    const { anna } = await playing();
    const reply = await anna.sends(intent, slots);
    expect(reply.kind).toBe("error");
    expect(reply.text).toMatch(text);
  });
});

it("says plainly that there are no lyrics, also to people without an account", async () => {
  const { anna, calls } = await stage.begin({ as: undefined });
  expect((await anna.says("show me the lyrics")).text).toBe(
    "I cannot show lyrics here. Open the song in Spotify and tap the lyrics there.",
  );
  expect(calls()).toEqual({});
});
