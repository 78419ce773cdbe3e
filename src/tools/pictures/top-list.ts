import type { Movement, Picture, PictureRow } from "../../contracts/pictures.ts";
import { cover, FOOTER, frame, HEADER } from "./frame.ts";
import type { Covers, Pen } from "./pen.ts";
import { accentOf, EDGE, ink, WIDTH } from "./theme.ts";

export type TopList = Extract<Picture, { kind: "top" }>;

const ROW = 116;
const COVER = 88;
const RANK = 76;
/** At the most, and at the least: how it moved stands below it. */
const VALUE = 200;
const NARROWEST = 100;
const MOST = 10;
const shownOf = ({ rows }: Pick<TopList, "rows">) => rows.slice(0, MOST);

export const heightOfTopList = (picture: TopList): number => HEADER + shownOf(picture).length * ROW + FOOTER;

export function drawTopList(pen: Pen, picture: TopList, covers: Covers): void {
  frame(pen, picture, heightOfTopList(picture));
  shownOf(picture).forEach((row, at) => {
    drawRow(pen, picture, { row, at, covers });
  });
}

function drawRow(pen: Pen, picture: TopList, { row, at, covers }: { row: PictureRow; at: number; covers: Covers }) {
  const accent = accentOf(picture);
  const top = HEADER + at * ROW;
  const rank = { size: at === 0 ? 44 : 36, weight: "bold", color: at === 0 ? accent : ink.muted } as const;
  pen.write(String(at + 1), EDGE + RANK / 2 - 10, top + 60, { ...rank, align: "center" });
  cover(pen, { name: row.title, art: row.art, covers }, { x: EDGE + RANK, y: top + 6, size: COVER });

  const left = EDGE + RANK + COVER + 28;
  const right = WIDTH - EDGE;
  const value = { size: 34, weight: "bold", color: ink.text, align: "right", width: VALUE } as const;
  // What is counted is short, and titles are long.
  const counted = row.value === undefined ? 0 : Math.min(VALUE, pen.widthOf(row.value, value));
  const room = right - left - Math.max(NARROWEST, counted) - 32;
  const single = row.detail === undefined;
  pen.write(row.title, left, top + (single ? 52 : 40), {
    size: 36,
    least: 30,
    weight: "bold",
    color: ink.text,
    width: room,
  });
  if (!single) pen.write(row.detail ?? "", left, top + 76, { size: 28, least: 24, color: ink.muted, width: room });
  if (row.value !== undefined) pen.write(row.value, right, top + 42, value);
  if (row.moved) drawMovement(pen, row.moved, { right, base: top + 78, newly: picture.newly, accent });

  const track = right - left;
  pen.box(left, top + 96, track, 6, 3, ink.panel);
  pen.box(left, top + 96, track * Math.min(1, Math.max(0.01, row.share)), 6, 3, accent);
}

function drawMovement(
  pen: Pen,
  moved: Movement,
  { right, base, newly, accent }: { right: number; base: number; newly: string; accent: string },
): void {
  const small = { size: 24, weight: "bold" } as const;
  if (moved === "new") {
    pen.write(newly, right, base, { ...small, color: accent, align: "right", width: NARROWEST });
    return;
  }
  if (moved.by === 0) {
    pen.box(right - 22, base - 11, 22, 5, 2, ink.faint);
    return;
  }
  const color = moved.by > 0 ? ink.up : ink.down;
  const width = pen.write(String(Math.abs(moved.by)), right, base, { ...small, color, align: "right" });
  const [x, y] = [right - width - 18, base - 8];
  const tip = moved.by > 0 ? -9 : 9;
  const { context } = pen;
  context.fillStyle = color;
  context.beginPath();
  context.moveTo(x - 10, y - tip * 0.8);
  context.lineTo(x + 10, y - tip * 0.8);
  context.lineTo(x, y + tip);
  context.closePath();
  context.fill();
}
