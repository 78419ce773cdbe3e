import { z } from "zod";
import { SegueError } from "../src/contracts/errors.ts";
import type { Playable, PlayerState } from "../src/contracts/music.ts";
import type { Glance, Player, Sleeping } from "../src/contracts/player.ts";
import { type Block, button, type Reply, say } from "../src/contracts/reply.ts";
import { defineSkill, type Translate } from "../src/contracts/skill.ts";
import { slotSchemas } from "../src/contracts/vocabulary.ts";
import { artOf, headingOf, heardWith, makerOf, named } from "./shared/items.ts";
import { controlled, controls, nowPlaying, type Shown, startAgain, upNext } from "./shared/panel.ts";
import { mayOf } from "./shared/rights.ts";
import { clockTime } from "./shared/times.ts";

const askArgs = z.object({ field: slotSchemas.field.optional(), who: slotSchemas.who.optional() });

/** What plays now: as a card that follows the player, or as the one fact that was asked for. Sharing shows it to the whole place. */
export const skill = defineSkill({
  name: "now-playing",
  intents: { "nowplaying.query": askArgs, "playback.share": z.object({}) },
  needs: ["state"],
  permission: "read",
  section: "play",
  visibility: (intent) => (intent === "playback.share" ? "public" : "private"),
  async run(ctx) {
    const { music, t } = ctx;
    if (ctx.intent === "nowplaying.query" && ctx.args.who !== undefined)
      return say(t("who.not_yet", { who: ctx.args.who }));
    const state = await music.state();
    // What is no song to share is told to the person alone, as every refusal is.
    if (!state?.item)
      return say(nothing(state, music, t), undefined, ctx.intent === "playback.share" ? { kind: "error" } : {});
    if (ctx.intent === "playback.share") return shared(state.item, music, t, ctx.userName);
    if (ctx.args.field !== undefined) return say(fact(ctx.args.field, state, state.item, t));
    return ctx.view(nowPlaying, music.key);
  },
  views: {
    [nowPlaying]: async (ctx, key) => {
      if (key !== ctx.music.key) return undefined;
      const { music, led, t } = ctx;
      const state = await music.known();
      const [liked, known, players, sleeping, may] = await Promise.all([
        likedOf(state, music),
        music.glance(),
        music.players(),
        music.sleeping(),
        mayOf(ctx, controlled),
      ]);
      const shown = { music, liked, known, several: players.length > 1, may, t };
      const reply = state ? card({ state, ...shown }, led, sleeping) : silent(shown);
      const shows = seenIn(state, known);
      return { ...reply, view: { kind: nowPlaying, key, ...(shows ? { shows } : {}) } };
    },
  },
});

/** Undefined where nobody knows yet what has begun, or whether anything goes on. */
function seenIn(state: PlayerState | undefined, known: Glance): string[] | undefined {
  if (!state) return known.silent === "unheard" ? undefined : [];
  if (!state.item) return state.other ? [] : undefined;
  return [...heardWith(state.item), ...(state.context ? [state.context.uri] : [])];
}

async function likedOf(state: PlayerState | undefined, music: Player): Promise<boolean | undefined> {
  return state?.item ? music.liked(state.item.uri) : undefined;
}

/** The player is still there, and a card goes on following it. Where nobody has looked, a card has nothing to say. */
function silent(shown: Omit<Shown, "state">): Reply {
  const { music, known, t } = shown;
  if (known.silent === undefined) throw new SegueError("Unavailable", { service: music.provider.id, why: "offline" });
  if (known.silent === "unheard") return say(t("unheard", { player: music.name }));
  const text = nothing(undefined, music, t);
  return say(text, [{ type: "text", text }, ...startAgain(shown)]);
}

function nothing(state: PlayerState | undefined, music: Player, t: Translate): string {
  if (!state) return t("nothing", { shared: music.shared ? "yes" : "no" });
  return state.other === "ad" ? t("ad") : t("unknown");
}

function fact(
  field: NonNullable<z.output<typeof askArgs>["field"]>,
  state: PlayerState,
  item: NonNullable<PlayerState["item"]>,
  t: Translate,
): string {
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

function card(panel: Shown, led: boolean, sleeping: Sleeping | undefined): Reply {
  const { state, music, t } = panel;
  const { item } = state;
  // Something was started or skipped to by us, and nobody has asked the service yet which song that is.
  if (!item) {
    const text = state.other ? nothing(state, panel.music, t) : t("underway", { device: state.device?.name ?? "none" });
    // The words above it say so already, and better.
    const said: Block[] = led && !state.other ? [] : [{ type: "text", text }];
    return say(text, [...said, ...controls(panel)]);
  }
  const under = underOf(item);
  const facts = factsOf(state, t, sleeping);
  return say(t(state.playing ? "playing" : "paused", { name: named(item, t) }), [
    ...artOf(item, t),
    headingOf(item),
    ...(under === "" ? [] : [{ type: "text" as const, text: under }]),
    {
      type: "progress",
      positionMs: state.progressMs,
      durationMs: item.durationMs,
      playing: state.playing,
      at: state.at,
    },
    ...(facts === "" ? [] : [{ type: "text" as const, text: facts }]),
    ...upNext(panel),
    // Before what can be pressed: a platform that has room for fewer of those must not lose the name of the service.
    attribution(item, music, t),
    ...controls(panel),
  ]);
}

function factsOf(state: PlayerState, t: Translate, sleeping: Sleeping | undefined): string {
  const { device } = state;
  const facts = [
    device?.name,
    device?.volume === undefined || !device.hasVolume ? undefined : t("card.volume", { level: device.volume }),
    state.shuffle ? t("card.shuffle") : undefined,
    state.repeat === "off" ? undefined : t("card.repeat", { mode: state.repeat }),
    state.playing ? undefined : t("card.paused"),
    sleeping && state.playing ? t("card.sleep", { at: new Date(sleeping.at) }) : undefined,
  ];
  return facts.filter((part) => part !== undefined).join(" · ");
}

function underOf(item: Playable): string {
  const album = item.type === "track" ? item.album?.name : undefined;
  return [makerOf(item), album].filter((part) => part !== undefined).join(" · ");
}

function attribution(item: Playable, music: Player, t: Translate): Block {
  return {
    type: "attribution",
    text: t("open_in", { provider: music.provider.terms.attribution }),
    ...(item.url === undefined ? {} : { url: item.url }),
  };
}

function shared(item: Playable, music: Player, t: Translate, userName: string): Reply {
  const text = t("shared", { who: userName, name: named(item, t) });
  const under = underOf(item);
  return say(text, [
    { type: "text", text },
    ...artOf(item, t),
    headingOf(item),
    ...(under === "" ? [] : [{ type: "text" as const, text: under }]),
    // What is on for everybody is on nobody's own.
    ...(music.shared
      ? []
      : [
          {
            type: "buttons" as const,
            buttons: [
              button(t("button.play_mine"), "playback.play", { uri: item.uri }, "primary"),
              button(t("button.queue_mine"), "queue.add", { uri: item.uri }),
            ],
          },
        ]),
    attribution(item, music, t),
  ]);
}
