import type { Accounts } from "../contracts/accounts.ts";
import type { Asker, Host } from "../contracts/adapter.ts";
import type { Clock } from "../contracts/clock.ts";
import { isSegueError } from "../contracts/errors.ts";
import type { Events } from "../contracts/events.ts";
import type { Log } from "../contracts/log.ts";
import type { Orchestrator } from "../contracts/player.ts";
import type { Form } from "../contracts/reply.ts";
import type { Permission } from "../contracts/skill.ts";
import type { Store } from "../contracts/store.ts";
import type { Command } from "../contracts/vocabulary.ts";
import { within } from "../within.ts";
import { type Asking, zoneFor } from "./asking.ts";
import type { Bot } from "./bot.ts";
import { createButtons } from "./buttons.ts";
import { createFinder } from "./finder.ts";
import type { I18n } from "./i18n.ts";
import { createOpenFor } from "./open-for.ts";
import { createPictures } from "./pictures.ts";
import type { Places } from "./places.ts";
import type { Handler, Registry } from "./registry.ts";
import { renderView } from "./render-view.ts";
import { servicesForView, type ViewServices } from "./services.ts";
import { shareables } from "./shareables.ts";
import { suggestions } from "./suggest.ts";

/** Platforms wait two seconds for these; the way there and back is part of it. */
const answerWithinMs = 1_800;
/** Longer than any name. */
const maxText = 200;

/** What core does for a platform beside handling its events. Nothing that is answered at once may fail or be late. */
export function createHost(parts: {
  bot: Pick<Bot, "deliver" | "toldZones" | "saw" | "shownLater">;
  store: Pick<Store, "people" | "buttons" | "settings">;
  registry: Registry;
  i18n: I18n;
  orchestrator: Orchestrator;
  accounts: Accounts;
  places: Places;
  services: ViewServices;
  events: Events;
  clock: Clock;
  log: Log;
  defaults: { locale: string; timeZone: string };
  picture: Host["picture"];
  suggestSearchesPerDay: number;
  /** Ends what is under way. */
  signal: AbortSignal;
}): Host {
  const { bot, store, registry, i18n, orchestrator, accounts, places, events, clock, log, defaults, signal } = parts;
  const openFor = createOpenFor({ orchestrator, places });
  const buttons = createButtons(store.buttons, clock);
  const finder = createFinder({ settings: store.settings, clock, searchesPerDay: parts.suggestSearchesPerDay, signal });
  const first = i18n.negotiate(defaults.locale);
  const offers = (intent: string) => registry.handler(intent) !== undefined;

  async function askingOf(asker: Asker): Promise<Asking> {
    const { place, user, userName, direct } = asker;
    const settings = await places.of(place);
    // Whoever only types has not asked for anything yet: no row is made for them.
    const person = await store.people.find(user);
    return {
      person: {
        id: person?.id ?? "",
        operator: person?.operator ?? false,
        timeZone: zoneFor({
          own: person?.timeZone,
          told: person && bot.toldZones.of(place, person.id),
          place: settings.timeZone,
          standard: defaults.timeZone,
        }),
      },
      user,
      userName,
      place,
      direct,
      local: false,
      locale: i18n.regional(person?.locale, settings.locale, asker.locale, defaults.locale),
    };
  }

  /** What runs the intent, where it may be used here as far as can be told before it is run. */
  async function usable(intent: string, asking: Asking): Promise<Handler | undefined> {
    const settings = await places.of(asking.place);
    const handler = registry.handler(intent);
    if (!handler || settings.answers === "off" || settings.off.has(handler.skill.name)) return undefined;
    const may = !handler.skill.managers?.includes(intent) || (await places.manages(asking));
    return may ? handler : undefined;
  }

  async function inTime<T>(what: string, empty: T, task: () => Promise<T>): Promise<T> {
    try {
      return await within(clock, answerWithinMs, "platform", task);
    } catch (error) {
      if (!signal.aborted && !isSegueError(error)) log.error({ error, what }, "a platform was given nothing");
      else log.debug({ error, what }, "a platform was given nothing");
      return empty;
    }
  }

  async function formOf(asking: Asking, { intent }: Command): Promise<Form | undefined> {
    const handler = await usable(intent, asking);
    const form = handler?.skill.forms?.[intent];
    if (!handler || !form) return undefined;
    const music = await openFor(asking, { permission: handler.permission, quiet: true, signal });
    const { person, place, locale } = asking;
    const permit = async (permission: Permission) => {
      if (music.shared) await places.permit(asking, permission);
    };
    const scope = {
      person,
      place,
      locale,
      music,
      accounts,
      ...servicesForView(parts.services, { personId: person.id, place, timeZone: person.timeZone }),
      now: clock.now(),
      signal,
      permit,
    };
    return form({
      ...scope,
      led: false,
      t: i18n.translator(handler.skill.name, locale, person.timeZone),
      view: (kind, key) => renderView({ registry, i18n }, scope, kind, key),
    });
  }

  return {
    deliver: (event, answer) => bot.deliver(event, answer),
    suggest: (asker, given) => {
      const option = { ...given, text: given.text.slice(0, maxText) };
      const of = JSON.stringify([identity(asker), option.intent, option.slot]);
      finder.typed(of, option.text);
      return inTime("suggest", [], async () => {
        const asking = await askingOf(asker);
        const handler = await usable(option.intent, asking);
        if (!handler) return [];
        return suggestions(finder, of, await openFor(asking, { permission: handler.permission, signal }), option);
      });
    },
    shareables: (asker, given) => {
      const text = given.slice(0, maxText);
      const of = JSON.stringify([identity(asker)]);
      finder.typed(of, text);
      return inTime("share", [], async () => {
        const asking = await askingOf(asker);
        const t = i18n.translator("core", asking.locale, asking.person.timeZone);
        return shareables(finder, of, await openFor(asking, { permission: "read", signal }), text, { t, offers });
      });
    },
    locales: [first, ...i18n.locales.filter((locale) => locale !== first)],
    commands: (locale) => registry.specs(i18n.negotiate(locale, defaults.locale)),
    form: (asker, command) => inTime("form", undefined, async () => formOf(await askingOf(asker), command)),
    encodeButton: (command, maxBytes) => buttons.encode(command, maxBytes),
    decodeButton: (data) => buttons.decode(data),
    picture: createPictures({ read: parts.picture, clock, log }),
    chatter: (place) => bot.saw(place),
    presence: (presence) => events.emit({ type: "presence", presence }),
    async shownLater(user, asked, by) {
      try {
        await bot.shownLater(user, asked, by);
      } catch (error) {
        log.warn({ error }, "what was shown later cannot be answered in words there");
      }
    },
  };
}

function identity({ user }: Asker): string[] {
  return [user.platform, user.tenant, user.id];
}
