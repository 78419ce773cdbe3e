import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Person } from "../../doubles/discord/person.ts";
import { bot, type Channel, type Guild } from "../../doubles/discord/world.ts";
import { demandMpd, makeLibrary, startMpd, type TestMpd } from "../../support/mpd.ts";
import { openStand, type Stand, soon } from "./stand.ts";

const mention = `<@${bot.id}>`;
const last = (person: Person) => person.seen().at(-1) ?? "";

describe("a speaker that a server shares, and answers that go to one person alone", () => {
  let folder = "";
  let mpd: TestMpd;
  let stand: Stand;
  let kim: Person;
  let ola: Person;
  let guild: Guild;
  let room: Channel;
  const state = async () => (await mpd.fields("status")).get("state");

  beforeAll(async () => {
    demandMpd();
    folder = mkdtempSync(join(tmpdir(), "segue-shared-"));
    const song = (track: number, title: string) => ({
      file: `${track}.flac`,
      tags: { title, artist: "The Tidewrights", album: "Harbour Lights", track: String(track) },
    });
    makeLibrary(join(folder, "music"), [song(1, "Low Water"), song(2, "Lamp Oil")]);
    mpd = await startMpd({ music: join(folder, "music"), outputs: ["Kitchen", "Garden"] });
    stand = await openStand({ discord: true });
    Object.assign(stand.settings, { MPD_URL: mpd.url, MPD_NAME: "Office" });
    kim = stand.discord.person("kim");
    ola = stand.discord.person("ola");
    ({ guild, channel: room } = stand.discord.guild("Friends", [kim, ola], { joined: false }));
    await stand.start();
  });
  afterAll(async () => {
    try {
      stand?.expectClean();
    } finally {
      await stand?.close();
      await mpd?.stop();
      rmSync(folder, { recursive: true, force: true });
    }
  });

  it("is opened to the server by the operator, and plays for whoever manages it", async () => {
    guild.joined = true;
    stand.discord.joins(guild);
    await soon(() => last(kim)).not.toBe("");
    kim.says(kim.direct(), stand.operatorCode() ?? "none");
    await soon(() => last(kim)).toMatch(/operator/i);
    kim.runs(room, "settings");
    await soon(() => last(kim)).toContain("Office");
    kim.chooses("Office");
    await soon(() => last(kim)).toContain("Saved");
    kim.runs(room, "play", { song: "low water" });
    await soon(() => last(kim)).toContain("Playing Low Water");
    expect(await state()).toBe("play");
  });

  it("works from there as from the place where it was asked about, and offers what the asker may do there", async () => {
    ola.says(room, `${mention} what's playing`);
    await soon(() => last(ola)).toContain("Low Water");
    expect(ola.messages().at(-1)?.channelId).toBe(ola.direct().id);
    expect(last(ola)).toContain("[⏸]");
    // Only those who manage the place may move the music or keep likes.
    expect(last(ola)).not.toMatch(/♡|Devices|Move the music/);
    ola.presses("⏸");
    await soon(state).toBe("pause");
    ola.says(ola.direct(), "resume");
    await soon(state).toBe("play");
    // Somebody else's act leaves it a card that works.
    kim.runs(room, "pause");
    await soon(() => ola.seen().join("\n")).toContain("[▶");
    ola.presses("▶");
    await soon(state).toBe("play");
    ola.says(ola.direct(), "move the music to Garden");
    await soon(() => last(ola)).toContain("only those who manage this place may do that");
  });

  it("is out of reach for whoever never asked there", async () => {
    const stranger = stand.discord.person("stranger");
    stranger.says(stranger.direct(), "pause");
    await soon(() => last(stranger)).toMatch(/not connected/);
    expect(await state()).toBe("play");
  });
});
