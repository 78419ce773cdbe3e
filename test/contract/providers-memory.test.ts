import { createFakeClock } from "../fakes/clock.ts";
import { createMemoryProvider } from "../fakes/memory-player.ts";
import { providerSuite } from "./provider-suite.ts";

await providerSuite({
  name: "A shared player in memory",
  absent: [
    "linking",
    "unreadable",
    "transfer",
    "library",
    "library.topTracks",
    "playlists",
    "recentlyPlayed",
    "showEpisodes",
  ],
  async open() {
    const clock = createFakeClock();
    const provider = createMemoryProvider({ clock });
    const track = "memory:track:0-0-low-water";
    return {
      provider,
      session: provider.open({ kind: "shared", playerId: "shelf" }),
      clock,
      pass: (ms) => clock.advance(ms),
      settle: (promise) => promise,
      known: {
        query: "low water",
        track,
        context: {
          uri: "memory:album:nocturnes-for-no-one",
          type: "album",
          tracks: ["memory:track:1-0-premiere-lueur", "memory:track:1-1-1999", "memory:track:1-2-by-and-by"],
        },
        others: [track, "memory:track:0-1-stop-the-ferry"],
        missing: "memory:track:9-9-nothing",
        pasted: { before: "listen (", link: "https://memory.example/track/0-0-low-water", after: "), please" },
      },
      deviceId: "shelf",
      async close() {},
    };
  },
});
