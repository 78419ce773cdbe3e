import { describe, expect, it } from "vitest";
import { labels, MIA, openStage, SAM, type Scene, titleOf } from "./stage.ts";

const stage = openStage();
const hour = 60 * 60_000;

async function playing(options: Parameters<typeof stage.begin>[0] = {}): Promise<Scene> {
  const scene = await stage.begin(options);
  await scene.plays("Hello", "Adele");
  return scene;
}

describe("not linked", () => {
  it.each([
    "play hello by adele",
    "pause",
    "what's playing",
    "my devices",
    "search for daft punk",
    "like this song",
    "my playlists",
    "queue the album thriller",
    "undo that",
    "volume 30",
  ])("“%s” offers to connect, without a call", async (say) => {
    const { anna, calls } = await stage.begin({ as: undefined });
    const reply = await anna.says(say);
    expect(reply.kind).toBe("error");
    expect(reply.text).toBe(
      "You have not connected a Spotify account yet. Connect one, and I carry on with what you asked.",
    );
    expect(labels(reply)).toEqual(["Connect Spotify"]);
    expect(calls()).toEqual({});
  });

  it("carries the wish on by itself once the account is there", async () => {
    const scene = await stage.begin({ as: undefined });
    scene.control.devices.activate(MIA, "Office");
    await scene.anna.says("play hello by adele");
    await scene.anna.presses("Connect Spotify");
    await scene.anna.agrees();
    await scene.passes(5_000);
    expect(titleOf(stage.catalogue, scene.player().uri)).toBe("Hello");
    expect(scene.player()).toMatchObject({ device: "Office", playing: true });
    expect(scene.talk.last()?.reply.text).toBe("Playing Hello by Adele.");
  });

  it("does nothing when the person says no to the service", async () => {
    const scene = await stage.begin({ as: undefined });
    await scene.anna.says("play hello by adele");
    await scene.anna.presses("Connect Spotify");
    const reply = await scene.anna.agrees(MIA, false);
    expect(reply.kind).toBe("error");
    await scene.passes(5_000);
    expect(scene.player().playing).toBe(false);
    expect(scene.calls()).toEqual({});
  });
});

describe("a permission that was not asked for yet", () => {
  it.each([
    ["like this song", "Added to your liked songs: Hello by Adele.", /liked songs/],
    ["add this song to chill", "Added Hello by Adele to “Chill”.", /playlists/],
    ["my playlists", /^You have 9 playlists/, /playlists/],
  ])("“%s” asks for just that, and carries on", async (say, text, need) => {
    const scene = await playing({ grant: "first" });
    const question = await scene.anna.says(say);
    expect(question.kind).toBe("question");
    expect(question.text).toMatch(/^For this I need your permission for more/);
    expect(question.text).toMatch(need);
    expect(scene.calls()).toEqual({});
    await scene.anna.agrees();
    await scene.passes(5_000);
    expect(scene.talk.last()?.reply.text).toMatch(text);
    expect((await scene.anna.says("pause")).text).toBe("Paused.");
  });

  it("says when to ask again, and offers no link, once somebody took too many", async () => {
    const scene = await playing({ grant: "first" });
    let reply = await scene.anna.says("like this song");
    for (let more = 0; more < 10 && reply.kind === "question"; more++) {
      await scene.passes(15_000);
      reply = await scene.anna.says("like this song");
    }
    expect(reply.kind).toBe("error");
    expect(reply.text).toMatch(/^That was a lot at once\. Please go on after/);
    expect(reply.blocks.some((block) => block.type === "link")).toBe(false);
  });

  it("does not ask for what is not needed", async () => {
    const scene = await playing({ grant: "first" });
    const question = await scene.anna.says("like this song");
    const links = question.blocks.flatMap((block) => (block.type === "link" ? [new URL(block.url)] : []));
    const scopes = links.at(-1)?.searchParams.get("scope") ?? "";
    expect(scopes).toContain("user-library-modify");
    expect(scopes).not.toContain("playlist-modify-private");
    expect(scopes).not.toContain("user-top-read");
  });
});

