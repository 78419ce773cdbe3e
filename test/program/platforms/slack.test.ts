import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { deadlineMs, type Outcome } from "../../doubles/slack/delivery.ts";
import { controls, words } from "../../doubles/slack/seen.ts";
import type { Channel, Member } from "../../doubles/slack/world.ts";
import { addressIn, aWhile, linkByPage, linkByPaste, openStand, type Stand, soon } from "./stand.ts";

for (const way of ["socket", "http"] as const) {
  describe(`slack by ${way}`, () => {
    let stand: Stand;
    let mia: Member;
    let jonas: Member;
    let elena: Member;
    let room: Channel;
    const where = () => ({ channel: room.id });
    const player = () => stand.spotify.control.player.look("mia.rehearsal");
    const slack = () => stand.slack;

    /** What the person sees in the channel and in their direct chat, oldest first. */
    const seen = (person: Member) => [
      ...slack().seen(person, room),
      ...slack().seen(person, slack().directChat(person)),
    ];
    const all = (person: Member) => seen(person).join("\n---\n");
    const homeOf = (person: Member) => words(slack().world.homes.get(person.id)).join("\n");
    const buttonsAtHome = () => controls(slack().world.homes.get(mia.id)).map(({ label }) => label);
    const linkFor = (person: Member) => {
      const own = slack().world.messages.filter(
        (each) => each.onlyFor === person.id || each.channel === slack().directChat(person).id,
      );
      const found = own.findLast((each) => /authorize\?|\/link\//.test(JSON.stringify(each.blocks)));
      const address = /"(https?:[^"]*(?:authorize\?|\/link\/)[^"]*)"/.exec(JSON.stringify(found?.blocks))?.[1];
      return address ?? addressIn(all(person));
    };
    async function link(person: Member, as: string): Promise<void> {
      const [browser, link] = [stand.browser(), linkFor(person)];
      const proof =
        way === "http" ? await linkByPage(browser, link, as) : await linkByPaste(browser, link, as, stand.local);
      inTime(await slack().says(person, proof));
    }
    const inTime = ({ acknowledged, afterMs }: Outcome) => {
      expect(acknowledged).toBe(true);
      expect(afterMs).toBeLessThan(deadlineMs);
    };

    beforeAll(async () => {
      stand = await openStand({ slack: way });
      mia = slack().person("mia", { displayName: "Mia" });
      jonas = slack().person("jonas", { displayName: "Jonas" });
      elena = slack().person("elena", { displayName: "Elena", locale: "es-ES" });
      room = slack().channel("music", [mia, jonas, elena], { bot: false });
      await stand.start();
    });
    afterAll(async () => {
      try {
        stand.expectClean();
        expect(stand.complaints()).toEqual([]);
      } finally {
        await stand?.close();
      }
    });

    it("says who it is when it is invited", async () => {
      if (way === "socket") await soon(() => slack().connections()).toBe(1);
      inTime(await slack().invitesBot(mia, room));
      await soon(() => all(jonas)).toContain("I play music when you ask me");
    });

    it("keeps silent when people talk to each other", async () => {
      const before = slack().world.messages.length;
      slack().writes(jonas, where(), "play that song again, would you");
      await aWhile();
      expect(slack().world.messages).toHaveLength(before + 1);
    });

    it("links whoever asks, privately", async () => {
      inTime(await slack().slash(mia, where(), "link"));
      await soon(() => all(mia)).toMatch(way === "http" ? /Open this page/ : /paste it here/);
      expect(all(jonas)).not.toMatch(/Open this page|paste it here/);
      await link(mia, "Mia Lindqvist");
      await soon(() => all(mia)).toContain("Connected to Spotify");
    });

    it("asks where, when nothing plays anywhere, and goes on with the whole wish once it knows", async () => {
      inTime(await slack().mentions(mia, where(), "play bohemian rhapsody, then turn it down a bit"));
      await soon(() => all(mia)).toMatch(/Which device shall I use\?/);
      inTime(await slack().presses(mia, where(), "Kitchen speaker"));
      await soon(() => all(mia)).toMatch(/Playing Bohemian Rhapsody.* by Queen on Kitchen speaker/);
      await soon(() => all(mia)).toContain("Quieter: 35%");
      expect(player()).toMatchObject({ playing: true, device: "Kitchen speaker" });
      expect(all(jonas)).not.toContain("Kitchen speaker");
    });

    it("does the same by slash command", async () => {
      inTime(await slack().slash(mia, where(), "play yesterday by the beatles, then volume 60"));
      await soon(() => all(mia)).toMatch(/Playing Yesterday.* by The Beatles[\s\S]*60%/);
    });

    it("shows a panel at home and in the direct chat; both do what they say and follow each other", async () => {
      inTime(await slack().opensHome(mia));
      await soon(() => homeOf(mia)).toMatch(/Yesterday[\s\S]*⏸/);
      inTime(await slack().says(mia, "what's playing?"));
      const direct = () => slack().seen(mia, slack().directChat(mia)).join("\n");
      await soon(direct).toMatch(/Yesterday/);
      const chat = { channel: slack().directChat(mia).id };
      inTime(await slack().presses(mia, chat, "⏸"));
      await soon(() => player()?.playing).toBe(false);
      await soon(buttonsAtHome).toContain("▶");
      inTime(await slack().pressesAtHome(mia, "▶"));
      await soon(() => player()?.playing).toBe(true);
      await soon(buttonsAtHome).toContain("⏸");
      inTime(await slack().presses(mia, chat, "🔊"));
      await soon(() => stand.spotify.control.devices.list("mia.rehearsal")[0]?.volumePercent).toBeGreaterThan(60);
    });

    it("shares a song with everybody, who are told how to play it on their own account", async () => {
      inTime(await slack().slash(mia, where(), "share this song"));
      await soon(() => all(jonas)).toMatch(/Mia is listening to Yesterday/);
      inTime(await slack().presses(jonas, where(), "Play on mine"));
      await soon(() => all(jonas)).toMatch(/not connected a Spotify account/);
      expect(all(mia)).not.toMatch(/not connected a Spotify account/);
    });

    it("plays what a message says, by its menu and in its thread", async () => {
      const message = slack().writes(jonas, where(), "Hello - Adele");
      inTime(await slack().messageShortcut(mia, "play_message", message));
      await soon(() => all(mia)).toMatch(/Playing Hello.* by Adele/);
    });

    it("is set up by those who manage the channel, and by nobody else", async () => {
      inTime(await slack().slash(jonas, where(), "settings"));
      await soon(() => all(jonas)).toContain("Only those who manage this place");
      inTime(await slack().slash(mia, where(), "settings"));
      await soon(() => all(mia)).toMatch(/Settings of #\S/);
    });

    it("answers each in their own language", async () => {
      inTime(await slack().slash(elena, where(), "pausa"));
      await soon(() => all(elena)).toMatch(/Aún no has conectado ninguna cuenta de Spotify/);
    });

    it("goes on after a restart: the old panel works, and nothing is said twice", async () => {
      await aWhile();
      const before = slack().world.messages.length;
      await stand.restart();
      if (way === "socket") await soon(() => slack().connections()).toBe(1);
      // The last event once more, as when its acknowledgement was lost with the old process.
      inTime(await slack().redeliver());
      await aWhile();
      expect(slack().world.messages).toHaveLength(before);
      inTime(await slack().presses(mia, { channel: slack().directChat(mia).id }, "⏸"));
      await soon(() => player()?.playing).toBe(false);
    });

    it("forgets an account with a receipt", async () => {
      inTime(await slack().slash(mia, where(), "unlink"));
      await soon(() => all(mia)).toContain("Keep it");
      inTime(await slack().presses(mia, where(), "Disconnect Spotify"));
      await soon(() => all(mia)).toMatch(/Your receipt: \S+/);
    });
  });
}
