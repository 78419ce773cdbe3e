import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { addressIn, aWhile, linkByPage, linkByPaste, openStand, type Stand, soon } from "./stand.ts";

const mia = 41;
const jonas = 42;
const claire = 43;
const room = -1001;

for (const way of ["poll", "webhook"] as const) {
  describe(`telegram by ${way}`, () => {
    let stand: Stand;
    const telegram = () => stand.telegram;
    const player = () => stand.spotify.control.player.look("mia.rehearsal");
    const all = (person: number) => telegram().sees(person).join("\n---\n");
    const linkFor = (person: number) => {
      const withLink = telegram()
        .sees(person)
        .findLast((text) => /authorize\?|\/link\//.test(text));
      return addressIn(withLink ?? "");
    };
    const confirmed = (id: number) => telegram().updates.confirmed(id);
    const says = (person: number, text: string, chat = person, said = {}) =>
      confirmed(telegram().says(person, chat, text, said));
    const presses = (person: number, label: string) => confirmed(telegram().presses(person, label).id);

    beforeAll(async () => {
      stand = await openStand({ telegram: way });
      telegram().world.addUser({ id: mia, first_name: "Mia" });
      telegram().world.addUser({ id: jonas, first_name: "Jonas" });
      telegram().world.addUser({ id: claire, first_name: "Claire", language_code: "fr" });
      telegram().world.addGroup(room, { [mia]: "creator", [jonas]: "member", [claire]: "member" }, { bot: "left" });
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

    it("says who it is when it is added", async () => {
      await confirmed(telegram().membership(mia, room, "left", "member"));
      await soon(() => all(jonas)).toContain("I play music when you ask me");
    });

    it("greets whoever starts it in a few words, and leads to help whose commands can be tapped", async () => {
      await says(mia, "/start");
      await soon(() => all(mia)).toContain("Hello! I play music when you ask me.");
      const greeting = telegram().sees(mia).at(-1) ?? "";
      expect(greeting.length).toBeLessThan(400);
      await presses(mia, "What can you do?");
      await soon(() => all(mia)).toContain("What I can do");
      await presses(mia, "Queue");
      await soon(() => all(mia)).toContain("/queue_clear");
    });

    it("links whoever asks, privately", async () => {
      await says(mia, "/link");
      await soon(() => all(mia)).toMatch(way === "webhook" ? /Open this page/ : /paste it here/);
      expect(all(jonas)).not.toMatch(/Open this page|paste it here/);
      if (way === "webhook") await says(mia, await linkByPage(stand.browser(), linkFor(mia), "Mia Lindqvist"));
      else await says(mia, await linkByPaste(stand.browser(), linkFor(mia), "Mia Lindqvist", stand.local));
      await soon(() => all(mia)).toContain("Connected to Spotify");
    });

    it("asks where, when nothing plays anywhere, and goes on with the whole wish once it knows", async () => {
      await says(mia, "@segue_test_bot play bohemian rhapsody, then turn it down a bit", room);
      await soon(() => all(mia)).toMatch(/Which device shall I use\?/);
      expect(all(jonas)).not.toMatch(/Which device shall I use\?/);
      await presses(mia, "Kitchen speaker · speaker");
      await soon(() => all(mia)).toMatch(/Playing Bohemian Rhapsody.* by Queen on Kitchen speaker/);
      await soon(() => all(mia)).toContain("Quieter: 35%");
      expect(player()).toMatchObject({ playing: true, device: "Kitchen speaker" });
      expect(all(jonas)).not.toContain("Kitchen speaker");
    });

    // How updates come matters to none of what follows.
    if (way === "webhook") return;

    it("keeps silent when people talk to each other", async () => {
      const before = telegram().world.messages.length;
      await says(jonas, "play that song again, would you", room);
      await aWhile();
      expect(telegram().world.messages).toHaveLength(before + 1);
    });

    it("does the same by command", async () => {
      await says(mia, "/play yesterday by the beatles, then volume 60");
      await soon(() => all(mia)).toMatch(/Playing Yesterday.* by The Beatles[\s\S]*60%/);
    });

    it("shows a panel that does what it says", async () => {
      await says(mia, "/now");
      await soon(() => telegram().sees(mia).at(-1)).toMatch(/\[⏸/);
      await presses(mia, "🔊");
      await soon(() => stand.spotify.control.devices.list("mia.rehearsal")[0]?.volumePercent).toBeGreaterThan(60);
      await presses(mia, "⏸");
      await soon(() => player()?.playing).toBe(false);
    });

    it("lets people share songs in any chat", async () => {
      const asked = telegram().asksInline(mia, "hello adele");
      await soon(() => JSON.stringify(telegram().inlineQueries.get(asked.id)?.results)).toMatch(/Hello/);
      const posted = telegram().choosesInline(mia, asked.id, 0);
      expect(posted.text).toMatch(/Hello/);
      expect(posted.keyboard.flat().map(({ text }) => text)).toContain("Play on mine");
    });

    it("plays what a message says by a reply to it, and tells others how to", async () => {
      const said = telegram().world.messages.length;
      await says(jonas, "Hello - Adele", room);
      const message = telegram().world.messages[said];
      await says(mia, "@segue_test_bot play this", room, { replyTo: message?.id });
      await soon(() => all(mia)).toMatch(/Playing Hello.* by Adele/);
      await says(jonas, "@segue_test_bot play this", room, { replyTo: message?.id });
      await soon(() => all(jonas)).toMatch(/not connected a Spotify account/);
    });

    it("is set up by those who manage the group, and by nobody else", async () => {
      await says(jonas, "/settings@segue_test_bot", room);
      await soon(() => all(jonas)).toContain("Only those who manage this place");
      await says(mia, "/settings@segue_test_bot", room);
      await soon(() => all(mia)).toMatch(/Settings of (?!this)/);
    });

    it("answers each in their own language", async () => {
      await says(claire, "pause");
      await soon(() => all(claire)).toMatch(/Tu n’as pas encore connecté de compte Spotify/);
    });

    it("goes on after a restart: the old panel works, and nothing is said twice", async () => {
      const before = telegram().world.messages.length;
      await stand.restart();
      await aWhile();
      expect(telegram().world.messages).toHaveLength(before);
      await presses(mia, "⏸");
      await soon(() => player()?.playing).toBe(false);
    });

    it("forgets an account with a receipt", async () => {
      await says(mia, "/unlink");
      await soon(() => all(mia)).toContain("Keep it");
      await presses(mia, "Disconnect Spotify");
      await soon(() => all(mia)).toMatch(/Your receipt: \S+/);
    });
  });
}
