import type { MusicProvider } from "../contracts/music.ts";

/** What people call services, set up or not: whoever asks to link one that plays nothing here is answered, too. */
export function serviceNames(connected: Iterable<Pick<MusicProvider, "name">> = []): string[] {
  return [...new Set([...[...connected].map(({ name }) => name.toLowerCase()), "spotify"])];
}

/** The first link in the text that any music service knows as its own, readable or not. */
export function linkIn(
  text: string,
  providers: ReadonlyMap<string, MusicProvider>,
): { url: string; start: number; end: number } | undefined {
  for (const provider of providers.values()) {
    const found = provider.recognise(text) ?? provider.unreadable?.(text);
    if (found) return { url: text.slice(found.start, found.end), start: found.start, end: found.end };
  }
  return undefined;
}
