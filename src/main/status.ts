import { listenerOf } from "../contracts/listening.ts";
import type { ProgramStatus, ReadStatus, WatchedStatus } from "../contracts/status.ts";
import type { Watch, WatchStatus } from "../listening/watch/watch.ts";
import type { Usage } from "../net/call.ts";
import { sourceNames } from "./diaries.ts";

/** How the program stands, from those who know it. */
export function createReadStatus(parts: {
  usage: () => Promise<Usage>;
  watch: Pick<Watch, "status">;
  running: () => readonly { listener: string; share: number }[];
  nameOf(personId: string): Promise<string | undefined>;
  /** Nobody is told what the listener's player does now. */
  isPrivate(listener: string): Promise<boolean>;
}): ReadStatus {
  return async (): Promise<ProgramStatus> => {
    const [usage, watch] = await Promise.all([parts.usage(), parts.watch.status()]);
    const watched = await Promise.all(
      watch.accounts.flatMap((account) => {
        const personId = personOf(account.listener);
        return personId === undefined ? [] : [watchedOf(account, personId, parts)];
      }),
    );
    return {
      calls: {
        used: usage.last24h,
        ...(usage.limits.dailyCalls === undefined ? {} : { daily: usage.limits.dailyCalls }),
        byLane: usage.byLane,
        looks: watch.calls.order,
        ...(usage.oldestLeavesAt === undefined ? {} : { roomAt: usage.oldestLeavesAt }),
        waiting: usage.window.queued,
        closed: usage.gates.map(({ group, untilAt }) => ({ group, untilAt })),
      },
      watched,
      imports: parts.running().flatMap(({ listener, share }) => {
        const personId = personOf(listener);
        return personId === undefined ? [] : [{ personId, share }];
      }),
    };
  };
}

const people = listenerOf.person("");
const personOf = (listener: string): string | undefined =>
  listener.startsWith(people) ? listener.slice(people.length) : undefined;

type Account = WatchStatus["accounts"][number];

const isIdle = ({ machine, interests }: Account): boolean => machine !== "watching" || interests.length === 0;

export function stateOf(account: Account): WatchedStatus["state"] {
  if (account.machine === "expired") return "expired";
  if (account.covered !== undefined) return "covered";
  return isIdle(account) ? "idle" : "watching";
}

async function watchedOf(
  account: Account,
  personId: string,
  { nameOf, isPrivate }: Pick<Parameters<typeof createReadStatus>[0], "nameOf" | "isPrivate">,
): Promise<WatchedStatus> {
  const { listener, known, next, covered } = account;
  const name = await nameOf(personId);
  const hidden = await isPrivate(listener);
  return {
    personId,
    ...(name === undefined ? {} : { name }),
    state: stateOf(account),
    ...(covered === undefined ? {} : { source: sourceNames[covered] ?? covered }),
    known: hidden ? "private" : known,
    // When a look is due tells when a song ends.
    ...(next === undefined || isIdle(account) || hidden ? {} : { nextLookAt: next.at }),
  };
}
