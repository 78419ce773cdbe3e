import type { Row } from "./cases.ts";

/** What a row of a public set means here. Where several answers are right, all of them are given, the plainest first. */
export type Meaning = {
  intents: readonly string[];
  /** Left out where the source does not say, or says it in a way that has no counterpart. */
  slots?: Record<string, unknown>;
  /** Slots that the source annotates; others are not held against a parser. All of them where left out. */
  judged?: readonly string[];
};

const none: Meaning = { intents: ["none"], slots: {} };
const intent = (...intents: string[]): Meaning => ({ intents });
const play = ["playback.play", "queue.add"] as const;

const decades: Record<string, string> = {
  twenties: "1920s",
  thirties: "1930s",
  forties: "1940s",
  fourties: "1940s",
  fifties: "1950s",
  sixties: "1960s",
  seventies: "1970s",
  eighties: "1980s",
  nineties: "1990s",
};

function text(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

/** Takes the slots of a source over under our names. */
function renamed(slots: Record<string, unknown>, names: Record<string, string>): Record<string, unknown> {
  const found: Record<string, unknown> = {};
  for (const [theirs, ours] of Object.entries(names)) {
    const value = text(slots[theirs]);
    if (value !== undefined && found[ours] === undefined) found[ours] = value;
  }
  return found;
}

/** Names as the vocabulary has them: "gym", not "gym playlist"; "queen", not "queen's". */
function bareNames(slots: Record<string, unknown>): Record<string, unknown> {
  const bare = { ...slots };
  if (typeof bare.playlist === "string") bare.playlist = bare.playlist.replace(/ (?:play ?list|list)$/, "");
  if (typeof bare.artist === "string") bare.artist = bare.artist.replace(/['’]s?$/, "");
  return bare;
}

const snipsNames = { track: "track", artist: "artist", album: "album", playlist: "playlist", genre: "genre" };

function snips(row: Row): Meaning | undefined {
  switch (row.intent) {
    case "PlayMusic": {
      const slots = renamed(row.slots, snipsNames);
      const year = text(row.slots.year)?.toLowerCase();
      const decade = decades[year ?? ""] ?? (/^(19|20)\d0s$/.test(year ?? "") ? year : undefined);
      if (decade) slots.decade = decade;
      // A year alone has no slot here: a catalogue is asked for it as part of the words.
      const intents = Object.keys(slots).length > 0 ? play : ["playback.play", "playback.resume"];
      return { intents, slots, judged: [...Object.keys(snipsNames), "decade"] };
    }
    case "AddToPlaylist": {
      const slots = renamed(row.slots, {
        playlist: "playlist",
        artist: "artist",
        entity_name: "track",
        track: "track",
      });
      return { intents: ["playlist.add"], slots, judged: ["playlist", "artist", "track"] };
    }
    // Books and films are looked for with the very words of songs: there is no right answer.
    case "SearchCreativeWork":
      return undefined;
    default:
      return none;
  }
}

function mtop(row: Row): Meaning | undefined {
  const names = {
    music_track_title: "track",
    music_artist_name: "artist",
    music_album_title: "album",
    music_genre: "genre",
    music_playlist_title: "playlist",
  };
  const judged = Object.values(names);
  const slots = renamed(row.slots, names);
  switch (row.intent) {
    case "PLAY_MUSIC":
      return { intents: [...play, "playback.resume", "playback.shuffle"], slots, judged };
    case "SKIP_TRACK_MUSIC":
      return intent("playback.next");
    case "PREVIOUS_TRACK_MUSIC":
      return intent("playback.previous");
    case "REPLAY_MUSIC":
      return intent("playback.restart", "playback.previous", "playback.play", "playback.repeat", "playback.resume");
    case "LIKE_MUSIC":
      return intent("library.like");
    case "LOOP_MUSIC":
      return intent("playback.repeat");
    case "PAUSE_MUSIC":
    case "STOP_MUSIC":
      return intent("playback.pause");
    case "START_SHUFFLE_MUSIC":
      return intent("playback.shuffle", "playback.play");
    case "ADD_TO_PLAYLIST_MUSIC":
      return { intents: ["playlist.add"], slots, judged };
    case "REMOVE_FROM_PLAYLIST_MUSIC":
      return intent("playlist.remove", "library.unlike");
    case "CREATE_PLAYLIST_MUSIC":
      return intent("playlist.create");
    case "GET_TRACK_INFO_MUSIC":
      return intent("nowplaying.query");
    case "GET_LYRICS_MUSIC":
      return intent("unsupported.lyrics");
    // Which service is the default, who sings what: asked of a house, not of this program.
    case "SET_DEFAULT_PROVIDER_MUSIC":
    case "QUESTION_MUSIC":
    case "DISLIKE_MUSIC":
      return undefined;
    default:
      // Calls and timers are paused, resumed and muted with our very words.
      return /^(PAUSE|RESUME|RESTART|MERGE|SWITCH|HOLD|ADD_TIME|SILENCE|IGNORE)_/.test(row.intent) ? undefined : none;
  }
}

function slurp(row: Row): Meaning | undefined {
  const names = {
    song_name: "track",
    artist_name: "artist",
    album_name: "album",
    music_album: "album",
    music_genre: "genre",
    playlist_name: "playlist",
  };
  switch (row.intent) {
    case "play_music":
      return {
        // "Play this song again" is asked for with it as well.
        intents: [
          ...play,
          "playback.resume",
          "playback.restart",
          "playback.shuffle",
          "playback.repeat",
          "playlist.add",
          "playback.next",
        ],
        slots: bareNames(renamed(row.slots, names)),
        judged: ["track", "artist", "album", "playlist"],
      };
    case "play_podcasts":
    case "play_audiobook":
      return intent(...play, "playback.resume", "playback.next", "playback.restart", "playback.seek", "search.query");
    case "music_query":
      return intent("nowplaying.query", "search.query", "unsupported.lyrics", "history.top", "none");
    case "audio_volume_up":
      return intent("volume.up", "volume.set", "volume.unmute");
    case "audio_volume_down":
      return intent("volume.down", "volume.set");
    case "audio_volume_mute":
      return intent("volume.mute", "volume.set", "volume.unmute", "playback.pause");
    case "music_settings":
      return intent("playback.shuffle", "playback.repeat", "playback.restart", "playback.play");
    // Radio by wave, opinions, small talk and games: some are ours and some are not, and the labels do not say which.
    case "play_radio":
    case "music_likeness":
    case "music_dislikeness":
    case "play_game":
    case "audio_volume_other":
      return undefined;
    default:
      return /^general_/.test(row.intent) ? undefined : none;
  }
}

function clinc(row: Row): Meaning | undefined {
  switch (row.intent) {
    case "play_music":
      return intent(...play, "playback.resume", "search.query");
    case "next_song":
      return intent("playback.next", "queue.show");
    case "what_song":
      return intent("nowplaying.query");
    case "update_playlist":
      return intent("playlist.add", "library.like");
    case "change_volume":
      return intent("volume.up", "volume.down", "volume.set");
    // Said to any bot, and right to be answered by help, an answer or silence; phones are paired with cars.
    case "repeat":
    case "yes":
    case "no":
    case "cancel":
    case "greeting":
    case "what_can_i_ask_you":
    case "sync_device":
    case "reset_settings":
      return undefined;
    default:
      return none;
  }
}

function thingpedia(row: Row): Meaning | undefined {
  // The answer to what a new playlist shall be called may be any text ("afternoon", "never mind"): it is no command.
  if (
    row.intent === "playlist.create" &&
    /name your playlist/.test(String(row.prev_agent)) &&
    !/playlist/i.test(row.text)
  )
    return undefined;
  const slots = renamed(row.slots, {
    title: "track",
    track: "track",
    artist: "artist",
    album: "album",
    playlist: "playlist",
  });
  const judged = ["track", "artist", "album", "playlist"];
  if (row.intent === "playback.play")
    return { intents: [...play, "playback.resume", "playback.shuffle", "search.query"], slots, judged };
  if (row.intent === "search.query" || row.intent === "dialogue.greet") return undefined;
  return intent(row.intent);
}

const ohf: Record<string, Meaning> = {
  HassMediaNext: intent("playback.next"),
  HassMediaPrevious: intent("playback.previous"),
  HassMediaPause: intent("playback.pause"),
  HassMediaUnpause: intent("playback.resume"),
  HassMediaPlayerMute: intent("volume.mute"),
  HassMediaPlayerUnmute: intent("volume.unmute"),
  HassSetVolume: intent("volume.set"),
  HassSetVolumeRelative: intent("volume.up", "volume.down"),
  HassMediaSearchAndPlay: intent("playback.play"),
};

const mycroft: Record<string, Meaning> = {
  play: intent("playback.play"),
  SetVolume: intent("volume.set", "volume.up", "volume.down"),
  IncreaseVolume: intent("volume.up"),
  DecreaseVolume: intent("volume.down"),
  list_devices: intent("device.list"),
  "behave:volume status": intent("volume.query"),
  "behave:turning up the volume": intent("volume.up"),
  "behave:turning down the volume": intent("volume.down"),
  "behave:max volume": intent("volume.set"),
  "behave:unmute audio": intent("volume.unmute"),
  "behave:mute audio": intent("volume.mute"),
  "behave:change volume to a number between 1 and 10": intent("volume.set"),
  "behave:change volume to a percent of 100": intent("volume.set"),
};

const sources: readonly (readonly [RegExp, (row: Row) => Meaning | undefined])[] = [
  [/SlotGated-SLU|snips/i, snips],
  [/xsid/i, (row) => (/^(alarm|reminder|weather)/.test(row.intent) ? none : snips(row))],
  [/mtop/i, mtop],
  [/slurp|NLU-Evaluation-Data/i, slurp],
  [/clinc/i, clinc],
  [/thingpedia/i, thingpedia],
  [/OHF/i, (row) => ohf[row.intent]],
  [/spotify-skill|mycroft/i, (row) => mycroft[row.intent]],
];

/** The meaning of a row in its source's names; undefined where it has none here. */
export function meaningOf(row: Row): Meaning | undefined {
  return sources.find(([pattern]) => pattern.test(row.source))?.[1](row);
}
