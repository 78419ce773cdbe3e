import { LRUCache } from "lru-cache";
import { z } from "zod";
import type { Accounts } from "../contracts/accounts.ts";
import type { Adapter } from "../contracts/adapter.ts";
import type { Clock } from "../contracts/clock.ts";
import { type Erasing, erasureReceipt } from "../contracts/erasing.ts";
import type { Events } from "../contracts/events.ts";
import type { Incoming, Place, UserRef } from "../contracts/incoming.ts";
import type { Log } from "../contracts/log.ts";
import type { Milestones } from "../contracts/milestones.ts";
import { personSettings } from "../contracts/people-store.ts";
import type { Orchestrator } from "../contracts/player.ts";
import { type Button, button, type Reply, say } from "../contracts/reply.ts";
import type { Translate } from "../contracts/skill.ts";
import type { Store } from "../contracts/store.ts";
import { within } from "../within.ts";
import { type ToldLocales, type ToldZones, zoneFor } from "./asking.ts";
import { echo } from "./clean-text.ts";
import type { I18n } from "./i18n.ts";
import type { Places } from "./places.ts";
import type { Registry } from "./registry.ts";
import { createTries, type Telling } from "./tries.ts";
import type { Views } from "./views.ts";

/**
 * A platform that answers late has told it all the same: what is sent counts as under way until it is answered, or for so long.
 */
const settledWithinMs = 60 * 60_000;
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

