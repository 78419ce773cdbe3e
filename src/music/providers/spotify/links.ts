import type { ItemType } from "../../../contracts/music.ts";
import { canonical, ID, itemTypes } from "./uris.ts";

/*
 * Every form in which people paste a thing of this platform. One pass over the text with patterns whose every repetition
 * is bounded, so the time is linear in the text whatever it is.
 */

/** Longer than any chat message that a person writes; what is beyond is not looked at. */
const LONGEST = 40_000;

const TYPES = itemTypes.join("|");
/** No scheme or host may begin inside a longer word, host or path: `notspotify.com`, `evil.example/spotify.com/…`. */
const START = "(?<![\\w.@/%-])";
const SCHEME = "(?:https?://)?";
const HOST = "(?:(?:open|play|www|embed)\\.)?spotify\\.com";
const LOCALE = "(?:/intl-[a-z]{2,3}(?:-[a-z0-9]{2,4})?)?";
const EMBED = "(?:/embed(?:-podcast|-legacy)?)?";
const OWNER = "(?:/user/[^/\\s?#]{1,100})?";
/** A 23rd id character means that it is no id. */
const END = "(?![0-9A-Za-z_-])";

const ADDRESS = `${SCHEME}${HOST}${LOCALE}${EMBED}${OWNER}/(?<kind>${TYPES})/(?<id>${ID})${END}(?:[/?#][^\\s<>"'|]{0,500})?`;
/** The embedded player's older address carries the uri as a parameter, with its colons as they are or escaped. */
const EMBEDDED = `${SCHEME}${HOST}/(?:embed/?)?\\?(?:[\\w=&-]{1,100}&)?uri=spotify(?::|%3A)(?:user(?::|%3A)[^:%\\s]{1,100}(?::|%3A))?(?<embedKind>${TYPES})(?::|%3A)(?<embedId>${ID})${END}(?:[&#][^\\s<>"'|]{0,500})?`;
const URI = `spotify:(?://)?(?:user[:/][^:/\\s]{1,100}[:/])?(?<uriKind>${TYPES})[:/](?<uriId>${ID})${END}(?:[?#][^\\s<>"'|]{0,500})?`;

const ITEM = new RegExp(`${START}(?:${EMBEDDED}|${ADDRESS}|${URI})`, "i");
/** Sentence marks after an address belong to the sentence. */
const TRAILING = /[.,;:!?…)\]}>*_~`]+$/;

type Recognised = { uri: string; type: ItemType; start: number; end: number };

/** The first thing named in `text`; `start` and `end` are string indices of the words that name it. */
export function recognise(text: string): Recognised | undefined {
  const seen = text.length > LONGEST ? text.slice(0, LONGEST) : text;
  const found = ITEM.exec(seen);
  const groups = found?.groups;
  if (!found || !groups) return undefined;
  const kind = groups.kind ?? groups.embedKind ?? groups.uriKind;
  const id = groups.id ?? groups.embedId ?? groups.uriId;
  if (kind === undefined || id === undefined) return undefined;
  const uri = canonical(kind.toLowerCase(), id);
  if (uri === undefined) return undefined;
  const trimmed = found[0].replace(TRAILING, "");
  return { uri: uri.uri, type: uri.type, start: found.index, end: found.index + trimmed.length };
}

const SHORT = /(?<![\w.@/%-])(?:https?:\/\/)?(?:spotify\.link|spotify\.app\.link|spoti\.fi)\/[\w-]{1,100}/i;
const OTHER = new RegExp(`${START}(?:${SCHEME}${HOST}/[^\\s<>"'|]{1,500}|spotify:[a-z]{2,20}:[^\\s<>"'|]{1,300})`, "i");

/**
 * A link that is plainly this platform's and yet names nothing that can be had: a short link (it would have to be fetched
 * to be understood, and nothing here fetches an address that a person wrote), or a malformed or unknown one.
 */
export function unreadable(
  text: string,
): { why: "short_link" | "invalid_link"; start: number; end: number } | undefined {
  const seen = text.length > LONGEST ? text.slice(0, LONGEST) : text;
  if (ITEM.test(seen)) return undefined;
  const short = SHORT.exec(seen);
  const found = short ?? OTHER.exec(seen);
  if (!found) return undefined;
  const words = found[0].replace(TRAILING, "");
  return { why: short ? "short_link" : "invalid_link", start: found.index, end: found.index + words.length };
}
