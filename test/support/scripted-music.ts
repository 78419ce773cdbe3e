import { SegueError } from "../../src/contracts/errors.ts";
import type { PlayerState, Track } from "../../src/contracts/music.ts";
import type { Orchestrator, Player } from "../../src/contracts/player.ts";

export function track(title: string, artist = "The Testers"): Track {
  return {
    type: "track",
    uri: `test:track:${title.toLowerCase().replace(/\W+/g, "-")}`,
    title,
    artists: [{ name: artist }],
    durationMs: 200_000,
    url: `https://music.example/${encodeURIComponent(title)}`,
    art: [],
  };
}

/** What a scripted player did to its world, and what it is told to refuse. */
export type World = {
  /** Every write that reached the player, in order. */
  acts: string[];
  current: string | undefined;
  /** What the player says it does, for skills that only look. */
  state?: PlayerState;
  /** Thrown by the next commands, first come first served; `after` throws when the write has already taken effect. */
  refusals: { error: unknown }[];
  /** Persons whose devices are watched for one that wakes, and whose plan is to be tried again. */
  watched: string[];
  rechecked: string[];
  /** Called at each write, before and after it takes effect. */
  onAct: (moment: "before" | "after") => Promise<void> | void;
};

export function createWorld(): World {
  return { acts: [], current: undefined, refusals: [], watched: [], rechecked: [], onAct: () => {} };
}

/**
 * An orchestrator of which a test says what happens: it plays titles by name, and after a crash looks at the player before
 * it plays again, as the real one does.
 */
export function createScriptedOrchestrator(world: World, options: { shared?: boolean } = {}): Orchestrator {
  async function act(what: string): Promise<void> {
    const refusal = world.refusals.shift();
    if (refusal) throw refusal.error;
    await world.onAct("before");
    world.acts.push(what);
    await world.onAct("after");
  }

  return {
    async open({ personId, once, resumed }) {
      const player: Partial<Player> = {
        provider: {
          id: "test",
          name: "Testify",
          terms: {
            voiceControl: true,
            derivedStatistics: true,
            longStorage: true,
            sharedPlaying: true,
            ai: false,
            attribution: "from Testify",
          },
        },
        key: `test:${personId}`,
        shared: options.shared ?? false,
        offers: () => true,
        async play(wish) {
          const title = await once("title", async () => wish.uri ?? wish.readings[0]?.slots.track ?? "something");
          const chosen = track(title);
          const done = resumed && world.current === chosen.uri;
          if (!done) {
            await act(`play ${title}${wish.deviceId ? ` on ${wish.deviceId}` : ""}`);
            world.current = chosen.uri;
          }
          return { chosen, candidates: [], confirmed: true, shuffled: false };
        },
        async pause() {
          const before = await once("playing", async () => world.current !== undefined);
          if (!(resumed && before && world.current === undefined)) await act("pause");
          world.current = undefined;
          return { changed: true };
        },
        async transfer(where) {
          await act(`transfer ${where.deviceId}`);
          return {
            device: {
              id: where.deviceId ?? "",
              name: "device",
              kind: "speaker",
              active: true,
              restricted: false,
              hasVolume: true,
            },
            confirmed: true,
          };
        },
        name: "Testify",
        listener: `person:${personId}`,
        state: async () => world.state,
        players: async () => [],
        glance: async () => ({ next: [] }),
        sleeping: async () => undefined,
        async lookup(uri) {
          if (uri.endsWith("nothing")) throw new SegueError("NotFound", { what: "item" });
          return track(uri.split(":").at(-1) ?? uri);
        },
      };
      const handler: ProxyHandler<Partial<Player>> = {
        get(target, property) {
          // A promise resolved with the player asks for `then`.
          if (property in target || property === "then") return Reflect.get(target, property);
          return () => Promise.reject(new SegueError("Restricted", { reason: "not_offered" }));
        },
      };
      return new Proxy(player, handler) as Player;
    },
    async providerFor() {
      return { id: "test", name: "Testify", needsLink: !options.shared };
    },
    publicLookup: async () => undefined,
    providers: () => [{ id: "test", name: "Testify", linkable: !options.shared }],
    playerIn: () => undefined,
    async watchForDevice(personId) {
      world.watched.push(personId);
    },
    async checkPlanAgain(personId) {
      world.rechecked.push(personId);
    },
    recognise(text) {
      const match = /(?:https:\/\/music\.example\/|test:track:)([\w-]+)/.exec(text);
      if (!match) return undefined;
      return {
        provider: "test",
        uri: `test:track:${match[1]}`,
        type: "track",
        start: match.index,
        end: match.index + match[0].length,
      };
    },
    foreignLink: () => undefined,
  };
}
