import type { Picture } from "../../contracts/pictures.ts";
import { cover, FOOTER, frame, HEADER } from "./frame.ts";
import type { Covers, Pen } from "./pen.ts";
import { accentOf, EDGE, INNER, ink } from "./theme.ts";

export type YearCard = Extract<Picture, { kind: "year" }>;

const FIGURE = 190;
const BARS = 210;
const LIST_HEAD = 66;
const ROW = 92;
const COVER = 72;
const FACTS = 150;
const GAP = 40;
const MOST_ROWS = 5;

const rowsIn = ({ lists }: YearCard) =>
  Math.max(0, ...lists.slice(0, 2).map(({ rows }) => Math.min(MOST_ROWS, rows.length)));
const listsHeight = (picture: YearCard) => (rowsIn(picture) === 0 ? 0 : LIST_HEAD + rowsIn(picture) * ROW + GAP);
const factsHeight = ({ facts }: YearCard) => (facts.length === 0 ? 0 : FACTS + 24);

export const heightOfYearCard = (picture: YearCard): number =>
  HEADER + FIGURE + BARS + GAP + listsHeight(picture) + factsHeight(picture) + FOOTER;

export function drawYearCard(pen: Pen, picture: YearCard, covers: Covers): void {
  frame(pen, picture, heightOfYearCard(picture));
  const accent = accentOf(picture);
  const { figure } = picture;
  let top = HEADER;
  const width = pen.write(figure.value, EDGE, top + 120, {
    size: 136,
    least: 90,
    weight: "bold",
    color: accent,
    width: INNER - 260,
  });
  pen.write(figure.label, EDGE + width + 28, top + 120, {
    size: 40,
    least: 30,
    color: ink.muted,
    width: INNER - width - 28,
  });
  top += FIGURE;
  drawMonths(pen, picture, top, accent);
  top += BARS + GAP;
  const lists = picture.lists.filter(({ rows }) => rows.length > 0).slice(0, 2);
  const column = lists.length < 2 ? INNER : (INNER - GAP) / 2;
  lists.forEach((list, at) => {
    drawList(pen, list, { x: EDGE + at * (column + GAP), y: top, width: column, accent, covers });
  });
  top += listsHeight(picture);
  drawFacts(pen, picture, top);
}

function drawMonths(pen: Pen, { months }: YearCard, top: number, accent: string): void {
  const most = Math.max(1, ...months.map(({ sum }) => sum));
  const step = INNER / Math.max(1, months.length);
  const room = BARS - 44;
  months.forEach(({ label, sum }, at) => {
    const [x, width] = [EDGE + at * step + 8, step - 16];
    const height = sum <= 0 ? 0 : Math.max(8, room * (sum / most));
    pen.box(x, top, width, room, 8, ink.panel);
    if (height > 0) pen.box(x, top + room - height, width, height, 8, accent);
    pen.write(label, x + width / 2, top + BARS - 8, { size: 24, color: ink.muted, align: "center", width: step });
  });
}

function drawList(
  pen: Pen,
  list: YearCard["lists"][number],
  { x, y, width, accent, covers }: { x: number; y: number; width: number; accent: string; covers: Covers },
): void {
  pen.write(list.title, x, y + 30, { size: 28, weight: "bold", color: accent, width });
  list.rows.slice(0, MOST_ROWS).forEach(({ title, detail, art }, at) => {
    const top = y + LIST_HEAD + at * ROW;
    const left = x + COVER + 22;
    const room = width - COVER - 22;
    cover(pen, { name: title, art, covers }, { x, y: top, size: COVER });
    pen.write(title, left, top + (detail === undefined ? 46 : 32), {
      size: 30,
      least: 25,
      weight: "bold",
      color: ink.text,
      width: room,
    });
    if (detail !== undefined) pen.write(detail, left, top + 64, { size: 25, least: 21, color: ink.muted, width: room });
  });
}

function drawFacts(pen: Pen, { facts }: YearCard, top: number): void {
  const shown = facts.slice(0, 4);
  const width = (INNER - (shown.length - 1) * 20) / Math.max(1, shown.length);
  shown.forEach(({ value, label }, at) => {
    const x = EDGE + at * (width + 20);
    pen.box(x, top, width, FACTS, 18, ink.panel);
    pen.write(value, x + 20, top + 66, { size: 38, weight: "bold", color: ink.text, width: width - 40 });
    pen.write(label, x + 20, top + 110, { size: 23, least: 18, color: ink.muted, width: width - 40 });
  });
}
