import { afterAll } from "vitest";
import { makeMpdLibrary, openMpdWorld } from "./mpd-world.ts";
import { providerSuite } from "./provider-suite.ts";

// A real daemon stands behind /src/music/providers/mpd/ here; where none is installed the file fails and says what is missing.
const library = await makeMpdLibrary();
afterAll(() => library.drop());

await providerSuite({
  name: "A music player daemon",
  absent: ["linking", "unreadable", "library.topTracks", "recentlyPlayed", "showEpisodes"],
  open: () => openMpdWorld(library),
});
