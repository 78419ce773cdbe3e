import { describe, expect, it } from "vitest";
import type { Reply } from "../../src/contracts/reply.ts";
import { createMemoryProvider } from "../fakes/memory-player.ts";
import { startConversation } from "../support/conversation.ts";
import { labels, pressables } from "./stage.ts";

/** A house with a player in the hall and one in the attic, both everybody's. */
async function house() {
  const talk = await startConversation({
    // Whoever is at this machine has them all, unless a place was given one.
    opened: false,
    provider: ({ clock }) => [
      createMemoryProvider({ clock, id: "hall", playerName: "Hall" }),
      createMemoryProvider({ clock, id: "attic", playerName: "Attic" }),
    ],
  });
  const user = talk.user("ann", { local: true });
  const answered = async (work: Promise<Reply | undefined>) => {
    const reply = await talk.clock.until(work, { realMs: 3 });
    if (!reply) throw new Error("no answer");
    return reply;
  };
  return {
    talk,
    sends: (intent: string, slots?: Record<string, unknown>) => answered(user.sends(intent, slots)),
    /** The card of a player as it stands now. */
    card(key: string): Reply {
      const shown = talk.adapter.shown.findLast(({ reply }) => reply.view?.key === key);
      if (!shown) throw new Error(`no card of ${key}`);
      return shown.edits.at(-1) ?? shown.reply;
    },
  };
}

describe("a panel where there are several players", () => {
  it("acts on the player that it shows, whichever would be taken by now", async () => {
    const { talk, sends, card } = await house();
    await sends("playback.play", { album: "harbour lights", player: "Hall" });
    const panel = await sends("nowplaying.query", { player: "Hall" });
    expect(panel.view?.key).toBe("shared:hall:shelf");
    await sends("playback.play", { track: "1999", player: "Attic" });
    await sends("nowplaying.query", { player: "Attic" });
    const pause = pressables(panel).find(({ description }) => description === "Pause");
    await sends(pause?.command.intent ?? "", pause?.command.slots);
    await talk.clock.advance(5_000);
    expect(card("shared:hall:shelf").text).toMatch(/^Paused: /);
    expect(card("shared:attic:shelf").text).toMatch(/^Now playing: 1999/);
    expect(labels(card("shared:attic:shelf"))).toContain("Pause");
  });
});
