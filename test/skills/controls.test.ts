import { describe, expect, it } from "vitest";
import { openStage, type Scene, titleOf } from "./stage.ts";

const stage = openStage();
const minute = 60_000;

async function playing(): Promise<Scene> {
  const scene = await stage.begin();
  await scene.plays("Hello", "Adele");
  return scene;
}

describe("pause and resume", () => {
  it("takes one call each, and says what it is about", async () => {
    const { anna, calls, player } = await playing();
    expect((await anna.says("pause")).text).toBe("Paused.");
    expect(player().playing).toBe(false);
    expect(calls()).toEqual({ "PUT /me/player/pause": 1 });
    expect((await anna.says("continue playing")).text).toBe("Playing again.");
    expect(player().playing).toBe(true);
    expect(calls()).toEqual({ "PUT /me/player/play": 1 });
  });

  it("says so when it was paused or playing already", async () => {
    const { anna, player } = await playing();
    expect((await anna.says("resume")).text).toMatch(/^Already playing/);
    expect(player().playing).toBe(true);
    await anna.says("pause");
    const reply = await anna.says("pause");
    expect(reply).toMatchObject({ kind: "answer", text: "Already paused." });
    expect(player().playing).toBe(false);
  });

  it("does not call silence a pause", async () => {
    const { anna, calls } = await stage.begin();
    const reply = await anna.says("pause");
    expect(reply).toMatchObject({ kind: "error", text: "Nothing is playing right now. Tell me what to play." });
    expect(calls()).toEqual({ "PUT /me/player/pause": 1 });
  });

  it("acts once on an event that is delivered twice", async () => {
    const { anna, talk, settle, calls, player } = await playing();
    await anna.says("skip this");
    const after = player().uri;
    calls();
    await settle(talk.redeliver());
    expect(calls()).toEqual({});
    expect(player().uri).toBe(after);
  });
});

describe("skipping", () => {
  it("names the song that follows, with one look", async () => {
    const { anna, calls, player } = await playing();
    const reply = await anna.says("skip this");
    expect(reply.text).toBe("Skipped. Now playing: Send My Love (To Your New Lover) by Adele.");
    expect(titleOf(stage.catalogue, player().uri)).toBe("Send My Love (To Your New Lover)");
    expect(calls()).toEqual({ "POST /me/player/next": 1, "GET /me/player": 1 });
  });

  it("goes back, and several at once", async () => {
    const { anna, player } = await playing();
    expect((await anna.says("skip 2 songs")).text).toBe("Skipped 2 songs. Now playing: I Miss You by Adele.");
    expect((await anna.says("go back a song")).text).toBe("Back to Send My Love (To Your New Lover) by Adele.");
    expect(titleOf(stage.catalogue, player().uri)).toBe("Send My Love (To Your New Lover)");
  });

  it("skips to the third of what is up next", async () => {
    const { anna, player } = await playing();
    const reply = await anna.sends("playback.skip_to", { index: 3 });
    expect(reply.text).toBe("Skipped 3 songs. Now playing: When We Were Young by Adele.");
    expect(titleOf(stage.catalogue, player().uri)).toBe("When We Were Young");
  });

  it("says when there was no song left", async () => {
    const { anna, player } = await stage.begin().then(async (scene) => {
      await scene.plays("Sweetest Devotion", "Adele");
      return scene;
    });
    expect((await anna.says("next song")).text).toMatch(/^That was the last song/);
    expect(player().playing).toBe(false);
  });

  it("still says that it skipped when the look fails", async () => {
    const { anna, control } = await playing();
    control.faults.add({ match: { method: "GET", path: "/v1/me/player" }, effect: { status: 503 } });
    expect((await anna.says("skip this")).text).toBe("Skipped.");
  });

  it("refuses a number of songs that nobody means, and sends nothing", async () => {
    const { anna, calls, player } = await playing();
    const before = player().uri;
    const reply = await anna.sends("playback.next", { count: 50 });
    expect(reply.kind).toBe("error");
    expect(reply.text).toMatch(/must be from 1 to 20; you said 50/);
    await anna.says("skip 500 songs");
    expect(calls()).toEqual({});
    expect(player().uri).toBe(before);
  });
});

