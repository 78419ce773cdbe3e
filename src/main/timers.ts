import type { Settings } from "../config.ts";
import type { ListeningParts } from "../listening/listening.ts";

const SECOND = 1_000;
const MINUTE = 60 * SECOND;

/** The waits of watching and of writing down that are settings. */
export function listeningTimers(config: Settings): NonNullable<ListeningParts["timers"]> {
  return {
    watch: {
      livePlayingMs: config.WATCH_PLAYING_SECONDS * SECOND,
      livePausedMs: config.WATCH_PAUSED_SECONDS * SECOND,
      liveLingersMs: config.WATCH_LINGER_SECONDS * SECOND,
      manualMs: config.WATCH_MINUTES * MINUTE,
      retryMs: config.WATCH_RETRY_SECONDS * SECOND,
      retryMaxMs: config.WATCH_RETRY_MAX_SECONDS * SECOND,
    },
    read: { apartMs: config.HISTORY_READ_MINUTES * MINUTE },
    silentMs: config.HISTORY_SILENT_HOURS * 60 * MINUTE,
  };
}
