import { isSegueError } from "../../src/contracts/errors.ts";
import type { Permission, SkillContext } from "../../src/contracts/skill.ts";

/** Which of these the asker may do: what would only be refused is not offered. Everything on a player of one's own. */
export async function mayOf<P extends Permission>(
  { permit }: Pick<SkillContext, "permit">,
  permissions: readonly P[],
): Promise<ReadonlySet<P>> {
  const allowed = await Promise.all(permissions.map((permission) => isAllowed(permit(permission))));
  return new Set(permissions.filter((_, at) => allowed[at]));
}

async function isAllowed(asked: Promise<void>): Promise<boolean> {
  try {
    await asked;
    return true;
  } catch (error) {
    if (isSegueError(error, "Forbidden")) return false;
    throw error;
  }
}
