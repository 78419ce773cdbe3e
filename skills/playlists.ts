import { z } from "zod";
import { SegueError } from "../src/contracts/errors.ts";
import type { Playable, Playlist } from "../src/contracts/music.ts";
import type { Player } from "../src/contracts/player.ts";
import { type Block, button, type Reply, say } from "../src/contracts/reply.ts";
import { defineSkill, type SkillContext, type Translate } from "../src/contracts/skill.ts";
import { type Reading, slotSchemas } from "../src/contracts/vocabulary.ts";
import { listed, named, shortened } from "./shared/items.ts";

const name = z.string().trim().min(1).max(100);
const place = z.coerce.number().int().min(1).max(10_000);
/** A list that was chosen from a picker comes by its uri; one that was said comes by its name. */
const which = z.object({ playlist: slotSchemas.playlist.optional(), uri: slotSchemas.uri.optional() });
const change = which.extend({
  track: slotSchemas.track.optional(),
  artist: slotSchemas.artist.optional(),
  track_ref: slotSchemas.track_ref.optional(),
});
const pageSize = 20;

const intents = {
  "playlist.list": z.object({}),
  "playlist.show": which.extend({ page: z.coerce.number().int().min(1).max(500).default(1) }),
  "playlist.create": z.object({ name: name.optional(), public: z.boolean().default(false) }),
  "playlist.rename": which.extend({ name }),
  "playlist.delete": which.extend({ confirm: z.enum(["yes", "no"]).optional() }),
  "playlist.follow": which,
  "playlist.add": change,
  "playlist.remove": change,
  "playlist.reorder": which.extend({ from: place, to: place }),
  "playlist.share": which,
  "playlist.from_top": z.object({
    range: z.enum(["month", "half_year", "year"]).default("month"),
    name: name.optional(),
  }),
};
type Context = SkillContext<typeof intents>;

export const skill = defineSkill({
  name: "playlists",
  intents,
  needs: (intent) => {
    if (intent === "playlist.list" || intent === "playlist.show" || intent === "playlist.share")
      return ["playlists.read"];
    if (intent === "playlist.from_top") return ["playlists.read", "playlists.write", "history"];
    return intent === "playlist.add" || intent === "playlist.remove"
      ? ["state", "playlists.read", "playlists.write"]
      : ["playlists.read", "playlists.write"];
  },
  permission: (intent) =>
    intent === "playlist.list" || intent === "playlist.show" || intent === "playlist.share" ? "read" : "playlist",
  section: "library",
  visibility: (intent) => (intent === "playlist.share" ? "public" : "private"),
  run(ctx) {
    switch (ctx.intent) {
      case "playlist.list":
        return list(ctx);
      case "playlist.show":
        return show(ctx, ctx.args);
      case "playlist.create":
        return create(ctx, ctx.args);
      case "playlist.rename":
        return rename(ctx, ctx.args);
      case "playlist.delete":
        return remove(ctx, ctx.args);
      case "playlist.follow":
        return follow(ctx, ctx.args);
      case "playlist.add":
      case "playlist.remove":
        return edit(ctx, ctx.args, ctx.readings);
      case "playlist.reorder":
        return reorder(ctx, ctx.args);
      case "playlist.share":
        return share(ctx, ctx.args);
      case "playlist.from_top":
        return fromTop(ctx, ctx.args);
    }
  },
});

async function find(music: Player, asked: z.output<typeof which>, own = false): Promise<Playlist> {
  if (asked.uri !== undefined) {
    const known = (await music.playlists()).find((each) => each.uri === asked.uri);
    if (known) return known;
    const item = await music.lookup(asked.uri);
    if (item.type === "playlist") return item;
    throw new SegueError("InvalidInput", { field: "playlist", why: "wrong_type", given: asked.uri });
  }
  if (asked.playlist === undefined) throw new SegueError("InvalidInput", { field: "playlist", why: "required" });
  return music.playlist(asked.playlist, { own });
}

async function list({ music, t }: Context): Promise<Reply> {
  const all = await music.playlists();
  if (all.length === 0) return say(t("none"));
  const shown = all.slice(0, pageSize);
  const text = t("list", { count: all.length });
  const blocks: Block[] = [
    { type: "heading", text },
    { type: "list", ordered: true, items: shown.map((each) => ({ ...listed(each), detail: countOf(each, t) })) },
  ];
  if (music.offers("play")) {
    blocks.push({
      type: "select",
      label: t("play_one"),
      options: shown.slice(0, 10).map((each) => ({
        label: each.name.slice(0, 80) || each.uri,
        command: { intent: "playback.play", slots: { uri: each.uri } },
      })),
    });
  }
  return say(`${text}\n${shown.map((each, index) => `${index + 1}. ${each.name}`).join("\n")}`, blocks);
}

function countOf(playlist: Playlist, t: Translate): string {
  return [
    ...(playlist.own ? [] : [playlist.owner ?? ""]),
    ...(playlist.trackCount === undefined ? [] : [t("songs", { count: playlist.trackCount })]),
  ]
    .filter((part) => part !== "")
    .join(" · ");
}

