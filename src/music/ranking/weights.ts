/**
 * Every number of the ranking, in one place. A candidate's score is the plain sum of what applies; a perfect plain hit at
 * the top of the service's own order comes to about 0.85, with the right artist to about 1.1. Nothing here is learnt:
 * change a number only with the measured requests (`npm run eval -- --only resolution`) beside it.
 */
export const weights = {
  /** Times the agreement (0-1) of the thing's name with the words. */
  title: 0.5,
  /** Times the agreement of the artist, when one was named. */
  artist: 0.25,
  /** An artist was named and this is someone else's. */
  wrongArtist: -0.45,
  /** Times the agreement of a track's album, when one was named too. */
  album: 0.15,
  wrongAlbum: -0.2,
  /** The kind of thing asked for. */
  rightType: 0.15,
  /** With no kind named, what else the bare words may mean. */
  openAlbum: 0.03,
  openArtist: 0,
  openPlaylist: -0.1,
  /** The bare words are just this artist's name, whom the service finds before its songs: no song of that name is its first. */
  bareArtist: 0.2,
  /** Another thing carries just the bare words, and this one does not: "korn" is not "Torn". */
  inexact: -0.15,
  wrongType: -0.3,
  /** Nothing found carries the words, and the service answers them with this all the same: another script, a nickname. */
  otherName: 0.35,
  /** Times the share of the track hits that are by the artist of that name, and how much of the words that name is. */
  dominance: 0.4,
  /** Times the share of the words that are no part of the artist's name: a title may stand behind it. */
  beyondName: -0.6,
  /** Times the reading's own score from language, the best reading being 1. */
  reading: 0.1,
  /**
   * Times 1/(1+place among the hits of its kind that fit about as well): the service's order is all it tells of popularity.
   */
  place: 0.1,
  /** Times the share of the version words found ("live", "1999 remaster"). */
  version: 0.25,
  versionMissing: -0.35,
  decade: 0.1,
  wrongDecade: -0.35,
  /** One of the person's own or followed playlists. */
  ownPlaylist: 0.2,
  /** Liked or heard before, where the caller knows. */
  familiar: 0.15,
  /** The reading also names a device: one that is there, one that is not, or nobody knows. */
  deviceThere: 0.1,
  deviceMissing: -0.5,
  deviceUnknown: -0.08,
  /** Marks nobody asked for. */
  karaoke: -0.5,
  tribute: -0.5,
  cover: -0.4,
  instrumental: -0.35,
  altered: -0.3,
  live: -0.2,
  remix: -0.2,
  acoustic: -0.2,
  demo: -0.2,
  edit: -0.005,
  remaster: -0.005,
} as const;

export type Feature = keyof typeof weights;

export const decisions = {
  /** A candidate whose name agrees less is no candidate. */
  leastTitle: 0.62,
  /** The same for playlists and shows, which people name by half. */
  leastLooseTitle: 0.5,
  /** A song, album or artist that nothing but a faint likeness of names speaks for is offered, not played. */
  sureTitle: 0.72,
  /** How much a name agrees that is said by half, in two words or more. */
  partlyNamed: 0.75,
  /** A shorter part of a title than this says nothing beside an artist. */
  partLetters: 5,
  /** The whole title is among the words, typos allowed. */
  wholeTitle: 0.8,
  /** So much of the words for an artist must be found in the names of those who made it. */
  artistPart: 0.8,
  /** Hits this far behind the best of their kind take no place from it. */
  samePlaces: 0.1,
  /** Below this the best is only offered, not played. */
  leastScore: 0.42,
  /**
   * Really different things closer than this are asked about. Smaller than the step between the first and the second
   * place (0.05), so that one title by many artists plays the most popular, and larger than the steps further down.
   */
  margin: 0.04,
  choices: 5,
  kept: 10,
} as const;
