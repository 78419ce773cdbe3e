import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Person } from "../../doubles/discord/person.ts";
import type { Channel, Guild } from "../../doubles/discord/world.ts";
import { demandMpd, makeLibrary, startMpd, type TestMpd } from "../../support/mpd.ts";
import { openStand, type Stand, soon } from "./stand.ts";

const last = (person: Person) => person.seen().at(-1) ?? "";

describe("a server that is shown what its speaker plays", () => {
  let folder = "";
  let mpd: TestMpd;
  let stand: Stand;
  let kim: Person;
  let ola: Person;
  let guild: Guild;
  let room: Channel;
  /** What anybody in the room sees of the speaker. */
  const cards = () => ola.seen().filter((text) => /Office play(?:s|ed)/.test(text));

  beforeAll(async () => {
    demandMpd();
    folder = mkdtempSync(join(tmpdir(), "segue-announce-"));
    const song = (track: number, title: string) => ({
      file: `${track}.flac`,
      tags: { title, artist: "The Tidewrights", album: "Harbour Lights", track: String(track) },
    });
    makeLibrary(join(folder, "music"), [song(1, "Low Water"), song(2, "Lamp Oil")]);
    mpd = await startMpd({ music: join(folder, "music"), outputs: ["Kitchen"] });
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

  it("once whoever manages it agreed: one card, that changes with the song and outlives a restart", async () => {
    guild.joined = true;
    stand.discord.joins(guild);
    await soon(() => last(kim)).not.toBe("");
    kim.says(kim.direct(), stand.operatorCode() ?? "none");
    await soon(() => last(kim)).toMatch(/operator/i);
    kim.runs(room, "settings");
    await soon(() => last(kim)).toContain("Office");
    kim.chooses("Office");
    await soon(() => last(kim)).toContain("Saved");
    kim.runs(room, "announce", { what: "on" });
    await soon(() => last(kim)).toContain("Announcements are on here");
    kim.runs(room, "play", { song: "low water" });
    await soon(() => last(kim)).toContain("Playing Low Water");
    expect(cards()).toEqual([]);
    kim.presses("Yes, show Office");
    await soon(() => cards().join()).toContain("Low Water");
    kim.runs(room, "play", { song: "lamp oil" });
    await soon(() => cards().join()).toContain("Lamp Oil");
    expect(cards()).toHaveLength(1);
    await stand.restart();
    kim.runs(room, "play", { song: "low water" });
    await soon(() => cards().join()).toContain("Low Water");
    expect(cards()).toHaveLength(1);
  });
});
