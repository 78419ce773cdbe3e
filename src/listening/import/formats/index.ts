import { accountData } from "./account-data.ts";
import { extendedHistory } from "./extended-history.ts";
import type { Format } from "./format.ts";
import { lastFm } from "./lastfm.ts";
import { listenBrainz } from "./listenbrainz.ts";
import { maloja } from "./maloja.ts";
import { own } from "./own.ts";
import { playedList } from "./played-list.ts";

/** The first that claims a file has it: the surest first. */
export const formats: readonly Format[] = [own, extendedHistory, accountData, listenBrainz, playedList, maloja, lastFm];
/** Where people get such files, in the order of how many do. */
export const sources = [
  { id: "spotify", name: "Spotify", url: "https://www.spotify.com/account/privacy/" },
  { id: "listenbrainz", name: "ListenBrainz", url: "https://listenbrainz.org/settings/export/" },
  { id: "lastfm", name: "Last.fm", url: "https://benjaminbenben.com/lastfm-to-csv/" },
  { id: "maloja", name: "Maloja", url: "https://github.com/krateng/maloja" },
  { id: "your_spotify", name: "Your Spotify", url: "https://github.com/Yooooomi/your_spotify" },
] as const;
export const formatNames: readonly string[] = formats.map(({ name }) => name);
