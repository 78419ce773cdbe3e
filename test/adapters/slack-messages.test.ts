import { describe, expect, it } from "vitest";
import type { SlackClient } from "../../adapters/slack/client.ts";
import { createMessages } from "../../adapters/slack/messages.ts";
import type { ResponseAddress } from "../../adapters/slack/response-address.ts";
import { SegueError } from "../../src/contracts/errors.ts";
import { type Block, button, type Reply, say } from "../../src/contracts/reply.ts";
import { words } from "../doubles/slack/seen.ts";
import { hostWith } from "../support/host.ts";

const place = { platform: "slack", tenant: "T1", id: "C1" };
const next: Block = { type: "buttons", buttons: [button("Next", "playback.next")] };
const card = (title: string): Reply => say(title, [{ type: "heading", text: title }, next]);

/** An address whose first answers go wrong. */
function addressThatFails(times: number) {
  const sent: string[] = [];
  let left = times;
  const by: ResponseAddress = {
    usable: () => true,
    async send({ blocks }) {
      if (left-- > 0) throw new SegueError("Unavailable", { service: "slack", why: "connection" });
      sent.push(words(blocks).join("\n"));
    },
  };
  return { by, sent };
}

function start() {
  const client: SlackClient = {
    call: async (_method, _args, schema) => schema.parse({ ts: "1.1" }),
    turn: async () => {},
    free: () => true,
  };
  return createMessages({ client, host: () => hostWith(async () => {}) });
}

const settle = () => new Promise((resolve) => setImmediate(resolve));

describe("what one person sees alone", () => {
  it("goes on changing after a restart, with the next press on it", async () => {
    const sent = await start().whisper(place, "U1", card("First"));
    const later = start();
    await later.edit(sent, card("Second"));
    const address = addressThatFails(0);
    later.pressed(sent.id, address.by);
    await settle();
    expect(address.sent).toEqual(["Second\nNext"]);
  });

  it("has changed for good where nothing is left to press", async () => {
    const messages = start();
    const sent = await messages.whisper(place, "U1", say("The end."));
    await expect(messages.edit(sent, card("More"))).rejects.toMatchObject({ code: "NotFound" });
  });

  it("keeps what waited for a press when showing it fails", async () => {
    const messages = start();
    const sent = await messages.whisper(place, "U1", card("First"));
    await messages.edit(sent, card("Second"));
    messages.pressed(sent.id, addressThatFails(1).by);
    await settle();
    const again = addressThatFails(0);
    messages.pressed(sent.id, again.by);
    await settle();
    expect(again.sent).toEqual(["Second\nNext"]);
  });
});
