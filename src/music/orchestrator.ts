import { SegueError } from "../contracts/errors.ts";
import type { MusicProvider } from "../contracts/music.ts";
import type { Orchestrator } from "../contracts/player.ts";
import { freeSinceSetting, openDeck } from "./deck.ts";
import { queueDue } from "./handover.ts";
import { type Holder, type House, type Parts, type PlaceRef, timerNames } from "./house.ts";
import { createItemMemory } from "./items.ts";
import { createPlayer } from "./player.ts";
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
export function createOrchestrator(parts: Parts): Orchestrator & { stop(): Promise<void> } {
  const [only] = parts.providers;
  if (!only) throw new SegueError("InvalidInput", { field: "providers", why: "empty" });
  const first: MusicProvider = only;
  const house: House = {
    ...parts,
    states: createStateBook(parts),
    items: createItemMemory(parts.clock),
    turns: createTurns(parts.clock),
    volumes: new Map(),
  };
  const watches = createWatches(house);
  parts.timers.on(timerNames.queue, (row, signal) => queueDue(house, row, signal));
  parts.timers.on(timerNames.sleep, (row, signal) => sleepDue(house, row, signal));
  parts.timers.on(timerNames.wake, (row, signal) => wakeDue(house, row, signal));

  /** The first provider with an account, a healthy one before one that lapsed; else the first that can be linked. */
  async function personal(personId: string): Promise<{ provider: MusicProvider; linked: boolean }> {
    let lapsed: MusicProvider | undefined;
    for (const provider of parts.providers) {
      const account = provider.linking ? await parts.accounts.accountOf(personId, provider.id) : undefined;
      if (account?.status === "ok") return { provider, linked: true };
      if (account) lapsed ??= provider;
    }
    const provider = lapsed ?? parts.providers.find((candidate) => candidate.linking) ?? first;
    return { provider, linked: false };
  }

  async function holderFor(personId: string, place: PlaceRef | undefined): Promise<Holder> {
    const shared = place ? await parts.sharedPlayers?.(place) : undefined;
    if (shared) return shared;
    const { provider } = await personal(personId);
    // A provider that needs no account is one player for everybody here.
    return provider.linking ? { personId, provider: provider.id } : { provider: provider.id, playerId: provider.id };
  }

  const never = new AbortController().signal;
  const personalDeck = async (personId: string) =>
    openDeck(house, await holderFor(personId, undefined), {
      personId,
      once: (_key, compute) => compute(),
      resumed: false,
      signal: never,
    });

  return {
    async open(request) {
      const holder = await holderFor(request.personId, request.place);
      const deck = await openDeck(house, holder, request);
      // A view drawn from what is known is no use of the player: it would keep itself alive.
      if (!deck.quiet) watches.use(deck);
      return createPlayer(deck);
    },

    async providerFor(personId) {
      const { provider, linked } = await personal(personId);
      return { id: provider.id, name: provider.name, needsLink: provider.linking !== undefined && !linked };
    },

    recognise(text) {
      const bounded = text.slice(0, 10_000);
      let found: ReturnType<Orchestrator["recognise"]>;
      for (const provider of parts.providers) {
        const link = provider.recognise(bounded);
        if (link && (!found || link.start < found.start)) found = { provider: provider.id, ...link };
      }
      return found;
    },

    async watchForDevice(personId) {
      await watchForDevice(await personalDeck(personId));
    },

    async checkPlanAgain(personId) {
      const deck = await personalDeck(personId);
      await parts.settings.remove(deck.key, freeSinceSetting);
    },

    /** Ends what runs by itself. Timers belong to whoever gave them. */
    stop: () => watches.stop(),
  };
}
