import type { CatalogueSearch } from "../catalogue/index.ts";
import type { Route } from "./call.ts";
import { catalogueRoutes } from "./catalogue.ts";
import { libraryRoutes } from "./library.ts";
import { playerReads } from "./player-reads.ts";
import { playerWrites } from "./player-writes.ts";
import { playlistImageRoutes } from "./playlist-images.ts";
import { playlistItemRoutes } from "./playlist-items.ts";
import { playlistRoutes } from "./playlists.ts";
import { profileRoutes } from "./profile.ts";
import { createSearchRoute } from "./search.ts";
import { withdrawnRoutes } from "./withdrawn.ts";

/** Every route of the Web API that the false platform knows. */
export function apiRoutes(search: () => CatalogueSearch): Route[] {
  return [
    ...profileRoutes,
    ...playerReads,
    ...playerWrites,
    ...libraryRoutes,
    ...playlistRoutes,
    ...playlistItemRoutes,
    ...playlistImageRoutes,
    ...catalogueRoutes,
    createSearchRoute(search),
    ...withdrawnRoutes,
  ];
}
