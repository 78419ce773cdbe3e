import { fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { z } from "zod";
import type { Client } from "./client.ts";
import { type Arrival, apps, type FromSpotify, type ToSpotify } from "./false-spotify.ts";

const startWithinMs = 30_000;
const countsSchema = z.object({ total: z.number() });
const tokenSchema = z.object({ access_token: z.string() });
const redirectSchema = z.object({ redirect: z.string() });

/** The false Spotify in a process of its own, as a bench uses it. */
export interface SpotifyProcess {
  readonly url: string;
  /** "title by artist", the best known first. */
  readonly songs: readonly string[];
  /** The bot's calls since the last asking, in order of arrival. */
  arrivals(): Promise<Arrival[]>;
  /** An access token of the person's for the app that the bench itself calls with. */
  directToken(user: string): Promise<string>;
  /** Where a browser would be sent once the person has agreed. */
  consent(user: string, authorizeUrl: string): Promise<string>;
  /** The server's own count of the calls of everybody but the bench itself. */
  count(): Promise<number>;
  stop(): Promise<void>;
}

export async function startSpotify(client: Client, people: number): Promise<SpotifyProcess> {
  const child = fork(join(import.meta.dirname, "false-spotify.ts"), [String(people)], {
    stdio: ["ignore", "ignore", "inherit", "ipc"],
    serialization: "advanced",
  });
  const exited = once(child, "exit");
  const hear = async <T extends FromSpotify["type"]>(type: T): Promise<Extract<FromSpotify, { type: T }>> => {
    const [message]: FromSpotify[] = await once(child, "message", { signal: AbortSignal.timeout(startWithinMs) });
    if (message?.type !== type) throw new Error(`the false Spotify said ${message?.type} instead of ${type}`);
    return message as Extract<FromSpotify, { type: T }>;
  };
  const { url, songs } = await hear("listening");
  let direct = 0;

  async function control<S extends z.ZodType>(operation: string, args: unknown, schema: S): Promise<z.output<S>> {
    const { status, text } = await client.postJson(`${url}/_control/${operation}`, args);
    if (status !== 200) throw new Error(`${operation} answered ${status}: ${text}`);
    return schema.parse(JSON.parse(text));
  }

  async function arrivals(): Promise<Arrival[]> {
    const heard = hear("arrivals");
    child.send({ type: "arrivals" } satisfies ToSpotify);
    const all = (await heard).arrivals;
    direct += all.filter(({ app }) => app === apps.direct).length;
    return all.filter(({ app }) => app !== apps.direct).sort((a, b) => a.at - b.at);
  }

  return {
    url,
    songs,
    arrivals,
    directToken: async (user) =>
      (await control("grants/make", { user, clientId: apps.direct }, tokenSchema)).access_token,
    consent: async (user, authorizeUrl) =>
      (await control("grants/consent", { user, url: authorizeUrl }, redirectSchema)).redirect,
    async count() {
      await arrivals();
      return (await control("calls/counts", {}, countsSchema)).total - direct;
    },
    async stop() {
      child.kill();
      await exited;
    },
  };
}
