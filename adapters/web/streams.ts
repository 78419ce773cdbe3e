import { randomBytes } from "node:crypto";
import type { ServerResponse } from "node:http";
import { LRUCache } from "lru-cache";
import type { Reply } from "../../src/contracts/reply.ts";

/**
 * What a stream carries: a later post, or an edit of an earlier message. `now` lets the browser correct its clock; `answers` is
 * the sender's own id of the message that a post answers, for a sender who no longer waits for it.
 */
export type ChatEvent = { type: "post" | "edit"; id: string; reply: Reply; now: number; answers?: string };

type Kept = { number: number; event: ChatEvent; delivered: boolean };
type Mailbox = { next: number; kept: Kept[]; open: Set<ServerResponse> };

const keptPerUser = 100;
const users = 2_000;
const streamsPerUser = 8;
/** A client that does not read: drop it instead of holding its backlog in memory. It reconnects and catches up. */
const backlogBytes = 1_000_000;

export type Streams = ReturnType<typeof createStreams>;

/**
 * Server-sent events per user (https://html.spec.whatwg.org/multipage/server-sent-events.html). The latest events are kept so
 * that a stream that reconnects with Last-Event-ID misses nothing, and one that opens later gets what nobody saw yet.
 */
export function createStreams() {
  const mailboxes = new LRUCache<string, Mailbox>({ max: users, dispose: (box) => closeAll(box) });
  /** Numbers begin anew with each start, so an id says which start it is of. */
  const start = randomBytes(6).toString("base64url");
  let open = 0;

  const write = (response: ServerResponse, kept: Kept): void => {
    if (response.writableLength > backlogBytes) {
      response.destroy();
      return;
    }
    response.write(`id: ${start}.${kept.number}\nevent: ${kept.event.type}\ndata: ${JSON.stringify(kept.event)}\n\n`);
    kept.delivered = true;
  };

  const mailbox = (user: string): Mailbox => {
    const known = mailboxes.get(user);
    if (known) return known;
    const fresh: Mailbox = { next: 1, kept: [], open: new Set() };
    mailboxes.set(user, fresh);
    return fresh;
  };

  return {
    /** Resolves false when this very event was published before. */
    publish(user: string, event: ChatEvent): boolean {
      const box = mailbox(user);
      if (event.type === "post" && box.kept.some((kept) => kept.event.type === "post" && kept.event.id === event.id))
        return false;
      // Only the newest version of a message is worth keeping for later.
      box.kept = box.kept
        .filter((kept) => kept.event.id !== event.id || kept.event.type !== "edit")
        .slice(-(keptPerUser - 1));
      const kept: Kept = { number: box.next, event, delivered: false };
      box.next += 1;
      box.kept.push(kept);
      for (const response of box.open) write(response, kept);
      return true;
    },

    /** `lastSeen` is the id of the last event that the client has; one of an earlier start counts as none. */
    attach(user: string, response: ServerResponse, lastSeen: string | undefined): void {
      const [ofStart, number] = lastSeen?.split(".") ?? [];
      const seen = ofStart === start ? Number(number) : Number.NaN;
      const box = mailbox(user);
      while (box.open.size >= streamsPerUser) {
        const [oldest] = box.open;
        if (oldest === undefined) break;
        box.open.delete(oldest);
        oldest.end();
      }
      response.writeHead(200, {
        "content-type": "text/event-stream; charset=utf-8",
        "cache-control": "no-store",
        connection: "keep-alive",
        "x-accel-buffering": "no",
        "x-content-type-options": "nosniff",
      });
      response.write("retry: 2000\n\n");
      box.open.add(response);
      open += 1;
      response.on("close", () => {
        box.open.delete(response);
        open -= 1;
      });
      for (const kept of box.kept) {
        if (Number.isSafeInteger(seen) ? kept.number > seen : !kept.delivered) write(response, kept);
      }
    },

    watching: (user: string): boolean => (mailboxes.peek(user)?.open.size ?? 0) > 0,
    openStreams: (): number => open,
    /** A comment line, so that proxies do not take a quiet stream for a dead one. */
    beat(): void {
      for (const box of mailboxes.values()) for (const response of box.open) response.write(": beat\n\n");
    },
    close(): void {
      for (const box of mailboxes.values()) closeAll(box);
    },
  };
}

function closeAll(box: Mailbox): void {
  for (const response of box.open) response.end();
  box.open.clear();
}