describe("the position", () => {
  it.each([
    ["go to 1:20", 80_000, "Now at 1:20 of 4:55."],
    ["skip ahead one minute", 80_000, "Now at 1:20 of 4:55."],
    ["go to the middle", 147_755, "Now at 2:27 of 4:55."],
    ["start this song over", 0, /^From the top/],
  ])("%s", async (say, positionMs, text) => {
    const { anna, player } = await playing();
    expect((await anna.says(say)).text).toMatch(text);
    expect(player().progressMs).toBe(positionMs);
  });

  it("stops at the start when it would go before it", async () => {
    const { anna, player } = await playing();
    expect((await anna.says("30 seconds back")).text).toBe("Now at 0:00 of 4:55.");
    expect(player().progressMs).toBe(0);
  });

  it.each([
    ["seek to 99:99", "This one is only 4:55 long. Pick a time before that."],
    ["rewind 900 hours", "That is further than any song goes. Try “30 seconds back” or “go to 1:20”."],
  ])("tells a bound as people count: %s", async (say, text) => {
    const { anna, calls, player } = await playing();
    expect(await anna.says(say)).toMatchObject({ kind: "error", text });
    expect(player().progressMs).toBe(20_000);
    expect(calls()).not.toHaveProperty("PUT /me/player/seek");
  });
});

describe("the volume", () => {
  it.each([
    ["volume 30", 30, "Volume: 30%."],
    ["set the volume to half", 50, "Volume: 50%."],
    ["turn it up", 75, "Louder: 75%."],
    ["turn it down a bit", 60, "Quieter: 60%."],
    ["mute", 0, "Muted."],
  ])("%s", async (say, level, text) => {
    const { anna, volumeOf } = await playing();
    expect((await anna.says(say)).text).toBe(text);
    expect(volumeOf("Office")).toBe(level);
  });

  it("comes back from mute to where it was, and knows when it was not muted", async () => {
    const { anna, volumeOf, calls } = await playing();
    await anna.says("how loud is it");
    await anna.says("volume 35");
    await anna.says("mute");
    expect((await anna.says("mute")).text).toBe("Already muted.");
    expect((await anna.says("unmute")).text).toBe("Back to 35%.");
    expect(volumeOf("Office")).toBe(35);
    calls();
    expect((await anna.says("unmute")).text).toBe("It is not muted: the volume is 35%.");
    expect(calls()).toEqual({});
  });

  it("stops at both ends without a call", async () => {
    const { anna, calls } = await playing();
    await anna.says("how loud is it");
    await anna.says("volume 100");
    calls();
    expect((await anna.says("louder")).text).toBe("It is already as loud as it goes.");
    expect(calls()).toEqual({});
    await anna.says("volume 0");
    expect((await anna.says("quieter")).text).toBe("It is already silent.");
  });

  it("says how loud it is, without a call while that is known", async () => {
    const { anna, calls } = await playing();
    expect((await anna.says("how loud is it")).text).toBe("Office is at 65%.");
    calls();
    await anna.says("how loud is it");
    expect(calls()).toEqual({});
  });

  it.each(["volume 900", "volume -5"])("refuses what is no volume, and sends nothing: %s", async (say) => {
    const { anna, calls, volumeOf } = await playing();
    const reply = await anna.says(say);
    expect(reply.kind).toBe("error");
    expect(reply.text).toMatch(/^The volume must be from 0 to 100; you said (900|-5)\.$/);
    expect(calls()).toEqual({});
    expect(volumeOf("Office")).toBe(65);
  });

  it("makes one write out of many presses", async () => {
    const { anna, settle, calls, volumeOf } = await playing();
    await anna.says("what's playing");
    calls();
    const replies = await settle(Promise.all(Array.from({ length: 3 }, () => anna.presses("Louder"))));
    expect(volumeOf("Office")).toBe(95);
    expect(calls()["PUT /me/player/volume"]).toBe(1);
    expect(replies.map((reply) => reply?.text)).toEqual(
      expect.arrayContaining(["Louder: 75%.", "Louder: 85%.", "Louder: 95%."]),
    );
  });

  it("keeps the order of presses and what is said between them", async () => {
    const { anna, settle, calls, volumeOf } = await playing();
    await anna.says("what's playing");
    calls();
    const all = [anna.presses("Louder"), anna.presses("Louder"), anna.says("volume 20"), anna.presses("Quieter")];
    await settle(Promise.all(all));
    expect(volumeOf("Office")).toBe(10);
    expect(calls()["PUT /me/player/volume"]).toBe(3);
  });

  it("sets another device that was named", async () => {
    const { anna, control } = await playing();
    expect((await anna.says("volume 20 on the kitchen speaker")).text).toBe("Volume on Kitchen speaker: 20%.");
    expect(control.devices.list("mia.rehearsal").find(({ name }) => name === "Kitchen speaker")?.volumePercent).toBe(
      20,
    );
  });

  it("does not offer what a television cannot", async () => {
    const scene = await stage.begin();
    await scene.plays("Hello", "Adele", "Living room TV");
    const reply = await scene.anna.says("louder");
    expect(reply.kind).toBe("error");
    expect(reply.text).toMatch(/^“Living room TV” does not let me change its volume/);
    expect(scene.calls()).not.toHaveProperty("PUT /me/player/volume");
    const card = await scene.anna.says("what's playing");
    expect(JSON.stringify(card.blocks)).not.toMatch(/volume\.(up|down)/);
  });
});

