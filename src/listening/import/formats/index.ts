import { accountData } from "./account-data.ts";
import { extendedHistory } from "./extended-history.ts";
import type { Format } from "./format.ts";
import { lastFm } from "./lastfm.ts";
import { listenBrainz } from "./listenbrainz.ts";
import { own } from "./own.ts";
import { playedList } from "./played-list.ts";

/** The first that claims a file has it: the surest first. */
export const formats: readonly Format[] = [own, extendedHistory, accountData, listenBrainz, playedList, lastFm];
export const formatNames: readonly string[] = formats.map(({ name }) => name);
