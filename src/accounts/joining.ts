import type { JoinProgress, Joins } from "../contracts/accounts.ts";
import { SegueError } from "../contracts/errors.ts";
import type { UserRef } from "../contracts/incoming.ts";
import type { Need } from "../contracts/music.ts";
import type { JoinRow, JoinSide } from "../contracts/people-store.ts";
import type { Job } from "../contracts/scheduler.ts";
import { createAttempts } from "./attempts.ts";
import type { Parts } from "./parts.ts";
import { hashOf, joinCode, plainCode, randomToken, shortCode } from "./random.ts";

const CODE_MS = 10 * 60_000;
/** For the yes of both: a little less than the day for which their messages can be brought up to date with how it ended. */
const ANSWER_MS = (24 * 60 - 5) * 60_000;
const codeLimit = { tries: 5, withinMs: 10 * 60_000 };
const typeLimit = { tries: 10, withinMs: 10 * 60_000 };
const EVERY_MS = 30_000;

const codeHashOf = (code: string): string => hashOf("join-code", plainCode(code));

/**
 * One person, several chat identities. The identity that types a code comes to the person who asked for it: at once where it
 * has nothing of its own, else when both have said yes to what that does. The code itself is stored nowhere.
 */
export function createJoining(
  parts: Pick<Parts, "store" | "clock" | "events" | "log" | "cache" | "providers" | "sharing">,
): {
  joins: Joins;
  job: Job;
} {
  const { store, clock, events, log, cache, providers, sharing } = parts;
  const codes = createAttempts(clock, codeLimit);
  const typed = createAttempts(clock, typeLimit);
  const keyOf = ({ platform, tenant, id }: UserRef) => JSON.stringify([platform, tenant, id]);

  function progressOf({ codeHash: _, owes: __, ...row }: JoinRow): JoinProgress {
    return row;
  }

  /** Whom the row owes news, and what shows it, learn of it. Said again after a crash: nothing is lost by the second time. */
  async function tell(row: JoinRow): Promise<JoinProgress> {
    if (row.status === "done" && row.guest) await joined(row.host.personId, row.guest.personId, row);
    for (const side of ["host", "guest"] as const)
      events.emit({ type: "view.changed", kind: "join", key: `${row.id}:${side}` });
    owe(row);
    return progressOf(row);
  }

  function owe(row: JoinRow): void {
    const to = row.owes && (row.owes.side === "host" ? row.host : row.guest);
    if (!row.owes || !to) return;
    // The guest is the host's person once they are joined.
    const personId = row.status === "done" ? row.host.personId : to.personId;
    events.emit({
      type: "join.owed",
      joinId: row.id,
      ...row.owes,
      to: { ...to, personId },
    });
  }

  /** What either of them waited for may come true now. */
  async function joined(hostId: string, guestId: string, row: JoinRow): Promise<void> {
    cache.forget(guestId);
    cache.forget(hostId);
    await sharing?.joined(guestId, hostId);
    for (const { id } of row.plan?.drops ?? []) events.emit({ type: "view.changed", kind: "account", key: id });
    for (const account of await cache.ofPerson(hostId)) {
      if (account.status !== "ok") continue;
      const granted: Need[] = providers.get(account.provider)?.linking?.needsOf(account.scopes) ?? [];
      const { id: accountId, provider } = account;
      events.emit({ type: "link.created", personId: hostId, accountId, provider, granted });
    }
  }

  async function existing(joinId: string): Promise<JoinRow> {
    const row = await store.joins.get(joinId);
    if (!row) throw new SegueError("InvalidInput", { field: "join", why: "gone" });
    return row;
  }

  async function decide(row: JoinRow, personId: string, yes: boolean): Promise<JoinRow | undefined> {
    const now = clock.now();
    const asHost = personId === row.host.personId;
    if (!asHost && personId !== row.guest?.personId) throw new SegueError("Forbidden", { why: "other_person" });
    if (row.status === "guest_asked" && !asHost) {
      const to = yes ? ({ status: "host_asked", owes: "host" } as const) : ({ status: "refused" } as const);
      return store.joins.move(row.id, ["guest_asked"], to, now);
    }
    if (row.status !== "host_asked" || (!asHost && yes)) return row;
    if (asHost && yes) return store.joins.settle(row.id, shortCode(8), now);
    const owes: { owes?: JoinSide } = asHost ? { owes: "guest" } : {};
    return store.joins.move(row.id, ["host_asked"], { status: "refused", ...owes }, now);
  }

  const joins: Joins = {
    async code(host) {
      codes.take(host.personId);
      const code = joinCode();
      const createdAt = clock.now();
      const expiresAt = createdAt + CODE_MS;
      const row = {
        id: randomToken(),
        codeHash: codeHashOf(code),
        status: "code",
        host,
        createdAt,
        expiresAt,
      } as const;
      await store.joins.create(row);
      return { code, expiresAt };
    },

    async redeem({ personId: _, ...guest }, code) {
      typed.take(keyOf(guest.user));
      const now = clock.now();
      const result = await store.joins.redeem(codeHashOf(code), guest, now, now + ANSWER_MS);
      if ("refused" in result) return result;
      log.info({ joinId: result.row.id, status: result.row.status }, "a code for joining was typed");
      return tell(result.row);
    },

    spoil: (code) => store.joins.spoil(codeHashOf(code), clock.now()),

    async resume(user) {
      const row = await store.joins.ofGuest(user);
      return row && clock.now() - row.createdAt < 2 * CODE_MS ? tell(row) : undefined;
    },

    async answer(personId, joinId, yes) {
      const row = await existing(joinId);
      return tell((await decide(row, personId, yes)) ?? (await existing(joinId)));
    },

    async progress(joinId) {
      const row = await store.joins.get(joinId);
      return row && progressOf(row);
    },

    told: (joinId, since) => store.joins.told(joinId, since),
    identities: (personId) => store.people.identities(personId),

    async leave(personId, user) {
      const ended = await store.people.leave(personId, user, clock.now());
      if (!ended) return undefined;
      log.info({ personId }, "an identity became a person of its own");
      sharing?.ended(ended);
      return ended;
    },
  };

  return {
    joins,
    job: {
      name: "accounts.joins",
      async run(signal) {
        for (const row of await store.joins.expire(clock.now())) await tell(row);
        if (!signal.aborted) for (const row of await store.joins.owing(clock.now())) owe(row);
        return { againInMs: EVERY_MS };
      },
    },
  };
}
