import type { Adapter } from "../contracts/adapter.ts";
import type { Clock } from "../contracts/clock.ts";
import type { MusicProvider } from "../contracts/music.ts";
import type { Scheduler } from "../contracts/scheduler.ts";
import type { PartStanding } from "../web/probes.ts";

/**
 * Jobs without which what is said is not answered, or what is owed is not posted. Of all others an outage is told, and is no reason
 * to take the chat away: whoever has the only diary would end it for everybody while that diary's service is down.
 */
const essentialJobs: ReadonlySet<string> = new Set(["posts", "recover", "timers"]);

export type ReadStandings = () => Record<string, PartStanding>;

/** How everything stands that may be down while the process lives: connections to platforms and services, and what works by itself. */
export function createReadStandings(parts: {
  adapters: readonly Pick<Adapter, "platform" | "healthy" | "trouble">[];
  providers: readonly Pick<MusicProvider, "id" | "healthy" | "trouble">[];
  scheduler: Pick<Scheduler, "standing">;
  clock: Clock;
}): ReadStandings {
  const { adapters, providers, scheduler, clock } = parts;
  const downSince = new Map<string, number>();

  function connection(name: string, { healthy, trouble }: Pick<Adapter, "healthy" | "trouble">): PartStanding {
    if (healthy?.() ?? true) {
      downSince.delete(name);
      return { ready: true };
    }
    const since = downSince.get(name) ?? clock.now();
    downSince.set(name, since);
    // Since it was first asked: whoever watches asks all the time.
    const seconds = Math.max(0, Math.round((clock.now() - since) / 1000));
    return { ready: false, why: `${trouble?.() || "it does not run"}; seen so for ${seconds} s` };
  }

  return () =>
    Object.fromEntries<PartStanding>([
      ...adapters.map((adapter) => [adapter.platform, connection(adapter.platform, adapter)] as const),
      ...providers.map((provider) => [provider.id, connection(provider.id, provider)] as const),
      // One platform's posts that hang are no reason to take the bot for down; that all of them do is.
      ...scheduler.standing().map(
        ({ kind, jobs, down, why }) =>
          [
            `job ${kind}`,
            {
              ready: down < jobs,
              ...(essentialJobs.has(kind) ? {} : { optional: true as const }),
              ...(why === undefined ? {} : { why: `${down} of ${jobs}: ${why}` }),
            },
          ] as const,
      ),
    ]);
}
