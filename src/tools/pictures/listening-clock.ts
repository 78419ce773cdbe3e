import type { Picture } from "../../contracts/pictures.ts";
import { FOOTER, frame, HEADER } from "./frame.ts";
import type { Pen } from "./pen.ts";
import { accentOf, ink, WIDTH } from "./theme.ts";

export type ListeningClock = Extract<Picture, { kind: "clock" }>;

const INSIDE = 170;
const OUTSIDE = 372;
const LABELS = 424;
const HOURS = 24;
/** Between two hours, of a full turn. */
const GAP = 0.0035;

export const heightOfListeningClock = (): number => HEADER + 2 * LABELS + 96 + FOOTER;

/** Midnight is above, as on a clock, and the day goes round once. */
export function drawListeningClock(pen: Pen, picture: ListeningClock): void {
  frame(pen, picture, heightOfListeningClock());
  const { context } = pen;
  const accent = accentOf(picture);
  const [centerX, centerY] = [WIDTH / 2, HEADER + LABELS + 28];
  const most = Math.max(0, ...picture.hours);
  const angle = (hour: number) => (hour / HOURS) * 2 * Math.PI - Math.PI / 2;
  const piece = (hour: number, from: number, to: number, color: string) => {
    const [begin, end] = [angle(hour) + GAP * 2 * Math.PI, angle(hour + 1) - GAP * 2 * Math.PI];
    context.fillStyle = color;
    context.beginPath();
    context.arc(centerX, centerY, from, begin, end);
    context.arc(centerX, centerY, to, end, begin, true);
    context.closePath();
    context.fill();
  };
  for (let hour = 0; hour < HOURS; hour += 1) {
    const sum = picture.hours[hour] ?? 0;
    piece(hour, INSIDE, OUTSIDE, ink.panel);
    if (most <= 0 || sum <= 0) continue;
    const reach = INSIDE + 10 + (OUTSIDE - INSIDE - 10) * Math.min(1, sum / most);
    context.globalAlpha = sum === most ? 1 : 0.72;
    piece(hour, INSIDE, reach, accent);
    context.globalAlpha = 1;
  }
  picture.labels.slice(0, HOURS).forEach((label, at, all) => {
    const turn = angle((at / all.length) * HOURS);
    const [x, y] = [centerX + Math.cos(turn) * LABELS, centerY + Math.sin(turn) * LABELS];
    pen.write(label, x, y + 10, { size: 28, color: ink.muted, align: "center" });
  });
  const [first, second] = picture.middle;
  pen.write(first, centerX, centerY + 6, {
    size: 52,
    least: 34,
    weight: "bold",
    color: ink.text,
    align: "center",
    width: 2 * INSIDE - 40,
  });
  pen.write(second, centerX, centerY + 50, {
    size: 28,
    least: 22,
    color: ink.muted,
    align: "center",
    width: 2 * INSIDE - 60,
  });
}
