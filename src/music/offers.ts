import { playerActions } from "../contracts/music.ts";
import type { Player } from "../contracts/player.ts";
import type { Deck } from "./deck.ts";
import { ages } from "./state.ts";

type Offer = Parameters<Player["offers"]>[0];

const methods = {
  play: "play",
  pause: "pause",
  resume: "resume",
  next: "next",
  previous: "previous",
  seek: "seek",
  volume: "volume",
  shuffle: "shuffle",
  repeat: "repeat",
  transfer: "transfer",
  queue: "queue",
  like: "library",
  playlists: "playlists",
  devices: "devices",
  "queue.edit": "queue",
} as const satisfies Record<Offer, string>;

const controls: ReadonlySet<Offer> = new Set<Offer>([...playerActions, "queue.edit"]);

/** Not bound to the device that is active now: these may go to another. */
const anywhere: ReadonlySet<Offer> = new Set<Offer>(["play", "resume", "transfer", "like", "playlists", "devices"]);

/**
 * What can work at all, told by what is known: methods that are absent, a free account, what the service said it would
 * refuse, and the device. Before an account is linked everything is offered, since the first press leads to linking.
 */
export function offers(deck: Deck, action: Offer): boolean {
  if (!deck.offered) return deck.provider.linking !== undefined;
  if (deck.offered[methods[action]] === undefined) return false;
  if (controls.has(action) && deck.barred()) return false;
  const state = deck.house.states.believed(deck.key, ages.settings);
  if (!state || anywhere.has(action)) return true;
  if (state.refused.some((refused) => refused === action)) return false;
  if (state.device?.restricted) return action === "queue.edit";
  return action !== "volume" || state.device === undefined || state.device.hasVolume;
}
