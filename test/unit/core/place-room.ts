import type { Standing } from "../../../src/contracts/adapter.ts";
import type { OAuthLinking } from "../../../src/contracts/music.ts";
import { createPlaces } from "../../../src/core/places.ts";
import { createChatAdapter } from "../../fakes/chat-adapter.ts";
import { silentLog } from "../../support/log.ts";
import { type Talk, talk } from "./support.ts";

const linking = {} as OAuthLinking;
export const speaker = { id: "box", players: [{ id: "office", name: "Office speaker" }] };
export const service = { id: "test", linking };
export const office = { provider: "box", playerId: "office" };

type Rights = Standing | (() => Promise<Standing>);

/** A room in which ann manages, bob is a DJ, and carl is nobody in particular. */
export async function room(options: { shared?: boolean; rights?: Record<string, Rights>; given?: boolean } = {}) {
  const rights: Record<string, Rights> = {
    ann: { manager: true, groups: [] },
    bob: { manager: false, groups: ["dj"] },
    carl: { manager: false, groups: [] },
    ...options.rights,
  };
  const asked: string[] = [];
  const adapter = Object.assign(createChatAdapter(), {
    async standing(_place: unknown, user: { id: string }): Promise<Standing> {
      asked.push(user.id);
      const right = rights[user.id] ?? { manager: false, groups: [] };
      return typeof right === "function" ? right() : right;
    },
    groups: async () => [{ id: "dj", name: "DJs" }],
  });
  const held = await talk({
    adapter,
    shared: options.shared ?? true,
    only: ["account", "help", "place"],
    providers: [speaker],
    opened: false,
    deck: { title: () => "One" },
  });
  // As the operator gives it.
  if (options.given ?? true) await held.store.settings.put("place:test::hall", "place.choices", { player: office });
  const user = (name: string) => held.user(name, { place: "hall" });
  const set = (name: string, setting: string, value: string, slots = {}) =>
    user(name).sends("place.set", { setting, value, ...slots });
  return { held, adapter, asked, user, set, rights };
}

export const personId = async (held: Talk, name: string) =>
  (await held.store.people.find(held.user(name).ref))?.id ?? "";
export const placesOf = (held: Talk, providers: Parameters<typeof createPlaces>[0]["providers"]) =>
  createPlaces({
    store: held.store,
    sharing: { leave: async () => [], move: async () => {} },
    adapters: () => [held.adapter],
    providers,
    locales: ["en"],
    clock: held.clock,
    log: silentLog,
  });
