import { z } from "zod";
import { SegueError } from "../src/contracts/errors.ts";
import type { Item, ItemType, SearchHits } from "../src/contracts/music.ts";
import { type Block, say } from "../src/contracts/reply.ts";
import { defineSkill } from "../src/contracts/skill.ts";
import { slotSchemas } from "../src/contracts/vocabulary.ts";
import { detailOf, pictureOf, titleOf } from "./shared/items.ts";

const kinds = [
  "track",
  "album",
  "artist",
  "playlist",
  "show",
  "episode",
  "audiobook",
] as const satisfies readonly ItemType[];
const everyday: readonly ItemType[] = ["track", "artist", "album", "playlist"];
const shown = { one: 10, mixed: 3 };

/** Finds and offers: each hit can be played by pressing it or by its number. */
export const skill = defineSkill({
  name: "search",
  intents: { "search.query": z.object({ query: slotSchemas.query.optional(), type: slotSchemas.type.optional() }) },
  needs: ["state"],
  permission: "read",
  section: "play",
  visibility: "private",
  async run({ args, music, t }) {
    if (args.query === undefined) throw new SegueError("InvalidInput", { field: "query", why: "required" });
    const asked = kinds.find((kind) => kind === args.type || `${kind}s` === args.type);
    const hits = await music.search(args.query, asked ? [asked] : everyday);
    const found = (asked ? [asked] : everyday).flatMap((kind) =>
      ofKind(hits, kind).slice(0, asked ? shown.one : shown.mixed),
    );
    if (found.length === 0) return say(t("none", { query: args.query }));
    const text = t("found", { query: args.query });
    const lines = found.map(
      (item, index) => `${index + 1}. ${titleOf(item)}${detailOf(item) === undefined ? "" : ` · ${detailOf(item)}`}`,
    );
    const blocks: Block[] = music.offers("play")
      ? [{ type: "select", label: text, options: found.map((item) => option(item, t("kind", { kind: item.type }))) }]
      : [
          { type: "heading", text },
          {
            type: "list",
            ordered: true,
            items: found.map((item) => ({
              title: titleOf(item),
              ...(item.url === undefined ? {} : { url: item.url }),
            })),
          },
        ];
    return say(`${text}\n${lines.join("\n")}`, [
      ...blocks,
      { type: "attribution", text: music.provider.terms.attribution },
    ]);
  },
});

function ofKind(hits: SearchHits, kind: ItemType): Item[] {
  return {
    track: hits.tracks,
    album: hits.albums,
    artist: hits.artists,
    playlist: hits.playlists,
    show: hits.shows,
    episode: hits.episodes,
    audiobook: hits.audiobooks,
  }[kind];
}

function option(item: Item, kind: string) {
  const picture = pictureOf(item.art, 64);
  const detail = detailOf(item);
  return {
    label: titleOf(item).slice(0, 100) || item.uri,
    detail: detail === undefined ? kind : `${kind} · ${detail}`,
    ...(picture ? { imageUrl: picture.url } : {}),
    command: { intent: "playback.play", slots: { uri: item.uri } },
  };
}
