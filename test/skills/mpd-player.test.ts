import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { systemClock } from "../../src/clock.ts";
import type { MusicProvider } from "../../src/contracts/music.ts";
import type { Reply } from "../../src/contracts/reply.ts";
import { createMpdProvider } from "../../src/music/providers/mpd/provider.ts";
import { startConversation } from "../support/conversation.ts";
import { silentLog } from "../support/log.ts";
import { demandMpd, makeLibrary, startMpd, type TestMpd } from "../support/mpd.ts";
import { createScriptedAccounts } from "../support/scripted-accounts.ts";

const song = (album: string, track: number, title: string) => ({
  file: `${album}/${track}.flac`,
  tags: { title, artist: "The Tidewrights", album, track: String(track) },
});

/** The daemon's answers take real time, in which the conversation's clock must stand still, on a busy machine too. */
const realMs = 250;

describe("the whole bot on a real MPD", () => {
  let folder = "";
  let mpd: TestMpd;
  beforeAll(async () => {
    demandMpd();
    folder = mkdtempSync(join(tmpdir(), "segue-music-"));
    const music = join(folder, "music");
    const titles = ["Low Water", "Stop the Ferry", "Lamp Oil"];
    makeLibrary(music, [
      ...titles.map((title, at) => song("Harbour Lights", at + 1, title)),
      song("Nocturnes", 1, "By and By"),
      song("Nocturnes", 2, "Moonless"),
    ]);
    mpd = await startMpd({ music, stickers: true, outputs: ["Kitchen", "null b"] });
  });
  afterAll(async () => {
    await mpd?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  async function open() {
    for (const command of ["clear", "random 0", "repeat 0", "single 0"]) await mpd.tell(command);
    let provider: MusicProvider | undefined;
    const talk = await startConversation({
      bot: { allowance: { count: 1_000, windowMs: 10_000 } },
      provider({ clock }) {
        const own = { now: () => clock.now(), sleep: systemClock.sleep };
        const pictureUrl = (id: string) => `http://127.0.0.1/${id}`;
        provider = createMpdProvider(
          { url: mpd.url, name: "Office speaker", pictureUrl },
          { clock: own, log: silentLog },
        );
        return provider;
      },
      accounts: (house) => createScriptedAccounts(house.events, { linkable: false }),
    });
    onTestFinished(async () => provider?.stop?.());
    const ann = talk.user("ann", { local: true });
    const answered = async (work: Promise<Reply | undefined>) => (await talk.clock.until(work, { realMs }))?.text ?? "";
    const asks = async (name: string, text: string) => {
      const reply = await talk.clock.until(talk.user(name, { local: name === "ann" }).says(text), { realMs });
      return reply?.blocks.flatMap((block) =>
        block.type === "buttons"
          ? block.buttons.map(({ command }) => command.intent)
          : block.type === "select"
            ? block.options.map(({ command }) => command.intent)
            : [],
      );
    };
    const status = async () => Object.fromEntries(await mpd.fields("status"));
    return {
      says: (text: string) => answered(ann.says(text)),
      /** What can be pressed on the answer. */
      asks,
      sends: (intent: string, slots = {}) => answered(ann.sends(intent, slots)),
      status,
      title: async () => (await mpd.fields("currentsong")).get("Title"),
    };
  }

  it("plays, pauses, skips, changes the volume and its modes", async () => {
    const { says, status, title } = await open();
    expect(await says("play harbour lights")).toContain("Harbour Lights");
    expect([await title(), (await status()).state]).toEqual(["Low Water", "play"]);
    expect(await says("pause")).toBe("Paused.");
    expect((await status()).state).toBe("pause");
    await says("resume");
    await says("next");
    expect([await title(), (await status()).state]).toEqual(["Stop the Ferry", "play"]);
    await says("previous song");
    expect(await title()).toBe("Low Water");
    await says("volume 30");
    expect((await status()).volume).toBe("30");
    expect(await says("undo")).not.toBe("");
    await says("shuffle on");
    await says("repeat this song");
    expect(await status()).toMatchObject({ random: "1", repeat: "1", single: "1" });
  });

  it("says that there is nothing to go on with, and what to do, however its queue came to be empty", async () => {
    const { says, sends, status } = await open();
    const nothing = "Office speaker has nothing to go on with: its queue is empty. Tell me what to play.";
    expect(await says("resume")).toBe(nothing);
    expect(await sends("playback.resume", { device: "Kitchen" })).toBe(nothing);
    const ways: (() => Promise<unknown>)[] = [
      () => mpd.tell("clear"),
      async () => {
        await mpd.kill();
        rmSync(join(mpd.folder, "state"), { force: true });
        await mpd.restart();
      },
    ];
    for (const empty of ways) {
      for (const pause of [true, false]) {
        expect(await says("play harbour lights")).toContain("Harbour Lights");
        if (pause) await says("pause");
        await empty();
        expect(await says("resume")).toBe(nothing);
        expect(await says("what's playing")).toContain("Nothing is playing");
        expect(await status()).toMatchObject({ state: "stop", playlistlength: "0" });
      }
    }
  });

  it("goes on after a restart that kept its queue", async () => {
    const { says, title, status } = await open();
    await says("play harbour lights");
    await says("next");
    await says("pause");
    await mpd.restart();
    expect(await says("resume")).toContain("Playing again");
    expect([await title(), (await status()).state]).toEqual(["Stop the Ferry", "play"]);
  });

  it("moves between its outputs, named as mpd.conf names them", async () => {
    const { says, sends, title } = await open();
    const enabled = async () => {
      const lines = await mpd.tell("outputs");
      return lines.flatMap((line) => /^outputenabled: (.*)/.exec(line)?.[1] ?? []);
    };
    await says("play harbour lights");
    expect(await sends("device.transfer", { device: "null b" })).toMatch(/null b/);
    expect(await enabled()).toEqual(["0", "1"]);
    expect(await sends("device.transfer", { device: "the kitchen" })).toMatch(/Kitchen/);
    expect(await enabled()).toEqual(["1", "0"]);
    expect(await sends("device.transfer", { device: "the attic" })).not.toMatch(/playing|now on/i);
    expect(await enabled()).toEqual(["1", "0"]);
    expect(await title()).toBe("Low Water");
  });

  it("edits its queue, keeps playlists and likes", async () => {
    const { says, sends, title } = await open();
    await says("play harbour lights");
    await sends("queue.add", { track: "moonless", position: "next" });
    expect(await says("show the queue")).toMatch(/1\. Moonless/);
    await sends("queue.move", { from: 2, to: 1 });
    expect(await sends("queue.remove", { index: 2 })).toContain("Moonless");
    await says("clear the queue");
    expect(await title()).toBe("Low Water");
    expect(await says("like this")).toContain("Low Water");
    await says("create a playlist called Rainy Days");
    await sends("playlist.add", { playlist: "rainy days", track: "by and by" });
    expect(await says("my playlists")).toContain("Rainy Days");
    await says("play my playlist rainy days");
    expect(await title()).toBe("By and By");
    expect(await says("my devices")).toContain("Kitchen");
    expect(await says("search for moonless")).toContain("Moonless");
    expect(await says("what's playing")).toContain("By and By");
  });

  it("offers nobody what only those who manage it may do", async () => {
    const { says, asks } = await open();
    await says("play harbour lights");
    const managed = ["library.like", "device.transfer", "device.prefer", "device.list"];
    const offered = async (name: string) => [
      ...((await asks(name, "my devices")) ?? []),
      ...((await asks(name, "what's playing")) ?? []),
    ];
    const ann = await offered("ann");
    expect(managed.filter((intent) => ann.includes(intent))).toEqual(managed.slice(0, 3));
    const bob = await offered("bob");
    expect(managed.filter((intent) => bob.includes(intent))).toEqual([]);
    expect(bob).toEqual(expect.arrayContaining(["playback.pause", "playback.next", "volume.up"]));
    // What everybody hears from here is not to be had on anybody's own player.
    expect(await asks("bob", "share this song")).toEqual([]);
  });

  it("asks where to be heard when every output is off, and plays there what was asked for", async () => {
    const { says, status, title } = await open();
    await says("play harbour lights");
    try {
      for (const output of [0, 1]) await mpd.tell(`disableoutput ${output}`);
      const asked = await says("play moonless");
      expect(asked).toMatch(/1\. Kitchen[\s\S]*2\. null b/);
      expect(await says("skip 2 songs")).toMatch(/no output is switched on/);
      await says("play moonless");
      expect(await says("the second one")).toContain("Moonless");
      expect([await title(), (await status()).state]).toEqual(["Moonless", "play"]);
      expect((await mpd.tell("outputs")).filter((line) => line.startsWith("outputenabled"))).toEqual([
        "outputenabled: 0",
        "outputenabled: 1",
      ]);
    } finally {
      await mpd.tell("enableoutput 0");
      await mpd.tell("disableoutput 1");
    }
  });

  it("keeps what people queued when somebody plays something, and gives a cleared queue back", async () => {
    const { says, title } = await open();
    await says("play harbour lights");
    await says("queue by and by");
    await says("play moonless");
    expect(await title()).toBe("Moonless");
    expect(await says("show the queue")).toMatch(/1\. By and By/);
    await says("undo");
    expect(await title()).toBe("Low Water");
    expect(await says("show the queue")).toMatch(/1\. By and By/);
    await says("clear the queue");
    expect(await says("show the queue")).not.toContain("By and By");
    expect(await says("undo")).toBe("The queue is back as it was.");
    expect(await says("show the queue")).toMatch(/1\. By and By/);
  });
});
