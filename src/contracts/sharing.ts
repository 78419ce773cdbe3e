/**
 * What a person lets a place see of what they hear. `announce`: what plays now; `digest`: charts of the place's digests;
 * `compare`: who knows, taste match, milestones. Nothing is seen anywhere that was not allowed for that very place.
 */
export const shareUses = ["announce", "digest", "compare"] as const;
export type ShareUse = (typeof shareUses)[number];

export type ShareSpot = { platform: string; tenant: string; id: string };
export type Share = { personId: string; use: ShareUse; place: ShareSpot; sinceAt: number };
/** Without an id: the whole tenant, as when the bot was taken out of a server. */
export type ShareGround = Omit<ShareSpot, "id"> & { id?: string };

export interface Sharing {
  /** Who lets the place see it, the earliest first; whoever is private now is not among them. */
  willing(use: ShareUse, place: ShareSpot): Promise<string[]>;
  /** Places that may see it of this person; none while they are private. */
  places(use: ShareUse, personId: string): Promise<ShareSpot[]>;
  of(personId: string): Promise<Share[]>;
  allow(personId: string, use: ShareUse, place: ShareSpot): Promise<void>;
  /** Takes back all that matches. Resolves with what was taken back, so that it can be cleared away. */
  revoke(match: { personId: string; use?: ShareUse; place?: ShareSpot }): Promise<Share[]>;
  /** The bot is there no more: whatever anybody let it show there ends. Resolves with that. */
  leave(ground: ShareGround): Promise<Share[]>;
  /** The place goes on under another id of its tenant, and what it may see goes with it. */
  move(before: ShareSpot, after: ShareSpot): Promise<void>;
  /** Whoever follows them hears of shares that ended with something else, as when an identity left its person. */
  ended(shares: readonly Share[]): void;
  /** And of those of somebody who has become another person, to whom they belong by now. */
  joined(earlier: string, personId: string): Promise<void>;
  /** Told after every allowance and revocation. Returns the way to stop listening. */
  onChange(listener: (change: { share: Share; allowed: boolean }) => void): () => void;
}
