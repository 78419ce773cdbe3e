import { AUDIOBOOKS, type Audiobook } from "../audiobooks.ts";
import type { CatalogueEpisode, CatalogueShow } from "../catalogue/index.ts";
import type { Rendered } from "./music.ts";
import { identity, images, MARKETS, type View } from "./view.ts";

/** What the listener allowed us to know about where they are in an episode; undefined without the scope. */
export type ResumePoint = { fully_played: boolean; resume_position_ms: number } | undefined;

export function simpleShow(view: View, show: CatalogueShow): Rendered {
  const about = `${show.name}.`;
  return {
    ...identity(view, "show", show.id),
    name: show.name,
    description: about,
    html_description: `<p>${about}</p>`,
    copyrights: [],
    explicit: show.explicit,
    images: images(view, show.id),
    is_externally_hosted: false,
    languages: show.languages,
    media_type: "audio",
    total_episodes: show.episodeIds.length,
    ...(view.extended ? { available_markets: MARKETS, publisher: show.publisher } : {}),
  };
}

export function simpleEpisode(view: View, given: CatalogueEpisode, resume: ResumePoint): Rendered {
  const about = `${given.name}.`;
  const languages = view.world.catalogue.shows.get(given.showId)?.languages ?? ["en"];
  return {
    ...identity(view, "episode", given.id),
    name: given.name,
    description: about,
    html_description: `<p>${about}</p>`,
    audio_preview_url: null,
    duration_ms: given.durationMs,
    explicit: given.explicit,
    images: images(view, given.showId),
    is_externally_hosted: false,
    is_playable: !view.world.unplayable.has(`spotify:episode:${given.id}`),
    language: languages[0],
    languages,
    release_date: given.releaseDate,
    release_date_precision: "day",
    ...(resume === undefined ? {} : { resume_point: resume }),
  };
}

export function episode(view: View, id: string, resume: ResumePoint): Rendered | undefined {
  const { episodes, shows } = view.world.catalogue;
  const given = episodes.get(id);
  const show = given === undefined ? undefined : shows.get(given.showId);
  if (given === undefined || show === undefined) return undefined;
  return { ...simpleEpisode(view, given, resume), show: simpleShow(view, show) };
}

export function simpleAudiobook(view: View, book: Audiobook): Rendered {
  return {
    ...identity(view, "audiobook", book.id),
    uri: `spotify:show:${book.id}`,
    name: book.name,
    authors: [{ name: book.author }],
    narrators: [{ name: book.narrator }],
    description: `${book.name}, by ${book.author}.`,
    html_description: `<p>${book.name}, by ${book.author}.</p>`,
    copyrights: [],
    edition: "Unabridged",
    explicit: false,
    images: images(view, book.id),
    languages: ["en"],
    media_type: "audio",
    total_chapters: book.chapters.length,
    ...(view.extended ? { available_markets: MARKETS, publisher: book.publisher } : {}),
  };
}

export function simpleChapter(view: View, book: Audiobook, index: number): Rendered {
  const given = book.chapters[index] ?? { id: "", name: "", durationMs: 0 };
  return {
    ...identity(view, "episode", given.id),
    href: identity(view, "chapter", given.id).href,
    name: given.name,
    chapter_number: index,
    description: `${book.name}, ${given.name}.`,
    html_description: `<p>${book.name}, ${given.name}.</p>`,
    audio_preview_url: null,
    duration_ms: given.durationMs,
    explicit: false,
    images: images(view, book.id),
    is_playable: true,
    languages: ["en"],
    release_date: "2020-01-01",
    release_date_precision: "day",
    ...(view.extended ? { available_markets: MARKETS } : {}),
  };
}

/** The audiobooks whose title or author has every word of `query`. */
export function searchAudiobooks(query: string): Audiobook[] {
  const words = query
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== "");
  return [...AUDIOBOOKS.values()].filter((book) => {
    const text = `${book.name} ${book.author}`.toLowerCase();
    return words.length > 0 && words.every((word) => text.includes(word));
  });
}
