/** Watching what one listener hears though nothing else asks for it. Times are Unix ms. */
export interface Watching {
  /** Undefined while nobody watches by hand. */
  until(): number | undefined;
  /** From now on for so long, or as long as is usual; resolves with its end. Outlives a restart. */
  start(ms?: number): Promise<number>;
  /** Resolves false where there was nothing to end. */
  stop(): Promise<boolean>;
}