describe("an account without Premium", () => {
  async function free(): Promise<Scene> {
    const scene = await stage.begin({ as: SAM });
    await scene.plays("Hello", "Adele", "Sam’s laptop");
    return scene;
  }

  it("is told once by the service, and not asked again", async () => {
    const { anna, calls } = await free();
    const reply = await anna.says("pause");
    expect(reply.kind).toBe("error");
    expect(reply.text).toMatch(/^Spotify lets only Premium accounts be controlled from outside/);
    expect(calls()).toEqual({ "PUT /me/player/pause": 1 });
    for (const say of ["skip this", "volume 30", "play hello", "shuffle on"]) {
      expect((await anna.says(say)).text).toMatch(/Premium/);
      expect(calls()).toEqual({});
    }
  });

  it("still sees what is playing, on a card without dead buttons", async () => {
    const { anna } = await free();
    await anna.says("pause");
    const card = await anna.says("what's playing");
    expect(card.text).toBe("Now playing: Hello by Adele.");
    expect(labels(card)).toEqual(["Like"]);
  });

  it("is not offered by help what it cannot have", async () => {
    const { anna } = await free();
    const all = async () => {
      const { blocks } = await anna.says("help");
      const sections = blocks.flatMap((block) => (block.type === "buttons" ? block.buttons : []));
      const told: string[] = [];
      for (const { command } of sections) told.push((await anna.sends(command.intent, command.slots)).text);
      return told.join("\n");
    };
    expect(await all()).toContain("\npause:");
    await anna.says("pause");
    const text = await all();
    for (const gone of ["pause", "volume", "shuffle", "queue-move"]) expect(text).not.toContain(`\n${gone}:`);
    for (const kept of ["now", "like", "playlists", "devices", "link"]) expect(text).toContain(`\n${kept}:`);
  });

  it("still likes songs and keeps playlists", async () => {
    const { anna } = await free();
    await anna.says("pause");
    expect((await anna.says("like this song")).text).toBe("Added to your liked songs: Hello by Adele.");
    expect((await anna.says("create a playlist called calm")).text).toMatch(/^Created the playlist “calm”/);
  });

  it("tries again when the person has Premium now", async () => {
    const { anna, control, player } = await free();
    await anna.says("pause");
    control.setPremium(SAM, true);
    expect((await anna.presses("I have Premium now")).text).toBe("Paused.");
    expect(player().playing).toBe(false);
  });
});

describe("the day's quota", () => {
  it("of the service: says until when, and knocks no more", async () => {
    const scene = await playing();
    scene.control.faults.add({
      match: { path: "/v1/search" },
      effect: {
        status: 429,
        headers: { "retry-after": String((9 * hour) / 1000) },
        body: { error: { status: 429, message: "API rate limit exceeded", reason: "QUOTA_EXCEEDED" } },
      },
    });
    const reply = await scene.anna.says("play hello by adele");
    expect(reply.kind).toBe("error");
    expect(reply.text).toBe(
      "Spotify allows this bot only so many requests a day, and they are used up until 22:01. Please try again then, or use the Spotify app meanwhile.",
    );
    expect(scene.calls()).toEqual({ "GET /search": 1 });
    expect((await scene.anna.says("play yesterday by the beatles")).text).toMatch(/until 22:01/);
    expect(scene.calls()).toEqual({});
    // Another group of endpoints goes on.
    expect((await scene.anna.says("pause")).text).toBe("Paused.");
  });

  it("of our own ledger: nothing is sent at all", async () => {
    const scene = await playing({ dailyCalls: 4 });
    for (let spent = 0; spent < 4; spent += 1) await scene.anna.says(spent % 2 ? "pause" : "resume");
    scene.calls();
    const reply = await scene.anna.says("pause");
    expect(reply.text).toMatch(/used up until /);
    expect(scene.calls()).toEqual({});
  });

  it("a refusal of a day without a reason is taken for what it is", async () => {
    const scene = await playing();
    scene.control.faults.add({
      match: { path: "/v1/me/player/*" },
      effect: { status: 429, headers: { "retry-after": "86400" }, body: "Too many requests" },
    });
    expect((await scene.anna.says("pause")).text).toMatch(/used up until Sunday 13:0\d/);
    scene.calls();
    await scene.anna.says("skip this");
    expect(scene.calls()).toEqual({});
  });

  it("a refusal of a moment is waited out", async () => {
    const scene = await playing();
    scene.control.faults.add({
      match: { path: "/v1/me/player/pause" },
      count: 1,
      effect: { status: 429, headers: { "retry-after": "1" } },
    });
    expect((await scene.anna.says("pause")).text).toBe("Paused.");
    expect(scene.player().playing).toBe(false);
  });
});

