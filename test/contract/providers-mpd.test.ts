import { afterAll } from "vitest";
import { type MpdWorld, makeMpdLibrary, openMpdWorld } from "./mpd-world.ts";
import { providerSuite } from "./provider-suite.ts";

// A real daemon stands behind /src/music/providers/mpd/ here; where none is installed the file fails and says what is missing.
const library = await makeMpdLibrary();
/** A daemon takes a while to come up, so the next test's is started while this one's plays. */
let next: Promise<MpdWorld> = openMpdWorld(library, { relayed: true });
afterAll(async () => {
  await (await next).close();
  library.drop();
});

await providerSuite({
  name: "A music player daemon",
  absent: ["linking", "unreadable", "library.topTracks", "recentlyPlayed", "showEpisodes"],
  async open() {
    const world = await next;
    next = openMpdWorld(library, { relayed: true });
    return world;
  },
});