/** Nobody is woken by what has time until the morning; hours of the person's own zone. */
const day = { fromHour: 8, untilHour: 21 };

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
  erasing: Pick<Erasing, "told">;
  milestones: Milestones;
  views: Pick<Views, "draw" | "register">;
  places: Pick<Places, "asked" | "of">;
  toldZones: Pick<ToldZones, "of">;
  toldLocales: Pick<ToldLocales, "of">;
  defaults: { locale: string; timeZone: string };
  clock: Clock;
  log: Log;
}): Tell {
  const { store, adapters, registry, i18n, orchestrator, events, accounts, views, places, defaults, clock, log } =
    parts;
  const reach = new LRUCache<string, string>({ max: 5_000 });
  const telling = new Set<string>();
  const problems = createTries(clock);
  // The same mistake of the operator's shows with every call: they hear of it once a day.
  const told = new LRUCache<string, true>({ max: 200, ttl: dayMs, perf: clock });

  /** Where they last spoke to the bot alone; whoever never did is written to by a platform that can open a chat with them. */
  async function reachOf(personId: string): Promise<{ place: Place; user: UserRef; adapter: Adapter } | undefined> {
    const known = reachSchema.safeParse(await store.settings.get(personSettings.owner(personId), personSettings.reach));
    const adapter = known.success ? adapters.get(known.data.place.platform) : undefined;
    if (known.success && adapter) return { ...known.data, place: withoutUndefined(known.data.place), adapter };
    for (const { platform, tenant, id } of await store.people.identities(personId)) {
      const able = adapters.get(platform);
      const user = { platform, tenant, id };
      if (able?.sendPrivate) return { place: user, user, adapter: able };
    }
    return undefined;
  }

  /** Rejects where it was sent and did not arrive. */
  async function tell(
    personId: string,
    key: string,
    reply: (t: Translate) => Reply,
    { skill = "core", byDay = false }: { skill?: string; byDay?: boolean | undefined } = {},
  ): Promise<Telling> {
    const reached = await reachOf(personId);
    if (!reached) {
      log.warn({ personId, notice: key }, "nowhere to tell this person");
      return "nowhere";
    }
    const { adapter, place, user } = reached;
    const person = await store.people.get(personId);
    const toldLocale = await parts.toldLocales.of(place.platform, personId);
    const locale = i18n.regional(person?.locale, toldLocale, defaults.locale);
    const timeZone = zoneFor({
      own: person?.timeZone,
      told: parts.toldZones.of(place, personId),
      place: (await places.of(place)).timeZone,
      standard: defaults.timeZone,
    });
    if (byDay && !isDay(clock.now(), timeZone)) return "later";
    const made = reply(i18n.translator(skill, locale, timeZone));
    const sending = adapter.sendPrivate ? adapter.sendPrivate(place, user, made, key) : adapter.send(place, made, key);
    await within(clock, settledWithinMs, "platform", () => sending);
    return "told";
  }

  /** Nobody misses it because another one cannot be reached: the first who was told decides, else all of them. */
  async function tellOperators(key: string, reply: (t: Translate) => Reply): Promise<Telling> {
    const operators = await store.people.operators();
    const ended = Promise.withResolvers<Telling>();
    const telling = operators.map(async ({ id: personId }): Promise<Telling> => {
      try {
        const how = await tell(personId, key, reply);
        if (how === "told") ended.resolve(how);
        return how;
      } catch (error) {
        log.warn({ error, personId, notice: key }, "an operator could not be told");
        return "failed";
      }
    });
    void Promise.all(telling).then((all) => ended.resolve(all.includes("failed") ? "failed" : "nowhere"));
    return ended.promise;
  }

  const offered = (intent: string, label: string, slots: Record<string, unknown>): Button[] =>
    registry.handler(intent) ? [button(label, intent, slots)] : [];

  const unlisten = [
    events.on("operator.needed", async ({ problem, detail }) => {
      const id = JSON.stringify([problem, detail]);
      log.error({ problem, detail }, "the operator is needed");
      if (told.has(id) || !problems.begin(id)) return;
      const word = i18n.has("core", defaults.locale, `operator.${problem}`) ? `operator.${problem}` : "operator.other";
      const key = `operator:${Math.floor(clock.now() / dayMs)}:${id}`.slice(0, 200);
      const provider = orchestrator.providers().find(({ id }) => id === detail.provider);
      const named = provider ? { ...detail, provider: provider.name } : detail;
      let how: Telling = "failed";
      try {
        how = await tellOperators(key, (t) => say(t(word, { problem, ...named })));
      } finally {
        if (how === "told") told.set(id, true);
        problems.end(id, how);
      }
    }),
    events.on("player.wanted", async ({ player, place, direct, userName }) => {
      log.info({ platform: place.platform, player: player.name }, "a player is wanted where it has not been opened");
      const value = `${player.provider}/${player.playerId}`;
      const { platform, tenant, id } = place;
      const there = { platform, tenant, id, value };
      const key = `player:${JSON.stringify([platform, tenant, id])}`.slice(0, 200);
      let how: Telling = "failed";
      try {
        how = await tellOperators(key, (t) => {
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
        await places.asked(place, how);
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
        const sent = await within(clock, settledWithinMs, "platform", () => sending);
        await accounts.joins.told(joinId, since);
        await views.register(view, sent, reply, { person: { id: to.personId }, locale: to.locale });
      } finally {
        telling.delete(key);
      }
    }),
    events.on("milestone.reached", async ({ personId, key, milestone }) => {
      if (telling.has(key)) return;
      telling.add(key);
      try {
        const how = await tell(personId, key, (t) => {
          const text = t(`milestone.${milestone.what}`, milestone);
          const buttons = offered("privacy.set", t("button.no_milestones"), { what: "milestones", state: "off" });
          return say(text, [
            { type: "text", text },
            ...(buttons.length > 0 ? [{ type: "buttons" as const, buttons }] : []),
          ]);
        });
        if (how === "told") await parts.milestones.told(personId, key);
      } finally {
        telling.delete(key);
      }
    }),
    events.on("erasure.owed", async ({ erasure }) => {
      const { asker, key, ...rest } = erasure;
      const notice = `erased:${key}`.slice(0, 200);
      const adapter = adapters.get(asker.place.platform);
      if (!adapter || telling.has(notice)) return;
      telling.add(notice);
      try {
        const t = i18n.translator("core", i18n.regional(asker.locale), asker.timeZone ?? defaults.timeZone);
        const reply = erasureReceipt({ ...rest, status: "done" }, t);
        const sending = adapter.sendPrivate
          ? adapter.sendPrivate(asker.place, asker.user, reply, notice)
          : asker.direct
            ? adapter.send(asker.place, reply, notice)
            : undefined;
        if (sending) await within(clock, settledWithinMs, "platform", () => sending);
        else log.warn({ receipt: rest.receipt }, "nowhere to tell this person alone");
        await parts.erasing.told(key);
      } finally {
        telling.delete(notice);
      }
    }),
    events.on("person.needed", async ({ personId, key, words, buttons = [], byDay, told: onTold }) => {
      if (telling.has(key)) return;
      telling.add(key);
      try {
        const how = await tell(
          personId,
          key.slice(0, 200),
          (t) => {
            const text = t(words.key, words.values);
            const offers = buttons.flatMap(({ label, intent, slots }) =>
              offered(intent, t(label, words.values), slots),
            );
            return say(text, [
              { type: "text", text },
              ...(offers.length > 0 ? [{ type: "buttons" as const, buttons: offers }] : []),
            ]);
          },
          { skill: words.skill, byDay },
        );
        if (how === "told") await onTold?.();
      } finally {
        telling.delete(key);
      }
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

function isDay(at: number, timeZone: string): boolean {
  const hour = Number(new Intl.DateTimeFormat("en", { timeZone, hour: "numeric", hourCycle: "h23" }).format(at));
  return hour >= day.fromHour && hour < day.untilHour;
}

function withoutUndefined(place: z.output<typeof placeSchema>): Place {
  const { thread, ...rest } = place;
  return thread === undefined ? rest : { ...rest, thread };
}
