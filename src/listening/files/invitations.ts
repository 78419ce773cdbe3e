import { createHash, randomBytes, randomUUID } from "node:crypto";
import { z } from "zod";
import type { Clock } from "../../contracts/clock.ts";
import { exportFormats } from "../../contracts/history-files.ts";
import type { SettingStore } from "../../contracts/store.ts";

/** Long enough to find the file, short enough that an address left lying about is worth nothing. */
const LIFE_MS = 30 * 60_000;

const userSchema = z.object({ platform: z.string(), tenant: z.string(), id: z.string() });
const invitationSchema = z.object({
  id: z.string(),
  personId: z.string(),
  /** Who asked, for the page: whose history it is must be seen before anything is handed over. */
  userName: z.string(),
  user: userSchema,
  /** Bring a file, or take one of this form away. */
  to: z.union([z.literal("bring"), z.enum(exportFormats)]),
  untilAt: z.number(),
  /** What came of it; nothing more can be brought or taken. */
  used: z.boolean(),
});
export type Invitation = z.infer<typeof invitationSchema>;

const NAME = "invitation";
/** Of a person: which token of each kind is theirs. Not among the person's own settings, as it is none. */
const ownerOf = (personId: string) => `pages:${personId}`;
const rowOf = (hash: string) => `page:${hash}`;
const hashOf = (token: string) => createHash("sha256").update(token).digest("base64url");
const kindOf = ({ to }: Pick<Invitation, "to">) => (to === "bring" ? "bring" : "take");

/**
 * Addresses of pages of ours, each for one person and one file. Kept, as a restart must not end them; the tokens are kept as
 * SHA-256 only. A person has one of each kind: a new one ends the one before, so that none need be swept.
 */
export function createInvitations({
  settings,
  clock,
}: {
  settings: Pick<SettingStore, "get" | "put" | "remove">;
  clock: Clock;
}) {
  async function end(personId: string, kind: "bring" | "take"): Promise<void> {
    const hash = await settings.get(ownerOf(personId), kind);
    if (typeof hash !== "string") return;
    await settings.remove(rowOf(hash), NAME);
    await settings.remove(ownerOf(personId), kind);
  }

  return {
    async make(what: Pick<Invitation, "personId" | "userName" | "user" | "to">): Promise<[Invitation, token: string]> {
      const token = randomBytes(32).toString("base64url");
      const invitation = { ...what, id: randomUUID(), untilAt: clock.now() + LIFE_MS, used: false };
      await end(what.personId, kindOf(what));
      await settings.put(rowOf(hashOf(token)), NAME, invitation);
      await settings.put(ownerOf(what.personId), kindOf(what), hashOf(token));
      return [invitation, token];
    },
    /** Undefined for what never was, or is over. */
    async find(token: string): Promise<Invitation | undefined> {
      if (!/^[A-Za-z0-9_-]{43}$/.test(token)) return undefined;
      const found = invitationSchema.safeParse(await settings.get(rowOf(hashOf(token)), NAME));
      return found.success && found.data.untilAt > clock.now() ? found.data : undefined;
    },
    /** It has served; what came of it can be looked at for as long again. */
    async use(token: string, invitation: Invitation): Promise<void> {
      await settings.put(rowOf(hashOf(token)), NAME, { ...invitation, used: true, untilAt: clock.now() + LIFE_MS });
    },
    async endAll(personId: string): Promise<void> {
      await end(personId, "bring");
      await end(personId, "take");
    },
  };
}
