import type { Orchestrator, Player } from "../contracts/player.ts";
import type { Permission } from "../contracts/skill.ts";
import type { Asking } from "./asking.ts";
import type { Places } from "./places.ts";

/** For what is worth no second run. */
const afresh = <T>(_key: string, compute: () => Promise<T>): Promise<T> => compute();

type Request = Omit<Parameters<Orchestrator["open"]>[0], "personId" | "place" | "once" | "resumed"> &
  Partial<Pick<Parameters<Orchestrator["open"]>[0], "once" | "resumed">> & {
    /** Undefined: nothing of the player's is shown or done. */
    permission: Permission | undefined;
  };

/**
 * The one way to a player: raises Forbidden("role") where it is shared and the asker may not do this with it here, before
 * anything of it is seen.
 */
export type OpenFor = (
  asking: Pick<Asking, "person" | "user" | "place" | "direct" | "local">,
  request: Request,
) => Promise<Player>;

export function createOpenFor(parts: {
  orchestrator: Pick<Orchestrator, "open">;
  places: Pick<Places, "permit">;
}): OpenFor {
  const { orchestrator, places } = parts;
  return async (asking, { permission, once = afresh, resumed = false, ...request }) => {
    const { person, place } = asking;
    const music = await orchestrator.open({ personId: person.id, place, once, resumed, ...request });
    if (music.shared && permission) await places.permit(asking, permission);
    return music;
  };
}
