import type { FastifyInstance } from "fastify";
import type { Clock } from "../contracts/clock.ts";
import type { Picture } from "../contracts/music.ts";

const PATH = "/pictures/";
/** A player that is slow to find a cover must not hold a connection. */
const FETCH_MS = 10_000;
const PER_MINUTE = 240;
const KEEP_SECONDS = 24 * 60 * 60;
const MISSING_SECONDS = 5 * 60;
/** Nothing that a browser would run: a cover is bytes that somebody put into a file. */
const shown = new Set(["image/jpeg", "image/png", "image/webp", "image/gif", "image/avif"]);

/** The picture a provider keeps under an id of its own. */
export type FindPicture = (provider: string, id: string, signal: AbortSignal) => Promise<Picture | undefined>;

export function pictureUrl(base: string, provider: string, id: string): string {
  return `${base}${PATH}${encodeURIComponent(provider)}/${encodeURIComponent(id)}`;
}

/** What `pictureUrl` was made of; undefined for any other address. */
export function readPictureUrl(base: string, url: string): { provider: string; id: string } | undefined {
  if (!url.startsWith(`${base}${PATH}`)) return undefined;
  const [provider, id, ...rest] = url.slice(base.length + PATH.length).split("/");
  if (!provider || !id || rest.length > 0) return undefined;
  try {
    return { provider: decodeURIComponent(provider), id: decodeURIComponent(id) };
  } catch {
    return undefined;
  }
}

/** Covers that only a provider of ours can fetch, such as those inside the files of a local player. */
export function addPictures(app: FastifyInstance, { find, clock }: { find: FindPicture; clock: Clock }): void {
  app.get<{ Params: { provider: string; id: string } }>(
    `${PATH}:provider/:id`,
    { config: { rateLimit: { max: PER_MINUTE, timeWindow: 60_000 } } },
    async (request, reply) => {
      const { provider, id } = request.params;
      const ending = new AbortController();
      reply.raw.once("close", () => ending.abort());
      const late = () => ending.abort(new Error("a picture took too long"));
      clock.sleep(FETCH_MS, ending.signal).then(late, () => undefined);
      try {
        const picture = await find(provider, id, ending.signal);
        // Nothing is there, and nothing is wrong: many an album has no cover, and a browser would complain of each 404.
        if (!picture || !shown.has(picture.mediaType)) {
          const keep = ending.signal.aborted ? "no-store" : `private, max-age=${MISSING_SECONDS}`;
          return await reply.code(204).header("Cache-Control", keep).send();
        }
        return await reply
          .header("Content-Type", picture.mediaType)
          .header("Content-Security-Policy", "default-src 'none'; sandbox")
          .header("Cache-Control", `private, max-age=${KEEP_SECONDS}`)
          .send(Buffer.from(picture.bytes));
      } finally {
        ending.abort();
      }
    },
  );
}
