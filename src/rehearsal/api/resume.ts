import { playerNow } from "../player/session.ts";
import { progressAt } from "../player/state.ts";
import type { ResumePoint } from "../render/spoken.ts";
import type { Call } from "./call.ts";

/** Where the listener stands in an episode: what the player has of it; told only with the scope for it. */
export function resumeOf(call: Call, episodeId: string): ResumePoint {
  if (call.person === undefined || !call.scopes.has("user-read-playback-position")) return undefined;
  const state = playerNow(call.world, call.person);
  const here = state.now?.uri === `spotify:episode:${episodeId}`;
  return { fully_played: false, resume_position_ms: here ? progressAt(state, call.at) : 0 };
}
