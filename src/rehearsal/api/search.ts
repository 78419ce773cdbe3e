import type { CatalogueSearch } from "../catalogue/index.ts";
import { refuse } from "../http/exchange.ts";
import { artist, type Rendered, simpleAlbum, track } from "../render/music.ts";
import { simplePlaylist } from "../render/playlist.ts";
import { searchAudiobooks, simpleAudiobook, simpleEpisode, simpleShow } from "../render/spoken.ts";
import { type Call, ok, type Route } from "./call.ts";
import type { Page } from "./input.ts";
import { checkMarket, wholeNumber } from "./input.ts";
import { framed } from "./paging.ts";

const TYPES = ["album", "artist", "playlist", "track", "show", "episode", "audiobook"] as const;
type SearchType = (typeof TYPES)[number];

/** Nothing can be reached beyond this place. */
const MOST_OFFSET = 1000;

/** `q` longer than this is refused by the platform. */
const MOST_QUERY = 250;

/** The search route; `search` is asked for only when the first search comes, because its index takes a while to build. */
export function createSearchRoute(search: () => CatalogueSearch): Route {
  return {
    method: "GET",
    path: "/search",
    scopes: [],
    bucket: "catalogue",
    lives: "everywhere",
    handle: (call) => {
      checkMarket(call);
      const q = call.exchange.query.get("q")?.trim() ?? "";
      if (q === "") throw refuse(400, "No search query");
      if (q.length > MOST_QUERY) throw refuse(400, "Query exceeds maximum length of 250 characters");
      const types = typesOf(call);
      const page: Page = {
        limit: wholeNumber(
          call,
          "limit",
          call.view.extended ? { min: 1, max: 50, fallback: 20 } : { min: 1, max: 10, fallback: 5 },
        ),
        offset: wholeNumber(call, "offset", { min: 0, max: MOST_OFFSET, fallback: 0 }),
      };
      return ok(Object.fromEntries(types.map((type) => [`${type}s`, resultsOf(call, search(), q, type, page)])));
    },
  };
}

function typesOf(call: Call): SearchType[] {
  const given = call.exchange.query.get("type") ?? "";
  if (given === "") throw refuse(400, "Missing parameter type");
  return [...new Set(given.split(","))].map((name) => {
    const type = TYPES.find((each) => each === name);
    if (type === undefined) throw refuse(400, `Bad search type field ${name}`);
    return type;
  });
}

function resultsOf(call: Call, search: CatalogueSearch, q: string, type: SearchType, page: Page) {
  if (type === "audiobook") {
    const books = searchAudiobooks(q);
    const shown = books.slice(page.offset, page.offset + page.limit).map((book) => simpleAudiobook(call.view, book));
    return framed(call, shown, page, books.length);
  }
  const found = search.find(q, [type], page)[`${type}s`];
  const items = found.items.map((id) => render(call, type, id));
  // Entries that vanished from the catalogue are left out; a playlist the app may not see stays, as null.
  const shown =
    type === "playlist" && call.world.settings.search.nullPlaylists ? items : items.filter((item) => item !== null);
  return framed(call, shown, page, found.total);
}

function render(call: Call, type: Exclude<SearchType, "audiobook">, id: string): Rendered | null {
  const { view, world } = call;
  const { catalogue } = world;
  switch (type) {
    case "track":
      return track(view, id) ?? null;
    case "artist":
      return catalogue.artists.has(id) ? artist(view, id) : null;
    case "album": {
      const album = catalogue.albums.get(id);
      return album === undefined ? null : simpleAlbum(view, album);
    }
    case "playlist": {
      const playlist = world.playlists.get(id);
      return playlist === undefined || playlist.ofTheService ? null : simplePlaylist(view, playlist);
    }
    case "show": {
      const show = catalogue.shows.get(id);
      return show === undefined ? null : simpleShow(view, show);
    }
    case "episode": {
      const episode = catalogue.episodes.get(id);
      return episode === undefined ? null : simpleEpisode(view, episode, undefined);
    }
  }
}
