import type {
  Chart,
  ChartRow,
  Gap,
  HideRule,
  HistoryPart,
  ListenerKey,
  Period,
  Played,
  Stats,
  Totals,
} from "./listening.ts";

/** Whether somebody's listening is written down, and since when. */
export type Standing = {
  recording: boolean;
  /** When they agreed to that. */
  since?: number;
  /** Nothing is recorded until then. */
  privateUntil?: number;
  firstAt?: number;
  lastAt?: number;
  /** When a source was last read to its end, or the player seen. */
  knownAt?: number;
};

/** One listener's history, as a skill sees it: the asker's own, or that of the shared player that the command goes to. */
export interface OwnHistory {
  standing(): Promise<Standing>;
  setRecording(on: boolean): Promise<void>;
  /** From now until then nothing is recorded; undefined ends what is private now. Resolves false when nothing was. */
  setPrivate(untilAt: number | undefined): Promise<boolean>;
  top(chart: Chart, period: Period, options: { limit: number }): Promise<ChartRow[]>;
  totals(period: Period): Promise<Totals>;
  /** Newest first, of before `beforeAt`. */
  recent(options: { limit: number; beforeAt?: number }): Promise<Played[]>;
  search(words: string, options: { limit: number }): Promise<ChartRow[]>;
  /** Days in a row with music, in the zone. */
  streaks(zone: string): ReturnType<Stats["streaks"]>;
  /** Whether the person hears of what they reached: the thousandth play, a hundred of one artist. */
  tellsMilestones(): Promise<boolean>;
  tellMilestones(on: boolean): Promise<void>;
  /** How many plays each source was the best witness of, by its name, the most first; hidden and short ones too. */
  origins(): Promise<{ origin: string; name: string; plays: number }[]>;
  /** When nobody knows what was heard. */
  gaps(period: Period): Promise<Gap[]>;
  /** Nothing is deleted. Raises NotFound("play"). */
  hide(part: HistoryPart): Promise<{ rule: HideRule; plays: number }>;
  /** Undefined where there is no such rule. */
  unhide(ruleId: number): Promise<number | undefined>;
  rules(): Promise<HideRule[]>;
  /** For good; no source brings it back. Raises NotFound("play"). */
  remove(playId: number): Promise<number>;
}

export interface Histories {
  of(listener: ListenerKey): OwnHistory;
  /** False where a provider's terms bar statistics made of what it tells, and the operator has not decided otherwise. */
  readonly statistics: boolean;
  /** What plays is a false service: it has no terms of its own, whatever those of the real one say. */
  readonly rehearsal: boolean;
}
