import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Person } from "../../doubles/discord/person.ts";
import { shown } from "../../doubles/discord/shown.ts";
import { bot, type Channel, type Guild, wireMessage } from "../../doubles/discord/world.ts";
import { linkOnDiscord } from "./discord-link.ts";
import { aWhile, linkByPage, linkByPaste, openStand, type Stand, soon } from "./stand.ts";

const mention = `<@${bot.id}>`;
const last = (person: Person) => person.seen().at(-1) ?? "";
const all = (person: Person) => person.seen().join("\n---\n");

const messageShown = (person: Person, id: string | undefined) => () =>
  shown(person.messages().find((message) => message.id === id)?.components ?? []);

describe("discord: a server with two people, and a bot with a public address", () => {
  let stand: Stand;
  let mia: Person;
  let jonas: Person;
  let hanna: Person;
  let guild: Guild;
  let room: Channel;
  const player = () => stand.spotify.control.player.look("mia.rehearsal");

  beforeAll(async () => {
    stand = await openStand({ discord: true, pages: true });
    mia = stand.discord.person("mia");
    jonas = stand.discord.person("jonas");
    hanna = stand.discord.person("hanna", "de");
    // The first of them owns the server, so she manages it.
    ({ guild, channel: room } = stand.discord.guild("Friends", [mia, jonas, hanna], { joined: false }));
    await stand.start();
  });
  afterAll(async () => {
    try {
      stand.expectClean();
      expect(stand.discord.world.called).toEqual([]);
      expect(stand.complaints()).toEqual([]);
    } finally {
      await stand?.close();
    }
  });

  it("says who it is when it joins, and how to begin", async () => {
    guild.joined = true;
    stand.discord.joins(guild);
    await soon(() => all(jonas)).toContain("I play music when you ask me");
    expect(last(jonas)).toContain("I read only what is addressed to me");
    expect(last(jonas)).toContain("[Connect your account]");
  });

  it("keeps silent when people talk to each other", async () => {
    const before = stand.discord.world.messages.length;
    jonas.says(room, "play that song again, would you");
    jonas.says(room, "louder!");
    await aWhile();
    expect(stand.discord.world.messages).toHaveLength(before + 2);
  });

  it("gives the link to whoever asked, and says there when the pages are through", async () => {
    mia.runs(room, "link");
    await soon(() => last(mia)).toContain("[Connect Spotify]");
    expect(all(jonas)).not.toContain("Connect Spotify");
    const browser = stand.browser();
    const code = await linkByPage(browser, linkOnDiscord(mia), "Mia Lindqvist");
    expect(browser.words()).toMatch(/mia of the test on \W*Discord/);
    await soon(() => all(mia)).toContain("your browser shows a short code");
    mia.says(mia.direct(), code);
    await soon(() => all(mia)).toContain("Connected to Spotify");
  });

  it("asks where, when nothing plays anywhere, and goes on with the whole wish once it knows", async () => {
    mia.says(room, `${mention} play bohemian rhapsody, then turn it down a bit`);
    await soon(() => last(mia)).toMatch(/Which device shall I use\?/);
    // A private answer to words in a server goes to the person alone.
    expect(mia.messages().at(-1)?.channelId).toBe(mia.direct().id);
    mia.chooses("Kitchen speaker");
    await soon(() => all(mia)).toMatch(/Playing Bohemian Rhapsody.* by Queen on Kitchen speaker/);
    await soon(() => all(mia)).toContain("Quieter: 35%");
    expect(player()).toMatchObject({ playing: true, device: "Kitchen speaker" });
    expect(all(jonas)).not.toContain("Kitchen speaker");
  });

  it("does the same by slash command, with completion of what is half typed", async () => {
    const typed = mia.completes(room, "play", "song", "yester");
    const fitting = () => typed.choices?.find(({ name }) => /^Yesterday .* The Beatles$/.test(name));
    await soon(fitting).toBeDefined();
    mia.runs(room, "play", { song: fitting()?.value ?? "" });
    await soon(() => last(mia)).toMatch(/Playing Yesterday.* by The Beatles/);
    expect(all(jonas)).not.toContain("Yesterday");
    mia.runs(room, "volume", { percent: 60 });
    await soon(() => last(mia)).toContain("60%");
  });

  it("shows a panel that does what it says and follows what happens elsewhere", async () => {
    mia.runs(room, "now");
    await soon(() => last(mia)).toMatch(/Yesterday[\s\S]*\[⏸\]/);
    const panel = messageShown(mia, mia.messages().at(-1)?.id);
    const messages = mia.messages().length;
    mia.presses("⏸");
    await soon(() => player()?.playing).toBe(false);
    await soon(panel).toContain("[▶]");
    mia.presses("▶");
    await soon(() => player()?.playing).toBe(true);
    mia.presses("🔊");
    await soon(() => stand.spotify.control.devices.list("mia.rehearsal")[0]?.volumePercent).toBeGreaterThan(60);
    await soon(panel).toContain("70%");
    // The panel is the answer.
    expect(mia.messages()).toHaveLength(messages);
  });

  it("takes the answer in words to what it showed the person alone, where it showed that", async () => {
    mia.says(room, `${mention} search for yesterday by the beatles`);
    await soon(() => mia.messages().at(-1)?.channelId).toBe(mia.direct().id);
    await soon(() => last(mia)).toMatch(/Yesterday/);
    mia.says(mia.direct(), "the first one");
    await soon(() => last(mia)).toMatch(/Playing Yesterday/);
  });

  it("speaks to somebody as their commands did, also where a message tells no language", async () => {
    hanna.says(hanna.direct(), "what's playing?");
    await soon(() => last(hanna)).toMatch(/not connected/);
    hanna.runs(room, "now");
    await soon(() => last(hanna)).toMatch(/noch kein Spotify-Konto/);
    const before = hanna.messages().length;
    hanna.says(hanna.direct(), "was läuft gerade?");
    await soon(() => hanna.messages().length).toBeGreaterThan(before);
    await soon(() => last(hanna)).toMatch(/noch kein Spotify-Konto/);
  });

  it("asks for more rights only when they are needed, and then does what was wanted", async () => {
    mia.presses("♡");
    await soon(() => last(mia)).toMatch(/your permission for more[\s\S]*\[Connect Spotify\]/);
    mia.says(mia.direct(), await linkByPage(stand.browser(), linkOnDiscord(mia), "Mia Lindqvist"));
    await soon(() => all(mia)).toContain("[♥]");
  });

  it("shares a song with everybody, who play it on their own account or are told how to get there", async () => {
    mia.runs(room, "share");
    await soon(() => all(jonas)).toMatch(/mia of the test is listening to Yesterday/);
    jonas.presses("Play on mine");
    await soon(() => last(jonas)).toMatch(/not connected a Spotify account/);
    expect(all(mia)).not.toMatch(/not connected a Spotify account/);
    jonas.presses("Connect Spotify");
    await soon(() => last(jonas)).toContain("Open this page");
    jonas.says(jonas.direct(), await linkByPage(stand.browser(), linkOnDiscord(jonas), "Jonas Weber"));
    // The wish was kept: it goes on by itself, and asks the one thing that is open.
    await soon(() => all(jonas)).toMatch(/Which device shall I use\?/);
    jonas.chooses("Pixel 10");
    await soon(() => stand.spotify.control.player.look("jonas.rehearsal")).toMatchObject({
      playing: true,
      device: "Pixel 10",
    });
    expect(stand.spotify.control.player.look("jonas.rehearsal")?.uri).toBe(player()?.uri);
  });

  it("plays what somebody wrote, from the menu of their message", async () => {
    const said = jonas.says(room, "Hello - Adele");
    mia.usesMenu(room, "Play on mine", { ...wireMessage(stand.discord.world, said), id: said.id });
    await soon(() => last(mia)).toMatch(/Playing Hello.* by Adele/);
  });

  it("is set up by those who manage the server, and by nobody else", async () => {
    jonas.runs(room, "settings");
    await soon(() => last(jonas)).toContain("Only those who manage this place");
    mia.runs(room, "settings");
    await soon(() => last(mia)).toContain("Settings of this place");
  });

  it("answers each in the language of their client", async () => {
    hanna.runs(room, "link");
    await soon(() => last(hanna)).toMatch(/Öffne|Seite/);
  });

  it("goes on after a restart: the old panel works, and nothing is said twice", async () => {
    await aWhile();
    const before = stand.discord.world.messages.length;
    await stand.restart();
    await aWhile();
    expect(stand.discord.world.messages).toHaveLength(before);
    expect(player()?.playing).toBe(true);
    mia.presses("⏸");
    await soon(() => player()?.playing).toBe(false);
  });

  it("forgets an account with a receipt", async () => {
    mia.runs(room, "unlink");
    await soon(() => last(mia)).toContain("[Keep it]");
    mia.presses("Disconnect Spotify");
    await soon(() => last(mia)).toMatch(/Your receipt: \S+/);
    mia.runs(room, "now");
    await soon(() => last(mia)).toMatch(/not connected a Spotify account/);
  });
});

describe("discord: a bot that no browser reaches", () => {
  it("links by the address that the person pastes, in the direct chat alone", async () => {
    const stand = await openStand({ discord: true });
    try {
      const mia = stand.discord.person("mia");
      const { channel } = stand.discord.guild("Friends", [mia]);
      await stand.start();
      await soon(() => stand.discord.world.commands.length).toBeGreaterThan(10);
      mia.runs(channel, "link");
      await soon(() => last(mia)).toContain("paste it here");
      const address = await linkByPaste(stand.browser(), linkOnDiscord(mia), "Mia Lindqvist", stand.local);
      mia.says(channel, `${mention} ${address}`);
      await soon(() => all(mia)).toContain("I did not use it");
      mia.says(mia.direct(), "link");
      await soon(() => last(mia)).toContain("paste it here");
      const second = await linkByPaste(stand.browser(), linkOnDiscord(mia), "Mia Lindqvist", stand.local);
      mia.says(mia.direct(), second);
      await soon(() => all(mia)).toContain("Connected to Spotify");
      stand.expectClean();
    } finally {
      await stand.close();
    }
  });
});
