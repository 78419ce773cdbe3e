import { z } from "zod";
import { announceView, cardsKeptDays, type Hindrance, usualCardsPerDay } from "../src/contracts/announce.ts";
import type { Playable } from "../src/contracts/music.ts";
import type { PlayerRef } from "../src/contracts/places.ts";
import { type Block, type Button, button, type Reply, say } from "../src/contracts/reply.ts";
import { defineSkill, type SkillContext } from "../src/contracts/skill.ts";
import { announced } from "./shared/announced.ts";
import { readHours, writeHours } from "./shared/hours.ts";

const acts = ["on", "off", "me", "stop", "quiet", "why", "hours", "limit"] as const;
const intents = {
  "announce.set": z.object({
    what: z.enum(acts).optional(),
    value: z.string().trim().max(100).optional(),
    /** Asked and answered. */
    sure: z.enum(["yes", "no"]).optional(),
  }),
  /** Whether the card of a shared player is shown here, too. */
  "announce.player": z.object({
    provider: z.string().max(60),
    player: z.string().max(200),
    state: z.enum(["on", "off"]),
  }),
};
type Context = SkillContext<typeof intents>;
type Setting = Extract<Context, { intent: "announce.set" }>;

const mostCards = 500;
/** Asked once more beyond that many names; a place is no phone book. */
const mostNames = 20;

/** Shows a place what those hear who agreed to it: switched on by whoever manages the place, allowed by each person. */
export const skill = defineSkill({
  name: "announce",
  intents,
  needs: [],
  section: "you",
  visibility: "private",
  async run(ctx) {
    if (ctx.intent === "announce.player") return sharedPlayer(ctx, ctx.args);
    const { what } = ctx.args;
    if (what === "quiet") return quiet(ctx);
    if (ctx.direct) return say(ctx.t("in_a_place"));
    switch (what) {
      case "on":
      case "off":
        return turn(ctx, what === "on");
      case "hours":
        return hours(ctx);
      case "limit":
        return limit(ctx);
      case "me":
        return me(ctx);
      case "stop":
        return stop(ctx);
      case "why":
        return why(ctx);
      case undefined:
        return overview(ctx);
    }
  },
  views: {
    [announceView]: async ({ announcements, t }, key) => {
      const card = await announcements.card(key);
      if (card?.status === "live") return announced(card, t);
      // What was shown must not stay there as it was; what never was, as its platform was down, needs no word by now.
      if (!(await announcements.wasShown(key))) return undefined;
      return card ? announced(card, t) : say(t("gone"));
    },
  },
});

async function overview(ctx: Setting): Promise<Reply> {
  const { here, announcements, sharing, person, place, t } = ctx;
  const { announce } = await here.settings("here");
  const willing = await announcements.willing(place);
  const allowed = (await sharing.of(person.id)).some((share) => share.use === "announce" && isHere(share.place, place));
  const own = await announcements.quietHours(person.id);
  const names = willing.slice(0, mostNames);
  const lines = [
    announce?.on
      ? t("state.on", { cards: announce.cardsPerDay ?? usualCardsPerDay, hours: hoursOr(announce.quiet) })
      : t("state.off"),
    t("state.who", { count: willing.length, names: names.join(", ") }),
    t("state.you", { allowed: allowed ? "yes" : "no", hours: hoursOr(own) }),
  ];
  const manages = await here.may("here");
  const buttons: Button[] = [
    ...(manages && !announce?.on ? [act(ctx, "on", "primary")] : []),
    ...(allowed ? [act(ctx, "stop")] : [act(ctx, "me", "primary")]),
    act(ctx, "why"),
    ...(manages && announce?.on ? [act(ctx, "off")] : []),
  ];
  return say(lines.join("\n"), [
    ...lines.map((text) => ({ type: "text" as const, text })),
    { type: "buttons", buttons },
  ]);
}

