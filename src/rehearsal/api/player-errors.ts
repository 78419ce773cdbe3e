import { type Refused, refuse } from "../http/exchange.ts";
import type { Refusal } from "../player/refusals.ts";
import type { Settings } from "../settings.ts";

/** The platform's own word for each refusal, and how it would put it where it says more than "Restriction violated". */
const SPECIFIC: Readonly<Record<Refusal, { reason: string; words: string }>> = {
  no_active_device: { reason: "NO_ACTIVE_DEVICE", words: "No active device found" },
  device_not_found: { reason: "", words: "Device not found" },
  device_restricted: { reason: "REMOTE_CONTROL_DISALLOW", words: "Remote control is not allowed" },
  not_on_that_device: { reason: "NOT_PLAYING_LOCALLY", words: "Not playing on this device" },
  no_volume: { reason: "VOLUME_CONTROL_DISALLOW", words: "Cannot control device volume" },
  already_paused: { reason: "ALREADY_PAUSED", words: "Already paused" },
  already_playing: { reason: "NOT_PAUSED", words: "Not paused" },
  no_previous: { reason: "NO_PREV_TRACK", words: "No previous track" },
  no_next: { reason: "NO_NEXT_TRACK", words: "No next track" },
  nothing_loaded: { reason: "NOT_PLAYING_TRACK", words: "Not playing a track" },
  unplayable: { reason: "NO_SPECIFIC_TRACK", words: "No such track" },
  unchanged: { reason: "UNKNOWN", words: "Restriction violated" },
  ad_playing: { reason: "CONTEXT_DISALLOW", words: "Not allowed in this context" },
  endless_context: { reason: "ENDLESS_CONTEXT", words: "Context is endless" },
};

/** A refused player command as the platform says it. Most arrive as UNKNOWN: https://github.com/spotify/web-api/issues/1433 */
export function playerError(refusal: Refusal, reasons: Settings["player"]["reasons"]): Refused {
  const { reason, words } = SPECIFIC[refusal];
  if (refusal === "device_not_found") return refuse(404, "Device not found");
  if (refusal === "no_active_device") return refuse(404, `Player command failed: ${words}`, reason);
  if (refusal === "no_volume") return refuse(403, `Player command failed: ${words}`, reason);
  if (reasons === "specific") return refuse(403, `Player command failed: ${words}`, reason);
  return refuse(403, "Player command failed: Restriction violated", reasons === "unknown" ? "UNKNOWN" : undefined);
}

export function premiumRequired(): Refused {
  return refuse(403, "Player command failed: Premium required", "PREMIUM_REQUIRED");
}