describe("shuffle and repeat", () => {
  it.each([
    ["shuffle on", { shuffle: true }, "Shuffle is on.", "Shuffle is already on."],
    ["repeat this song", { repeat: "track" }, "This song is on repeat.", "This song is already on repeat."],
  ])("%s", async (say, state, first, again) => {
    const { anna, player } = await playing();
    expect((await anna.says(say)).text).toBe(first);
    expect(player()).toMatchObject(state);
    await anna.says("what's playing");
    expect((await anna.says(say)).text).toBe(again);
    expect(player()).toMatchObject(state);
  });

  it("switches both off", async () => {
    const { anna, player, control } = await playing();
    control.player.set("mia.rehearsal", { shuffle: true, repeat: "context" });
    await anna.says("what's playing");
    expect((await anna.says("turn off shuffle")).text).toBe("Shuffle is off.");
    expect((await anna.says("repeat off")).text).toBe("Repeat is off.");
    expect(player()).toMatchObject({ shuffle: false, repeat: "off" });
  });

  it("takes a refusal of what is so already for what it is", async () => {
    const scene = await stage.begin({ settings: { player: { refuseUnchangedShuffle: true } } });
    await scene.plays("Hello", "Adele");
    expect(await scene.anna.says("turn off shuffle")).toMatchObject({
      kind: "answer",
      text: "Shuffle is already off.",
    });
  });
});

