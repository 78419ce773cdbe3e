import { listenerOf } from "../contracts/listening.ts";
import type { ProgramStatus, ReadStatus, WatchedStatus } from "../contracts/status.ts";
import type { Watch, WatchStatus } from "../listening/watch/watch.ts";
import type { Usage } from "../net/call.ts";

/** How the program stands, from those who know it. */
export function createReadStatus(parts: {
  usage: () => Promise<Usage>;
  watch: Pick<Watch, "status">;
  running: () => readonly { listener: string; share: number }[];
  nameOf(personId: string): Promise<string | undefined>;
}): ReadStatus {
  return async (): Promise<ProgramStatus> => {
    const [usage, watch] = await Promise.all([parts.usage(), parts.watch.status()]);
    const watched = await Promise.all(
      watch.accounts.flatMap((account) => {
        const personId = personOf(account.listener);
        return personId === undefined ? [] : [watchedOf(account, personId, parts.nameOf)];
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

async function watchedOf(
  { machine, known, next, interests, covered }: WatchStatus["accounts"][number],
  personId: string,
  nameOf: (personId: string) => Promise<string | undefined>,
): Promise<WatchedStatus> {
  const name = await nameOf(personId);
  const idle = machine !== "watching" || interests.length === 0;
  return {
    personId,
    ...(name === undefined ? {} : { name }),
    state: machine === "expired" ? "expired" : covered !== undefined ? "covered" : idle ? "idle" : "watching",
    ...(covered === undefined ? {} : { source: covered }),
    known,
    ...(next === undefined || idle ? {} : { nextLookAt: next.at }),
  };
}
