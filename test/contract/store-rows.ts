import type { QueueRow } from "../../src/contracts/call-store.ts";
import type { Incoming, UserRef } from "../../src/contracts/incoming.ts";
import type { WishRow } from "../../src/contracts/message-store.ts";
import type { AccountRow, LinkRow } from "../../src/contracts/people-store.ts";
import type { Reply } from "../../src/contracts/reply.ts";
import type { Store } from "../../src/contracts/store.ts";
import type { FakeClock } from "../fakes/clock.ts";

/** Two handles on one database, as two processes would have, and the clock that both read. */
export type OpenedStores = {
  one: Store;
  two: Store;
  clock: FakeClock;
  /** Every row of every table, as text. */
  dump(): Promise<string>;
  close(): Promise<void>;
};

export const HOUR = 3_600_000;
export const DAY = 24 * HOUR;

let serial = 0;
export const unique = (what: string) => `${what}-${++serial}-${process.pid}`;

export function user(id = unique("user")): UserRef {
  return { platform: "web", tenant: "", id };
}
export function incoming(key = unique("event"), text = "play something"): Incoming {
  const place = { platform: "web", tenant: "", id: "room" };
  return {
    key,
    place,
    user: user(),
    userName: "Ada",
    addressed: true,
    direct: true,
    local: true,
    at: 1,
    type: "text",
    text,
  };
}
export function reply(text: string): Reply {
  return { kind: "answer", visibility: "private", text, blocks: [{ type: "text", text }] };
}
export function grant(personId: string, subject: string): Omit<AccountRow, "id" | "version" | "createdAt"> {
  return {
    personId,
    provider: "memory",
    subject,
    status: "ok",
    scopes: ["a"],
    consentedAt: 1,
    accessToken: "v1.access",
    accessExpiresAt: 2,
    refreshToken: "v1.refresh",
    free: false,
  };
}
export function link(personId: string, change: Partial<LinkRow> = {}): LinkRow {
  const id = unique("link");
  return {
    id,
    tokenHash: `token ${id}`,
    stateHash: `state ${id}`,
    personId,
    user: user(),
    userName: "Ada",
    place: { platform: "web", tenant: "", id: "room" },
    provider: "memory",
    needs: ["playback"],
    mode: "page",
    status: "waiting",
    confirmTries: 0,
    createdAt: 1,
    expiresAt: 1000,
    ...change,
  };
}
export function wish(personId: string, change: Partial<WishRow> = {}): WishRow {
  return {
    id: unique("wish"),
    personId,
    place: { platform: "web", tenant: "", id: "room" },
    user: user(),
    userName: "Ada",
    locale: "en",
    direct: true,
    local: false,
    waitsFor: "device",
    commands: [{ intent: "playback.play", slots: { track: "x" } }],
    createdAt: 1,
    expiresAt: 1000,
    ...change,
  };
}
export function song(title: string): Omit<QueueRow, "id" | "playerKey" | "position"> {
  return { uri: `song:${title}`, title, artist: "someone", durationMs: 180_000, addedBy: "ada" };
}

/** What a part of the suite is given; the stores are open once its tests run. */
export type Stores = { store: Store; other: Store; clock: FakeClock; dump(): Promise<string> };

export async function person({ store }: Stores): Promise<string> {
  return (await store.people.ensure(user(), "Ada", 1)).id;
}
