import { loadCatalogue } from "../../src/rehearsal/catalogue/index.ts";
import { MIA, type Stand } from "./stand.ts";

const catalogue = loadCatalogue();
const [album] = [...catalogue.albums.values()].filter((each) => each.trackIds.length >= 4);
const [episode] = catalogue.episodes.keys();
if (album === undefined || episode === undefined)
  throw new Error("the catalogue lacks an album of four tracks, or episodes");

/** An album, its tracks and an episode, as uris. */
export const ALBUM = `spotify:album:${album.id}`;
export const ARTIST = `spotify:artist:${album.artistIds[0]}`;
export const TRACKS = album.trackIds.map((id) => `spotify:track:${id}`);
export const EPISODE = `spotify:episode:${episode}`;

export function lengthOf(uri: string): number {
  return catalogue.tracks.get(uri.split(":")[2] ?? "")?.durationMs ?? 0;
}

export const RESTRICTED = {
  status: 403,
  body: { error: { status: 403, message: "Player command failed: Restriction violated", reason: "UNKNOWN" } },
};
export const NO_DEVICE = { status: 404, body: { error: { status: 404, reason: "NO_ACTIVE_DEVICE" } } };
export const NOT_FOUND = { error: { status: 404, message: "Device not found" } };

export interface State {
  is_playing: boolean;
  progress_ms: number;
  item: { uri: string; duration_ms: number } | null;
  device: { name: string; id: string; volume_percent: number | null };
  actions: { disallows: Record<string, boolean> };
  currently_playing_type: string;
  shuffle_state: boolean;
  repeat_state: string;
  context: { uri: string } | null;
  timestamp: number;
}

/** Mia's player, in a few words. */
export function player(spotify: Stand) {
  const idOf = (name: string) =>
    spotify.server.control.devices.list(MIA).find((device) => device.name === name)?.id ?? "";
  const put = (path: string, body?: unknown) =>
    spotify.call("PUT", `/me/player${path}`, body === undefined ? {} : { body });
  return {
    idOf,
    put,
    post: (path: string) => spotify.call("POST", `/me/player${path}`),
    play: (body: unknown, device = "Kitchen speaker") => put(`/play?device_id=${idOf(device)}`, body),
    state: () => spotify.get<State>("/me/player?additional_types=episode"),
    queue: () =>
      spotify.get<{ currently_playing: { uri: string } | null; queue: { uri: string }[] }>("/me/player/queue"),
  };
}
