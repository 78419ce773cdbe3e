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
  namesOf(personIds: readonly string[]): Promise<ReadonlyMap<string, string>>;
  /** Of whom nobody is told what their player does now. */
  privately(listeners: readonly string[]): Promise<ReadonlySet<string>>;
}): ReadStatus {
  return async (): Promise<ProgramStatus> => {
    const [usage, watch] = await Promise.all([parts.usage(), parts.watch.status()]);
    const theirs = watch.accounts.flatMap((account) => {
      const personId = personOf(account.listener);
      return personId === undefined ? [] : [{ account, personId }];
    });
    // Asked for all of them at once, however many they are.
    const [names, hidden] = await Promise.all([
      parts.namesOf(theirs.map(({ personId }) => personId)),
      parts.privately(theirs.map(({ account }) => account.listener)),
    ]);
    const watched = theirs.map(({ account, personId }) =>
      watchedOf(account, personId, names.get(personId), hidden.has(account.listener)),
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

function watchedOf(account: Account, personId: string, name: string | undefined, hidden: boolean): WatchedStatus {
  const { known, next, covered } = account;
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
