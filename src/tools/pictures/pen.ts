import type { Image, SKRSContext2D } from "@napi-rs/canvas";
import { drawablePart, fontsFor, fontWeights, type Weight } from "./fonts.ts";

/** No name is longer than what can be seen of it. */
const LONGEST = 300;
/** Marks on one letter beyond these are a joke that runs over the lines above: of any script two, of those that write so four. */
const overmarked = [/([\p{M}&&\p{Script=Inherited}]{2})[\p{M}&&\p{Script=Inherited}]+/gv, /(\p{M}{4})\p{M}+/gu];
/** Signs that turn the direction of what follows, and others that are not seen; the joiners of scripts and emoji stay. */
const unseen =
  /[\p{Cc}\p{Co}\p{Cs}\u{00AD}\u{061C}\u{200B}\u{200E}\u{200F}\u{202A}-\u{202E}\u{2060}-\u{206F}\u{FEFF}]/gu;
const rightToLeft = /^[^\p{L}]*[\p{Script=Arabic}\p{Script=Hebrew}\p{Script=Syriac}\p{Script=Thaana}]/u;

const graphemes = new Intl.Segmenter("en", { granularity: "grapheme" });
const nothing = "–";

/** What can be drawn of a name, in one line. */
export function cleanName(text: string): string {
  const seen = text
    .slice(0, LONGEST * 4)
    .toWellFormed()
    .replace(/[\s\p{Z}]+/gu, " ")
    .replace(unseen, "");
  const plain = overmarked.reduce((left, marks) => left.replace(marks, "$1"), seen).trim();
  const short = [...graphemes.segment(plain.slice(0, LONGEST))].map(({ segment }) => segment).join("");
  return drawablePart(short.toWellFormed()) || nothing;
}

export type Written = {
  size: number;
  weight?: Weight;
  color: string;
  /** What is longer is written smaller, down to `least`, and ends in "…" where that is not enough. */
  width?: number;
  least?: number;
  align?: "left" | "center" | "right";
  spacing?: number;
};

/** Draws on one canvas. Positions of text are those of its base line. */
export type Pen = {
  readonly context: SKRSContext2D;
  /** Resolves with how wide it was drawn. */
  write(text: string, x: number, y: number, how: Written): number;
  widthOf(text: string, how: Written): number;
  box(x: number, y: number, width: number, height: number, radius: number, color: string): void;
};

export function createPen(context: SKRSContext2D): Pen {
  function prepare(text: string, { size, weight = "regular", spacing = 0 }: Written): void {
    context.font = `${fontWeights[weight]} ${size}px ${fontsFor(text, weight).families}`;
    context.letterSpacing = `${spacing}px`;
    context.direction = rightToLeft.test(text) ? "rtl" : "ltr";
  }

  function smaller(text: string, how: Written): void {
    const { size, width = Number.POSITIVE_INFINITY, least = size } = how;
    const wide = context.measureText(text).width;
    if (wide > width) prepare(`${text}…`, { ...how, size: Math.max(least, Math.floor((size * width) / wide)) });
  }

  function fitted(text: string, width: number): string {
    if (context.measureText(text).width <= width) return text;
    const parts = [...graphemes.segment(text)].map(({ segment }) => segment);
    let [low, high] = [0, parts.length];
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      const short = `${parts.slice(0, middle).join("").trimEnd()}…`;
      if (context.measureText(short).width <= width) low = middle;
      else high = middle - 1;
    }
    return `${parts.slice(0, low).join("").trimEnd()}…`;
  }

  return {
    context,
    write(given, x, y, how) {
      const text = cleanName(given);
      prepare(`${text}…`, how);
      smaller(text, how);
      const shown = fitted(text, how.width ?? Number.POSITIVE_INFINITY);
      context.fillStyle = how.color;
      context.textAlign = how.align ?? "left";
      context.textBaseline = "alphabetic";
      context.fillText(shown, x, y);
      return context.measureText(shown).width;
    },
    widthOf(given, how) {
      const text = cleanName(given);
      prepare(text, how);
      return context.measureText(text).width;
    },
    box(x, y, width, height, radius, color) {
      context.fillStyle = color;
      context.beginPath();
      context.roundRect(x, y, Math.max(0, width), height, Math.min(radius, width / 2, height / 2));
      context.fill();
    },
  };
}

/** A cover: whole, not cut, nothing over it; what is no square stands in the middle of one. */
export type Covers = (art: readonly { url: string }[] | undefined) => Image | undefined;
