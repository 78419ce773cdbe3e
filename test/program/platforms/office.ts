import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Person } from "../../doubles/discord/person.ts";
import type { Channel, Guild } from "../../doubles/discord/world.ts";
import { demandMpd, makeLibrary, startMpd, type TestMpd } from "../../support/mpd.ts";
import { openStand, type Stand, soon } from "./stand.ts";

/** What somebody was shown last. */
export const last = (person: Person): string => person.seen().at(-1) ?? "";

/** A server with a speaker of its own: kim runs it and is the bot's operator, ola is a guest. */
export type Office = { stand: Stand; mpd: TestMpd; guild: Guild; room: Channel; kim: Person; ola: Person };

/** The program is up; the bot is in no server yet. `end` checks that nothing went wrong on the way. */
export async function openOffice(outputs: string[]): Promise<Office & { end(): Promise<void> }> {
  demandMpd();
  const folder = mkdtempSync(join(tmpdir(), "segue-office-"));
  const song = (track: number, title: string) => ({
    file: `${track}.flac`,
    tags: { title, artist: "The Tidewrights", album: "Harbour Lights", track: String(track) },
  });
  makeLibrary(join(folder, "music"), [song(1, "Low Water"), song(2, "Lamp Oil")]);
  const mpd = await startMpd({ music: join(folder, "music"), outputs });
  const stand = await openStand({ discord: true });
  Object.assign(stand.settings, { MPD_URL: mpd.url, MPD_NAME: "Office" });
  const kim = stand.discord.person("kim");
  const ola = stand.discord.person("ola");
  const { guild, channel: room } = stand.discord.guild("Friends", [kim, ola], { joined: false });
  await stand.start();
  return {
    stand,
    mpd,
    guild,
    room,
    kim,
    ola,
    async end() {
      try {
        stand.expectClean();
      } finally {
        await stand.close();
        await mpd.stop();
        rmSync(folder, { recursive: true, force: true });
      }
    },
  };
}

/** The bot joins the server, and its operator opens the speaker to everybody there. */
export async function openSpeaker({ stand, guild, room, kim }: Office): Promise<void> {
  guild.joined = true;
  stand.discord.joins(guild);
  await soon(() => last(kim)).not.toBe("");
  kim.says(kim.direct(), stand.operatorCode() ?? "none");
  await soon(() => last(kim)).toMatch(/operator/i);
  kim.runs(room, "settings");
  await soon(() => last(kim)).toContain("Office");
  kim.chooses("Office");
  await soon(() => last(kim)).toContain("Saved");
}
