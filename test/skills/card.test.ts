import { describe, expect, it } from "vitest";
import type { Block, Reply } from "../../src/contracts/reply.ts";
import type { Command } from "../../src/contracts/vocabulary.ts";
import { JONAS, labels, MIA, openStage, type Scene, titleOf } from "./stage.ts";

const stage = openStage();

async function playing(): Promise<Scene> {
  const scene = await stage.begin();
  await scene.plays("Hello", "Adele");
  return scene;
}

const block = <T extends Block["type"]>(reply: Reply, type: T) =>
  reply.blocks.find((each): each is Extract<Block, { type: T }> => each.type === type);
const texts = (reply: Reply) => reply.blocks.flatMap((each) => (each.type === "text" ? [each.text] : []));
const headingOf = (reply: Reply) => block(reply, "heading")?.text;
const cardOf = (scene: Scene): Reply => {
  const shown = scene.talk.adapter.shown.findLast(({ reply }) => reply.view?.kind === "now-playing");
  if (!shown) throw new Error("no card is shown");
  return shown.reply;
};

describe("the card of what is playing", () => {
  it("has art, title, maker, progress, device and buttons, and names the service", async () => {
    const { anna, clock } = await playing();
    const card = await anna.says("what's playing");
    expect(card.text).toBe("Now playing: Hello by Adele.");
    expect(block(card, "image")?.alt).toBe("Cover of Hello by Adele");
    expect(block(card, "heading")?.text).toBe("Hello");
    expect(texts(card)).toEqual(["Adele · 25", "Office · volume 65%"]);
    expect(block(card, "progress")).toEqual({
      type: "progress",
      positionMs: 20_000,
      durationMs: 295_510,
      playing: true,
      at: clock.now(),
    });
    const rows = card.blocks.flatMap((each) => (each.type === "buttons" ? [each.buttons] : []));
    expect(rows.map((row) => row.map(({ label, description }) => description ?? label))).toEqual([
      ["Pause", "Next", "Quieter", "Louder"],
      ["Like", "Shuffle", "Repeat", "Devices"],
    ]);
    // What a platform trims is what stands last.
    const kinds = card.blocks.map(({ type }) => type);
    expect(kinds).toEqual(["image", "heading", "text", "progress", "text", "attribution", "buttons", "buttons"]);
    expect(block(card, "attribution")).toMatchObject({
      text: "Spotify",
      url: expect.stringContaining("https://open.spotify.com/track/"),
    });
  });

  it("costs one call per look, and none within the same moment", async () => {
    const { anna, calls, passes } = await playing();
    await anna.says("what's playing");
    expect(calls()).toEqual({ "GET /me/player": 1 });
    await passes(5_000);
    await anna.says("what's playing");
    await anna.says("what song is this");
    await anna.says("who sings this");
    expect(calls()).toEqual({});
  });

  it.each([
    ["who sings this", "This is by Adele."],
    ["what album is this", "This is from 25."],
    ["how far in are we", "0:20 of 4:55."],
    ["what device is this", "It is playing on Office."],
  ])("answers one thing at a time: %s", async (say, text) => {
    const { anna } = await playing();
    expect((await anna.says(say)).text).toBe(text);
  });

  it("says when nothing is playing", async () => {
    const { anna, calls } = await stage.begin();
    expect((await anna.says("what's playing")).text).toBe(
      "Nothing is playing right now, or it plays in a private session. Tell me what to play.",
    );
    await anna.says("what's playing");
    expect(calls()).toEqual({ "GET /me/player": 1 });
  });

  it("shows shuffle, repeat and the pause", async () => {
    const scene = await playing();
    scene.control.player.set(MIA, { shuffle: true, repeat: "track", playing: false });
    const card = await scene.anna.says("what's playing");
    expect(card.text).toBe("Paused: Hello by Adele.");
    expect(texts(card).at(-1)).toBe("Office · volume 65% · shuffled · this song on repeat · paused");
    expect(labels(card)).toContain("Resume");
  });

  it("shows an episode as what it is", async () => {
    const scene = await stage.begin();
    const show = [...stage.catalogue.shows.values()].find(({ name }) => name === "The Daily");
    scene.control.player.play(MIA, { device: "Office", contextUri: `spotify:show:${show?.id}` });
    await scene.passes(20_000);
    const card = await scene.anna.says("what's playing");
    expect(card.text).toMatch(/^Now playing: .+ from The Daily\.$/);
  });

  it("does not guess what somebody else is playing", async () => {
    const { anna } = await playing();
    expect((await anna.says("what is jonas playing")).text).toMatch(
      /^What others hear is shown in the places that they/,
    );
  });
});