describe("a service in trouble", () => {
  it.each([
    [{ status: 503 }, /^Spotify has trouble right now\. Please try again in a few minutes\.$/],
    [{ drop: "before" as const }, /^I cannot reach Spotify/],
    [{ corrupt: "html" as const }, /^Spotify answered something I cannot read/],
    [{ corrupt: "types" as const }, /^Spotify answered something I cannot read/],
    [{ corrupt: "truncated" as const }, /^Spotify answered something I cannot read/],
    [{ delayMs: 60_000 }, /^Spotify takes too long to answer/],
  ])("%o is said in plain words with a way to try again", async (effect, text) => {
    const scene = await playing();
    scene.control.faults.add({ match: { path: "/v1/search" }, effect });
    const reply = await scene.anna.says("play hello by adele");
    expect(reply.kind).toBe("error");
    expect(reply.text).toMatch(text);
    expect(labels(reply)).toEqual(["Try again"]);
    scene.control.faults.clear();
    // What the service held back it counts only when it is over.
    if ("delayMs" in effect) await scene.passes(60_000);
    expect((await scene.anna.presses("Try again")).text).toMatch(/^Playing Hello by Adele/);
    expect(titleOf(stage.catalogue, scene.player().uri)).toBe("Hello");
  });

  it("gets over one bad answer by itself", async () => {
    const scene = await playing();
    scene.control.faults.add({ match: { path: "/v1/search" }, count: 1, effect: { status: 502 } });
    expect((await scene.anna.says("play hello by adele")).text).toMatch(/^Playing Hello by Adele/);
  });

  it("shows a sign of life when it takes more than a second", async () => {
    const scene = await playing();
    scene.control.faults.add({ match: { path: "/v1/search" }, effect: { delayMs: 3_000 } });
    const reply = await scene.anna.says("play hello by adele");
    expect(reply.text).toMatch(/^Playing Hello by Adele/);
    expect(scene.talk.adapter.deferred).toHaveLength(1);
  });

  it("never skips twice when the answer was lost", async () => {
    const scene = await playing();
    await scene.anna.says("what's playing");
    scene.control.faults.add({ match: { path: "/v1/me/player/next" }, count: 1, effect: { drop: "after" } });
    await scene.anna.says("skip this");
    expect(titleOf(stage.catalogue, scene.player().uri)).toBe("Send My Love (To Your New Lover)");
    expect(scene.calls()["POST /me/player/next"]).toBe(1);
  });

  it("takes text that is no JSON for the yes it is", async () => {
    const scene = await playing({ settings: { player: { writeReply: "text" } } });
    expect((await scene.anna.says("pause")).text).toBe("Paused.");
  });

  it("looks again when a play was only accepted", async () => {
    const scene = await playing({ settings: { player: { playReply: "accepted" } } });
    expect((await scene.anna.says("play yesterday by the beatles")).text).toMatch(/^Playing Yesterday/);
    expect(titleOf(stage.catalogue, scene.player().uri)).toMatch(/^Yesterday/);
  });

  it("says so when what was accepted does not happen", async () => {
    const scene = await playing({ settings: { player: { playReply: "accepted", acceptedDelayMs: 600_000 } } });
    expect((await scene.anna.says("play yesterday by the beatles")).text).toMatch(
      /^I asked for Yesterday - Remastered 2009 by The Beatles.*, but the player does not show it yet\. Give it a moment\.$/,
    );
  });
});

describe("refusals of the player", () => {
  it("“Restriction violated” without a reason is not passed on as such", async () => {
    const scene = await playing();
    await scene.anna.says("what's playing");
    const reply = await scene.anna.says("previous track");
    expect(reply.kind).toBe("error");
    expect(reply.text).not.toMatch(/restriction|violated|unknown/i);
    expect(titleOf(stage.catalogue, scene.player().uri)).toBe("Hello");
  });

  it("a song that is not to be had says where it may be", async () => {
    const scene = await playing();
    const { uri } = scene.player();
    scene.control.player.play(MIA, { device: "Office", contextUri: scene.player().contextUri ?? "", startAt: 3 });
    scene.control.setPlayable(uri ?? "", false);
    const reply = await scene.anna.sends("playback.play", { uri });
    expect(reply.text).not.toMatch(/undefined|unknown/i);
  });

  it("a link that has died asks to connect again, and goes on then", async () => {
    const scene = await playing();
    scene.control.revoke(MIA);
    scene.control.expireAccessTokens(MIA);
    await scene.passes(2 * hour);
    const reply = await scene.anna.says("pause");
    expect(reply.text).toBe("Your connection to Spotify has ended. Connect again, and everything is as it was.");
    await scene.anna.presses("Connect Spotify again");
    scene.control.player.play(MIA, { device: "Office", contextUri: scene.player().contextUri ?? "" });
    await scene.anna.agrees();
    await scene.passes(5_000);
    expect(scene.player().playing).toBe(false);
  });
});

describe("bad input", () => {
  it.each([
    ["nothing", ""],
    ["ten thousand characters", "play ".repeat(2_000)],
    ["control characters", "\u0000\u0007\u001b[31m"],
    ["right-to-left marks", "\u202e\u200f"],
    ["everyone", "@everyone"],
    ["markup", "<b>*_`play`_*</b> [x](javascript:alert(1))"],
    ["emoji", "🎵🎶🔥"],
    ["chatter", "what a lovely day it is"],
  ])("%s changes nothing and is answered plainly", async (_name, text) => {
    const scene = await playing();
    const before = scene.player();
    const reply = await scene.anna.says(text);
    expect(reply.text).not.toMatch(/Something went wrong|undefined|@everyone/);
    expect(scene.player()).toEqual(before);
    expect(scene.calls()).toEqual({});
  });

  it("does not repeat an invisible turn of writing from a title it did not find", async () => {
    const { anna } = await playing();
    const reply = await anna.says("play \u202egnihton\u202c @everyone");
    expect(reply.text).not.toMatch(/[\u202a-\u202e\u2066-\u2069]/);
  });
});
