import { hash } from "node:crypto";

/** Background, three tones that sit well on it and on each other, and an ink for small text. */
type Palette = readonly [ground: string, low: string, mid: string, high: string, ink: string];

const PALETTES: readonly Palette[] = [
  ["#14213d", "#1f4e79", "#fca311", "#f4f1de", "#f4f1de"],
  ["#f4e9d8", "#e07a5f", "#3d405b", "#81b29a", "#3d405b"],
  ["#0b132b", "#3a506b", "#5bc0be", "#e0fbfc", "#e0fbfc"],
  ["#2b2d42", "#8d99ae", "#ef233c", "#edf2f4", "#edf2f4"],
  ["#fefae0", "#dda15e", "#606c38", "#bc6c25", "#283618"],
  ["#231942", "#5e548e", "#be95c4", "#f7d6e0", "#f7d6e0"],
  ["#003049", "#d62828", "#f77f00", "#fcbf49", "#fff3d6"],
  ["#e8f1f2", "#8ecae6", "#247ba0", "#f25f5c", "#13293d"],
  ["#1b1b1e", "#373f51", "#d8dbe2", "#58a4b0", "#d8dbe2"],
  ["#ffe8d6", "#a5a58d", "#cb997e", "#b7472a", "#4a4e40"],
  ["#10002b", "#7b2cbf", "#ff5d8f", "#ffd6a5", "#ffe9d1"],
  ["#0d3b34", "#1f7a6c", "#a7d49b", "#f3ffbd", "#f3ffbd"],
  ["#fdf0d5", "#c1121f", "#669bbc", "#003049", "#003049"],
  ["#22181c", "#5a0001", "#f13030", "#f2f3ae", "#f2f3ae"],
];

type Draw = (palette: Palette, random: () => number, initial: string) => string;

const LAYOUTS: readonly Draw[] = [
  rings,
  horizon,
  quarters,
  stripes,
  initialLetter,
  halftone,
  overlap,
  rays,
  bars,
  arches,
];

/**
 * A square cover as an SVG document under 3 kB: the same for the same id and name, made of nothing but them.
 * `size` is the width and height in pixels. No font, picture or script is loaded; the name is escaped.
 */
export function coverSvg(id: string, name: string, size: number): string {
  const seed = hash("sha1", `${id}\u0000${name}`, "buffer");
  const random = numbers(seed.readUInt32BE(0));
  const palette = PALETTES[(seed[4] ?? 0) % PALETTES.length] ?? PALETTES[0];
  const layout = LAYOUTS[(seed[5] ?? 0) % LAYOUTS.length] ?? rings;
  if (palette === undefined) throw new Error("no palettes");
  const pixels = Number.isFinite(size) ? Math.min(Math.max(Math.round(size), 16), 2048) : 300;
  const graphemes = new Intl.Segmenter().segment(name.trim());
  const initial = [...graphemes].map(({ segment }) => segment).find((letter) => /[\p{L}\p{N}]/u.test(letter)) ?? "♪";
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" width="${pixels}" height="${pixels}" viewBox="0 0 100 100" role="img">` +
    `<title>${escaped(shortened(name, 80))}</title><rect width="100" height="100" fill="${palette[0]}"/>` +
    `${layout(palette, random, escaped(initial.slice(0, 8).toUpperCase()))}</svg>`
  );
}

