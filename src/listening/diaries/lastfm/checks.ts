import { z } from "zod";
import type { Check, Checker } from "../../../contracts/checks.ts";
import { codes, type Params, signatureOf } from "./http.ts";

const name = "Last.fm";
/** Errors stand in the body, whatever the status is (https://www.last.fm/api/errorcodes). */
const answerSchema = z.object({ error: z.coerce.number().int().optional() });
/** One of its makers, whose name its own examples use; who it is does not matter. */
const somebody = "rj";

/** Whether the key is taken and, where there is one, its secret too. */
export function checkLastFm(parts: { apiUrl: string; apiKey: string; secret?: string }): Checker {
  const { apiKey, secret } = parts;
  return async (signal): Promise<Check[]> => {
    const asked: Params =
      secret === undefined
        ? { method: "user.getRecentTracks", user: somebody, limit: "1", api_key: apiKey }
        : { method: "auth.getToken", api_key: apiKey };
    const url = new URL(parts.apiUrl.endsWith("/") ? parts.apiUrl : `${parts.apiUrl}/`);
    url.search = new URLSearchParams({
      ...asked,
      ...(secret === undefined ? {} : { api_sig: signatureOf(asked, secret) }),
      format: "json",
    }).toString();
    const response = await fetch(url, { signal });
    const answer = answerSchema.safeParse(await response.json().catch(() => undefined));
    if (!answer.success)
      return [{ name, status: "failed", found: `Last.fm answers ${response.status}`, todo: "Try again later." }];
    switch (answer.data.error) {
      case codes.keyUnknown:
      case codes.keySuspended:
        return [
          {
            name,
            status: "failed",
            found: "the key is refused",
            todo: "Copy the API key of your account from https://www.last.fm/api/accounts into LASTFM_API_KEY.",
          },
        ];
      case codes.signature:
        return [
          {
            name,
            status: "failed",
            found: "the key is taken, its secret is refused",
            todo: "Copy the shared secret from https://www.last.fm/api/accounts into LASTFM_API_SECRET.",
          },
        ];
      case codes.failed:
      case codes.offline:
      case codes.tryLater:
      case codes.rate:
        return [{ name, status: "warning", found: "Last.fm is busy or down", todo: "Try again later." }];
      default:
        return [
          {
            name,
            status: "ok",
            found: secret === undefined ? "read; to write there, set LASTFM_API_SECRET too" : "read and written",
          },
        ];
    }
  };
}
