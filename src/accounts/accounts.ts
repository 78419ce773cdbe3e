import { randomUUID } from "node:crypto";
import type { Accounts } from "../contracts/accounts.ts";
import type { MusicAccounts } from "../contracts/player.ts";
import type { Job } from "../contracts/scheduler.ts";
import { createAccountCache } from "./account-cache.ts";
import { createConsentJob } from "./consent.ts";
import { createJoining } from "./joining.ts";
import { createLapses, createLapsesJob } from "./lapses.ts";
import { createAttempt } from "./links/attempt.ts";
import { createBrowserSide, type LinkFlow } from "./links/browser.ts";
import { createChatSide } from "./links/chat.ts";
import { createExpiry } from "./links/expiry.ts";
import { createFinish } from "./links/finish.ts";
import { createStart, type StartOptions } from "./links/start.ts";
import { createOperator, type OperatorPart } from "./operator.ts";
import type { Parts } from "./parts.ts";
import { createRefresh } from "./refresh.ts";
import { createRenewal } from "./renewal.ts";
import { createStatus } from "./status.ts";
import { createTokens } from "./tokens.ts";
import { createUnlink } from "./unlink.ts";

export type AccountsOptions = Omit<Parts, "cache"> & {
  publicUrl?: string;
  /** How long before its end an access token is renewed. */
  refreshAheadMs?: number;
  linkLifetimeMs?: number;
  linkRateLimit?: StartOptions["linkRateLimit"];
};

export type AccountsPart = {
  accounts: Accounts & MusicAccounts;
  /** For the pages. */
  linkFlow: LinkFlow;
  operator: Pick<OperatorPart, "ensureOperatorCode">;
  /** The person has other accounts by now, or none. */
  forget(personId: string): void;
  /** To be given to the scheduler. */
  jobs: Job[];
  /**
   * Once, when people can be told things: who has something to hear of their links hears it from then on.
   */
  start(): void;
};

/** People's links to music services: how they come about, what they allow, how their tokens live and die. */
export function createAccounts(options: AccountsOptions): AccountsPart {
  const { store, clock } = options;
  const parts = {
    ...options,
    cache: createAccountCache(store, clock),
    owner: randomUUID(),
    refreshAheadMs: options.refreshAheadMs ?? 300_000,
    linkLifetimeMs: options.linkLifetimeMs ?? 10 * 60_000,
    linkRateLimit: options.linkRateLimit ?? { tries: 5, withinMs: 10 * 60_000 },
  };
  const attempt = createAttempt(parts);
  const finish = createFinish({ ...parts, attempt });
  const operator = createOperator(parts);
  const { ensureOperatorCode, ...claims } = operator;
  const joining = createJoining(parts);
  const lapses = createLapses(parts);
  const refresh = createRefresh({ ...parts, lapses });
  const renewal = createRenewal({ ...parts, refresh });
  let open = false;
  const isOpen = () => open;

  return {
    accounts: {
      ...createStatus(parts),
      ...createChatSide({ ...parts, attempt, finish }),
      ...claims,
      startLink: createStart({ ...parts, attempt }),
      unlink: createUnlink(parts),
      joins: joining.joins,
      tokens: createTokens({ ...parts, refresh, renewal }),
    },
    linkFlow: createBrowserSide({ ...parts, attempt, finish }),
    operator: { ensureOperatorCode },
    forget: parts.cache.forget,
    jobs: [
      createExpiry({ ...parts, attempt }),
      joining.job,
      renewal.job,
      createLapsesJob({ ...parts, lapses, refresh, isOpen }),
      createConsentJob({ ...parts, isOpen }),
    ],
    start() {
      open = true;
    },
  };
}
