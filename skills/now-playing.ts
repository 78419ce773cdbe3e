import { z } from "zod";
import type { PlayerState } from "../src/contracts/music.ts";
import type { Player } from "../src/contracts/player.ts";
import { type Block, type Button, button, type Reply, say } from "../src/contracts/reply.ts";
import { defineSkill, type Translate } from "../src/contracts/skill.ts";
import { slotSchemas } from "../src/contracts/vocabulary.ts";
import { artOf, makerOf, named, titleOf } from "./shared/items.ts";
import { clockTime } from "./shared/times.ts";

const askArgs = z.object({ field: slotSchemas.field.optional(), who: slotSchemas.who.optional() });

/** What plays now: as a card that follows the player, or as the one fact that was asked for. Sharing shows it to the whole place. */
export const skill = defineSkill({
  name: "now-playing",
  intents: { "nowplaying.query": askArgs, "playback.share": z.object({}) },
  needs: ["state"],
  permission: "read",
  visibility: (intent) => (intent === "playback.share" ? "public" : "private"),
  async run(ctx) {
    const { music, t } = ctx;
    if (ctx.intent === "nowplaying.query" && ctx.args.who !== undefined)
      return say(t("who.not_yet", { who: ctx.args.who }));
    const state = await music.state();
    // What is no song to share is told to the person alone, as every refusal is.
    if (!state?.item)
      return say(nothing(state, t), undefined, ctx.intent === "playback.share" ? { kind: "error" } : {});
    if (ctx.intent === "playback.share") return shared(state.item, music, t, ctx.userName);
    if (ctx.args.field !== undefined) return say(fact(ctx.args.field, state, t));
    return ctx.view("now-playing", music.key);
  },
  views: {
    "now-playing": async (ctx, key) => {
      if (key !== ctx.music.key) return undefined;
      const state = await ctx.music.known();
      if (!state) return undefined;
      return card(state, ctx.music, await likedOf(state, ctx.music), ctx.t);
    },
  },
});

async function likedOf(state: PlayerState, music: Player): Promise<boolean | undefined> {
  return state.item ? music.liked(state.item.uri) : undefined;
}

function nothing(state: PlayerState | undefined, t: Translate): string {
  if (!state) return t("nothing");
  return state.other === "ad" ? t("ad") : t("unknown");
}

function fact(field: NonNullable<z.output<typeof askArgs>["field"]>, state: PlayerState, t: Translate): string {
  const { item } = state;
  if (!item) return nothing(state, t);
  switch (field) {
    case "track":
      return t("fact.track", { name: named(item, t) });
    case "artist":
      return t("fact.artist", { maker: makerOf(item) ?? "none" });
    case "album":
      return t("fact.album", { album: (item.type === "track" ? item.album?.name : item.show?.name) ?? "none" });
    case "progress":
      return t("fact.progress", { position: clockTime(state.progressMs), duration: clockTime(item.durationMs) });
    case "device":
      return t("fact.device", { device: state.device?.name ?? "none" });
  }
}

function card(state: PlayerState, music: Player, liked: boolean | undefined, t: Translate): Reply {
  const { item } = state;
  if (!item) return cardOfNoItem(state, music, t);
  const text = t(state.playing ? "playing" : "paused", { name: named(item, t) });
  const under = [makerOf(item), item.type === "track" ? item.album?.name : undefined]
    .filter((part) => part !== undefined)
    .join(" · ");
  const facts = [
    state.device?.name,
    state.device?.volume === undefined || !state.device.hasVolume
      ? undefined
      : t("card.volume", { level: state.device.volume }),
    state.shuffle ? t("card.shuffle") : undefined,
    state.repeat === "off" ? undefined : t("card.repeat", { mode: state.repeat }),
    state.playing ? undefined : t("card.paused"),
  ].filter((part) => part !== undefined);
  const blocks: Block[] = [
    ...artOf(item, t),
    { type: "heading", text: titleOf(item) },
    ...(under === "" ? [] : [{ type: "text" as const, text: under }]),
    {
      type: "progress",
      positionMs: state.progressMs,
      durationMs: item.durationMs,
      playing: state.playing,
      at: state.at,
    },
    ...(facts.length === 0 ? [] : [{ type: "text" as const, text: facts.join(" · ") }]),
  ];
  const buttons = controls(state, item.uri, music, liked, t);
  if (buttons.length > 0) blocks.push({ type: "buttons", buttons });
  blocks.push({
    type: "attribution",
    text: t("open_in", { provider: music.provider.terms.attribution }),
    ...(item.url === undefined ? {} : { url: item.url }),
  });
  return say(text, blocks);
}

/** Something was started or skipped to by us, and nobody has asked the service yet which song that is. */
function cardOfNoItem(state: PlayerState, music: Player, t: Translate): Reply {
  const text = state.other ? nothing(state, t) : t("underway", { device: state.device?.name ?? "none" });
  const buttons = controls(state, undefined, music, undefined, t);
  return say(text, [{ type: "text", text }, ...(buttons.length > 0 ? [{ type: "buttons" as const, buttons }] : [])]);
}

/** Only what can work now: a button that would be refused is not shown. `item` makes a press on an old card harmless. */
function controls(
  state: PlayerState,
  uri: string | undefined,
  music: Player,
  liked: boolean | undefined,
  t: Translate,
): Button[] {
  const make = (key: NonNullable<Button["icon"]>, intent: string, slots: Record<string, unknown> = {}): Button => ({
    ...button(t(`button.${key}`), intent, slots),
    icon: key,
    description: t(`button.${key}.spoken`),
  });
  const may = (action: Parameters<Player["offers"]>[0], made: Button): Button[] => (music.offers(action) ? [made] : []);
  const shown = uri === undefined ? {} : { item: uri };
  return [
    ...may("previous", make("previous", "playback.previous", shown)),
    ...(state.playing ? may("pause", make("pause", "playback.pause")) : may("resume", make("play", "playback.resume"))),
    ...may("next", make("next", "playback.next", shown)),
    ...may("volume", make("quieter", "volume.down")),
    ...may("volume", make("louder", "volume.up")),
    ...(uri === undefined
      ? []
      : may(
          "like",
          liked === true ? make("unlike", "library.unlike", { uri }) : make("like", "library.like", { uri }),
        )),
  ];
}

function shared(item: NonNullable<PlayerState["item"]>, music: Player, t: Translate, userName: string): Reply {
  const text = t("shared", { who: userName, name: named(item, t) });
  const under = [makerOf(item), item.type === "track" ? item.album?.name : undefined]
    .filter((part) => part !== undefined)
    .join(" · ");
  return say(text, [
    { type: "text", text },
    ...artOf(item, t),
    { type: "heading", text: titleOf(item) },
    ...(under === "" ? [] : [{ type: "text" as const, text: under }]),
    {
      type: "buttons",
      buttons: [
        button(t("button.play_mine"), "playback.play", { uri: item.uri }, "primary"),
        button(t("button.queue_mine"), "queue.add", { uri: item.uri }),
      ],
    },
    {
      type: "attribution",
      text: t("open_in", { provider: music.provider.terms.attribution }),
      ...(item.url === undefined ? {} : { url: item.url }),
    },
  ]);
}
