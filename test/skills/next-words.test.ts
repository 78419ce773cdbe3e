import { describe, expect, it } from "vitest";
import { MIA, openStage, type Scene, titleOf } from "./stage.ts";

const stage = openStage();

async function playing(): Promise<Scene> {
  const scene = await stage.begin();
  await scene.plays("Hello", "Adele");
  return scene;
}

describe("the other one", () => {
  it.each([
    ["en", "play hello", "no, the other one"],
    ["de", "spiel hello", "nein, das andere"],
    ["es", "pon hello", "no, el otro"],
    ["fr", "mets hello", "non, l'autre"],
  ])("is the next that the search had found, and no call but the play: %s", async (locale, wish, other) => {
    const { anna, calls, player } = await playing();
    await anna.says(wish, { locale });
    const first = player().uri;
    calls();
    expect((await anna.says(other, { locale })).kind).toBe("answer");
    expect(player().uri).not.toBe(first);
    expect(calls()).toEqual({ "PUT /me/player/play": 1 });
  });

  it("goes round them, and comes back to the first", async () => {
    const { anna } = await playing();
    const said = [(await anna.says("play hello")).text];
    for (let turn = 0; turn < 5 && new Set(said).size === said.length; turn += 1)
      said.push((await anna.says("the other one")).text);
    expect(said.length).toBeGreaterThan(2);
    expect(said.at(-1)).toBe(said[0]);
  });

  it("is the next of the hits that one was chosen from", async () => {
    const { anna, calls } = await playing();
    await anna.says("search hello");
    await anna.says("the second one");
    calls();
    const other = await anna.says("no, the other one");
    await anna.says("search hello");
    expect((await anna.says("the third one")).text).toBe(other.text);
    expect(calls()["GET /search"]).toBeUndefined();
  });

  it("is asked for plainly where there is none", async () => {
    const { anna } = await playing();
    expect((await anna.says("the other one")).text).toBe("I know of no other one. Say what you want to hear, please.");
  });
});

describe("words of one's own", () => {
  it("give way to what they mean once another version of it is wished for", async () => {
    const { anna } = await playing();
    await anna.says("call this the date night anthem");
    await anna.says("play bohemian rhapsody");
    await anna.says("play the date night anthem");
    await anna.says("no, the live version");
    const why = await anna.says("why?");
    expect(why.text).toContain("song: Hello · artist: Adele · version: live");
    expect(why.text).not.toContain("song: date night anthem");
  });

  it("say of an album that it is one", async () => {
    const { anna } = await playing();
    const album = "the album Thriller by Michael Jackson";
    expect((await anna.says("when i say the moonwalk i mean the album thriller")).text).toBe(
      `From now on, “the moonwalk” means ${album}.`,
    );
    expect((await anna.says("show my aliases")).text).toContain(`“the moonwalk” is ${album}`);
    await anna.says("play hello by adele");
    expect((await anna.says("call this album our record")).text).toBe(
      "From now on, “our record” means the album 25 by Adele.",
    );
    expect((await anna.says("call this playlist our list")).kind).toBe("error");
    await anna.says("play zombie");
    expect((await anna.says("no, i meant the album thriller")).text).toContain(`always mean ${album} when you say it?`);
  });
});

describe("an old answer", () => {
  it("says once what it began, as long as nobody knows more", async () => {
    const scene = await playing();
    const { text } = await scene.anna.says("play the album thriller");
    await scene.anna.says("volume 40");
    await scene.passes(3_000);
    const message = scene.talk.adapter.shown.findLast((each) => each.reply.view?.kind === "now-playing");
    expect(message?.reply.text).toBe(text);
    expect(message?.reply.blocks.filter(({ type }) => type === "text")).toEqual([{ type: "text", text }]);
  });
});

