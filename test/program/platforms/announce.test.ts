import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Person } from "../../doubles/discord/person.ts";
import type { Channel } from "../../doubles/discord/world.ts";
import { last, openOffice, openSpeaker } from "./office.ts";
import { type Stand, soon } from "./stand.ts";

describe("a server that is shown what its speaker plays", () => {
  let office: Awaited<ReturnType<typeof openOffice>>;
  let stand: Stand;
  let kim: Person;
  let ola: Person;
  let room: Channel;
  /** What anybody in the room sees of the speaker. */
  const cards = () => ola.seen().filter((text) => /Office play(?:s|ed)/.test(text));

  beforeAll(async () => {
    office = await openOffice(["Kitchen"]);
    ({ stand, kim, ola, room } = office);
  });
  afterAll(() => office?.end());

  it("once whoever manages it agreed: one card, that changes with the song and outlives a restart", async () => {
    await openSpeaker(office);
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
