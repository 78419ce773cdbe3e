import { type Canvas, createCanvas, type Image, loadImage } from "@napi-rs/canvas";
import type { Picture } from "../../contracts/pictures.ts";
import { drawAlbumGrid, heightOfAlbumGrid } from "./album-grid.ts";
import { drawListeningClock, heightOfListeningClock } from "./listening-clock.ts";
import { type Covers, createPen } from "./pen.ts";
import { pixelsOf } from "./pixels.ts";
import { WIDTH } from "./theme.ts";
import { drawTopList, heightOfTopList } from "./top-list.ts";
import { drawYearCard, heightOfYearCard } from "./year-card.ts";

/** Covers that were fetched, by their address. */
export type Fetched = ReadonlyMap<string, Uint8Array>;

/** No cover is larger; more would be a trap that fills memory when it is unpacked. */
const MOST_PIXELS = 4_000 * 4_000;

function heightOf(picture: Picture): number {
  switch (picture.kind) {
    case "top":
      return heightOfTopList(picture);
    case "albums":
      return heightOfAlbumGrid(picture);
    case "clock":
      return heightOfListeningClock();
    case "year":
      return heightOfYearCard(picture);
  }
}

/** A cover that is no picture is none. */
async function opened(fetched: Fetched): Promise<Map<string, Image>> {
  const images = new Map<string, Image>();
  for (const [url, bytes] of fetched) {
    if ((pixelsOf(bytes) ?? Number.POSITIVE_INFINITY) > MOST_PIXELS) continue;
    try {
      const image = await loadImage(Buffer.from(bytes));
      if (image.width > 0 && image.width * image.height <= MOST_PIXELS) images.set(url, image);
    } catch {
      // Its tile is drawn instead.
    }
  }
  return images;
}

export async function draw(picture: Picture, fetched: Fetched): Promise<Canvas> {
  const canvas = createCanvas(WIDTH, heightOf(picture));
  const images = await opened(fetched);
  const covers: Covers = (art) => art?.flatMap(({ url }) => images.get(url) ?? [])[0];
  const pen = createPen(canvas.getContext("2d"));
  switch (picture.kind) {
    case "top":
      drawTopList(pen, picture, covers);
      break;
    case "albums":
      drawAlbumGrid(pen, picture, covers);
      break;
    case "clock":
      drawListeningClock(pen, picture);
      break;
    case "year":
      drawYearCard(pen, picture, covers);
      break;
  }
  return canvas;
}
