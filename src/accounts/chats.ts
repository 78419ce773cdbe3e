import { z } from "zod";
import type { ErasureAsker } from "../contracts/erasing.ts";
import type { Place } from "../contracts/incoming.ts";
import { personSettings } from "../contracts/people-store.ts";
import type { SettingStore } from "../contracts/store.ts";

const place = z.object({ platform: z.string(), tenant: z.string(), id: z.string() });
const reached = z.object({ place });

/** Chats with the bot that are the person's alone, as far as they are known. */
export async function chatsOf(
  settings: Pick<SettingStore, "get">,
  asker: ErasureAsker,
): Promise<Pick<Place, "platform" | "tenant" | "id">[]> {
  const known = reached.safeParse(await settings.get(personSettings.owner(asker.personId), personSettings.reach)).data;
  const all = [...(asker.direct ? [asker.place] : []), ...(known ? [known.place] : [])];
  const each = new Map(all.map((spot) => [JSON.stringify([spot.platform, spot.tenant, spot.id]), spot]));
  return [...each.values()];
}
