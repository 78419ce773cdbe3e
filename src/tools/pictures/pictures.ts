import type { Clock } from "../../contracts/clock.ts";
import type { Log } from "../../contracts/log.ts";
import type { Art, Picture as Image } from "../../contracts/music.ts";
import { type Picture, type PictureKind, type Pictures, previewSubject } from "../../contracts/pictures.ts";
import { openPictureFolder } from "./folder.ts";
import { createPainter } from "./painter.ts";

/** How large a cover is drawn, in the picture's own pixels: what is fetched is the smallest that is as large. */
const coverSizes: Record<PictureKind, number> = { top: 88, albums: 296, clock: 0, year: 72 };
/** A digest waits so long for covers; then it has tiles. */
const COVERS_WITHIN_MS = 5_000;

export type FetchArt = (url: string, signal: AbortSignal) => Promise<Uint8Array | undefined>;

export type DrawnPictures = Pictures & {
  /** The picture under that id; undefined when there is none. */
  find(id: string): Promise<Image | undefined>;
  close(): Promise<void>;
};

/** `addressOf` makes the address of what `find` finds. */
export function createPictures(parts: {
  folder: string;
  addressOf(id: string): string;
  art: FetchArt;
  clock: Clock;
  log: Log;
}): DrawnPictures {
  const { addressOf, art, clock, log } = parts;
  const folder = openPictureFolder(parts);
  const painter = createPainter({ clock });
  /** The same picture is wanted by everybody who sees the same message. */
  const drawing = new Map<string, Promise<void>>();
  /** Subjects of which something is being drawn; `stale` what must not be shown any more. */
  const inHand = new Set<{ subject: string; stale: boolean }>();
  const forgotten = (gone: (subject: string) => boolean) => {
    for (const one of inHand) if (gone(one.subject)) one.stale = true;
  };

  async function fetched(picture: Picture): Promise<[url: string, bytes: Uint8Array][]> {
    const size = coverSizes[picture.kind];
    const urls = [...new Set(artsOf(picture).flatMap((each) => bestArt(each, size) ?? []))];
    if (urls.length === 0) return [];
    const ended = new AbortController();
    // Whoever is asked may not hear that nobody waits any more.
    const nothing = new Promise<undefined>((resolve) =>
      ended.signal.addEventListener("abort", () => resolve(undefined), { once: true }),
    );
    clock.sleep(COVERS_WITHIN_MS, ended.signal).then(
      () => ended.abort(),
      () => undefined,
    );
    try {
      const found = await Promise.all(
        urls.map(async (url) => {
          const fetching = art(url, ended.signal).catch(() => undefined);
          return [url, await Promise.race([fetching, nothing])] as const;
        }),
      );
      return found.flatMap(([url, bytes]): [string, Uint8Array][] => (bytes ? [[url, bytes]] : []));
    } finally {
      ended.abort();
    }
  }

  return {
    async draw(of, picture) {
      const mine = { subject: of.subject, stale: false };
      inHand.add(mine);
      try {
        const covers = await fetched(picture);
        const id = folder.idOf([of, picture, covers.map(([url]) => url).toSorted()]);
        if (!folder.has(id)) {
          const underWay = drawing.get(id) ?? painter.paint(picture, covers).then((png) => folder.keep(id, of, png));
          drawing.set(id, underWay);
          try {
            await underWay;
          } finally {
            drawing.delete(id);
          }
        }
        if (mine.stale) await folder.remove(id);
        return mine.stale ? undefined : addressOf(id);
      } catch (error) {
        log.warn({ error, kind: picture.kind }, "a picture could not be drawn");
        return undefined;
      } finally {
        inHand.delete(mine);
      }
    },
    async forget(subject) {
      forgotten((other) => other === subject);
      await folder.forget(subject);
    },
    async forgetPreviews() {
      forgotten((subject) => subject.startsWith(previewSubject));
      await folder.forgetPreviews();
    },
    async find(id) {
      const bytes = await folder.read(id);
      return bytes && { mediaType: "image/png", bytes };
    },
    close: () => painter.close(),
  };
}

function artsOf(picture: Picture): (readonly Art[] | undefined)[] {
  if (picture.kind === "clock") return [];
  if (picture.kind === "year") return picture.lists.flatMap(({ rows }) => rows.map(({ art }) => art));
  return picture.rows.map(({ art }) => art);
}

function bestArt(art: readonly Art[] | undefined, size: number): string | undefined {
  const bySize = [...(art ?? [])].toSorted((a, b) => (a.width ?? 0) - (b.width ?? 0));
  return (bySize.find(({ width }) => (width ?? 0) >= size) ?? bySize.at(-1))?.url;
}
