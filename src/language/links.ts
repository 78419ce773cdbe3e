import type { ValueReader } from "./match.ts";
import type { Token, Tokens } from "./tokens.ts";

/** Knows the links of the music services that are set up. Given from outside: language knows no service. */
export type LinkFinder = {
  /** The first link in the text: as it should be kept, and its place. */
  find(text: string): { url: string; start: number; end: number } | undefined;
};

/** What a link's word becomes: no pattern and no dictionary contains it. */
const linkWord = "\u0001link";
const mostLinks = 5;

/** Links of a message, and the message with each as one word. */
export type Linked = { tokens: Tokens; urls: readonly string[] };

/** Marks the links among the words, so that a pattern can take one and no name will. */
export function markLinks(tokens: Tokens, links: LinkFinder | undefined): Linked {
  if (!links) return { tokens, urls: [] };
  const urls: string[] = [];
  let list: readonly Token[] = tokens.list;
  let from = 0;
  while (urls.length < mostLinks) {
    const found = links.find(tokens.text.slice(from));
    if (!found || found.end <= found.start) break;
    const start = from + found.start;
    const end = from + found.end;
    urls.push(found.url);
    const first = list.find((token) => token.end > start);
    const others = list.filter((token) => token.end <= start || token.start >= end);
    const link: Token = { word: linkWord, start, end, gap: first?.gap ?? " ", near: [], quote: 0 };
    list = [...others, link].sort((a, b) => a.start - b.start);
    from = end;
  }
  return { tokens: { text: tokens.text, list }, urls };
}

export const isLink = (token: Token | undefined): boolean => token?.word === linkWord;

/** `scheme:kind:id` is a URI; what has slashes is an address. */
export const isUri = (link: string): boolean => !link.includes("/");

/** Reads links for patterns: those that are URIs, or those that are not. */
export function createLinkReader(uri: boolean): ValueReader {
  return (tokens, at) => {
    const token = tokens.list[at];
    if (!token || !isLink(token) || isUri(tokens.text.slice(token.start, token.end)) !== uri) return [];
    return [{ end: at + 1 }];
  };
}
