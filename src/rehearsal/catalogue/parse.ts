/**
 * The data files, one line per fact. `#` starts a comment line; fields are parted by ` | `.
 *
 * Tracks, loose:      Artist; Second Artist | Title | Album | released | length | marks
 *                     `=` as album: a single of the same name by the same artists
 * Tracks, an album:   == Artist | Album | released | marks for every track, and `compilation` or `single`
 *                     length Title | marks
 * Artists:            genre, genre | country of the recordings | Name [other spelling] [another]; Name; ...
 * Shows:              == Show | publisher | language | explicit?       then   released | length | Episode
 * Playlists:          == Name | owner | public, private, collaborative, service | description
 *                     then   Artist | Title   or   Artist | Title | Album
 *
 * Marks: a number 0-100 is the popularity, `e` explicit, `clean` not explicit, `k` karaoke, tribute or rendition, `#4` track
 * number, `d2` disc, `va` an album of various artists, `compilation`, `single`, `rec:name` tells apart two recordings of the
 * same artists and title, `aka:` (to the end) another spelling of the title, `by` (to the end) the artists of one track.
 * Length: m:ss or m:ss.mmm.
 *
 * The facts are written from general knowledge, as near as known; popularity is a rough guess. An album of which only some
 * tracks are written down holds only these.
 */
export interface TrackLine {
  readonly artists: readonly string[];
  readonly title: string;
  readonly album: string;
  readonly albumArtists: readonly string[];
  readonly albumType: "album" | "single" | "compilation";
  readonly released: string;
  readonly length: string;
  readonly marks: Marks;
  readonly where: string;
}

interface Marks {
  popularity?: number;
  explicit?: boolean;
  karaoke?: boolean;
  trackNumber?: number;
  disc?: number;
  various?: boolean;
  type?: "single" | "compilation";
  recording?: string;
  alias?: string;
  by?: string[];
}

export interface ArtistLine {
  readonly name: string;
  readonly genres: readonly string[];
  readonly country: string;
  readonly aliases: readonly string[];
}

/** A heading and the lines under it: shows with their episodes, playlists with their tracks. */
export interface Section {
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
  readonly where: string;
}

const VARIOUS_ARTISTS = "Various Artists";

/** Lines that carry facts, with where they stand for the message of an error in the data. */
function* factLines(file: string, text: string): Generator<{ line: string; where: string }> {
  let number = 0;
  for (const line of text.split("\n")) {
    number += 1;
    if (line !== "" && !line.startsWith("# ")) yield { line, where: `${file}:${number}` };
  }
}

function wrong(where: string, what: string): Error {
  return new Error(`catalogue data, ${where}: ${what}`);
}

export function parseMarks(text: string, where: string): Marks {
  const marks: Marks = {};
  let rest = text;
  const alias = /(?:^| )aka:(.+)$/u.exec(rest);
  if (alias?.[1] !== undefined) {
    marks.alias = alias[1];
    rest = rest.slice(0, alias.index);
  }
  const by = /(?:^| )by (.+)$/u.exec(rest);
  if (by?.[1] !== undefined) {
    marks.by = by[1].split("; ");
    rest = rest.slice(0, by.index);
  }
  for (const mark of rest.split(" ")) {
    if (mark === "") continue;
    if (mark === "e") marks.explicit = true;
    else if (mark === "clean") marks.explicit = false;
    else if (mark === "k") marks.karaoke = true;
    else if (mark === "va") marks.various = true;
    else if (mark === "single" || mark === "compilation") marks.type = mark;
    else if (/^#\d+$/.test(mark)) marks.trackNumber = Number(mark.slice(1));
    else if (/^d\d$/.test(mark)) marks.disc = Number(mark.slice(1));
    else if (/^\d{1,2}$|^100$/.test(mark)) marks.popularity = Number(mark);
    else if (mark.startsWith("rec:")) marks.recording = mark.slice(4);
    else throw wrong(where, `unknown mark "${mark}"`);
  }
  return marks;
}

/** Both forms of a track file. */
export function parseTracks(file: string, text: string): TrackLine[] {
  const lines: TrackLine[] = [];
  let album: { artists: string[]; name: string; released: string; marks: Marks } | undefined;
  for (const { line, where } of factLines(file, text)) {
    const fields = line.split(" | ");
    if (line.startsWith("== ")) {
      const [artists, name, released, marks] = [fields[0]?.slice(3), fields[1], fields[2], fields[3] ?? ""];
      if (!artists || !name || !released) throw wrong(where, "an album needs artists, a name and a date");
      album = { artists: artists.split("; "), name, released, marks: parseMarks(marks, where) };
      continue;
    }
    const inAlbum = /^(\d+:\d\d(?:\.\d{3})?) (.+)$/u.exec(fields[0] ?? "");
    if (album !== undefined && inAlbum?.[1] !== undefined && inAlbum[2] !== undefined) {
      const marks = { ...album.marks, ...parseMarks(fields[1] ?? "", where) };
      lines.push({
        artists: marks.by ?? album.artists,
        title: inAlbum[2],
        album: album.name,
        albumArtists: album.artists,
        albumType: album.marks.type ?? "album",
        released: album.released,
        length: inAlbum[1],
        marks,
        where,
      });
      continue;
    }
    lines.push(looseTrack(fields, where));
  }
  return lines;
}

function looseTrack(fields: string[], where: string): TrackLine {
  const [names, title, album, released, length, written] = fields;
  if (!names || !title || !album || !released || !length || fields.length > 6) {
    throw wrong(where, "a track needs artists, title, album, date, length and marks");
  }
  const artists = names.split("; ");
  const marks = parseMarks(written ?? "", where);
  const own = album === "=";
  let albumArtists = own ? artists : artists.slice(0, 1);
  if (marks.various) albumArtists = [VARIOUS_ARTISTS];
  return {
    artists,
    title,
    album: own ? title : album,
    albumArtists,
    albumType: marks.type ?? (own ? "single" : "album"),
    released,
    length,
    marks,
    where,
  };
}

export function parseArtists(file: string, text: string): ArtistLine[] {
  const lines: ArtistLine[] = [];
  for (const { line, where } of factLines(file, text)) {
    const [genres, country, names] = line.split(" | ");
    if (!genres || !country || !names || !/^[A-Z]{2}$/.test(country)) throw wrong(where, "genres | country | names");
    for (const written of names.split("; ")) {
      const aliases = [...written.matchAll(/ \[([^\]]+)\]/gu)].map((match) => match[1] ?? "");
      const name = written.replace(/ \[[^\]]+\]/gu, "");
      lines.push({ name, genres: genres === "-" ? [] : genres.split(", "), country, aliases });
    }
  }
  return lines;
}

export function parseSections(file: string, text: string): Section[] {
  const sections: { head: string[]; rows: string[][]; where: string }[] = [];
  for (const { line, where } of factLines(file, text)) {
    if (line.startsWith("== ")) sections.push({ head: line.slice(3).split(" | "), rows: [], where });
    else {
      const section = sections.at(-1);
      if (section === undefined) throw wrong(where, "a line before the first heading");
      section.rows.push(line.split(" | "));
    }
  }
  return sections;
}

/** m:ss or m:ss.mmm to milliseconds; NaN when it is neither. */
export function parseLength(text: string): { ms: number; exact: boolean } {
  const match = /^(\d+):(\d\d)(?:\.(\d{3}))?$/.exec(text);
  if (match === null) return { ms: Number.NaN, exact: false };
  return {
    ms: (Number(match[1]) * 60 + Number(match[2])) * 1000 + Number(match[3] ?? 0),
    exact: match[3] !== undefined,
  };
}
