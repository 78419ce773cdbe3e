/** One call as the server saw it. `status` 0: the connection was dropped before an answer. */
export interface LoggedCall {
  readonly at: number;
  readonly method: string;
  readonly path: string;
  /** `GET /v1/tracks/{id}`; paths that lead nowhere are counted together. */
  readonly route: string;
  readonly status: number;
  readonly userId: string | undefined;
  readonly clientId: string | undefined;
}

export interface Counts {
  total: number;
  /** Calls by route, and of each by status. */
  routes: Record<string, { calls: number; statuses: Record<string, number> }>;
}

/** The server's own count of calls, to be compared with a client's. */
export interface CallLog {
  record(call: LoggedCall): void;
  counts(): Counts;
  /** The latest calls, oldest first. */
  recent(): readonly LoggedCall[];
  clear(): void;
}

const MOST_RECENT = 5_000;

export function createCallLog(): CallLog {
  const statuses = new Map<string, Map<number, number>>();
  let recent: LoggedCall[] = [];

  return {
    record(call) {
      const route = statuses.get(call.route) ?? new Map<number, number>();
      route.set(call.status, (route.get(call.status) ?? 0) + 1);
      statuses.set(call.route, route);
      recent.push(call);
      if (recent.length > MOST_RECENT * 2) recent = recent.slice(-MOST_RECENT);
    },
    counts() {
      const routes: Counts["routes"] = {};
      let total = 0;
      for (const [route, byStatus] of statuses) {
        const calls = [...byStatus.values()].reduce((sum, each) => sum + each, 0);
        routes[route] = { calls, statuses: Object.fromEntries(byStatus) };
        total += calls;
      }
      return { total, routes };
    },
    recent: () => recent.slice(-MOST_RECENT),
    clear() {
      statuses.clear();
      recent = [];
    },
  };
}