/** Text for SVG: markup made harmless, characters XML cannot hold left out. */
function escaped(text: string): string {
  const harmless: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };
  return text
    .toWellFormed()
    .replace(/[\u0000-\u001f\u007f-\u009f\ufffe\uffff]/gu, " ")
    .replace(/[&<>"']/gu, (mark) => harmless[mark] ?? "");
}

function shortened(text: string, length: number): string {
  const characters = [...text.slice(0, length * 2)];
  return characters.length > length ? `${characters.slice(0, length - 1).join("")}…` : characters.join("");
}

/** mulberry32: small, even enough for pictures, and the same everywhere. */
function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

function between(random: () => number, low: number, high: number): number {
  return Math.round((low + random() * (high - low)) * 10) / 10;
}

function tone(palette: Palette, random: () => number): string {
  return palette[1 + Math.floor(random() * 3)] ?? palette[1];
}

function rings(palette: Palette, random: () => number): string {
  const [x, y] = [between(random, 25, 75), between(random, 30, 70)];
  const step = between(random, 6, 9);
  let circles = "";
  for (let ring = 8; ring >= 1; ring -= 1) {
    const radius = Math.round(ring * step * 10) / 10;
    circles += `<circle cx="${x}" cy="${y}" r="${radius}" fill="${ring % 2 === 0 ? palette[0] : palette[1 + (ring % 3)]}"/>`;
  }
  return circles;
}

function horizon(palette: Palette, random: () => number): string {
  const sun = `<circle cx="${between(random, 25, 75)}" cy="${between(random, 28, 44)}" r="${between(random, 12, 20)}" fill="${palette[3]}"/>`;
  let hills = "";
  for (let layer = 0; layer < 4; layer += 1) {
    const top = 48 + layer * 12;
    const [a, b, c] = [between(random, -14, 10), between(random, -14, 10), between(random, -8, 8)];
    const fill = [palette[1], palette[2], palette[1], palette[0]][layer];
    const opacity = layer === 0 ? 0.55 : layer === 1 ? 0.9 : 1;
    hills += `<path d="M0 ${top + c}C25 ${top + a} 40 ${top - a} 58 ${top + 2}S85 ${top + b} 100 ${top + c}V100H0Z" fill="${fill}" opacity="${opacity}"/>`;
  }
  return sun + hills;
}

function quarters(palette: Palette, random: () => number): string {
  let tiles = "";
  for (let row = 0; row < 4; row += 1) {
    for (let column = 0; column < 4; column += 1) {
      const turn = Math.floor(random() * 4) * 90;
      const at = `translate(${column * 25} ${row * 25}) rotate(${turn} 12.5 12.5)`;
      const shape = random() < 0.8 ? "M0 0H25A25 25 0 0 1 0 25Z" : "M12.5 2a10.5 10.5 0 1 0 .1 0Z";
      tiles += `<path transform="${at}" d="${shape}" fill="${tone(palette, random)}"/>`;
    }
  }
  return tiles;
}

function stripes(palette: Palette, random: () => number): string {
  const angle = between(random, -60, 60);
  let bands = "";
  for (let at = -40; at < 140; ) {
    const width = between(random, 3, 17);
    if (random() < 0.72)
      bands += `<rect x="${Math.round(at)}" y="-40" width="${width}" height="180" fill="${tone(palette, random)}"/>`;
    at += width + between(random, 0, 5);
  }
  return `<g transform="rotate(${angle} 50 50)">${bands}</g>`;
}

function initialLetter(palette: Palette, random: () => number, initial: string): string {
  const [x, y] = [between(random, 30, 70), between(random, 30, 70)];
  const letter = `x="50" y="52" font-family="Georgia,'Noto Serif',serif" font-weight="700" font-size="74" text-anchor="middle" dominant-baseline="central"`;
  return (
    `<circle cx="${x}" cy="${y}" r="${between(random, 34, 44)}" fill="${palette[1]}"/>` +
    `<rect x="0" y="${between(random, 60, 76)}" width="100" height="${between(random, 6, 14)}" fill="${palette[2]}"/>` +
    `<text ${letter} fill="${palette[4]}">${initial}</text>`
  );
}

function halftone(palette: Palette, random: () => number): string {
  const [x, y] = [between(random, 10, 90), between(random, 10, 90)];
  let dots = "";
  for (let dot = 0; dot < 49; dot += 1) {
    const [cx, cy] = [8 + (dot % 7) * 14, 8 + Math.floor(dot / 7) * 14];
    const radius = Math.max(0.8, 7.2 - Math.hypot(cx - x, cy - y) / 14).toFixed(1);
    dots += `<circle cx="${cx}" cy="${cy}" r="${radius}"/>`;
  }
  return `<g fill="${tone(palette, random)}">${dots}</g>`;
}

function overlap(palette: Palette, random: () => number): string {
  let discs = "";
  for (let disc = 0; disc < 5; disc += 1) {
    const at = `cx="${between(random, 15, 85)}" cy="${between(random, 15, 85)}" r="${between(random, 16, 34)}"`;
    discs += `<circle ${at} fill="${palette[1 + (disc % 3)]}" opacity=".78"/>`;
  }
  return discs;
}

function rays(palette: Palette, random: () => number): string {
  const [x, y] = [between(random, 20, 80), between(random, 55, 95)];
  const count = 9 + Math.floor(random() * 6);
  let beams = "";
  for (let beam = 0; beam < count; beam += 1) {
    const [from, to] = [beam, beam + 0.5].map((part) => (part / count) * Math.PI * 2);
    const point = (angle = 0): string =>
      `${Math.round(x + Math.cos(angle) * 150)} ${Math.round(y + Math.sin(angle) * 150)}`;
    beams += `<path d="M${x} ${y}L${point(from)}L${point(to)}Z" fill="${palette[1 + (beam % 2)]}"/>`;
  }
  return `${beams}<circle cx="${x}" cy="${y}" r="${between(random, 13, 22)}" fill="${palette[3]}"/>`;
}

function bars(palette: Palette, random: () => number): string {
  let columns = "";
  for (let column = 0; column < 9; column += 1) {
    const height = between(random, 12, 78);
    const fill = tone(palette, random);
    columns += `<rect x="${9.5 + column * 9.4}" y="${(50 - height / 2).toFixed(1)}" width="6" height="${height}" rx="3" fill="${fill}"/>`;
  }
  return columns;
}

function arches(palette: Palette, random: () => number): string {
  const count = 5;
  const middle = between(random, 30, 70);
  const floor = between(random, 50, 58);
  const turn = Math.floor(random() * 4);
  let doors = "";
  for (let arch = 0; arch < count; arch += 1) {
    const half = 44 - arch * 9;
    const top = Math.round((floor - half + arch * 4) * 10) / 10;
    const place = (arch + turn) % 4;
    const fill = place === 3 ? palette[0] : palette[1 + place];
    doors += `<path d="M${middle - half} 100V${top + half}a${half} ${half} 0 0 1 ${half * 2} 0V100Z" fill="${fill}"/>`;
  }
  return doors;
}
