import { SegueError } from "../contracts/errors.ts";
import { listenerOf } from "../contracts/listening.ts";
import type { Player } from "../contracts/player.ts";
import { aliases, aliasForget, aliasKeep } from "./aliases.ts";
import type { Deck } from "./deck.ts";
import { shownDevices } from "./devices.ts";
import { glance } from "./glance.ts";
import { searchCatalogue } from "./items.ts";
import { isDevice, preferredRef } from "./known-devices.ts";
import * as library from "./library.ts";
import { lookup } from "./lookup.ts";
import { offers } from "./offers.ts";
import { play } from "./playing.ts";
import * as contents from "./playlist-items.ts";
import * as lists from "./playlists.ts";
import * as queue from "./queue.ts";
import { usualTypes } from "./ranking/asks.ts";
import { surface } from "./ranking/fold.ts";
import { currentState, freshState, readState } from "./reading.ts";
import { sleep, sleeping } from "./sleep.ts";
import { suggest, suggestDevices } from "./suggest.ts";
import { preferDevice, transfer } from "./transfer.ts";
import * as transport from "./transport.ts";
import { undo } from "./undo.ts";
import { setVolume } from "./volume.ts";
import { explain } from "./wished.ts";

/** Puts the parts together. Whatever changes the player waits for its turn; what only reads a list does not. */
export function createPlayer(deck: Deck): Player {
  const { provider, house } = deck;
  const turn = deck.turn;
  return {
    provider: { id: provider.id, name: provider.name, terms: provider.terms },
    key: deck.key,
    shared: deck.shared,
    listener: "playerId" in deck.holder ? listenerOf.player(deck.holder) : listenerOf.person(deck.personId),
    name: deck.name,
    players: () => house.players.list(deck, deck.choice),
    preferPlayer: (said) => house.players.prefer(deck, said),
    offers: (action) => offers(deck, action),

    async state(options = {}) {
      if (deck.quiet) return house.states.known(deck.key)?.state;
      if (options.fresh) return turn(() => readState(deck, "now_playing"));
      const fresh = freshState(deck);
      return fresh ? fresh.state : turn(() => currentState(deck, "now_playing"));
    },
    known: async () => house.states.known(deck.key)?.state,
    glance: () => glance(deck),

    play: (wish) => turn(() => play(deck, wish)),
    enqueue: (wish, mode) => turn(() => queue.enqueue(deck, wish, mode)),
    pause: (where) => turn(() => transport.pause(deck, where)),
    resume: (where) => turn(() => transport.resume(deck, where)),
    restart: (where) => turn(() => transport.restart(deck, where)),
    next: (count) => turn(() => transport.next(deck, count)),
    previous: (count) => turn(() => transport.previous(deck, count)),
    skipTo: (index) => turn(() => transport.skipTo(deck, index)),
    seek: (to) => turn(() => transport.seek(deck, to)),
    // Takes the turn itself, once for all presses that belong together.
    volume: (change, where) => setVolume(deck, change, where),
    shuffle: (on) => turn(() => transport.shuffle(deck, on)),
    repeat: (mode) => turn(() => transport.repeat(deck, mode)),
    sleep: (when) => turn(() => sleep(deck, when)),
    sleeping: () => sleeping(deck),
    undo: () => turn(() => undo(deck)),

    queue: () => queue.queueView(deck),
    queueMove: (which, to) => turn(() => queue.queueMove(deck, which, to)),
    queueRemove: (which) => turn(() => queue.queueRemove(deck, which)),
    queueClear: () => turn(() => queue.queueClear(deck)),

    async devices(options = {}) {
      const list = await shownDevices(deck, options.fresh);
      const preferred = await preferredRef(deck);
      const listed = preferred && list.find((device) => isDevice(preferred, device));
      return { devices: list, ...(listed?.id === undefined ? {} : { preferredId: listed.id }) };
    },
    transfer: (where) => turn(() => transfer(deck, where)),
    preferDevice: (where) => preferDevice(deck, where),

    search(query, types = usualTypes) {
      if (surface(query) === "") throw new SegueError("InvalidInput", { field: "query", why: "empty" });
      return searchCatalogue(deck, query, types);
    },
    lookup: (uri) => lookup(deck, uri, "metadata"),
    suggest: (words, types, options) => suggest(deck, words, types, options),
    suggestDevices: (words) => suggestDevices(deck, words),

    explain: () => explain(deck),
    aliases: () => aliases(deck),
    aliasKeep: (said, wish) => aliasKeep(deck, said, wish),
    aliasForget: (said) => aliasForget(deck, said),

    like: (uri) => library.like(deck, uri, true),
    unlike: (uri) => library.like(deck, uri, false),
    liked: (uri) => library.liked(deck, uri),
    likedSongs: (limit, offset) => library.likedSongs(deck, limit, offset),
    topTracks: (range, limit) => library.topTracks(deck, range, limit),

    playlists: () => lists.playlists(deck, "metadata"),
    playlist: (words, options) => lists.playlist(deck, words, options),
    playlistCreate: (name, isPublic) => lists.playlistCreate(deck, name, isPublic),
    playlistRename: (uri, name) => lists.playlistRename(deck, uri, name),
    playlistFollow: (uri) => lists.playlistFollow(deck, uri),
    playlistUnfollow: (uri) => lists.playlistUnfollow(deck, uri),
    playlistItems: (uri, limit, offset) => contents.playlistItems(deck, uri, limit, offset, "metadata"),
    playlistAdd: (uri, what) => contents.playlistAdd(deck, uri, what),
    playlistRemove: (uri, what) => contents.playlistRemove(deck, uri, what),
    playlistFill: (uri, items) => contents.playlistFill(deck, uri, items),
    playlistReorder: (uri, from, to) => contents.playlistReorder(deck, uri, from, to),
  };
}
