import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { createCanvas, GlobalFonts } from "@napi-rs/canvas";

/**
 * Fonts come as hundreds of small files, each for some ranges of Unicode, and only those are read that a text has letters of:
 * all of them take half a second and 120 MB.
 */
type Range = readonly [from: number, to: number];
type Subset = { name: string; ranges: readonly Range[] };
type Face = { family: string; path: string; ranges: readonly Range[] };
export type Weight = "regular" | "bold";
export const fontWeights = { regular: 400, bold: 700 } as const;

/** Each has a package and, in it, a subset by its name; what else is in there others have, too. */
const alphabets = [
  "arabic",
  "armenian",
  "bengali",
  "ethiopic",
  "georgian",
  "gujarati",
  "gurmukhi",
  "hebrew",
  "kannada",
  "khmer",
  "lao",
  "malayalam",
  "myanmar",
  "sinhala",
  "tamil",
  "telugu",
  "thai",
] as const;
const others = {
  plain: "noto-sans",
  japanese: "noto-sans-jp",
  korean: "noto-sans-kr",
  chinese: "noto-sans-sc",
  symbols: "noto-sans-symbols",
  moreSymbols: "noto-sans-symbols-2",
  emoji: "noto-color-emoji",
} as const;
type Alphabet = (typeof alphabets)[number];
type Script = Alphabet | keyof typeof others;
type Letters = Exclude<Script, "emoji">;
const isAlphabet = (script: Script): script is Alphabet => alphabets.some((each) => each === script);
const packageOf = (script: Script): string => (isAlphabet(script) ? `noto-sans-${script}` : others[script]);

const require = createRequire(import.meta.url);
const folderOf = (script: Script) => dirname(require.resolve(`@fontsource/${packageOf(script)}/package.json`));

const rangesOf = (text: string): Range[] =>
  text.split(",").map((part) => {
    const [from = "0", to = from] = part.trim().replace(/^U\+/i, "").split("-");
    return [Number.parseInt(from, 16), Number.parseInt(to, 16)];
  });

const subsets = once((script: Script): Subset[] => {
  const ranges: Record<string, string> = JSON.parse(readFileSync(join(folderOf(script), "unicode.json"), "utf8"));
  return Object.entries(ranges).map(([name, text]) => ({
    name: name.replace(/^\[(\d+)\]$/, "$1"),
    ranges: rangesOf(text),
  }));
});

const faces = once((script: Letters, weight: Weight): Face[] => {
  const own = isAlphabet(script) ? subsets(script).filter(({ name }) => name === script) : subsets(script);
  const fileOf = (name: string, of: Weight) =>
    join(folderOf(script), "files", `${packageOf(script)}-${name}-${fontWeights[of]}-normal.woff2`);
  return own.map(({ name, ranges }) => {
    const path = fileOf(name, weight);
    // Signs have one weight.
    return { family: `${script} ${name} ${weight}`, path: existsSync(path) ? path : fileOf(name, "regular"), ranges };
  });
});

/** All signs in one file, so that those that are made of several stay one, as far as the font joins them. */
const emojiFace = once(
  (): Face => ({
    family: "emoji",
    path: join(folderOf("emoji"), "files", `${others.emoji}-emoji-400-normal.woff2`),
    ranges: subsets("emoji").flatMap(({ ranges }) => ranges),
  }),
);

const has = ({ ranges }: Face, point: number): boolean => ranges.some(([from, to]) => point >= from && point <= to);

const pictograph = /[\p{Extended_Pictographic}\p{Regional_Indicator}\p{Emoji_Modifier}]|\u{20E3}|\u{FE0F}/u;
/** Signs of trade are letters unless somebody says otherwise. */
const letterlike = /[©®™]/;

