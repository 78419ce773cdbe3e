import { LRUCache } from "lru-cache";
import { z } from "zod";
import type { Accounts } from "../contracts/accounts.ts";
import type { Adapter } from "../contracts/adapter.ts";
import type { Clock } from "../contracts/clock.ts";
import type { Events } from "../contracts/events.ts";
import type { Incoming, Place, UserRef } from "../contracts/incoming.ts";
import type { Log } from "../contracts/log.ts";
import type { Orchestrator } from "../contracts/player.ts";
import { type Block, type Button, button, type Reply, say } from "../contracts/reply.ts";
import type { Translate } from "../contracts/skill.ts";
import { personSettings, type Store } from "../contracts/store.ts";
import { echo } from "./clean-text.ts";
import type { I18n } from "./i18n.ts";
import type { Places } from "./places.ts";
import type { Registry } from "./registry.ts";
import type { Views } from "./views.ts";
import { within } from "./within.ts";

const postWithinMs = 10_000;
const dayMs = 24 * 60 * 60 * 1000;
const placeSchema = z.object({
  platform: z.string(),
  tenant: z.string(),
  id: z.string(),
  thread: z.string().optional(),
});
const reachSchema = z.object({
  place: placeSchema,
  user: z.object({ platform: z.string(), tenant: z.string(), id: z.string() }),
});

/** Speaks to a person who did not ask: where they last spoke to the bot alone. */
export interface Tell {
  /** Notes where the person can be reached. */
  seen(event: Incoming, personId: string): Promise<void>;
  stop(): void;
}

