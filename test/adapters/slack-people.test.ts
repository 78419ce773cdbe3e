import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Incoming, Told } from "../../src/contracts/incoming.ts";
import { say } from "../../src/contracts/reply.ts";
import { openSlack, type SlackStand, soon } from "../doubles/slack/stand.ts";
import type { Channel, Member } from "../doubles/slack/world.ts";

let stand: SlackStand;
let anna: Member;
let room: Channel;
/** What core got at once, and what it was told after it had kept that. */
let heard: { event: Incoming; told: Told | undefined }[];
let kept: Incoming[];
const inRoom = () => ({ channel: room.id });
const asked = (method: string) => stand.slack.world.calls.filter((call) => call.method === method);

describe("who writes on slack", () => {
  beforeEach(async () => {
    heard = [];
    kept = [];
    stand = await openSlack({
      host: {
        // As core does: kept and acknowledged before anything is asked of the platform.
        async deliver(event, answer) {
          kept.push(event);
          answer.accepted?.();
          heard.push({ event, told: await answer.told?.() });
          await answer.reply(say("Done."));
        },
      },
    });
    anna = stand.slack.person("anna", { displayName: "Anna", locale: "de-DE", zone: "Europe/Berlin" });
    room = stand.slack.channel("music", [anna]);
    await stand.start();
  });
  afterEach(async () => {
    expect(stand.slack.world.violations).toEqual([]);
    await stand.stop();
  });

  it("is told after the event was taken", async () => {
    await stand.slack.mentions(anna, inRoom(), "hi");
    await soon(() => heard).toHaveLength(1);
    expect(heard[0]?.event).not.toHaveProperty("locale");
    expect(heard[0]?.told).toEqual({ userName: "Anna", locale: "de-DE", timeZone: "Europe/Berlin" });
  });

  it("is in a channel whose name and maker are asked for once while they are fresh, and not in chats of two", async () => {
    const { id, world } = { id: room.id, world: stand.slack.world };
    const place = { platform: "slack", tenant: world.team, id };
    for (let times = 0; times < 3; times += 1) {
      expect(await stand.adapter.placeName?.(place)).toBe("#music");
      await stand.adapter.standing?.(place, { platform: "slack", tenant: world.team, id: anna.id });
    }
    expect(asked("conversations.info")).toHaveLength(1);
    expect(await stand.adapter.placeName?.({ ...place, id: "D1" })).toBeUndefined();
    expect(asked("conversations.info")).toHaveLength(1);
    await stand.clock.advance(6 * 60_000);
    await stand.adapter.placeName?.(place);
    expect(asked("conversations.info")).toHaveLength(2);
  });

  it("holds up neither the acknowledgement nor, for long, the answer where the platform is slow to say it", async () => {
    const gate = Promise.withResolvers<void>();
    stand.slack.fault("users.info", { hang: gate.promise });
    // No time passes until this is acknowledged.
    const { acknowledged } = await stand.slack.slash(anna, inRoom(), "help");
    expect(acknowledged).toBe(true);
    await soon(() => kept).toHaveLength(1);
    expect(heard).toEqual([]);
    await stand.clock.advance(300);
    await soon(() => stand.slack.seen(anna, room)).toEqual(["Done."]);
    expect(heard[0]).toMatchObject({ event: { userName: "anna" }, told: {} });
    gate.resolve();
    await soon(async () => {
      await stand.slack.slash(anna, inRoom(), "help");
      return heard.at(-1)?.event;
    }).toMatchObject({ userName: "Anna", locale: "de-DE", timeZone: "Europe/Berlin" });
    expect(asked("users.info")).toHaveLength(1);
  });

  it("is known at once from then on, however slow the platform is to say it again", async () => {
    await stand.slack.mentions(anna, inRoom(), "hi");
    await soon(() => heard).toHaveLength(1);
    await stand.clock.advance(10 * 60_000);
    const gate = Promise.withResolvers<void>();
    stand.slack.fault("users.info", { hang: gate.promise });
    await stand.slack.mentions(anna, inRoom(), "and now?");
    // Without any time having passed.
    await soon(() => heard).toHaveLength(2);
    expect(heard[1]).toMatchObject({ event: { userName: "Anna", locale: "de-DE" }, told: {} });
    await soon(() => asked("users.info")).toHaveLength(2);
    gate.resolve();
  });

  it("tells what a mention in a thread is about after it was taken, too", async () => {
    const root = stand.slack.writes(anna, inRoom(), "https://open.spotify.com/track/4uLU6hMCjMI75M1A2tKUQC");
    const gate = Promise.withResolvers<void>();
    stand.slack.fault("conversations.replies", { hang: gate.promise });
    const { acknowledged } = await stand.slack.mentions(anna, { channel: room.id, thread: root.ts }, "play this");
    expect(acknowledged).toBe(true);
    gate.resolve();
    await soon(() => heard).toHaveLength(1);
    expect(heard[0]?.told?.about).toContain("4uLU6hMCjMI75M1A2tKUQC");
  });

  it("does not ask for a direct chat that somebody has just written in", async () => {
    await stand.slack.says(anna, "hi");
    await soon(() => heard).toHaveLength(1);
    await stand.slack.slash(anna, { channel: stand.slack.directChat(anna).id }, "help");
    await soon(() => heard).toHaveLength(2);
    expect(heard[1]?.event.direct).toBe(true);
    expect(asked("conversations.open")).toEqual([]);
  });
});