/** Raises Forbidden for who does not manage the place. */
async function turn(ctx: Setting, on: boolean): Promise<Reply> {
  const { here, announcements, place, t } = ctx;
  const { announce } = await here.settings("here");
  const { thread: _before, ...kept } = announce ?? { on };
  const { thread } = place;
  await here.change("here", { announce: { ...kept, on, ...(thread === undefined ? {} : { thread }) } });
  await announcements.placeChanged(place);
  if (!on) return say(t("turned_off"));
  const text = t("turned_on");
  const { players } = await here.settings("here");
  const asked = await Promise.all(
    players.map(async (player) => ((await announcements.agreed(place, player)) ? [] : [player])),
  );
  return say(text, [
    { type: "text", text },
    { type: "buttons", buttons: [act(ctx, "me", "primary")] },
    ...asked.flat().flatMap((player) => askForPlayer(ctx, player)),
  ]);
}

function askForPlayer({ here, t }: Setting, ref: PlayerRef): Block[] {
  const known = here.players.find(({ provider, playerId }) => provider === ref.provider && playerId === ref.playerId);
  if (!known) return [];
  const slots = { provider: ref.provider, player: ref.playerId, state: "on" };
  return [
    { type: "text", text: t("player.ask", { player: known.name }) },
    { type: "buttons", buttons: [button(t("player.yes", { player: known.name }), "announce.player", slots)] },
  ];
}

async function sharedPlayer(
  ctx: Extract<Context, { intent: "announce.player" }>,
  { provider, player: playerId, state }: { provider: string; player: string; state: "on" | "off" },
): Promise<Reply> {
  const { here, announcements, place, direct, t } = ctx;
  if (direct) return say(t("in_a_place"));
  const { players, announce } = await here.settings("here");
  const given = players.some((each) => each.provider === provider && each.playerId === playerId);
  const known = here.players.find((each) => each.provider === provider && each.playerId === playerId);
  if (!given || !known) return say(t("player.none"), undefined, { kind: "error" });
  // Whoever may change the place decides for its player, too.
  await here.change("here", { announce: announce ?? { on: false } });
  await announcements.agree(place, { provider, playerId }, state === "on");
  const text = t(state === "on" ? "player.on" : "player.off", { player: known.name });
  const other = button(t("player.stop", { player: known.name }), "announce.player", {
    provider,
    player: playerId,
    state: "off",
  });
  return say(text, [
    { type: "text", text },
    ...(state === "on" ? [{ type: "buttons" as const, buttons: [other] }] : []),
  ]);
}

async function hours(ctx: Setting): Promise<Reply> {
  const { here, announcements, args, place, t } = ctx;
  const { announce = { on: false } } = await here.settings("here");
  if (args.value === undefined) return say(t("hours.here", { hours: hoursOr(announce.quiet) }));
  const read = args.value === "off" ? undefined : readHours(args.value);
  if (args.value !== "off" && !read) return unclear(ctx);
  const { quiet: _before, ...kept } = announce;
  await here.change("here", { announce: { ...kept, ...(read ? { quiet: read } : {}) } });
  await announcements.placeChanged(place);
  return say(t("hours.here", { hours: hoursOr(read) }));
}

async function quiet(ctx: Setting): Promise<Reply> {
  const { announcements, args, person, t } = ctx;
  const tell = (own: Parameters<typeof hoursOr>[0]) =>
    t("hours.own", { hours: hoursOr(own), zone: person.timeZone ?? "UTC" });
  if (args.value === undefined) return say(tell(await announcements.quietHours(person.id)));
  const read = args.value === "off" ? undefined : readHours(args.value);
  if (args.value !== "off" && !read) return unclear(ctx);
  await announcements.setQuietHours(person.id, read);
  return say(tell(read));
}

function unclear({ t }: Setting): Reply {
  return say(t("hours.unclear"), undefined, { kind: "error" });
}

async function limit({ here, args, t }: Setting): Promise<Reply> {
  const { announce = { on: false } } = await here.settings("here");
  const usual = announce.cardsPerDay ?? usualCardsPerDay;
  if (args.value === undefined) return say(t("limit", { cards: usual }));
  const cardsPerDay = Number(args.value);
  if (!Number.isInteger(cardsPerDay) || cardsPerDay < 1 || cardsPerDay > mostCards)
    return say(t("limit.unclear", { most: mostCards }), undefined, { kind: "error" });
  await here.change("here", { announce: { ...announce, cardsPerDay } });
  return say(t("limit", { cards: cardsPerDay }));
}