async function show({ music, t }: Context, asked: z.output<(typeof intents)["playlist.show"]>): Promise<Reply> {
  const playlist = await find(music, asked);
  const offset = (asked.page - 1) * pageSize;
  const { items, total } = await music.playlistItems(playlist.uri, pageSize, offset);
  if (total === 0) return say(t("empty", { playlist: playlist.name }));
  const title = t("show", { playlist: shortened(playlist.name), count: total });
  const lines = items.map((item, index) => `${offset + index + 1}. ${named(item, t)}`);
  return say(`${title}\n${lines.join("\n")}`, [
    { type: "heading", text: title },
    {
      type: "list",
      ordered: false,
      items: items.map((item, index) => ({ ...listed(item), title: `${offset + index + 1}. ${listed(item).title}` })),
    },
    {
      type: "buttons",
      buttons: [
        ...(music.offers("play") ? [button(t("button.play"), "playback.play", { uri: playlist.uri }, "primary")] : []),
        ...(asked.page > 1
          ? [button(t("button.earlier"), "playlist.show", { uri: playlist.uri, page: asked.page - 1 })]
          : []),
        ...(offset + items.length < total
          ? [button(t("button.more"), "playlist.show", { uri: playlist.uri, page: asked.page + 1 })]
          : []),
        button(t("button.share"), "playlist.share", { uri: playlist.uri }),
      ],
    },
  ]);
}

async function create({ music, t }: Context, asked: z.output<(typeof intents)["playlist.create"]>): Promise<Reply> {
  if (asked.name === undefined) throw new SegueError("InvalidInput", { field: "name", why: "required" });
  const made = await music.playlistCreate(asked.name, asked.public);
  return say(
    t("created", { playlist: made.name, visible: music.shared ? "shared" : asked.public ? "public" : "private" }),
  );
}

async function rename({ music, t }: Context, asked: z.output<(typeof intents)["playlist.rename"]>): Promise<Reply> {
  const playlist = await find(music, asked, true);
  await music.playlistRename(playlist.uri, asked.name);
  return say(t("renamed", { from: playlist.name, to: asked.name }));
}

/** The service does not delete: its own word for it is to stop following. It is asked first, because there is no way back in chat. */
async function remove({ music, t }: Context, asked: z.output<(typeof intents)["playlist.delete"]>): Promise<Reply> {
  const playlist = await find(music, asked);
  const own = playlist.own ? "own" : "followed";
  if (asked.confirm === undefined) {
    const text = t("delete_ask", { playlist: playlist.name, own });
    return say(
      text,
      [
        { type: "text", text },
        {
          type: "buttons",
          buttons: [
            button(t("button.delete", { own }), "playlist.delete", { uri: playlist.uri, confirm: "yes" }, "danger"),
            button(t("button.keep"), "playlist.delete", { uri: playlist.uri, confirm: "no" }),
          ],
        },
      ],
      { kind: "question" },
    );
  }
  if (asked.confirm === "no") return say(t("kept", { playlist: playlist.name }));
  await music.playlistUnfollow(playlist.uri);
  return say(t("deleted", { playlist: playlist.name, own }));
}

async function follow({ music, t }: Context, asked: z.output<typeof which>): Promise<Reply> {
  const playlist = await find(music, asked);
  await music.playlistFollow(playlist.uri);
  return say(t("followed", { playlist: playlist.name }));
}

async function edit(ctx: Context, asked: z.output<typeof change>, readings: Reading[]): Promise<Reply> {
  const { music, t } = ctx;
  const adding = ctx.intent === "playlist.add";
  const playlist = await find(music, asked, true);
  const what =
    asked.track === undefined && asked.artist === undefined
      ? (asked.track_ref ?? "current")
      : { readings: songsOf(readings) };
  const done = adding ? await music.playlistAdd(playlist.uri, what) : await music.playlistRemove(playlist.uri, what);
  const key = adding ? (done.changed ? "added" : "added_already") : done.changed ? "removed" : "removed_already";
  return say(t(key, { name: nameAll(done.items, t), playlist: playlist.name }));
}

/** Only the song of a reading: its playlist is where the song goes, not what is looked for. */
function songsOf(readings: Reading[]): Reading[] {
  return readings.map(({ slots: { track, artist }, score }) => ({
    slots: { ...(track === undefined ? {} : { track }), ...(artist === undefined ? {} : { artist }) },
    score,
  }));
}

function nameAll(items: readonly Playable[], t: Translate): string {
  const [first] = items;
  return first && items.length === 1 ? named(first, t) : t("songs", { count: items.length });
}

async function reorder({ music, t }: Context, asked: z.output<(typeof intents)["playlist.reorder"]>): Promise<Reply> {
  const playlist = await find(music, asked, true);
  await music.playlistReorder(playlist.uri, asked.from, asked.to);
  return say(t("reordered", { playlist: playlist.name, from: asked.from, to: asked.to }));
}

async function share({ music, t, userName }: Context, asked: z.output<typeof which>): Promise<Reply> {
  const playlist = await find(music, asked);
  const text = t("shared", { who: userName, playlist: playlist.name });
  return say(playlist.url === undefined ? text : `${text}\n${playlist.url}`, [
    { type: "text", text },
    { type: "list", ordered: false, items: [{ ...listed(playlist), detail: countOf(playlist, t) }] },
    {
      type: "buttons",
      buttons: [
        button(t("button.play"), "playback.play", { uri: playlist.uri }, "primary"),
        button(t("button.follow"), "playlist.follow", { uri: playlist.uri }),
      ],
    },
    {
      type: "attribution",
      text: t("open_in", { provider: music.provider.terms.attribution }),
      ...(playlist.url === undefined ? {} : { url: playlist.url }),
    },
  ]);
}

async function fromTop({ music, t }: Context, asked: z.output<(typeof intents)["playlist.from_top"]>): Promise<Reply> {
  const tracks = await music.topTracks(asked.range, 50);
  if (!tracks || tracks.length === 0) return say(t("no_top", { provider: music.provider.name }));
  const made = await music.playlistCreate(asked.name ?? t("top_name", { range: asked.range }), false);
  await music.playlistFill(
    made.uri,
    tracks.map((track) => track.uri),
  );
  return say(t("from_top", { playlist: made.name, count: tracks.length }));
}
