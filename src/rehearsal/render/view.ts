import type { World } from "../world.ts";

/** For whom an answer is made. Development Mode apps see fewer fields (February 2026). */
export interface View {
  readonly world: World;
  readonly extended: boolean;
}

export function apiUrl(view: View, path: string): string {
  return `${view.world.url}/v1${path}`;
}

/** What every object carries: kind, id, uri and addresses. */
export function identity<K extends string>(
  view: View,
  kind: K,
  id: string,
): { id: string; type: K; uri: string; href: string; external_urls: { spotify: string } } {
  const path = kind === "chapter" ? `/chapters/${id}` : `/${kind}s/${id}`;
  return {
    id,
    type: kind,
    uri: `spotify:${kind}:${id}`,
    href: apiUrl(view, path),
    external_urls: { spotify: `https://open.spotify.com/${kind}/${id}` },
  };
}

const SIZES = [640, 300, 64] as const;

/** The three sizes in which the platform gives a picture; `of` is the path under /image. */
export function images(view: View, of: string): { url: string; height: number; width: number }[] {
  return SIZES.map((size) => ({ url: `${view.world.url}/image/${of}?size=${size}`, height: size, width: size }));
}

/** Every market the catalogue is sold in, for apps that are still told. */
export const MARKETS = [
  "AU",
  "BR",
  "CA",
  "DE",
  "ES",
  "FR",
  "GB",
  "IE",
  "IT",
  "JP",
  "MX",
  "NL",
  "NO",
  "NZ",
  "PL",
  "SE",
  "TR",
  "US",
];
