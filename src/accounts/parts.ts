import type { Clock } from "../contracts/clock.ts";
import { SegueError } from "../contracts/errors.ts";
import type { Events } from "../contracts/events.ts";
import type { Log } from "../contracts/log.ts";
import type { MusicProvider, OAuthLinking } from "../contracts/music.ts";
import type { AccountRow, LinkStatus } from "../contracts/people-store.ts";
import type { Purpose } from "../contracts/sealed.ts";
import type { Sharing } from "../contracts/sharing.ts";
import type { Store } from "../contracts/store.ts";
import type { AccountCache } from "./account-cache.ts";
import type { Vault } from "./vault.ts";

/** What every part of this folder works with. */
export type Parts = {
  store: Store;
  vault: Vault;
  providers: ReadonlyMap<string, MusicProvider>;
  clock: Clock;
  events: Events;
  log: Log;
  cache: AccountCache;
  /** Deletes what was recorded of the person's listening through this provider; resolves with how much, by kind. */
  forgetPlays?(personId: string, provider: string): Promise<Record<string, number>>;
  /** Hears of what people let places see where that changes with who they are. */
  sharing?: Pick<Sharing, "ended" | "joined">;
  /** The provider does not know the person's account for one that may come in: they wait for a place. Absent: the operator is told. */
  unlisted?(personId: string, provider: string): Promise<void>;
  tally?: Tally;
};

/** For metrics: how things went, without whose they are. */
export interface Tally {
  /** What became of an attempt to link. */
  linkStep(provider: string, status: LinkStatus): void;
  refreshed(provider: string, outcome: "renewed" | "refused" | "failed"): void;
}

/** The provider by its id, with the linking it must have. Raises InvalidInput for one that is not there or needs no account. */
export function linkable(
  providers: ReadonlyMap<string, MusicProvider>,
  id: string,
): { provider: MusicProvider; linking: OAuthLinking } {
  const provider = providers.get(id);
  if (!provider?.linking) throw new SegueError("InvalidInput", { field: "provider", why: "no_linking", given: id });
  return { provider, linking: provider.linking };
}

type AccountName = Pick<AccountRow, "provider" | "subject">;

/** Named by the provider's account and not by the row's id, which does not exist yet when a grant is sealed. */
export const sealing = {
  accessToken: (row: AccountName): Purpose => ["accounts", "access_token", row.provider, row.subject],
  refreshToken: (row: AccountName): Purpose => ["accounts", "refresh_token", row.provider, row.subject],
  verifier: (linkId: string): Purpose => ["links", "verifier", linkId],
  pendingCode: (linkId: string): Purpose => ["links", "pending_code", linkId],
};
