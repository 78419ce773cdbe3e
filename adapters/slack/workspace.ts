import { z } from "zod";
import type { Adapter, Host } from "../../src/contracts/adapter.ts";
import type { Clock } from "../../src/contracts/clock.ts";
import type { Log } from "../../src/contracts/log.ts";
import { within } from "../../src/within.ts";
import { createClient } from "./client.ts";
import { platform } from "./decode.ts";
import { fetchFile, sendFile } from "./files.ts";
import { createInbox } from "./inbox.ts";
import { limits } from "./limits.ts";
import { createLink } from "./link.ts";
import { createMessages } from "./messages.ts";
import { createPeople } from "./people.ts";
import type { Transport } from "./transport.ts";
import { httpTransport } from "./transport-http.ts";
import { socketTransport } from "./transport-socket.ts";
import { loadWords } from "./words.ts";

/** A start that waits longer would hold up the other platforms. */
const firstTryMs = 10_000;
const stopMs = 3_000;

/** An app that is installed in one workspace. */
export type Installed = {
  /** "xoxb-…" */
  botToken: string;
  /** How events arrive: by a socket that the bot opens ("xapp-…"), or as signed requests at /slack/events. */
  events: { appToken: string } | { signingSecret: string };
};

export type Common = {
  /** Where the Web API is: "https://slack.com/api". */
  apiUrl: string;
  clock: Clock;
  log: Log;
  /** Folder of the languages: one of its subfolders per language. */
  locales: string;
};

type Whole =
  | "edit"
  | "sendPrivate"
  | "sendFile"
  | "standing"
  | "groups"
  | "placeName"
  | "fetchFile"
  | "healthy"
  | "trouble"
  | "stop";
type Workspace = Adapter &
  Required<Pick<Adapter, Whole>> & {
    /** Its id, once the platform has told it. */
    team(): string | undefined;
    /** It does not take our token any more. */
    refused(): boolean;
  };

const meSchema = z.object({ user_id: z.string(), bot_id: z.string(), team_id: z.string() });

export function createWorkspace(options: Installed & Common): Workspace {
  const { clock, log, apiUrl, botToken: token } = options;
  const stopping = new AbortController();
  let host: Host | undefined;
  let me: { user: string; bot: string; team: string } | undefined;

  const client = createClient({ token, apiUrl, clock, log, signal: stopping.signal });
  const people = createPeople({ client, clock });
  const messages = createMessages({ client, host: () => host });
  const inbox = createInbox({
    host: () => host,
    me: () => me,
    client,
    messages,
    people,
    words: loadWords(options.locales),
    apiUrl,
    clock,
    log,
  });
  const transport: Transport =
    "appToken" in options.events
      ? socketTransport({ appToken: options.events.appToken, apiUrl, clock, log })
      : httpTransport({ signingSecret: options.events.signingSecret, clock, log });
  const link = createLink({
    transport,
    receive: inbox.receive,
    async greet() {
      const found = await client.call("auth.test", {}, meSchema);
      me = { user: found.user_id, bot: found.bot_id, team: found.team_id };
    },
    clock,
    log,
    signal: stopping.signal,
  });

  const isDirect = (id: string) => id.startsWith("D");

  return {
    team: () => me?.team,
    refused: link.refused,
    platform,
    limits,
    // The Web API has no name of ours for a message that it would honour.
    resend: "never",
    async start(given, signal) {
      host = given;
      signal.addEventListener("abort", () => stopping.abort(), { once: true });
      if (signal.aborted) stopping.abort();
      // A platform that does not answer is not listening yet; `healthy` says so, and it is tried again.
      await within(clock, firstTryMs, "slack", () => link.start()).catch((error: unknown) =>
        log.warn({ error }, "slack does not answer yet"),
      );
    },
    send: (to, reply) => messages.post(to, reply),
    edit: (sent, reply) => messages.edit(sent, reply),
    // An ephemeral message is lost on whoever is away, and cannot be edited: what is not an answer goes to their direct chat.
    async sendPrivate(to, user, reply) {
      const chat = await people.directChat(user.id);
      const place = to.id === chat ? to : { platform, tenant: to.tenant, id: chat };
      return messages.post(place, reply);
    },
    async sendFile(to, user, file) {
      const chat = await people.directChat(user.id);
      const id = await sendFile({ client, apiUrl, clock }, chat, file);
      return { platform, place: to.id === chat ? to : { platform, tenant: to.tenant, id: chat }, id: `file:${id}` };
    },
    async standing(place, user) {
      if (isDirect(place.id)) return { manager: true, groups: [] };
      const [person, channel, groups] = await Promise.all([
        people.get(user.id),
        // Where the bot is no member it cannot know who made the place.
        people.channel(place.id).catch(() => undefined),
        // Groups are of paid plans; elsewhere there are none.
        people.groups().catch(() => []),
      ]);
      return {
        manager: person.manager || channel?.creator === user.id,
        tenantManager: person.manager,
        groups: groups.filter(({ users }) => users.includes(user.id)).map(({ id }) => id),
      };
    },
    async placeName(place) {
      if (isDirect(place.id)) return undefined;
      const channel = await people.channel(place.id).catch(() => undefined);
      return channel?.name === undefined ? undefined : `#${channel.name}`;
    },
    async groups() {
      const groups = await people.groups().catch(() => []);
      return groups.map(({ id, name }) => ({ id, name }));
    },
    fetchFile: (file, signal) => fetchFile({ client, token, apiUrl, clock }, file, signal),
    ...(transport.listener === undefined ? {} : { listener: transport.listener }),
    healthy: () => link.up() && !stopping.signal.aborted,
    trouble: link.trouble,
    async stop() {
      await within(clock, stopMs, "slack", () => inbox.idle()).catch(() =>
        log.warn({}, "slack events were left unfinished"),
      );
      stopping.abort();
      await link.ended();
      host = undefined;
    },
  };
}
