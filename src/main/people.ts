import { type AccountsOptions, type AccountsPart, createAccounts } from "../accounts/accounts.ts";
import { createSlots, type SlotsPart } from "../accounts/slots.ts";
import type { Config } from "../config.ts";
import { listenerOf } from "../contracts/listening.ts";
import { personSettings } from "../contracts/people-store.ts";
import type { History } from "../listening/history.ts";

/** People with their links, and who waits for a place that a service gives to an app. */
export function connectPeople(
  config: Config,
  parts: Pick<AccountsOptions, "store" | "vault" | "providers" | "events" | "clock" | "log" | "sharing" | "tally"> & {
    history: History;
  },
): { people: AccountsPart; waiting: SlotsPart } {
  const { history, ...house } = parts;
  const waiting = createSlots({
    ...house,
    // A rehearsal's service lets in whom it has.
    places: new Map(config.rehearsal || config.SPOTIFY_PLACES === 0 ? [] : [["spotify", config.SPOTIFY_PLACES]]),
  });
  const people = createAccounts({
    ...house,
    async forgetPlays(personId, provider) {
      const listener = listenerOf.person(personId);
      // Whoever comes back is asked again.
      await parts.store.settings.remove(listener, personSettings.recording);
      return history.desk.forgetOrigin(listener, provider);
    },
    async unlisted(personId, provider) {
      await waiting.slots.ask(personId, provider);
    },
    refreshAheadMs: config.SPOTIFY_REFRESH_AHEAD_SECONDS * 1000,
    ...(config.PUBLIC_URL === undefined ? {} : { publicUrl: config.PUBLIC_URL }),
  });
  return { people, waiting };
}