describe("a card that lives", () => {
  it("follows what is done in the chat, without a call", async () => {
    const scene = await playing();
    await scene.anna.says("what's playing");
    scene.calls();
    await scene.anna.says("pause");
    await scene.passes(2_000);
    expect(cardOf(scene).text).toBe("Paused: Hello by Adele.");
    await scene.anna.says("volume 20");
    await scene.passes(2_000);
    expect(texts(cardOf(scene)).at(-1)).toContain("volume 20%");
    expect(scene.calls()).toEqual({ "PUT /me/player/pause": 1, "PUT /me/player/volume": 1 });
  });

  it("shows the next song after a press, and never one that nobody can name", async () => {
    const scene = await playing();
    await scene.anna.says("what's playing");
    await scene.anna.presses("Next");
    await scene.passes(3_000);
    expect(cardOf(scene).text).toBe("Now playing: Send My Love (To Your New Lover) by Adele.");
    const edits = scene.talk.adapter.shown.flatMap((message) => message.edits.map((edit) => edit.text));
    expect(edits.join()).not.toMatch(/does not say what/);
  });

  it("an old card's press does nothing once its song is over", async () => {
    const scene = await playing();
    const old = await scene.anna.says("what's playing");
    const next = old.blocks
      .flatMap((each) => (each.type === "buttons" ? each.buttons : []))
      .find(({ description }) => description === "Next");
    await scene.anna.says("skip this");
    const before = scene.player().uri;
    scene.calls();
    const reply = await scene.anna.sends(next?.command.intent ?? "", next?.command.slots);
    expect(reply.text).toBe("That song is already over, so I left the music alone.");
    expect(scene.player().uri).toBe(before);
    expect(scene.calls()).toEqual({});
  });

  it("works after a restart", async () => {
    const scene = await playing();
    await scene.anna.says("what's playing");
    await scene.settle(scene.talk.restart());
    expect((await scene.anna.presses("Pause")).text).toBe("Paused.");
    expect(scene.player().playing).toBe(false);
  });

  it("shows an album that was started with its own cover and live buttons", async () => {
    const scene = await playing();
    const reply = await scene.anna.says("play the album thriller");
    expect(block(reply, "image")?.alt).toBe("Cover of Thriller by Michael Jackson");
    expect(labels(reply)).toContain("Pause");
    await scene.anna.says("what's playing");
    expect(titleOf(stage.catalogue, scene.player().uri)).toBe("Wanna Be Startin' Somethin'");
  });

  it("names what comes next once that is known, without a call", async () => {
    const scene = await playing();
    const { anna, calls } = scene;
    await anna.says("what's playing");
    expect(texts(cardOf(scene)).join()).not.toContain("Up next");
    await anna.says("what's in the queue");
    calls();
    await scene.passes(2_000);
    expect(texts(await anna.says("what's playing")).at(-1)).toMatch(
      /^Up next: Send My Love \(To Your New Lover\) by Adele · /,
    );
    expect(calls()).toEqual({});
    await anna.says("queue easy on me by adele");
    await anna.says("queue rolling in the deep by adele");
    await scene.passes(2_000);
    expect(texts(cardOf(scene)).at(-1)).toMatch(/^Up next: .*Rolling in the Deep by Adele/);
  });

  it("moves the music to a device that is known, and asks for the list where none is", async () => {
    const scene = await playing();
    const { anna } = scene;
    await anna.says("what's playing");
    await anna.presses("Devices");
    await scene.passes(15_000);
    const card = await anna.says("what's playing");
    expect(labels(card)).not.toContain("Devices");
    expect(block(card, "select")?.options.map(({ label }) => label)).toEqual(
      expect.arrayContaining(["Kitchen speaker"]),
    );
    expect(block(card, "select")?.options.map(({ label }) => label)).not.toContain("Office");
    await anna.presses("Kitchen speaker");
    await scene.passes(2_000);
    expect(texts(cardOf(scene)).join()).toContain("Kitchen speaker");
  });

  it("asks for a state, so that a press twice does no more than once", async () => {
    const scene = await playing();
    const old = await scene.anna.says("what's playing");
    const shuffle = old.blocks
      .flatMap((each) => (each.type === "buttons" ? each.buttons : []))
      .find(({ description }) => description === "Shuffle");
    for (let press = 0; press < 2; press += 1)
      await scene.anna.sends(shuffle?.command.intent ?? "", shuffle?.command.slots);
    expect(scene.player().shuffle).toBe(true);
    await scene.passes(2_000);
    await scene.anna.presses("Stop shuffling");
    expect(scene.player().shuffle).toBe(false);
    for (const [label, mode] of [
      ["Repeat", "context"],
      ["Repeat this song", "track"],
      ["Stop repeating", "off"],
    ] as const) {
      await scene.passes(2_000);
      await scene.anna.presses(label);
      expect(scene.player().repeat).toBe(mode);
    }
  });

  it("follows in every place of its owner", async () => {
    const scene = await playing();
    await scene.anna.says("what's playing");
    await scene.person("anna", { place: "hall" }).says("what's playing");
    await scene.anna.says("pause");
    await scene.passes(3_000);
    const cards = scene.talk.adapter.shown.filter(({ reply }) => reply.view?.kind === "now-playing");
    expect(cards.map(({ place }) => place.id)).toEqual(["direct-anna", "hall"]);
    expect(cards.map(({ reply }) => reply.text)).toEqual(["Paused: Hello by Adele.", "Paused: Hello by Adele."]);
  });

  it("pressed by somebody else acts on their player, and on nobody's where they have none", async () => {
    const scene = await playing();
    const card = await scene.anna.says("what's playing");
    const pause = card.blocks
      .flatMap((each) => (each.type === "buttons" ? each.buttons : []))
      .find(({ description }) => description === "Pause");
    const reply = await scene.person("ben", { place: "hall" }).sends(pause?.command.intent ?? "", pause?.command.slots);
    expect(reply.visibility).toBe("private");
    expect(reply.text).toMatch(/^You have not connected/);
    expect(scene.player().playing).toBe(true);
    const carol = scene.person("carol");
    await carol.sends("account.link");
    await carol.agrees(JONAS);
    scene.control.player.play(JONAS, { contextUri: scene.player().contextUri ?? "" });
    await scene.person("carol", { place: "hall" }).sends(pause?.command.intent ?? "", pause?.command.slots);
    expect(scene.control.player.look(JONAS).playing).toBe(false);
    expect(scene.player().playing).toBe(true);
  });
});

