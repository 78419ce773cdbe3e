import type { Permission } from "../contracts/skill.ts";

/** What everybody may do on a player that several people share; the rest is for the operator. */
const everybody: readonly Permission[] = ["read", "playback", "queue"];

/** Over their own player a person may do everything. */
export function allowed(
  permission: Permission | undefined,
  player: { shared: boolean },
  person: { operator: boolean },
): boolean {
  return permission === undefined || !player.shared || person.operator || everybody.includes(permission);
}
