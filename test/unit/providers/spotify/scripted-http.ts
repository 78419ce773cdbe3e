import { SegueError } from "../../../../src/contracts/errors.ts";
import { type Need, needs } from "../../../../src/contracts/music.ts";
import type { Sender } from "../../../../src/music/providers/spotify/http.ts";
import { createSpotifyProvider, type SpotifyConfig } from "../../../../src/music/providers/spotify/provider.ts";
import type { HttpCall } from "../../../../src/net/call.ts";
import { createFakeClock } from "../../../fakes/clock.ts";

export type Sent = HttpCall;
type Answer = { status: number; body?: unknown } | Error;

/** Answers in the given order and keeps what was sent; a call beyond the script fails the test. */
export function scriptedHttp(...script: Answer[]) {
  const sent: Sent[] = [];
  const http: Sender = {
    async request(call) {
      sent.push(call);
      const answer = script.shift();
      if (answer === undefined) throw new Error(`not in the script: ${call.method} ${call.path}`);
      if (answer instanceof Error) throw answer;
      const { status, body } = answer;
      if (body === undefined) return { status, text: "" };
      // As the real one does for calls that want JSON.
      if (call.answer === "json" && status < 300 && typeof body === "string")
        throw new SegueError("Unavailable", { service: call.service, why: "malformed" });
      return typeof body === "string" ? { status, text: body } : { status, json: body, text: JSON.stringify(body) };
    },
  };
  return { http, sent, add: (...more: Answer[]) => void script.push(...more) };
}

export const config: SpotifyConfig = {
  clientId: "client",
  redirectUri: "http://127.0.0.1:8765/v1/spotify/auth/callback",
  apiUrl: "https://api.spotify.com",
  accountsUrl: "https://accounts.spotify.com",
};

/** A provider on a script, and a session whose tokens are numbered: t1, then t2 once renewed. */
export function scripted(
  script: Answer[],
  options: { config?: Partial<SpotifyConfig>; granted?: Need[]; accountId?: string } = {},
) {
  const { http, sent, add } = scriptedHttp(...script);
  const clock = createFakeClock();
  const provider = createSpotifyProvider({ ...config, ...options.config }, { http, clock });
  let serial = 1;
  const renewed: string[] = [];
  const open = (accountId = options.accountId ?? "account") =>
    provider.open({
      kind: "account",
      accountId,
      granted: options.granted ?? [...needs],
      tokens: {
        token: async () => `t${serial}`,
        async renew(refused) {
          renewed.push(refused);
          serial += 1;
          return `t${serial}`;
        },
      },
    });
  return { provider, session: open(), open, sent, add, clock, renewed };
}