describe("the words above a card", () => {
  it("go while it shows another song, and are back with theirs", async () => {
    const scene = await playing();
    const { anna, passes } = scene;
    const played = await anna.says("play bohemian rhapsody by queen");
    expect(texts(played)[0]).toMatch(/^Playing Bohemian Rhapsody.* by Queen/);
    await passes(10_000);
    expect(texts(cardOf(scene))[0]).toMatch(/^Playing Bohemian Rhapsody.* by Queen/);
    await anna.says("next");
    await passes(5_000);
    expect(headingOf(cardOf(scene))).not.toMatch(/^Bohemian Rhapsody/);
    expect(texts(cardOf(scene)).join()).not.toContain("Playing");
    expect(cardOf(scene).text).not.toContain("Bohemian Rhapsody");
    await anna.says("previous");
    await passes(5_000);
    expect(headingOf(cardOf(scene))).toMatch(/^Bohemian Rhapsody/);
    expect(texts(cardOf(scene))[0]).toMatch(/^Playing Bohemian Rhapsody.* by Queen/);
  });

  it("stay through an album that they name", async () => {
    const scene = await playing();
    const { anna, passes } = scene;
    const played = await anna.says("play the album 25 by adele");
    const [line = ""] = texts(played);
    expect(line).toMatch(/25/);
    await anna.says("next");
    await passes(5_000);
    expect(texts(cardOf(scene))[0]).toBe(line);
  });

  it("are all that is left of a card that a newer one has taken the place of; an answer stays the answer", async () => {
    const scene = await playing();
    const { anna, passes, talk } = scene;
    const said = async (text: string) => {
      await anna.says(text);
      const message = talk.adapter.shown.at(-1) ?? expect.fail("no message");
      await passes(5_000);
      return message;
    };
    const played = await said("play bohemian rhapsody by queen");
    await said("next");
    const asked = await said("what's playing");
    const answer = headingOf(asked.reply);
    expect(played.reply.text).toMatch(/^Playing Bohemian Rhapsody.* by Queen/);
    expect(played.reply.blocks).toEqual([{ type: "text", text: played.reply.text }]);
    await said("next");
    expect(headingOf(asked.reply)).not.toBe(answer);
    await said("play hello by adele");
    expect(headingOf(asked.reply)).toBe(answer);
    expect(asked.reply.blocks.map(({ type }) => type)).not.toContain("buttons");
  });

  it("are left alone of a card of an earlier start, too", async () => {
    const scene = await playing();
    const { anna, passes, talk } = scene;
    await anna.says("play bohemian rhapsody by queen");
    const played = talk.adapter.shown.at(-1) ?? expect.fail("no message");
    await talk.restart();
    await anna.says("what's playing");
    await passes(5_000);
    expect(played.reply.blocks).toEqual([{ type: "text", text: played.reply.text }]);
  });

  it("make way for what they asked, while that is open", async () => {
    const scene = await playing();
    const { anna, passes } = scene;
    const wanted = { track: "Someone Like You", artist: "Adele", corrects: "our song" };
    const asked = await anna.sends("playback.play", wanted);
    expect(labels(asked)).toContain("Yes, always");
    expect(texts(asked)[0]).toMatch(/^Playing Someone Like You/);
    await anna.says("next");
    await passes(5_000);
    const card = cardOf(scene);
    expect(headingOf(card)).not.toBe("Someone Like You");
    expect(texts(card)[0]).toMatch(/our song/);
    expect(card.text).not.toContain("Playing");
    expect(labels(card)).toContain("Yes, always");
  });
});

