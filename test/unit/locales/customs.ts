/** Words that are the same in English and in another language, or a name. Anything else that is equal was not translated. */
const everywhere = ["Segue", "playlist", "playlists", "Playlist", "Playlists", "OK"];
const own: Record<string, readonly string[]> = {
  de: [
    "Album",
    "album",
    "code",
    "Europe/Berlin",
    "like",
    "name",
    "Pause",
    "pause",
    "person",
    "player",
    "Position",
    "position",
    "song",
    "songs",
    "status",
    "unlike",
    "zone",
  ],
  es: ["{hours, plural, =0 {} one {# h } other {# h }}{minutes} min", "No", "Plan"],
  fr: [
    "Album",
    "album",
    "code",
    "Imports",
    "like",
    "Message",
    "minutes",
    "{count, plural, one {# minute} other {# minutes}}",
    "{count, plural, one {minute} other {minutes}}",
    "{hours, plural, =0 {} one {# h } other {# h }}{minutes} min",
    "mode",
    "Pause",
    "pause",
    "place",
    "Position",
    "position",
    "type",
    "unlike",
    "Volume",
    "volume",
  ],
};

export function alike(locale: string): ReadonlySet<string> {
  return new Set([...everywhere, ...(own[locale] ?? [])]);
}

/** Small words of English that none of the other languages has; one right after a brace is the name of an argument, right before one that of a case. */
export const english =
  /(?<![{\p{L}_])(?:the|and|you|your|is|it|of|please|with|again|this|that|what|not|nothing)(?![\p{L}_]| \{)/iu;

/** The marks a quotation begins and ends with. */
export const quotes: Record<string, readonly [string, string]> = {
  de: ["„", "“"],
  es: ["“", "”"],
  fr: ["«", "»"],
};

/** Words of polite distance: a bot among friends says "du", "tú" and "tu". */
export const formal: Record<string, RegExp> = {
  de: /\b(?:Ihnen|Ihrem|Ihren|Ihres|(?:wenn|können|möchten|haben|Bitte) Sie)\b/,
  es: /\busted(?:es)?\b/i,
  fr: /\b(?:vous|votre|vos)\b/i,
};
