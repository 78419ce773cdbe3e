import { afterEach, describe, expect, it } from "vitest";
import { openOrchestratorWorld, wish } from "./orchestrator-world.ts";
import { LISTENER } from "./spotify-world.ts";

type World = Awaited<ReturnType<typeof openOrchestratorWorld>>;
let opened: World | undefined;

/** The kitchen is on and silent. */
async function open(options?: Parameters<typeof openOrchestratorWorld>[0]): Promise<World> {
  opened = await openOrchestratorWorld(options);
  opened.rehearsal.control.devices.activate(LISTENER, "Kitchen");
  return opened;
}
afterEach(async () => {
  await opened?.close();
  opened = undefined;
});

const money = wish({ track: "money", artist: "pink floyd" });

describe("a play that is accepted and not yet applied", () => {
  it.each([
    ["soon, is found by one read", 500, true, ["GET player"]],
    ["later, is found by the second", 1500, true, ["GET player", "GET player"]],
    ["never, is not claimed", 600_000, false, ["GET player", "GET player"]],
  ])("%s", async (_, acceptedDelayMs, confirmed, reads) => {
    const world = await open({ settings: { player: { playReply: "accepted", acceptedDelayMs } } });
    world.spent();
    const played = await world.run((player) => player.play(money));
    expect(world.spent()).toEqual(["GET search", "PUT player/play", ...reads]);
    expect(played.confirmed).toBe(confirmed);
    expect(world.heard().playing).toBe(confirmed);
    // What is shown afterwards is what was read, not what was asked for.
    expect(played.state?.playing ?? false).toBe(confirmed);
  });

  it("is not taken for done because the same album was on already", async () => {
    const world = await open();
    await world.run((player) => player.play(wish({ track: "time", artist: "pink floyd" })));
    world.rehearsal.control.change({ player: { playReply: "accepted", acceptedDelayMs: 600_000 } });
    expect((await world.run((player) => player.play(money))).confirmed).toBe(false);
  });
});