describe("an answer to a choice", () => {
  it("that is only a yes is asked which, with the same options", async () => {
    const { anna } = await playing();
    const hits = await anna.says("search hello");
    const which = await anna.says("yes");
    expect(which).toMatchObject({ kind: "question" });
    expect(which.text).toMatch(/^Which one\? Say its number, or pick it\.\n1\. Hello/);
    const options = (reply: typeof hits) =>
      reply.blocks.flatMap((each) => (each.type === "select" ? each.options : []));
    expect(options(which).map(({ command }) => command)).toEqual(options(hits).map(({ command }) => command));
    expect((await anna.says("the first one")).text).toMatch(/^Playing Hello/);
  });

  it("by its number belongs to what was asked, not to the devices that a card offers", async () => {
    const scene = await playing();
    await scene.anna.says("what devices are there");
    await scene.anna.says("search hello");
    const first = await scene.anna.says("the first one");
    expect(first.blocks.some(({ type }) => type === "select")).toBe(true);
    const device = scene.control.player.look(MIA).device;
    expect((await scene.anna.says("the second one")).text).toMatch(/^Playing /);
    expect(scene.control.player.look(MIA).device).toEqual(device);
    await scene.anna.says("what's playing");
    expect((await scene.anna.says("the second one")).text).toBe("There is nothing to choose from right now.");
  });
});

describe("why", () => {
  it("says in plain words what a yes came to", async () => {
    const { anna } = await playing();
    await anna.says("yes");
    const { text } = await anna.says("why?");
    expect(text).toBe("I heard: “yes”\nI understood: an answer to a question of mine");
  });

  it("names no value that people do not say", async () => {
    const { anna } = await playing();
    await anna.says("turn it up a bit");
    expect((await anna.says("why?")).text).toBe("I heard: “turn it up a bit”\nI understood: /louder");
  });
});

describe("how loud, against how loud it is", () => {
  it.each([
    [60, "turn it down by a third", 40],
    [60, "half as loud", 30],
    [30, "twice as loud", 60],
    [40, "a quarter louder", 50],
    [80, "twice as loud", 100],
    [60, "turn it down by 30", 30],
  ])("%d, %s: %d", async (from, words, to) => {
    const scene = await playing();
    await scene.anna.says(`volume ${from}`);
    await scene.settle(scene.anna.says(words));
    expect(scene.volumeOf("Office")).toBe(to);
  });
});

describe("what newcomers say", () => {
  it("play my liked songs", async () => {
    const { anna } = await playing();
    expect((await anna.says("play my liked songs")).text).toMatch(/^Playing your liked songs, starting with /);
  });

  it("move a queued song to the top by its name", async () => {
    const { anna } = await playing();
    for (const title of ["bohemian rhapsody", "creep", "thriller"]) await anna.says(`queue the song ${title}`);
    const queue = (await anna.says("show the queue")).text;
    expect(queue.indexOf("Thriller")).toBeGreaterThan(queue.indexOf("Creep"));
    expect((await anna.says("move thriller to the top")).text).toMatch(/^Thriller is now number 1 in the queue\.$/);
    const moved = (await anna.says("show the queue")).text;
    expect(moved.indexOf("Thriller")).toBeLessThan(moved.indexOf("Creep"));
    expect((await anna.says("move yesterday once more to the top")).kind).toBe("error");
  });

  it("please don't stop the music", async () => {
    const { anna, player } = await playing();
    await anna.says("please don't stop the music");
    expect(player().playing).toBe(true);
    expect(titleOf(stage.catalogue, player().uri)).toBe("Hello");
  });

  it("hey who are you", async () => {
    const { anna } = await stage.begin();
    const help = await anna.says("help");
    for (const words of ["hey who are you", "who are you"]) expect((await anna.says(words)).text).toBe(help.text);
  });

  it.each([
    ["en", "set a timer for 15 minutes"],
    ["de", "stell einen Timer auf 15 Minuten"],
    ["es", "pon un temporizador de 15 minutos"],
    ["fr", "mets un minuteur de 15 minutes"],
  ])("a timer, in %s", async (locale, words) => {
    const scene = await playing();
    await scene.anna.says("play hello by adele", { locale: "en" });
    await scene.anna.says(words, { locale });
    expect(scene.player().playing).toBe(true);
    await scene.passes(16 * 60_000);
    expect(scene.player().playing).toBe(false);
  });
});