describe("a press on a card", () => {
  const shownCard = (scene: Scene) =>
    scene.talk.adapter.shown.findLast(({ reply }) => reply.view?.kind === "now-playing") ?? expect.fail("no card");

  function commandOf(scene: Scene, label: string): Command {
    const buttons = shownCard(scene).reply.blocks.flatMap((each) => (each.type === "buttons" ? each.buttons : []));
    const found = buttons.find((each) => (each.description ?? each.label) === label);
    return found?.command ?? expect.fail(`no ${label}`);
  }

  async function press(scene: Scene, command: Command): Promise<Reply | undefined> {
    const { talk, settle } = scene;
    const { place, id } = shownCard(scene);
    const event = { ...talk.event("anna", command), target: { platform: place.platform, place, id } };
    await settle(talk.send(event));
    return talk.adapter.shown.find(({ key }) => key === event.key)?.reply;
  }

  it.each(["Pause", "Next", "Quieter", "Louder", "Like", "Shuffle", "Repeat"])(
    "is answered by the card itself: %s",
    async (label) => {
      const scene = await playing();
      await scene.anna.says("what's playing");
      const before = JSON.stringify(cardOf(scene).blocks);
      expect(await press(scene, commandOf(scene, label))).toMatchObject({ kind: "answer", passing: true });
      await scene.passes(5_000);
      expect(JSON.stringify(cardOf(scene).blocks)).not.toBe(before);
    },
  );

  it("is answered in words where it did nothing, where a list is asked for, and on what is no card any more", async () => {
    const scene = await playing();
    await scene.anna.says("what's playing");
    const next = commandOf(scene, "Next");
    expect((await press(scene, commandOf(scene, "Devices")))?.passing).toBeUndefined();
    expect((await press(scene, next))?.passing).toBe(true);
    expect((await press(scene, next))?.passing).toBeUndefined();
    const louder = commandOf(scene, "Louder");
    const { view } = cardOf(scene);
    const { talk } = scene;
    for (const row of await talk.store.views.of("now-playing", view?.key ?? "", talk.clock.now()))
      await talk.store.views.remove(row.id);
    expect((await press(scene, louder))?.passing).toBeUndefined();
  });

  it("is what it takes: the same typed is answered in words", async () => {
    const scene = await playing();
    await scene.anna.says("what's playing");
    expect((await scene.anna.says("louder")).passing).toBeUndefined();
  });
});
