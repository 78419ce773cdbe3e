import type { Picture } from "../../contracts/pictures.ts";
import { type Covers, cleanName, type Pen } from "./pen.ts";
import { accentOf, COVER_RADIUS, EDGE, INNER, ink, tileOf, WIDTH } from "./theme.ts";

export const HEADER = 214;
export const FOOTER = 92;

/** What stands above and below every picture. */
export function frame(pen: Pen, picture: Picture, height: number): void {
  const accent = accentOf(picture);
  pen.box(0, 0, WIDTH, height, 0, ink.ground);
  pen.box(EDGE, 64, 12, 92, 6, accent);
  pen.write(picture.title, EDGE + 40, 108, {
    size: 54,
    least: 38,
    weight: "bold",
    color: ink.text,
    width: INNER - 40,
  });
  pen.write(picture.subtitle, EDGE + 40, 156, { size: 30, least: 24, color: ink.muted, width: INNER - 40 });
  const base = height - 44;
  const mark = pen.widthOf("Segue", { size: 26, weight: "bold", color: accent });
  pen.write("Segue", WIDTH - EDGE, base, { size: 26, weight: "bold", color: accent, align: "right" });
  pen.write(picture.footer, EDGE, base, { size: 26, least: 19, color: ink.faint, width: INNER - mark - 40 });
}

/** The cover, or a tile with the first letter where there is none. */
export function cover(
  pen: Pen,
  { name, art, covers }: { name: string; art: readonly { url: string }[] | undefined; covers: Covers },
  at: { x: number; y: number; size: number },
): void {
  const { x, y, size } = at;
  const { context } = pen;
  const image = covers(art);
  if (image && image.width > 0 && image.height > 0) {
    const scale = Math.min(size / image.width, size / image.height);
    const [width, height] = [image.width * scale, image.height * scale];
    const [left, top] = [x + (size - width) / 2, y + (size - height) / 2];
    context.save();
    context.beginPath();
    context.roundRect(left, top, width, height, COVER_RADIUS);
    context.clip();
    context.drawImage(image, left, top, width, height);
    context.restore();
    return;
  }
  pen.box(x, y, size, size, COVER_RADIUS, tileOf(name));
  const [letter = ""] = [...new Intl.Segmenter("en").segment(cleanName(name))].map(({ segment }) => segment);
  const how = {
    size: Math.round(size * 0.46),
    weight: "bold",
    color: "rgb(255 255 255 / 0.82)",
    align: "center",
  } as const;
  pen.write(letter.toLocaleUpperCase(), x + size / 2, y + size * 0.66, how);
}
