import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Person } from "../../doubles/discord/person.ts";
import { bot, type Channel } from "../../doubles/discord/world.ts";
import { last, openOffice, openSpeaker } from "./office.ts";
import { type Stand, soon } from "./stand.ts";

const mention = `<@${bot.id}>`;
describe("a speaker that a server shares, and answers that go to one person alone", () => {
  let office: Awaited<ReturnType<typeof openOffice>>;
  let stand: Stand;
  let kim: Person;
  let ola: Person;
  let room: Channel;
  const state = async () => (await office.mpd.fields("status")).get("state");

  beforeAll(async () => {
    office = await openOffice(["Kitchen", "Garden"]);
    ({ stand, kim, ola, room } = office);
  });
  afterAll(() => office?.end());

  it("is opened to the server by the operator, and plays for whoever manages it", async () => {
    await openSpeaker(office);
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
