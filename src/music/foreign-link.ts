import type { MusicProvider } from "../contracts/music.ts";

/** More than anybody pastes; what a link is, its beginning shows. */
const longest = 10_000;
/** With its scheme, as browsers copy it, or as people write it: `www.…`, or a name of the usual endings with a path. */
const address =
  /(?<![\w@./-])(?:https?:\/\/|(?=www\.)|(?=(?:[a-z0-9-]{1,63}\.){1,5}(?:com|be|net|org|tv|fm|link|fi)\/[\w@]))(?:[^\s<>"'|/@]{0,100}@)?((?:[a-z0-9-]{1,63}\.){1,8}[a-z]{2,24})(?![\w.-])/i;
/** What a service's app copies: `scheme:kind:id`. */
const uri = /(?<![\w:])([a-z]{3,20}):(?:track|album|artist|playlist|show|episode):[\w-]{4,}/i;

/**
 * Whose link it is that a text holds, when no provider here knows any link in it: the host, or the scheme, as it stands
 * there. Nothing here opens an address that a person wrote.
 */
export function foreignLink(
  text: string,
  providers: readonly Pick<MusicProvider, "recognise" | "unreadable">[],
): string | undefined {
  const seen = text.slice(0, longest);
  const found = address.exec(seen)?.[1] ?? uri.exec(seen)?.[1];
  if (found === undefined) return undefined;
  if (providers.some((provider) => provider.recognise(seen) ?? provider.unreadable?.(seen))) return undefined;
  return found.toLowerCase().replace(/^www\./, "");
}
