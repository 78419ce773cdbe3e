import type { Picture } from "../../contracts/pictures.ts";
import { cover, FOOTER, frame, HEADER } from "./frame.ts";
import type { Covers, Pen } from "./pen.ts";
import { EDGE, INNER, ink } from "./theme.ts";

export type AlbumGrid = Extract<Picture, { kind: "albums" }>;

const GAP = 32;
const WORDS = 104;
const MOST = 9;

function layout({ rows }: AlbumGrid) {
  const count = Math.min(MOST, rows.length);
  const columns = count <= 1 ? 1 : count <= 4 ? 2 : 3;
  const size = Math.floor((INNER - (columns - 1) * GAP) / columns);
  // Rows that are not full look unfinished; a single one may stand large.
  const shown = count <= columns ? count : Math.floor(count / columns) * columns;
  return { columns, size, shown, lines: Math.max(1, Math.ceil(shown / columns)) };
}

export function heightOfAlbumGrid(picture: AlbumGrid): number {
  const { size, lines } = layout(picture);
  return HEADER + lines * (size + WORDS) + FOOTER - 20;
}

/** Names stand below the covers and never over them. */
export function drawAlbumGrid(pen: Pen, picture: AlbumGrid, covers: Covers): void {
  frame(pen, picture, heightOfAlbumGrid(picture));
  const { columns, size, shown } = layout(picture);
  picture.rows.slice(0, shown).forEach(({ title, detail, art }, at) => {
    const x = EDGE + (at % columns) * (size + GAP);
    const y = HEADER + Math.floor(at / columns) * (size + WORDS);
    cover(pen, { name: title, art, covers }, { x, y, size });
    pen.write(title, x, y + size + 40, { size: 28, least: 23, weight: "bold", color: ink.text, width: size });
    if (detail !== undefined)
      pen.write(detail, x, y + size + 74, { size: 24, least: 20, color: ink.muted, width: size });
  });
}