/** Nobody is shown before they have seen what that looks like, who sees it and how long it stays. */
async function me(ctx: Setting): Promise<Reply> {
  const { here, sharing, args, person, place, t } = ctx;
  const { announce } = await here.settings("here");
  if (args.sure === "no") return say(t("me.no"));
  if (args.sure === "yes") {
    await sharing.allow(person.id, "announce", place);
    const text = t(announce?.on ? "me.yes" : "me.yes_when_on");
    return say(text, [
      { type: "text", text },
      { type: "buttons", buttons: [act(ctx, "stop"), act(ctx, "why")] },
    ]);
  }
  const text = t("me.ask", { days: cardsKeptDays });
  const { blocks } = announced(await example(ctx), t);
  return say(
    text,
    [
      { type: "text", text },
      ...blocks.filter(({ type }) => type !== "buttons"),
      ...(announce?.on ? [] : [{ type: "text" as const, text: t("me.off_yet") }]),
      {
        type: "buttons",
        buttons: [
          button(t("button.yes"), "announce.set", { what: "me", sure: "yes" }, "primary"),
          button(t("button.no"), "announce.set", { what: "me", sure: "no" }),
        ],
      },
    ],
    { kind: "question" },
  );
}

/** The very card, of what they hear now as far as that is known; of a song that nobody hears otherwise. */
async function example({ music, userName, now, t }: Setting): Promise<Parameters<typeof announced>[0]> {
  const heard = (await music.known())?.item;
  const item: Playable = heard ?? {
    type: "track",
    uri: "",
    title: t("me.example.title"),
    artists: [{ name: t("me.example.artist") }],
    durationMs: 0,
    art: [],
  };
  const attribution = music.provider.terms.attribution;
  return {
    status: "live",
    who: userName,
    shared: false,
    attribution,
    untilAt: now,
    item,
    playing: true,
  };
}

async function stop({ sharing, person, place, t }: Setting): Promise<Reply> {
  const taken = await sharing.revoke({ personId: person.id, use: "announce", place });
  return say(t(taken.length > 0 ? "stopped" : "stopped_already"));
}

async function why(ctx: Setting): Promise<Reply> {
  const { here, announcements, person, place, userName, t } = ctx;
  const { players, announce } = await here.settings("here");
  const hindrances = await announcements.why(place, { personId: person.id });
  const own = hindrances.map((each) => reason(each, userName, ctx));
  const others = await Promise.all(
    players.map(async (player) => {
      const known = here.players.find((each) => each.provider === player.provider && each.playerId === player.playerId);
      const told = known && announce?.on && (await announcements.agreed(place, player));
      const [first] = told ? await announcements.why(place, { player }) : [];
      return first && known ? [t("why.player", { player: known.name, reason: reason(first, known.name, ctx) })] : [];
    }),
  );
  const lines = [...(own.length > 0 ? own : [t("why.fine")]), ...others.flat()];
  const steps: Button[] = [
    ...(!announce?.on && (await here.may("here")) ? [act(ctx, "on", "primary")] : []),
    ...(hindrances.some(({ why: each }) => each === "not_agreed") ? [act(ctx, "me", "primary")] : []),
  ];
  return say(lines.join("\n"), [
    ...lines.map((text) => ({ type: "text" as const, text })),
    ...(steps.length > 0 ? [{ type: "buttons" as const, buttons: steps }] : []),
  ]);
}

function reason(hindrance: Hindrance, who: string, { t }: Pick<Setting, "t">): string {
  const { why } = hindrance;
  const until = "until" in hindrance && hindrance.until !== undefined ? new Date(hindrance.until) : undefined;
  switch (why) {
    case "budget":
      return t("why.budget", { cards: hindrance.cards, until: new Date(hindrance.until) });
    case "refused":
      return t("why.refused", { error: hindrance.error });
    default:
      return t(`why.${why}`, { who, ...(until ? { until } : {}) });
  }
}

function act({ t }: Setting, what: (typeof acts)[number], style: Button["style"] = "plain"): Button {
  return button(t(`button.${what}`), "announce.set", { what }, style);
}

function hoursOr(hours: Parameters<typeof writeHours>[0] | undefined): string {
  return hours ? writeHours(hours) : "none";
}

function isHere(a: { platform: string; tenant: string; id: string }, b: typeof a): boolean {
  return a.platform === b.platform && a.tenant === b.tenant && a.id === b.id;
}
