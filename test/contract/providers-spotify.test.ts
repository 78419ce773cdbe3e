import { afterAll, expect } from "vitest";
import { providerSuite } from "./provider-suite.ts";
import { LISTENER, openSpotifyWorld } from "./spotify-world.ts";

// One server, store and way out for all tests; each begins with everything as it was at the start, the clock apart.
const world = await openSpotifyWorld();
const { clock, known, relay, rehearsal } = world;
const looking = world.sessionOf(LISTENER);
const [track = "", other = ""] = (await looking.search("queen", ["track"])).tracks.map((each) => each.uri);
const [show = ""] = (await looking.search("podcast", ["show"])).shows.map((each) => each.uri);
const devices = (await looking.devices?.()) ?? [];
const idOf = (name: string) => devices.find((device) => device.name === name)?.id ?? "";

afterAll(() => world.close());

await providerSuite({
  name: "Spotify",
  absent: ["queue.edit", "watch"],
  async open() {
    rehearsal.control.reset();
    relay.clear();
    const provider = world.providerWith({});
    return {
      provider,
      session: world.sessionOf(LISTENER, provider),
      clock,
      pass: (ms) => clock.advance(ms),
      settle: (promise) => promise,
      losing: relay.losing,
      known: {
        query: "queen",
        track,
        context: { uri: known.album, type: "album", tracks: known.tracks },
        others: [track, other],
        show,
        missing: `spotify:track:${"0".repeat(22)}`,
        pasted: {
          before: "look: ",
          link: `https://open.spotify.com/intl-de/track/${track.slice(14)}?si=abc`,
          after: ", nice",
        },
      },
      deviceId: idOf("Kitchen"),
      otherDeviceId: idOf("Desk"),
      async close() {
        expect(relay.problems).toEqual([]);
      },
    };
  },
});
