import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createDiscordChat } from "../../adapters/discord/index.ts";
import type { CommandSpec } from "../../src/contracts/adapter.ts";
import type { Place, Sent } from "../../src/contracts/incoming.ts";
import { type Block, type Reply, say } from "../../src/contracts/reply.ts";
import { type Chat, locales, openChat, until } from "../doubles/discord/chat.ts";
import { token } from "../doubles/discord/server.ts";
import type { Channel } from "../doubles/discord/world.ts";
import { createFakeClock, type FakeClock } from "../fakes/clock.ts";
import { hostWith } from "../support/host.ts";
import { silentLog } from "../support/log.ts";

const pause: CommandSpec = {
  intent: "playback.pause",
  name: "pause",
  description: "Pause",
  managers: false,
  options: [],
};

const here = "http://127.0.0.1:8765/art/";
const card = (text: string, ...covers: string[]): Reply => {
  const images = covers.map((cover): Block => ({ type: "image", url: here + cover, alt: cover }));
  const press: Block = {
    type: "buttons",
    buttons: [{ label: "Pause", command: { intent: "pause", slots: {} }, style: "plain" }],
  };
  return say(text, [...images, { type: "text", text }, press], { visibility: "public" });
};

let clock: FakeClock;
let chat: Chat;
let channel: Channel;
let place: Place;
let anna: ReturnType<Chat["double"]["person"]>;

/** The last byte of an address is what its picture looks like: "a1" and "b1" are the same picture. */
const picture = async (url: string) => ({
  mediaType: "image/png",
  bytes: new Uint8Array([url.charCodeAt(url.length - 1)]),
});

beforeEach(async () => {
  clock = createFakeClock();
  chat = await openChat(clock, { host: { picture, commands: () => [pause] } });
  anna = chat.double.person("anna");
  const made = chat.double.guild("Music", [anna]);
  channel = made.channel;
  place = { platform: "discord", tenant: made.guild.id, id: channel.id };
  await chat.start();
});
afterEach(async () => {
  await chat.stop();
});

const uploads = () => chat.double.world.uploads.length;
const lying = () => chat.double.world.messages.at(-1)?.files ?? [];
const edit = (sent: Sent, reply: Reply) => chat.adapter.edit?.(sent, reply);

describe("an edit", () => {
  it("leaves a picture that lies there already where it is", async () => {
    const sent = await chat.adapter.send(place, card("One.", "a1"), "one");
    const [name] = lying();
    for (const text of ["Two.", "Three."]) await edit(sent, card(text, "b1"));
    expect(uploads()).toBe(1);
    expect(lying()).toEqual([name]);
    expect(anna.seen()).toEqual([expect.stringContaining("Three.")]);
    expect(chat.double.violations).toEqual([]);
  });

  it("uploads what is new beside what stays, and takes away what is shown no more", async () => {
    const sent = await chat.adapter.send(place, card("One.", "a1", "a2"), "one");
    const [, second] = lying();
    await edit(sent, card("Two.", "a3", "a2"));
    expect(uploads()).toBe(3);
    expect(lying()).toHaveLength(2);
    expect(lying()).toContain(second);
    await edit(sent, card("Three."));
    expect(lying()).toEqual([]);
    await edit(sent, card("Four.", "a2"));
    expect(uploads()).toBe(4);
    expect(chat.double.violations).toEqual([]);
  });

  it("uploads everything again when somebody took the picture off", async () => {
    const sent = await chat.adapter.send(place, card("One.", "a1"), "one");
    chat.double.world.messages.at(-1)?.attachments.clear();
    await edit(sent, card("Two.", "a1"));
    expect(uploads()).toBe(2);
    expect(lying()).toHaveLength(1);
    await edit(sent, card("Three.", "a1"));
    expect(uploads()).toBe(2);
  });

  it("is not given twice for another refusal", async () => {
    const sent = await chat.adapter.send(place, card("One.", "a1"), "one");
    chat.double.fail(/^PATCH /, 403, { times: 1 });
    await expect(edit(sent, card("Two.", "a1"))).rejects.toMatchObject({ code: "Forbidden" });
    expect(chat.double.calls.filter(({ method }) => method === "PATCH")).toHaveLength(1);
  });

  it("of an answer that only its token reaches leaves the picture too", async () => {
    await until(() => chat.double.world.registrations > 0);
    let sent: Sent | undefined;
    chat.respond = async (_event, answer) => {
      sent = await answer.reply({ ...card("Mine.", "a1"), visibility: "private" });
    };
    await chat.after(() => anna.runs(channel, "pause"));
    if (!sent) throw new Error("nothing was sent");
    await edit(sent, { ...card("Mine, new.", "a1"), visibility: "private" });
    expect(uploads()).toBe(1);
    expect(anna.seen()).toEqual([expect.stringContaining("Mine, new.")]);
    expect(lying()).toHaveLength(1);
  });

  it("after a restart leaves the picture of a message that was pressed", async () => {
    const sent = await chat.adapter.send(place, card("One.", "a1"), "one");
    await chat.adapter.stop?.();
    const { double } = chat;
    const fresh = createDiscordChat({
      token,
      apiUrl: double.apiUrl,
      clock,
      log: silentLog,
      locales,
      kept: { get: async () => undefined, set: async () => {} },
    });
    const ending = new AbortController();
    let heard = 0;
    const press = hostWith(
      async () => {
        heard += 1;
        await fresh.edit?.(sent, card("Two.", "a1"));
      },
      { picture, commands: () => [pause] },
    );
    try {
      await fresh.start(press, ending.signal);
      anna.presses("Pause");
      await until(() => heard === 1 && anna.seen().some((text) => text.includes("Two.")));
      expect(uploads()).toBe(1);
    } finally {
      ending.abort();
      await fresh.stop?.();
    }
  });
});
