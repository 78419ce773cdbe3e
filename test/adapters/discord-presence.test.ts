import type { GatewayPresenceUpdateDispatchData } from "discord.js";
import { expect, it } from "vitest";
import { decodePresence } from "../../adapters/discord/decode-message.ts";
import recorded from "../fixtures/discord/presence.json" with { type: "json" };

const update = (change: object) => ({ ...recorded, ...change }) as unknown as GatewayPresenceUpdateDispatchData;

it("tells silence of somebody who is there from that of somebody who is not seen", () => {
  expect(decodePresence(update({}), 1).listening).toBeDefined();
  expect(decodePresence(update({ activities: [], status: "online" }), 1)).not.toHaveProperty("away");
  expect(decodePresence(update({ activities: [], status: "offline" }), 1)).toMatchObject({ away: true });
});
