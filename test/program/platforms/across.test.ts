import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Person } from "../../doubles/discord/person.ts";
import type { Channel } from "../../doubles/discord/world.ts";
import { controls } from "../../doubles/slack/seen.ts";
import type { Member } from "../../doubles/slack/world.ts";
import { linkOnDiscord } from "./discord-link.ts";
import { linkByPage, openStand, type Stand, soon } from "./stand.ts";

const onTelegram = 41;
/** Between a press or command and what the person sees of it, where nothing is wrong with their platform. */
const promptMs = 1_500;

describe("one person on three platforms", () => {
  let stand: Stand;
  let onDiscord: Person;
  let room: Channel;
  let onSlack: Member;
  const player = () => stand.spotify.control.player.look("mia.rehearsal");
  const lastOnDiscord = () => onDiscord.seen().at(-1) ?? "";
  const slackChat = () => stand.slack.seen(onSlack, stand.slack.directChat(onSlack)).join("\n");
  const home = () => controls(stand.slack.world.homes.get(onSlack.id)).map(({ label }) => label);
  const telegramChat = () => stand.telegram.sees(onTelegram).join("\n");
  const took = async (act: () => Promise<void>) => {
    const from = performance.now();
    await act();
    return performance.now() - from;
  };

  beforeAll(async () => {
    stand = await openStand({ discord: true, slack: "socket", telegram: "poll", pages: true });
    onDiscord = stand.discord.person("mia");
    room = stand.discord.guild("Friends", [onDiscord]).channel;
    onSlack = stand.slack.person("mia");
    stand.telegram.world.addUser({ id: onTelegram, first_name: "Mia" });
    await stand.start();
  });
  afterAll(async () => {
    try {
      stand.expectClean();
    } finally {
      await stand?.close();
    }
  });

  it("is one person once they typed a code, and needs one link", async () => {
    await soon(() => stand.discord.world.commands.length).toBeGreaterThan(10);
    await soon(() => stand.slack.connections()).toBe(1);
    onDiscord.runs(room, "link");
    await soon(() => JSON.stringify(onDiscord.messages())).toContain("/link/");
    onDiscord.says(onDiscord.direct(), await linkByPage(stand.browser(), linkOnDiscord(onDiscord), "Mia Lindqvist"));
    await soon(() => onDiscord.seen().join()).toContain("Connected to Spotify");
    onDiscord.runs(room, "play", { song: "yesterday by the beatles", device: "Kitchen speaker" });
    await soon(() => player()?.playing).toBe(true);

    const code = async () => {
      const before = onDiscord.seen().join();
      const fresh = () =>
        onDiscord
          .seen()
          .flatMap((text) => /\b[2-9A-Z]{5}-[2-9A-Z]{5}\b/.exec(text) ?? [])
          .at(-1) ?? before;
      onDiscord.runs(room, "also-me");
      await soon(() => before.includes(fresh())).toBe(false);
      return fresh();
    };
    const first = await code();
    await stand.slack.says(onSlack, first);
    // The newest code alone counts, and an event is acknowledged before it is done.
    await soon(slackChat).not.toBe(first);
    const second = await code();
    await stand.telegram.updates.confirmed(stand.telegram.says(onTelegram, onTelegram, second));
    await stand.slack.says(onSlack, "what's playing?");
    await soon(slackChat).toMatch(/Yesterday/);
    await stand.telegram.updates.confirmed(stand.telegram.says(onTelegram, onTelegram, "/now"));
    await soon(telegramChat).toMatch(/Yesterday/);
  });

  it("presses on one platform, and the panels of the others follow", async () => {
    await stand.slack.opensHome(onSlack);
    await soon(home).toContain("⏸");
    onDiscord.runs(room, "now");
    await soon(lastOnDiscord).toContain("[⏸]");
    onDiscord.presses("⏸");
    await soon(() => player()?.playing).toBe(false);
    await soon(home).toContain("▶");
    await soon(slackChat).toContain("▶");
    await soon(telegramChat).toContain("[▶️]");
    await stand.telegram.updates.confirmed(stand.telegram.presses(onTelegram, "▶️").id);
    await soon(() => player()?.playing).toBe(true);
    await soon(home).toContain("⏸");
  });

  it("is answered as fast as ever where another platform hangs or is down", async () => {
    const { promise: hang, resolve: release } = Promise.withResolvers<void>();
    for (let count = 0; count < 40; count++)
      for (const method of ["chat.postMessage", "chat.update", "views.publish"]) stand.slack.fault(method, { hang });
    await stand.slack.says(onSlack, "louder");
    await stand.telegram.down();

    const volume = () => stand.spotify.control.devices.list("mia.rehearsal")[0]?.volumePercent;
    for (const percent of [11, 12, 13]) {
      const ms = await took(async () => {
        onDiscord.runs(room, "volume", { percent });
        await soon(volume).toBe(percent);
        await soon(lastOnDiscord).toContain(`${percent}%`);
      });
      expect(ms).toBeLessThan(promptMs);
    }
    stand.slack.world.faults.length = 0;
    release();
    await stand.telegram.up();
    // What happened meanwhile is there afterwards.
    await stand.telegram.updates.confirmed(stand.telegram.says(onTelegram, onTelegram, "how loud is it?"));
    await soon(telegramChat).toContain("13%");
    await stand.slack.says(onSlack, "how loud is it?");
    await soon(slackChat).toContain("13%");
  });
});
