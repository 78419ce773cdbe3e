import { describe, expect, it } from "vitest";
import { MIA, openStage, type Scene, titleOf, trackOf } from "./stage.ts";

const stage = openStage();
const minute = 60_000;

async function playing(): Promise<Scene> {
  const scene = await stage.begin();
  await scene.plays("Hello", "Adele");
  return scene;
}

const titles = (scene: Scene) => scene.player().queue.map((uri) => titleOf(stage.catalogue, uri));
const now = (scene: Scene) => titleOf(stage.catalogue, scene.player().uri);

describe("adding to the queue", () => {
  it("takes a song with one search and one call", async () => {
    const scene = await playing();
    const reply = await scene.anna.says("add yesterday by the beatles to the queue");
    expect(reply.text).toBe("Added to the queue: Yesterday - Remastered 2009 by The Beatles.");
    expect(titles(scene)).toEqual(["Yesterday - Remastered 2009"]);
    expect(scene.calls()).toEqual({ "GET /search": 1, "POST /me/player/queue": 1 });
  });

  it("takes an album, and says how many songs that is", async () => {
    const scene = await playing();
    const reply = await scene.anna.says("queue the album thriller");
    expect(reply.text).toBe("Added to the queue: Thriller by Michael Jackson (9 songs).");
    expect(titles(scene)).toEqual(["Wanna Be Startin' Somethin'"]);
  });

  it("takes one of the person's playlists without a search", async () => {
    const scene = await playing();
    const reply = await scene.anna.sends("queue.add", { playlist: "morning" });
    expect(reply.text).toBe("Added to the queue: Morning (25 songs).");
    expect(scene.calls()).not.toHaveProperty("GET /search");
  });

  it("puts what is to come next before what waits", async () => {
    const scene = await playing();
    await scene.anna.says("queue the album thriller");
    expect((await scene.anna.says("play 7 rings next")).text).toBe("Up next: 7 rings by Ariana Grande.");
    const queue = await scene.anna.says("show the queue");
    expect(queue.text).toMatch(/1\. 7 rings · Ariana Grande\n2\. Baby Be Mine/);
  });

  it.each([
    ["now", /^Playing Yesterday .+ now\.$/],
    ["replace", /^Cleared the queue\. Playing Yesterday .+ now\.$/],
  ])("mode %s plays at once", async (mode, text) => {
    const scene = await playing();
    await scene.anna.says("queue the album thriller");
    const reply = await scene.anna.sends("queue.add", { track: "yesterday", artist: "the beatles", instead: mode });
    expect(reply.text).toMatch(text);
    expect(now(scene)).toBe("Yesterday - Remastered 2009");
    const queue = await scene.anna.says("show the queue");
    expect(queue.text.includes("queued here")).toBe(mode === "now");
  });

  it.each(["/queue", "/ajoute"])("is asked to show it when %s stands alone", async (command) => {
    const scene = await playing();
    await scene.anna.says("queue yesterday by the beatles");
    const reply = await scene.anna.says(command);
    expect(reply.text).toMatch(/Yesterday - Remastered 2009/);
    expect(reply.text).toMatch(/\nTo add something, name a song, an album or a playlist with it\.$/);
    expect(titles(scene)).toEqual(["Yesterday - Remastered 2009"]);
  });

  it("says how when there is nothing to show", async () => {
    const scene = await stage.begin();
    expect((await scene.anna.says("/queue")).text).toBe("Nothing is up next. Say “queue” and a song to change that.");
  });

  it("takes a link", async () => {
    const scene = await playing();
    const { id } = trackOf(stage.catalogue, "Dancing Queen");
    await scene.anna.says(`queue https://open.spotify.com/track/${id}`);
    expect(scene.player().queue).toEqual([`spotify:track:${id}`]);
  });

  it("asks where when nothing is active, and goes on then", async () => {
    const scene = await stage.begin();
    const question = await scene.anna.says("queue yesterday by the beatles");
    expect(question.kind).toBe("question");
    const answer = await scene.anna.presses("Office");
    expect(answer).toMatchObject({ kind: "answer", text: "Playing Yesterday - Remastered 2009 by The Beatles." });
    expect(now(scene)).toBe("Yesterday - Remastered 2009");
    expect((await scene.anna.says("undo that")).text).toBe("Stopped what I had started.");
    expect(scene.player().playing).toBe(false);
  });
});

describe("one at a time", () => {
  it("hands the next one over when the one before it has started", async () => {
    const scene = await playing();
    await scene.anna.says("queue yesterday by the beatles");
    await scene.anna.says("queue dancing queen by abba");
    await scene.anna.says("queue 99 luftballons");
    expect(titles(scene)).toEqual(["Yesterday - Remastered 2009"]);
    scene.calls();

    await scene.passes(5 * minute);
    expect(now(scene)).toBe("Yesterday - Remastered 2009");
    expect(titles(scene)).toEqual(["Dancing Queen"]);
    await scene.passes(2.5 * minute);
    expect(now(scene)).toBe("Dancing Queen");
    expect(titles(scene)).toEqual(["99 Luftballons"]);
    await scene.passes(20 * minute);
    // One look and one hand-over for each that waited, and nothing once nothing waits.
    expect(scene.calls()).toEqual({ "GET /me/player": 2, "POST /me/player/queue": 2 });
  });

  it("keeps the order when somebody skips", async () => {
    const scene = await playing();
    for (const title of ["yesterday by the beatles", "dancing queen by abba"]) await scene.anna.says(`queue ${title}`);
    await scene.anna.says("skip this");
    expect(now(scene)).toBe("Yesterday - Remastered 2009");
    await scene.passes(10_000);
    await scene.anna.says("skip this");
    expect(now(scene)).toBe("Dancing Queen");
  });

  it("waits while the music is paused", async () => {
    const scene = await playing();
    for (const title of ["yesterday by the beatles", "dancing queen by abba"]) await scene.anna.says(`queue ${title}`);
    await scene.anna.says("pause");
    scene.calls();
    await scene.passes(10 * minute);
    expect(titles(scene)).toEqual(["Yesterday - Remastered 2009"]);
    expect(Object.values(scene.calls()).reduce((sum, count) => sum + count, 0)).toBeLessThanOrEqual(6);
  });
});