describe("the sleep timer", () => {
  it("pauses then, with one call", async () => {
    const { anna, passes, calls, player } = await playing();
    const reply = await anna.says("sleep timer 2 minutes");
    expect(reply.text).toBe("I will pause the music in 2 minutes, at 13:02.");
    expect(calls()).toEqual({});
    await passes(minute);
    expect(player().playing).toBe(true);
    await passes(minute + 5_000);
    expect(player().playing).toBe(false);
    expect(calls()).toEqual({ "PUT /me/player/pause": 1 });
  });

  it("is called off by its button", async () => {
    const { anna, passes, player } = await playing();
    await anna.says("sleep timer 2 minutes");
    expect((await anna.presses("Keep playing")).text).toBe("The sleep timer is off. The music keeps playing.");
    await passes(3 * minute);
    expect(player().playing).toBe(true);
    expect((await anna.sends("playback.stay_awake")).text).toBe("No sleep timer is running.");
  });

  it("is seen on the card and by asking for it without a time, and taken back by undo", async () => {
    const { anna } = await playing();
    const card = async () => JSON.stringify((await anna.says("what's playing")).blocks);
    expect(await card()).not.toContain("until");
    await anna.says("sleep timer 2 minutes");
    expect(await card()).toContain("until 13:02");
    expect((await anna.sends("playback.sleep")).text).toBe("I pause the music at 13:02.");
    expect((await anna.says("undo")).text).toBe("The sleep timer is off again.");
    expect(await card()).not.toContain("until");
  });

  it("ends at a time of day, which is the next one in the zone of whoever asks", async () => {
    const { anna, passes, player } = await playing();
    expect((await anna.sends("playback.sleep", { time: "13:04" })).text).toBe(
      "I will pause the music in 4 minutes, at 13:04.",
    );
    await passes(4 * minute + 5_000);
    expect(player().playing).toBe(false);
    expect((await anna.sends("playback.sleep", { time: "12:30" })).text).toContain("at 00:30");
  });

  it("tells whether one runs, and starts none by that", async () => {
    const { anna } = await playing();
    expect((await anna.sends("playback.sleep_left")).text).toBe("No sleep timer is running.");
    await anna.says("sleep timer 2 minutes");
    expect((await anna.sends("playback.sleep_left")).text).toBe("I pause the music at 13:02.");
  });

  it("waits for the end of the song, wherever that has moved to", async () => {
    const { anna, passes, player } = await playing();
    const before = player().uri;
    expect((await anna.says("stop after this song")).text).toBe("I will pause the music at the end of this song.");
    await anna.says("30 seconds back");
    await passes(6 * minute);
    expect(player()).toMatchObject({ playing: false, uri: before });
  });
});

describe("undo", () => {
  it.each([
    ["pause", "Playing again."],
    ["skip this", "Back to Hello by Adele."],
    ["go to 3:00", "Back at 0:20."],
    ["start this song over", "Back at 0:20."],
    ["volume 10", "Volume back to 65%."],
    ["shuffle on", "Shuffle is off again."],
    ["repeat this song", "Repeat is off again."],
    ["move the music to my phone", "Back on Office."],
    ["play yesterday by the beatles", "Back to Hello by Adele."],
    ["like this song", "Removed from your liked songs: Hello by Adele."],
  ])("takes back “%s”", async (say, text) => {
    const { anna, player, volumeOf } = await playing();
    await anna.says("what's playing");
    const { queue, ...before } = player();
    await anna.says(say);
    const reply = await anna.says("undo that");
    expect(reply).toMatchObject({ kind: "answer", text });
    const { progressMs, ...rest } = player();
    expect({ ...rest, progressMs: Math.round(progressMs / 5_000) * 5_000 }).toMatchObject(before);
    expect(volumeOf("Office")).toBe(65);
    expect(queue).toEqual([]);
  });

  it("has nothing to take back at first, and says so", async () => {
    const { anna, calls } = await playing();
    expect(await anna.says("undo that")).toMatchObject({ kind: "answer", text: "There is nothing to undo." });
    expect(calls()).toEqual({});
  });
});

describe("several steps in one sentence", () => {
  it("does them in order and answers once", async () => {
    const { anna, player, volumeOf } = await playing();
    const reply = await anna.says("skip this and turn it up");
    expect(reply.text).toBe("Skipped. Now playing: Send My Love (To Your New Lover) by Adele.\nLouder: 75%.");
    expect(titleOf(stage.catalogue, player().uri)).toBe("Send My Love (To Your New Lover)");
    expect(volumeOf("Office")).toBe(75);
  });

  it("stops at the first that fails, and tells what was done", async () => {
    const { anna, player, volumeOf } = await playing();
    const reply = await anna.says("pause, volume 900 and skip this");
    expect(reply.kind).toBe("error");
    expect(reply.text).toMatch(/^Paused\.\nThe volume must be from 0 to 100/);
    expect(player()).toMatchObject({ playing: false });
    expect(titleOf(stage.catalogue, player().uri)).toBe("Hello");
    expect(volumeOf("Office")).toBe(65);
  });
});
