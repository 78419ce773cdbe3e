import { existsSync, readdirSync } from "node:fs";
import { basename, join } from "node:path";
import { type Case, readCases } from "./cases.ts";

/**
 * What a set's figures are worth: `train` was learnt from, `dev` was looked at while building, `test` was not.
 */
export type Part = "train" | "dev" | "test";
export type EvalSet = { name: string; part: Part; cases: readonly Case[] };

type Source = { name: string; part: Part; file: string; lang?: string; intents?: readonly string[] };

/** Music of MTOP, so that its 11 domains of other things are a row of their own. */
const mtopMusic = ["PLAY", "SKIP_TRACK", "PREVIOUS_TRACK", "REPLAY", "LIKE", "LOOP", "PAUSE", "STOP", "START_SHUFFLE"]
  .concat(["ADD_TO_PLAYLIST", "REMOVE_FROM_PLAYLIST", "CREATE_PLAYLIST", "GET_TRACK_INFO", "GET_LYRICS"])
  .map((name) => `${name}_MUSIC`);
const slurpSound = ["play_music", "play_podcasts", "play_audiobook", "music_query", "music_settings"].concat(
  ["up", "down", "mute"].map((way) => `audio_volume_${way}`),
);

const publicSources: readonly Source[] = [
  { name: "snips PlayMusic", part: "dev", file: "snips-academic.valid.jsonl", intents: ["PlayMusic"] },
  { name: "snips AddToPlaylist", part: "dev", file: "snips-academic.valid.jsonl", intents: ["AddToPlaylist"] },
  {
    name: "snips other",
    part: "dev",
    file: "snips-academic.valid.jsonl",
    intents: ["BookRestaurant", "GetWeather", "RateBook", "SearchScreeningEvent"],
  },
  { name: "thingpedia logs", part: "train", file: "thingpedia-spotify.train.jsonl" },
  { name: "slurp play_music", part: "dev", file: "slurp.devel.jsonl", intents: ["play_music"] },
  { name: "slurp sound", part: "dev", file: "slurp.devel.jsonl", intents: slurpSound },
  { name: "slurp all", part: "dev", file: "slurp.devel.jsonl" },
  ...["en", "de", "es", "fr"].map(
    (lang): Source => ({ name: `mtop music ${lang}`, part: "dev", file: "mtop.dev.jsonl", lang, intents: mtopMusic }),
  ),
  { name: "mtop all en", part: "dev", file: "mtop.dev.jsonl", lang: "en" },
  ...["en", "de"].map((lang): Source => ({ name: `xsid ${lang}`, part: "dev", file: "xsid.valid.jsonl", lang })),
  { name: "clinc in scope", part: "dev", file: "clinc150.val.jsonl" },
  { name: "clinc out of scope", part: "dev", file: "clinc150.val.jsonl", intents: ["oos"] },
  ...["en", "de", "es", "fr"].map(
    (lang): Source => ({ name: `home assistant ${lang}`, part: "dev", file: "ohf-intents.dev.jsonl", lang }),
  ),
  { name: "mycroft", part: "test", file: "mycroft.test.jsonl" },
];

const own = join(import.meta.dirname, "data");
const others = join(import.meta.dirname, "..", "fixtures", "language");

/** Rows that one file adds: what is said to the bot, and apart from it what is not. */
function ownSets(folder: string): EvalSet[] {
  if (!existsSync(folder)) return [];
  const files = readdirSync(folder).filter((name) => name.endsWith(".jsonl"));
  return files.sort().map((name) => ({
    name: basename(name, ".jsonl"),
    part: name.includes(".test.") ? "test" : "dev",
    // "de-dev": its rows need not say which language they are in.
    cases: readCases(join(folder, name)).map((one) => ({ ...one, lang: /^(de|es|fr)-/.exec(name)?.[1] ?? one.lang })),
  }));
}

/** Sets written for this project, and those public ones whose files lie in `folder`. */
export function allSets(folder: string): EvalSet[] {
  const published = publicSources.map(({ name, part, file, ...only }) => ({
    name,
    part,
    cases: readCases(join(folder, file), only),
  }));
  return [...ownSets(own), ...ownSets(others), ...published].filter(({ cases }) => cases.length > 0);
}
