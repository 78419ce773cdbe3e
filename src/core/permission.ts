import type { Standing } from "../contracts/adapter.ts";
import { groupOf, type PlaceSettings, type Role } from "../contracts/places.ts";
import type { Visibility } from "../contracts/reply.ts";
import type { Permission } from "../contracts/skill.ts";

/** What everybody may do on a player that several people share, where nobody has said otherwise. */
export const usualRoles: Record<Permission, Role> = {
  read: "everyone",
  playback: "everyone",
  queue: "everyone",
  playlist: "managers",
  device: "managers",
  worker: "managers",
};

/** Skills without which nobody could find out, link, or switch anything back on. */
export const alwaysOn: ReadonlySet<string> = new Set(["account", "help", "identities", "place"]);

export function holds(role: Role, standing: Standing): boolean {
  if (role === "everyone") return true;
  if (role === "nobody") return false;
  if (standing.manager) return true;
  const group = groupOf(role);
  return group !== undefined && standing.groups.includes(group);
}

type Said = { visibility: Visibility; permission: Permission | undefined };

/**
 * Who is to see a command's answer, as far as that can be known before it is run. Openly is only what the place shares: an
 * answer about somebody's own player or account is nobody else's business, whatever the place likes best.
 */
export function placeVisibility(
  handler: Said,
  settings: PlaceSettings,
  shared = settings.players.length > 0,
): Visibility {
  if (settings.answers === "private") return "private";
  if (settings.answers === "public" && shared && handler.permission !== undefined) return "public";
  return handler.visibility;
}
