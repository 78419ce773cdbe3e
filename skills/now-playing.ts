import { z } from "zod";
import { SegueError } from "../src/contracts/errors.ts";
import type { Playable, PlayerState } from "../src/contracts/music.ts";
import type { Glance, Player, Sleeping } from "../src/contracts/player.ts";
import { type Block, button, type Reply, say } from "../src/contracts/reply.ts";
import { defineSkill, type SkillContext, type Translate } from "../src/contracts/skill.ts";
import { slotSchemas } from "../src/contracts/vocabulary.ts";
import { heardWith, makerOf, named } from "./shared/items.ts";
import { everyoneHears, othersHear } from "./shared/others.ts";
import { controlled, controls, nowPlaying, type Shown, startAgain, upNext } from "./shared/panel.ts";
import { mayOf } from "./shared/rights.ts";
import { attributed, songOn } from "./shared/song-card.ts";
import { clockTime } from "./shared/times.ts";

const askArgs = z.object({ field: slotSchemas.field.optional(), who: slotSchemas.who.optional() });

/** What plays now: as a card that follows the player, or as the one fact that was asked for. Sharing shows it to the whole place. */
export const skill = defineSkill({
  name: "now-playing",
  intents: { "nowplaying.query": askArgs, "nowplaying.everyone": z.object({}), "playback.share": z.object({}) },
  // What others hear takes no account of one's own.
  needs: (intent) => (intent === "nowplaying.everyone" ? [] : ["state"]),
  requires: "itself",
  permission: "read",
  section: "play",
  visibility: (intent) => (intent === "playback.share" ? "public" : "private"),
  async run(ctx) {
    const { music, t } = ctx;
    if (ctx.intent === "nowplaying.everyone") return everyoneHears(ctx);
    if (ctx.intent === "nowplaying.query") {
      if (ctx.args.who !== undefined) return othersHear(ctx, ctx.args.who);
      const free = music.shared ? undefined : await shownElsewhere(ctx);
      if (free) return free;
    }
    if (!music.shared) await ctx.accounts.require(ctx.person.id, music.provider.id, ["state"]);
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

/** Of whoever takes part without an account: what their diaries show. Undefined for anybody else. */
async function shownElsewhere({
  accounts,
  diaries,
  person,
  signal,
  t,
}: Pick<SkillContext, "accounts" | "diaries" | "person" | "signal" | "t">): Promise<Reply | undefined> {
  if ((await accounts.status(person.id)).length > 0) return undefined;
  const shown = await diaries.playing(person.id, signal);
  const lines = shown.map(({ diary, heard }) =>
    t(heard ? "free.playing" : "free.silent", {
      diary: diary.name,
      name: heard ? [heard.title, ...heard.artists.slice(0, 1).map((artist) => artist.name)].join(" – ") : "none",
    }),
  );
  return lines.length === 0 ? undefined : say(lines.join("\n"));
}

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
  const facts = factsOf(state, t, sleeping);
  return say(t(state.playing ? "playing" : "paused", { name: named(item, t) }), [
    ...songOn(item, t),
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
    attributed(item, t("open_in", { provider: music.provider.terms.attribution })),
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

function shared(item: Playable, music: Player, t: Translate, userName: string): Reply {
  const text = t("shared", { who: userName, name: named(item, t) });
  return say(text, [
    { type: "text", text },
    ...songOn(item, t),
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
    attributed(item, t("open_in", { provider: music.provider.terms.attribution })),
  ]);
}