const han: Letters[] = ["chinese", "japanese", "korean"];
/** Han signs are written as the language writes them whose letters stand beside. */
function order(text: string): Letters[] {
  const first: Letters = /\p{Script=Hangul}/u.test(text)
    ? "korean"
    : /[\p{Script=Hiragana}\p{Script=Katakana}]/u.test(text)
      ? "japanese"
      : "chinese";
  return ["plain", ...alphabets, first, ...han.filter((each) => each !== first), "symbols", "moreSymbols"];
}

/** No two have all signs of a range, but what one lacks the other has. */
function facesWith(point: number, scripts: readonly Letters[], weight: Weight): Face[] {
  for (const script of scripts) {
    const found = faces(script, weight).filter((face) => has(face, point));
    if (found.length === 0) continue;
    return script === "symbols" ? [...found, ...facesWith(point, ["moreSymbols"], weight)] : found;
  }
  return [];
}

const registered = new Set<string>();
function register(face: Face): boolean {
  if (registered.has(face.family)) return true;
  if (!GlobalFonts.registerFromPath(face.path, face.family)) return false;
  registered.add(face.family);
  return true;
}

/** The families that have the letters of the text, for the `font` of a canvas; `lacks` are letters that none of them has. */
export function fontsFor(text: string, weight: Weight): { families: string; lacks: string[] } {
  const scripts = order(text);
  const wanted = new Set<Face>();
  const lacks: string[] = [];
  for (const letter of new Set(text)) {
    const point = letter.codePointAt(0) ?? 0;
    const isPicture = pictograph.test(letter) && !letterlike.test(letter) && has(emojiFace(), point);
    const found = isPicture ? [emojiFace()] : facesWith(point, scripts, weight);
    for (const face of found) wanted.add(face);
    if (found.length === 0) lacks.push(letter);
  }
  const latin = faces("plain", weight).find(({ family }) => family === `plain latin ${weight}`);
  // Others have some of its letters, too, and would draw them in the midst of its words.
  const inOrder = [...(latin ? [latin] : []), ...[...wanted].filter((face) => face !== latin)];
  const families = inOrder.filter(register).map(({ family }) => `"${family}"`);
  return { families: families.join(", "), lacks };
}

const PROBE = 40;
function pixelsOf(letter: string): Buffer {
  const canvas = createCanvas(PROBE * 2, PROBE * 2);
  const context = canvas.getContext("2d");
  context.font = `${PROBE}px sans-serif`;
  context.fillText(letter, PROBE / 2, PROBE * 1.5);
  return Buffer.from(context.getImageData(0, 0, PROBE * 2, PROBE * 2).data);
}
/** No letter at all (https://www.unicode.org/faq/private_use.html#noncharacters): what is drawn of it stands for all that is missing. */
const missing = once(() => pixelsOf("\u{10FFFE}"));

const drawable = once((letter: string): boolean => {
  const pixels = pixelsOf(letter);
  return pixels.some((value) => value !== 0) && !pixels.equals(missing());
});

/** What of the text can be drawn, be it with a font of this machine. A box in place of each letter says nothing to anybody. */
export function drawablePart(text: string): string {
  // A mark that another font would have to put on a letter of this one stands beside it.
  const lacks = fontsFor(text, "regular").lacks.filter((letter) => /\p{M}/u.test(letter) || !drawable(letter));
  if (lacks.length === 0) return text;
  const gone = new Set(lacks);
  return [...text]
    .filter((letter) => !gone.has(letter))
    .join("")
    .replace(/\s+/g, " ")
    .trim();
}

const MOST_KEPT = 2_000;
/** The process that draws ends when nobody wants a picture, and what was kept with it. */
function once<Asked extends readonly string[], Made>(make: (...asked: Asked) => Made): (...asked: Asked) => Made {
  const made = new Map<string, { value: Made }>();
  return (...asked) => {
    const id = asked.join(" ");
    const known = made.get(id) ?? { value: make(...asked) };
    if (made.size >= MOST_KEPT) made.clear();
    made.set(id, known);
    return known.value;
  };
}
