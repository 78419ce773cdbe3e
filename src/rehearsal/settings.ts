import { z } from "zod";

const ms = z.int().nonnegative();
const calls = z.int().nonnegative();

/** How the platform behaves: every choice that the real one is known to make differently on different days. */
export const settingsSchema = z.strictObject({
  tokens: z
    .strictObject({
      /** What a refresh answers: no new refresh token (2026), a fresh one each time, or single-use ones (PKCE until mid-2026). */
      newRefreshToken: z.enum(["never", "always", "rotate"]).default("never"),
      accessTokenMs: ms.default(3_600_000),
      codeMs: ms.default(600_000),
      /** Calendar months from the person's consent to the death of its refresh tokens. */
      consentMonths: z.int().positive().default(6),
      /** How a missing scope is refused: both forms are seen. */
      scopeRefusal: z.enum(["403", "401"]).default("403"),
    })
    .prefault({}),
  player: z
    .strictObject({
      /** Writes answer 204, or (since July 2024, on some days) 200 with a short token that is no JSON. */
      writeReply: z.enum(["empty", "text"]).default("empty"),
      /** `accepted`: play answers 202 and takes effect `acceptedDelayMs` later. */
      playReply: z.enum(["applied", "accepted"]).default("applied"),
      acceptedDelayMs: ms.default(1500),
      /** A paused device stops being the active one after this long. */
      idleAfterMs: ms.default(600_000),
      /** What `reason` says on a refused command: live answers mostly say UNKNOWN. */
      reasons: z.enum(["unknown", "specific", "absent"]).default("unknown"),
      /** Next on the last item: playback stops there, or the command is refused. */
      nextAtEnd: z.enum(["stop", "refuse"]).default("stop"),
      /** Setting shuffle to what it already is: accepted, or "Restriction violated" as has been reported. */
      refuseUnchangedShuffle: z.boolean().default(false),
      /** A private session's state: shown with `is_private_session`, or 204 as older documentation has it. */
      privateSession: z.enum(["shown", "hidden"]).default("shown"),
      /** `{}` as the body of a resume: taken as no body, or the queue and the list are lost (seen in 2017 and 2020). */
      emptyBodyResume: z.enum(["resume", "wipe"]).default("resume"),
      /** Two plays closer than this: 429 RATE_LIMITED. 0 for never. */
      minPlayGapMs: ms.default(0),
      /** On free accounts: an ad after so many items. */
      ads: z
        .strictObject({ everyItems: z.int().positive(), durationMs: z.int().positive() })
        .nullable()
        .prefault({ everyItems: 4, durationMs: 30_000 }),
    })
    .prefault({}),
  history: z
    .strictObject({
      /** How long after a play's end the play can be read. */
      delayMs: ms.default(0),
      /** What `played_at` says; the platform has changed its mind about it several times. */
      playedAt: z.enum(["end", "start"]).default("end"),
      /** Plays ended by Next are left out, however long they were. */
      omitSkipped: z.boolean().default(false),
      nullCursors: z.boolean().default(false),
      minHeardMs: ms.default(30_000),
    })
    .prefault({}),
  library: z
    .strictObject({
      /** `/me/library`: all three scopes that its documentation lists, or only the one for the kind of thing. */
      scopes: z.enum(["all", "by-kind"]).default("all"),
    })
    .prefault({}),
  search: z
    .strictObject({
      /** Playlists that the app may not see are `null` among the items of a search, as on the real one. */
      nullPlaylists: z.boolean().default(true),
    })
    .prefault({}),
  playlists: z
    .strictObject({
      /** `items`/`item` alone, or the old `tracks`/`track` beside them, as seen in March 2026. */
      shape: z.enum(["new", "both"]).default("new"),
    })
    .prefault({}),
  limits: z
    .strictObject({
      windowMs: z.int().positive().default(30_000),
      /** Calls in the rolling window per developer account, by the app's mode. Unpublished; lower in Development Mode. */
      windowCalls: z.strictObject({ development: calls.default(120), extended: calls.default(1500) }).prefault({}),
      windowBody: z.enum(["json", "text"]).default("json"),
      quotaMs: z.int().positive().default(86_400_000),
      /**
       * Calls in a rolling day per developer account, by bucket, Development Mode only. Unpublished; these stand near what
       * has been measured (600 show episodes, about 100 discographies, roughly a thousand calls altogether). Null: no limit.
       */
      quota: z
        .strictObject({
          profile: calls.nullable().default(null),
          player: calls.nullable().default(1500),
          catalogue: calls.nullable().default(500),
          discography: calls.nullable().default(100),
          episodes: calls.nullable().default(600),
          playlists: calls.nullable().default(400),
          library: calls.nullable().default(600),
        })
        .prefault({}),
      quotaBody: z.enum(["reason", "json", "text"]).default("reason"),
      /** `Retry-After` on refusals: seconds, or left out as it sometimes is. */
      retryAfter: z.enum(["present", "absent"]).default("present"),
      /** Whether calls made while refused count too, and so lengthen the refusal. */
      knocking: z.enum(["ignored", "extends"]).default("ignored"),
    })
    .prefault({}),
});

export type Settings = z.infer<typeof settingsSchema>;
export type QuotaBucket = keyof Settings["limits"]["quota"];

type Json = { [key: string]: unknown };

/** Any part of the settings; what is left out stays. */
export type SettingsPatch = { [K in keyof Settings]?: DeepPartial<Settings[K]> };
type DeepPartial<T> = T extends object ? { [K in keyof T]?: DeepPartial<T[K]> } : T;

/** `base` with `patch` laid over it, key by key; throws a ZodError for a key or value that means nothing. */
export function changeSettings(base: Settings, patch: unknown): Settings {
  return settingsSchema.parse(layOver(base, patch));
}

function layOver(base: unknown, patch: unknown): unknown {
  if (!isPlain(base) || !isPlain(patch)) return patch === undefined ? base : patch;
  const merged: Json = { ...base };
  for (const [key, value] of Object.entries(patch)) merged[key] = layOver(base[key], value);
  return merged;
}

function isPlain(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
