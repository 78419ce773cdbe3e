import { LRUCache } from "lru-cache";
import { isSegueError, SegueError } from "../contracts/errors.ts";
import type { PlayerFeed } from "../contracts/listening.ts";
import type { MusicProvider } from "../contracts/music.ts";
import type { Orchestrator } from "../contracts/player.ts";
import { type Deck, freeSinceSetting, type OpenRequest, openDeck } from "./deck.ts";
import { houseWords } from "./device-names.ts";
import { createFeed, createNews } from "./feed.ts";
import { foreignLink } from "./foreign-link.ts";
import { createNextMemory } from "./glance.ts";
import { queueDue } from "./handover.ts";
import { type House, type Parts, timerNames } from "./house.ts";
import { createItemMemory } from "./items.ts";
import { createPlayer } from "./player.ts";
import { type Choice, createPlayers } from "./players.ts";
import { publicLookup } from "./public-lookup.ts";
import { sleepDue } from "./sleep.ts";
import { createStateBook } from "./state.ts";
import { createTurns } from "./turns.ts";
import { wakeDue, watchForDevice } from "./wake.ts";
import { createWatches } from "./watches.ts";

export type { Parts } from "./house.ts";

/**
 * Music without the name of a service: which player a command means, and the memory all of them share. How many calls each
 * command makes is written down in README.md and held to by tests.
 */
export function createOrchestrator(
  given: Parts,
): Orchestrator & { feed: PlayerFeed; listen(): void; stop(): Promise<void> } {
  const parts = { ...given, deviceWords: houseWords(given.deviceWords) };
  const [only] = parts.providers;
  if (!only) throw new SegueError("InvalidInput", { field: "providers", why: "empty" });
  const first: MusicProvider = only;
  const news = createNews(parts.log);
  const house: House = {
    ...parts,
    states: createStateBook({ ...parts, tell: news.tell }),
    items: createItemMemory(parts.clock),
    turns: createTurns(parts.clock),
    volumes: new Map(),
    next: createNextMemory(parts.clock),
    starts: new LRUCache({ max: 5_000 }),
    players: createPlayers(parts),
  };
  const watches = createWatches(house);
  parts.timers.on(timerNames.queue, (row, signal) => queueDue(house, row, signal));
  parts.timers.on(timerNames.sleep, (row, signal) => sleepDue(house, row, signal));
  parts.timers.on(timerNames.wake, (row, signal) => wakeDue(house, row, signal));

  const linkable = () => parts.providers.find(({ linking }) => linking !== undefined);

  /** Where nothing can be used, what is missing is raised by whatever needs a player; the rest (linking, help) goes on. */
  async function deckFor(request: OpenRequest): Promise<Deck> {
    const { personId } = request;
    let choice: Choice;
    try {
      choice = await house.players.choose(request);
    } catch (error) {
      if (isSegueError(error, "NotLinked"))
        return openDeck(house, { provider: error.details.provider, personId }, request, error);
      if (!isSegueError(error, "NotFound") || error.details.what !== "player") throw error;
      const { query } = error.details;
      const refused = parts.providers.find(({ players }) => players?.some(({ name }) => name === query)) ?? first;
      return openDeck(house, { provider: refused.id, personId }, request, error);
    }
    return openDeck(house, choice.player.holder, request, choice);
  }

  const never = new AbortController().signal;
  const personalDeck = (personId: string) =>
    deckFor({ personId, once: (_key, compute) => compute(), resumed: false, signal: never });

  return {
    feed: createFeed(house, news),

    async open(request) {
      const deck = await deckFor(request);
      // A view drawn from what is known is no use of the player.
      if (!deck.quiet && "playerId" in deck.holder) watches.listen(deck.holder);
      return createPlayer(deck);
    },

    listen() {
      for (const { id, players } of parts.providers)
        for (const player of players ?? []) watches.listen({ provider: id, playerId: player.id });
    },

    async providerFor(personId) {
      const own = (await house.players.usable(personId, undefined)).find(({ holder }) => "personId" in holder);
      const { id, name, linking } = own?.provider ?? linkable() ?? first;
      return { id, name, needsLink: linking !== undefined && (own === undefined || own.lapsed) };
    },

    providers: () => parts.providers.map(({ id, name, linking }) => ({ id, name, linkable: linking !== undefined })),

    playerIn: (text, locale) => house.players.nameIn(text, locale),

    recognise(text) {
      const bounded = text.slice(0, 10_000);
      let found: ReturnType<Orchestrator["recognise"]>;
      for (const provider of parts.providers) {
        const link = provider.recognise(bounded);
        if (link && (!found || link.start < found.start)) found = { provider: provider.id, ...link };
      }
      return found;
    },

    foreignLink: (text) => foreignLink(text, parts.providers),

    publicLookup: (text, signal) => publicLookup(house, text, signal),

    async watchForDevice(personId) {
      await watchForDevice(await personalDeck(personId));
    },

    async checkPlanAgain(personId) {
      const own = await house.players.usable(personId, undefined);
      for (const { key, holder } of own) if ("personId" in holder) await parts.settings.remove(key, freeSinceSetting);
    },

    /** Ends what runs by itself. Timers belong to whoever gave them. */
    stop: () => watches.stop(),
  };
}
