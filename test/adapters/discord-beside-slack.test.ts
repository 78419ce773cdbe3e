import { afterEach, beforeEach, expect, it } from "vitest";
import { createSlackChat } from "../../adapters/slack/index.ts";
import { say } from "../../src/contracts/reply.ts";
import { type Chat, openChat } from "../doubles/discord/chat.ts";
import { createFakeClock } from "../fakes/clock.ts";

const url = "https://here.example/cover";

let chat: Chat;

beforeEach(async () => {
  const bytes = new Uint8Array([0x89, 0x50, 0x4e, 0x47]);
  chat = await openChat(createFakeClock(), { host: { picture: async () => ({ bytes, mediaType: "image/png" }) } });
});
afterEach(async () => {
  await chat.stop();
});

it("uploads and changes pictures although Slack's library has put its own HTTP client in place of everybody's", async () => {
  expect(createSlackChat).toBeTypeOf("function");
  const anna = chat.double.person("anna");
  const { channel, guild } = chat.double.guild("Music", [anna]);
  await chat.start();
  const place = { platform: "discord", tenant: guild.id, id: channel.id };
  const card = (text: string) => say(text, [{ type: "image", url, alt: "A cover" }], { visibility: "public" });
  const sent = await chat.adapter.send(place, card("One."), "one");
  expect(chat.double.world.messages.at(-1)?.files).toEqual([expect.stringMatching(/\.png$/)]);
  await chat.adapter.edit?.(sent, card("Two."));
  expect(chat.double.world.messages.at(-1)?.states).toHaveLength(2);
  expect(chat.double.violations).toEqual([]);
});
