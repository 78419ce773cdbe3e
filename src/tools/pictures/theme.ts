import type { Picture } from "../../contracts/pictures.ts";

/** A card of its own ground, so that it stands on light and dark pages alike. Twice as large as chats show it: screens are fine. */
export const WIDTH = 1080;
export const EDGE = 64;
export const INNER = WIDTH - 2 * EDGE;
/** Spotify asks for corners of 8 px on large screens, and for nothing else to be done to a cover (https://developer.spotify.com/documentation/design). */
export const COVER_RADIUS = 8;

export const ink = {
  ground: "#14151c",
  panel: "#1d1f2a",
  raised: "#292c3a",
  text: "#f6f4ef",
  muted: "#abaebd",
  faint: "#777b8d",
  up: "#54c98f",
  down: "#f0716b",
} as const;

/** Each passes 4.5:1 on the ground (WCAG 2.2, 1.4.3). */
const accents: Record<Picture["tone"], string> = { day: "#f2bd55", week: "#ff8a66", month: "#a594ff", year: "#3fcfae" };
export const accentOf = ({ tone }: Pick<Picture, "tone">): string => accents[tone];

/** Grounds of tiles without a cover; the name decides, so that it is the same tile next time. */
const tiles = ["#3d4a6b", "#5a3f5e", "#2f5a56", "#6b4a3a", "#4b4f2e", "#5e3a45", "#35566e", "#4d3d70"] as const;
export function tileOf(name: string): string {
  let sum = 7;
  for (let at = 0; at < Math.min(name.length, 60); at += 1) sum = (sum * 31 + name.charCodeAt(at)) % 1_000_003;
  return tiles[sum % tiles.length] ?? tiles[0];
}
