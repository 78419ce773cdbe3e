import { disallows } from "../player/refusals.ts";
import {
  activeDevice,
  type Context,
  type Device,
  type PlayerState,
  progressAt,
  type Surroundings,
} from "../player/state.ts";
import type { Rendered } from "./music.ts";
import { playable } from "./playlist.ts";
import { apiUrl, type View } from "./view.ts";

/** Whether the client said (`additional_types`) that it understands episodes. */
export type Understands = { readonly episodes: boolean };

export function device(given: Device, state: PlayerState): Rendered {
  return {
    id: given.hidesId ? null : given.id,
    is_active: given.id === state.activeDeviceId,
    is_private_session: given.privateSession,
    is_restricted: given.restricted,
    name: given.name,
    supports_volume: given.supportsVolume,
    type: given.type,
    volume_percent: given.supportsVolume ? given.volumePercent : null,
  };
}

/** `GET /me/player`: `timestamp` is when the state last changed. Undefined when no device is active. */
export function playbackState(
  view: View,
  state: PlayerState,
  around: Surroundings,
  at: number,
  client: Understands,
): Rendered | undefined {
  const active = activeDevice(state);
  if (active === undefined) return undefined;
  return {
    device: device(active, state),
    repeat_state: state.repeat,
    shuffle_state: state.shuffle,
    smart_shuffle: false,
    ...nowPlaying(view, state, around, at, client),
    timestamp: state.changedAt,
  };
}

/** `GET /me/player/currently-playing`: `timestamp` is when it was asked. Undefined when there is nothing. */
export function currentlyPlaying(
  view: View,
  state: PlayerState,
  around: Surroundings,
  at: number,
  client: Understands,
): Rendered | undefined {
  if (activeDevice(state) === undefined || state.now === null) return undefined;
  return { ...nowPlaying(view, state, around, at, client), timestamp: at };
}

export function context(view: View, given: Context | null): Rendered | null {
  if (given === null) return null;
  const id = given.uri.split(":")[2] ?? "";
  return {
    type: given.type,
    href: apiUrl(view, `/${given.type}s/${id}`),
    external_urls: { spotify: `https://open.spotify.com/${given.type}/${id}` },
    uri: given.uri,
  };
}

function nowPlaying(view: View, state: PlayerState, around: Surroundings, at: number, client: Understands): Rendered {
  return {
    context: context(view, state.context),
    progress_ms: progressAt(state, at),
    is_playing: state.playing,
    item: item(view, state, client),
    currently_playing_type: typeOf(state),
    actions: { disallows: disallows(state, around) },
  };
}

/** Null for ads, and for episodes a client did not ask to see. */
function item(view: View, state: PlayerState, client: Understands): Rendered | null {
  if (state.now === null || state.now.kind === "ad") return null;
  if (state.now.kind === "episode" && !client.episodes) return null;
  return playable(view, state.now.uri);
}

function typeOf(state: PlayerState): "track" | "episode" | "ad" | "unknown" {
  if (state.now === null) return "unknown";
  return state.now.kind === "local" ? "track" : state.now.kind;
}