describe("changing the queue", () => {
  async function three(): Promise<Scene> {
    const scene = await playing();
    for (const title of ["yesterday by the beatles", "dancing queen by abba", "99 luftballons", "7 rings"])
      await scene.anna.says(`queue ${title}`);
    scene.calls();
    return scene;
  }
  const own = async (scene: Scene) =>
    [...(await scene.anna.says("show the queue")).text.matchAll(/^\d+\. (.+) ·/gm)].map(([, title]) => title);

  it("shows everything in the order in which it will play", async () => {
    const { anna } = await three();
    const { text } = await anna.says("what's up next");
    expect(text.split("\n").slice(0, 8)).toEqual([
      "Now: Hello by Adele",
      "Next",
      "Yesterday - Remastered 2009 · The Beatles",
      "Then, queued here",
      "1. Dancing Queen · ABBA",
      "2. 99 Luftballons · Nena",
      "3. 7 rings · Ariana Grande",
      "After that",
    ]);
  });

  it("counts only what can be moved", async () => {
    expect(await own(await three())).toEqual(["Dancing Queen", "99 Luftballons", "7 rings"]);
  });

  it("moves and removes without a call", async () => {
    const scene = await three();
    expect((await scene.anna.sends("queue.move", { from: 3, to: 1 })).text).toBe(
      "7 rings is now number 1 in the queue.",
    );
    expect((await scene.anna.sends("queue.remove", { index: 2 })).text).toBe("Took Dancing Queen out of the queue.");
    expect(scene.calls()).toEqual({});
    expect(await own(scene)).toEqual(["7 rings", "99 Luftballons"]);
  });

  it("removes a song by its name", async () => {
    const scene = await three();
    expect((await scene.anna.says("remove 7 rings by ariana grande from the queue")).text).toBe(
      "Took 7 rings out of the queue.",
    );
    expect((await scene.anna.says("remove yesterday from the queue")).text).toMatch(/^I did not find “yesterday”/);
    expect(scene.calls()).toEqual({});
    expect(await own(scene)).toEqual(["Dancing Queen", "99 Luftballons"]);
  });

  it.each([
    ["queue.remove", { index: 9 }],
    ["queue.move", { from: 9, to: 1 }],
    ["queue.move", { from: 1, to: 9 }],
  ])("refuses a place that is not there: %s %o", async (intent, slots) => {
    const scene = await three();
    const reply = await scene.anna.sends(intent, slots);
    expect(reply.kind).toBe("error");
    expect(reply.text).toMatch(/must be from 1 to 3; you said 9/);
    expect(await own(scene)).toHaveLength(3);
  });

  it("clears it, and says what the service will still play", async () => {
    const scene = await three();
    expect((await scene.anna.says("clear the queue")).text).toBe(
      "Took 3 songs out of the queue. 1 song has already gone to Spotify and will still play.",
    );
    expect(await own(scene)).toEqual([]);
    await scene.passes(6 * minute);
    expect(titles(scene)).toEqual([]);
  });

  it("is cleared by its button", async () => {
    const scene = await three();
    await scene.anna.says("show the queue");
    expect((await scene.anna.presses("Clear the queue")).text).toMatch(/^Took 3 songs out/);
  });

  it("says when there is nothing to change", async () => {
    const { anna } = await playing();
    expect((await anna.says("clear the queue")).text).toBe("The queue is already empty.");
    expect((await anna.sends("queue.remove", { index: 1 })).text).toBe(
      "There is nothing in the queue that I could change.",
    );
  });

  it("takes back what was added last, as long as it waits", async () => {
    const scene = await three();
    expect((await scene.anna.says("undo that")).text).toBe("Taken out of the queue: 7 rings by Ariana Grande.");
    expect(await own(scene)).toEqual(["Dancing Queen", "99 Luftballons"]);
  });

  it("says that what the service has cannot be taken back", async () => {
    const { anna } = await playing();
    await anna.says("queue yesterday by the beatles");
    expect(await anna.says("undo that")).toMatchObject({ kind: "error", text: "That one cannot be undone." });
  });

  it("survives a restart", async () => {
    const scene = await three();
    await scene.settle(scene.talk.restart());
    expect(await own(scene)).toHaveLength(3);
    await scene.passes(5 * minute);
    expect(titles(scene)).toEqual(["Dancing Queen"]);
  });
});

it("nobody else's queue is touched", async () => {
  const scene = await playing();
  await scene.anna.says("queue yesterday by the beatles");
  expect(scene.control.player.look("jonas.rehearsal").queue).toEqual([]);
  expect(scene.control.player.look(MIA).queue).toHaveLength(1);
});
