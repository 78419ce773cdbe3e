const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** Every wait of watching, in ms; each is a setting. */
export const watchTimers = {
  /** A track's end as it was told, and the moment in which the next one can be seen. */
  afterEndMs: 1 * SECOND,
  /** Between looks that still show a track which should be over; doubles with each. */
  lateMs: 2 * SECOND,
  /** After a command of ours that left open what plays now. */
  unnamedMs: 2 * SECOND,
  /** While something is heard that is no track: an advertisement, or what the service does not tell. */
  untoldMs: 20 * SECOND,
  /** Looks after a pause, counted from it. Whoever has not gone on by the last one may be gone. */
  pausedMs: [2 * MINUTE, 6 * MINUTE, 15 * MINUTE] as readonly number[],
  /** The nearest and the farthest of looks while nothing is heard. */
  idleMinMs: 2 * MINUTE,
  idleMaxMs: 2 * HOUR,
  /** The same while somebody watches by hand. */
  idleManualMs: 1 * MINUTE,
  /** After a sign of life, no sooner than this after the last look. */
  wokenGapMs: 1 * MINUTE,
  livePlayingMs: 3 * SECOND,
  livePausedMs: 15 * SECOND,
  /** A live view counts as open for this long after it closed: people reload. */
  liveLingersMs: 30 * SECOND,
  manualMs: 30 * MINUTE,
  /** A look's answer is worth nothing after this; longer, and a service that is down would be asked several times for each. */
  callMs: 3 * SECOND,
  /** After a fault; doubles with each in a row. */
  retryMs: 5 * SECOND,
  retryMaxMs: 5 * MINUTE,
  /** What changes without news (the budget, a habit's hour) is taken into account this often; costs no call. */
  replanMs: 10 * MINUTE,
};
export type WatchTimers = typeof watchTimers;
