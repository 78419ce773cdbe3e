import { LRUCache } from "lru-cache";
import type { Host } from "../contracts/adapter.ts";
import type { Clock } from "../contracts/clock.ts";
import type { Log } from "../contracts/log.ts";
import type { Picture } from "../contracts/music.ts";
import { within } from "../within.ts";

/** An answer that waits for its picture must still come in the three seconds that platforms give it. */
const patienceMs = 1_500;
const keptMs = 10 * 60_000;
const maxKeptBytes = 24 * 1024 * 1024;
/** Covers inside music files can be far larger than any platform shows them; what is that large is read anew. */
const maxEntryBytes = 6 * 1024 * 1024;

/**
 * Pictures of our own for platforms that must be handed the bytes. A card that is edited every few seconds shows the same one,
 * so it is read once; one that comes too late for an answer is there for the next edit.
 */
export function createPictures(parts: { read: Host["picture"]; clock: Clock; log: Log }): Host["picture"] {
  const { read, clock, log } = parts;
  const kept = new LRUCache<string, Picture>({
    maxSize: maxKeptBytes,
    maxEntrySize: maxEntryBytes,
    sizeCalculation: ({ bytes }) => Math.max(1, bytes.byteLength),
    ttl: keptMs,
    perf: clock,
    ttlResolution: 0,
  });
  const reading = new Map<string, Promise<Picture | undefined>>();

  async function readAndKeep(url: string): Promise<Picture | undefined> {
    try {
      const picture = await read(url);
      if (picture) kept.set(url, picture);
      return picture;
    } finally {
      reading.delete(url);
    }
  }

  return async (url) => {
    const known = kept.get(url);
    if (known) return known;
    const underWay = reading.get(url) ?? readAndKeep(url);
    reading.set(url, underWay);
    try {
      return await within(clock, patienceMs, "platform", () => underWay);
    } catch (error) {
      log.warn({ error }, "a picture could not be had");
      return undefined;
    }
  };
}
