import type { PlaceScope } from "../contracts/places.ts";
import type { Store } from "../contracts/store.ts";

export type Spot = { platform: string; tenant: string; id: string };

/** What is kept of a place, each under its owner. */
export const placeRows = {
  choices: "place.choices",
  nature: "place.nature",
  greeted: "place.greeted",
  wanted: "place.player_wanted",
  lent: "place.lent",
  asked: "place.asked",
  name: "place.name",
} as const;

type Rows = Pick<Store, "settings" | "views" | "digests" | "cards">;

/** Parts are encoded so that no id, whatever is in it, reads as another place's. */
export function ownerOf({ platform, tenant, id }: Spot): string {
  return `place:${[platform, tenant, id].map(encodeURIComponent).join(":")}`;
}

/** Widest first. */
export function scopeOwners(place: Spot): { scope: PlaceScope; owner: string }[] {
  return [
    { scope: "everywhere", owner: ownerOf({ platform: "", tenant: "", id: "" }) },
    { scope: "tenant", owner: ownerOf({ ...place, id: "" }) },
    { scope: "here", owner: ownerOf(place) },
  ];
}

export function ownerIn(place: Spot, scope: PlaceScope): string {
  return scopeOwners(place).find((each) => each.scope === scope)?.owner ?? ownerOf(place);
}

/** What the new place has already stays; begun anew after a kill it ends the same. */
export async function moveRows({ settings, views, digests }: Rows, before: Spot, after: Spot): Promise<void> {
  const [from, to] = [ownerOf(before), ownerOf(after)];
  for (const name of Object.values(placeRows)) {
    const value = await settings.get(from, name);
    if (value !== undefined && (await settings.get(to, name)) === undefined) await settings.put(to, name, value);
    await settings.remove(from, name);
  }
  // Its messages stay behind.
  const { platform, tenant, id } = before;
  await views.removeIn({ platform, tenant, id });
  await digests.move({ platform, tenant, id }, { platform, tenant, id: after.id });
}

/** What was left: a place, or without an id a whole tenant. Undefined where neither is named: that would be the whole platform. */
export function groundOf({ platform, tenant, id: named }: Spot): (Omit<Spot, "id"> & { id?: string }) | undefined {
  // A platform may name a whole tenant by a place of the tenant's own id.
  const id = named === tenant ? "" : named;
  if (id === "" && tenant === "") return undefined;
  return { platform, tenant, ...(id === "" ? {} : { id }) };
}

export async function forgetRows(
  { settings, views, digests, cards }: Rows,
  ground: Omit<Spot, "id"> & { id?: string },
): Promise<void> {
  const { id = "" } = ground;
  const owner = ownerOf({ ...ground, id });
  if (id === "") await settings.removeOwners(owner);
  else for (const name of Object.values(placeRows)) await settings.remove(owner, name);
  await views.removeIn(ground);
  await digests.removeIn(ground);
  await cards.removeIn(ground);
}