export function createTell(parts: {
  store: Store;
  adapters: ReadonlyMap<string, Adapter>;
  registry: Registry;
  i18n: I18n;
  orchestrator: Orchestrator;
  events: Events;
  accounts: Pick<Accounts, "joins">;
  views: Pick<Views, "draw" | "register">;
  places: Pick<Places, "asked">;
  defaults: { locale: string; timeZone: string };
  clock: Clock;
  log: Log;
}): Tell {
  const { store, adapters, registry, i18n, orchestrator, events, accounts, views, places, defaults, clock, log } =
    parts;
  const reach = new LRUCache<string, string>({ max: 5_000 });
  const telling = new Set<string>();
  // The same mistake of the operator's shows with every call: they hear of it once a day.
  const told = new LRUCache<string, true>({ max: 200, ttl: dayMs, perf: clock });

  /** False where the person can be reached nowhere. */
  async function tell(personId: string, key: string, reply: (t: Translate) => Reply): Promise<boolean> {
    const parsed = reachSchema.safeParse(
      await store.settings.get(personSettings.owner(personId), personSettings.reach),
    );
    const adapter = parsed.success ? adapters.get(parsed.data.place.platform) : undefined;
    if (!parsed.success || !adapter) {
      log.warn({ personId, notice: key }, "nowhere to tell this person");
      return false;
    }
    const person = await store.people.get(personId);
    const locale = i18n.negotiate(person?.locale, defaults.locale);
    const made = reply(i18n.translator("core", locale, person?.timeZone ?? defaults.timeZone));
    const place: Place = withoutUndefined(parsed.data.place);
    const user: UserRef = parsed.data.user;
    const sending = adapter.sendPrivate ? adapter.sendPrivate(place, user, made, key) : adapter.send(place, made, key);
    await within(postWithinMs, sending, clock);
    return true;
  }

  /** Whether any of them was told: nobody misses it because another one cannot be reached. */
  async function tellOperators(key: string, reply: (t: Translate) => Reply): Promise<boolean> {
    const operators = await store.people.operators();
    const telling = operators.map(({ id: personId }) =>
      tell(personId, key, reply).catch((error: unknown) => {
        log.warn({ error, personId, notice: key }, "an operator could not be told");
        return false;
      }),
    );
    return (await Promise.all(telling)).includes(true);
  }

  const offered = (intent: string, label: string, slots: Record<string, unknown>): Button[] =>
    registry.handler(intent) ? [button(label, intent, slots)] : [];

  const unlisten = [
    events.on("operator.needed", async ({ problem, detail }) => {
      const id = JSON.stringify([problem, detail]);
      log.error({ problem, detail }, "the operator is needed");
      if (told.has(id)) return;
      told.set(id, true);
      const word = i18n.has("core", defaults.locale, `operator.${problem}`) ? `operator.${problem}` : "operator.other";
      const key = `operator:${Math.floor(clock.now() / dayMs)}:${id}`.slice(0, 200);
      const provider = orchestrator.providers().find(({ id }) => id === detail.provider);
      const named = provider ? { ...detail, provider: provider.name } : detail;
      let reached = false;
      try {
        reached = await tellOperators(key, (t) => say(t(word, { problem, ...named })));
      } finally {
        if (!reached) told.delete(id);
      }
    }),
    events.on("player.wanted", async ({ player, place, direct, userName }) => {
      log.info({ platform: place.platform, player: player.name }, "a player is wanted where it has not been opened");
      const value = `${player.provider}/${player.playerId}`;
      const { platform, tenant, id } = place;
      const there = { platform, tenant, id, value };
      const key = `player:${JSON.stringify([platform, tenant, id])}`.slice(0, 200);
      let reached = false;
      try {
        reached = await tellOperators(key, (t) => {
          const text = t("operator.player_wanted", {
            userName: echo(userName, 60),
            player: player.name,
            platform: platform.charAt(0).toUpperCase() + platform.slice(1),
            where: direct ? "direct" : "group",
          });
          const buttons = [
            ...offered("place.open", t("button.open_there"), there),
            ...offered("place.set", t("button.open_everywhere"), { setting: "player", value, scope: "everywhere" }),
          ];
          return say(text, [
            { type: "text", text },
            ...(buttons.length > 0 ? [{ type: "buttons" as const, buttons }] : []),
          ]);
        });
      } finally {
        await places.asked(place, reached);
      }
    }),
    events.on("join.owed", async ({ joinId, side, since, to }) => {
      const key = `join:${joinId}:${side}:${since}`;
      const adapter = adapters.get(to.place.platform);
      if (!adapter || telling.has(key)) return;
      telling.add(key);
      try {
        const view = { kind: "join", key: `${joinId}:${side}` };
        const reply = await views.draw({ ...view, personId: to.personId, locale: to.locale }, to.place);
        const sending = adapter.sendPrivate
          ? adapter.sendPrivate(to.place, to.user, reply, key)
          : to.direct
            ? adapter.send(to.place, reply, key)
            : undefined;
        if (!sending) {
          log.warn({ joinId, side }, "nowhere to tell this person alone");
          return;
        }
        const sent = await within(postWithinMs, sending, clock);
        await accounts.joins.told(joinId, since);
        await views.register(view, sent, reply, { person: { id: to.personId }, locale: to.locale });
      } finally {
        telling.delete(key);
      }
    }),
    events.on("link.lost", async ({ personId, accountId, provider: id }) => {
      const name = orchestrator.providers().find((provider) => provider.id === id)?.name ?? id;
      await tell(personId, `link-lost:${accountId}:${clock.now()}`, (t) => {
        const text = t("error.NeedsRelink", { provider: name });
        const blocks: Block[] = [{ type: "text", text }];
        if (registry.handler("account.link")) {
          const again = button(t("button.relink", { provider: name }), "account.link", { provider: id }, "primary");
          blocks.push({ type: "buttons", buttons: [again] });
        }
        return say(text, blocks);
      });
    }),
  ];

  return {
    async seen(event, personId) {
      if (!event.direct) return;
      const value = { place: event.place, user: event.user };
      const text = JSON.stringify(value);
      if (reach.get(personId) === text) return;
      await store.settings.put(personSettings.owner(personId), personSettings.reach, value);
      reach.set(personId, text);
    },
    stop() {
      for (const stop of unlisten) stop();
    },
  };
}

function withoutUndefined(place: z.output<typeof placeSchema>): Place {
  const { thread, ...rest } = place;
  return thread === undefined ? rest : { ...rest, thread };
}
