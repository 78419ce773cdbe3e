import { LRUCache } from "lru-cache";
import type { Vault } from "../accounts/vault.ts";
import { type Config, settingsSchema } from "../config.ts";
import type { Clock } from "../contracts/clock.ts";
import { SegueError } from "../contracts/errors.ts";
import type { Events } from "../contracts/events.ts";
import { listenerOf } from "../contracts/listening.ts";
import { createLastFm } from "../listening/diaries/lastfm/service.ts";
import { createListenBrainz } from "../listening/diaries/listenbrainz/service.ts";
import { createDiariesPart, type DiariesPart } from "../listening/diaries/part.ts";
import type { DiarySafe } from "../listening/diaries/safe.ts";
import type { DiaryService } from "../listening/diaries/service.ts";
import type { BudgetLimits, Http } from "../net/call.ts";

/**
 * What diaries bear. ListenBrainz says how much is left in each answer, 30 in 10 s at the time of writing; Last.fm names no number and bans
 * "several calls per second" (https://www.last.fm/api/intro).
 */
const limits: Record<string, BudgetLimits> = {
  listenbrainz: { windowCalls: 20, windowMs: 10_000 },
  lastfm: { windowCalls: 4, windowMs: 2_000 },
};
export const diaryLimits = (budget: string): BudgetLimits | undefined => limits[budget];

/** Where listening is known from that is no provider's, as people know it. */
export const sourceNames: Record<string, string> = {
  listenbrainz: "ListenBrainz",
  lastfm: "Last.fm",
  maloja: "Maloja",
  discord: "Discord",
};

/** A source of listening as people know it, whether or not it is set up now. */
export function sourceName(origin: string, providers: readonly { id: string; name?: string }[]): string {
  const provider = providers.find(({ id }) => id === origin);
  return provider?.name ?? sourceNames[origin] ?? origin.charAt(0).toUpperCase() + origin.slice(1);
}

/** Those that can be reached: a rehearsal goes nowhere, unless the settings name another address for it. */
function servicesOf(config: Config, { http, clock }: { http: Http; clock: Clock }): DiaryService[] {
  const standard = settingsSchema.parse({});
  const elsewhere = (name: "LISTENBRAINZ_API_URL" | "LASTFM_API_URL") =>
    !config.rehearsal || config[name] !== standard[name];
  const { LASTFM_API_KEY: apiKey, LASTFM_API_SECRET: secret } = config;
  return [
    ...(elsewhere("LISTENBRAINZ_API_URL")
      ? [createListenBrainz({ http, clock, apiUrl: config.LISTENBRAINZ_API_URL })]
      : []),
    ...(apiKey !== undefined && elsewhere("LASTFM_API_URL")
      ? [
          createLastFm({
            http,
            clock,
            apiUrl: config.LASTFM_API_URL,
            apiKey,
            ...(secret === undefined ? {} : { secret }),
          }),
        ]
      : []),
  ];
}

/** Chat platforms that show by themselves what their members hear, as the settings allow. */
const presencesOf = (config: Config): string[] =>
  config.DISCORD_TOKEN !== undefined && config.DISCORD_PRESENCES === "on" ? ["discord"] : [];

export function connectDiaries(
  config: Config,
  parts: Omit<Parameters<typeof createDiariesPart>[0], "services" | "presences" | "music" | "safe"> & {
    http: Http;
    vault: Pick<Vault, "seal" | "open">;
    providers: readonly { name: string }[];
  },
): DiariesPart {
  const { http, vault, providers, ...rest } = parts;
  return createDiariesPart({
    ...rest,
    services: servicesOf(config, { http, clock: parts.clock }),
    presences: presencesOf(config),
    music: new Set(providers.map(({ name }) => name.toLowerCase())),
    safe: diarySafe(vault, parts.events),
  });
}

/** The person is not to blame for a key that the operator lost: nothing is thrown away, and the operator is told. */
export function diarySafe(vault: Pick<Vault, "seal" | "open">, events: Pick<Events, "emit">): DiarySafe {
  return {
    seal: (id, secret) => vault.seal(secret, ["diaries", "secret", id]),
    open({ id, diary }, sealed) {
      try {
        return vault.open(sealed, ["diaries", "secret", id]).reveal();
      } catch (cause) {
        const name = sourceNames[diary] ?? diary;
        events.emit({ type: "operator.needed", problem: "encryption_keys", detail: { provider: name } });
        throw new SegueError("Unavailable", { service: name, why: "malformed" }, { cause });
      }
    },
  };
}

/** Who of those whom free sources tell of agreed that it is written down, for whoever cannot wait for the answer. */
export function createRecordedPeople(isRecorded: (listener: string) => Promise<boolean>) {
  const known = new LRUCache<string, boolean>({ max: 10_000 });
  async function load(listener: string): Promise<void> {
    const recorded = await isRecorded(listener);
    if (!known.has(listener)) known.set(listener, recorded);
  }
  return {
    /** False until it is known. */
    has(listener: string): boolean {
      const found = known.get(listener);
      if (found === undefined) void load(listener).catch(() => undefined);
      return found ?? false;
    },
    set(personId: string, on: boolean): void {
      known.set(listenerOf.person(personId), on);
    },
  };
}
