import { z } from "zod";
import { companyViews, type Fellow, type Thing } from "../src/contracts/company.ts";
import { fold } from "../src/contracts/fold.ts";
import { type Block, button, type Reply, say } from "../src/contracts/reply.ts";
import { defineSkill, type SkillContext, type ViewContext } from "../src/contracts/skill.ts";
import { slotSchemas } from "../src/contracts/vocabulary.ts";
import { allTime, periodOf } from "./shared/periods.ts";

const what = z.enum(["artist", "track"]);
const intents = {
  "compare.knows": z.object({ query: slotSchemas.query.optional(), what: what.optional() }),
  "compare.taste": z.object({
    who: slotSchemas.who.optional(),
    period: slotSchemas.period.optional(),
    /** Chosen from a list of names. */
    fellow: z.string().max(60).optional(),
  }),
  "compare.streaks": z.object({}),
  "compare.share": z.object({ state: slotSchemas.state.optional(), sure: z.literal("yes").optional() }),
};
type Context = SkillContext<typeof intents>;
type Of<I extends keyof typeof intents> = Extract<Context, { intent: I }>;

/** What a message is about, as its view's key holds it. */
const thingKey = z.tuple([what, z.number(), z.string(), z.string().nullable()]);
const tasteKey = z.tuple([z.string(), z.number(), z.number(), z.string()]);

const milestoneKey = z.tuple([
  z.string(),
  z.object({ what: z.enum(["plays", "artist", "years"]), count: z.number(), artist: z.string().optional() }),
]);

const maxKnowers = 15;
const maxStreaks = 15;
/** The tightest platform shows this many options. */
const maxOptions = 25;
const maxName = 100;

/** What the people of a place have in common, of those alone who agreed to be seen there; whoever looks is seen, too. */
export const skill = defineSkill({
  name: "compare",
  intents,
  needs: [],
  section: "you",
  visibility: (intent) => (intent === "compare.share" ? "private" : "public"),
  async run(ctx) {
    switch (ctx.intent) {
      case "compare.knows":
        return knows(ctx);
      case "compare.taste":
        return taste(ctx);
      case "compare.streaks":
        return streaks(ctx);
      case "compare.share":
        return share(ctx);
    }
  },
  views: {
    [companyViews.knows]: showKnowers,
    [companyViews.taste]: showTaste,
    [companyViews.streaks]: showStreaks,
    [companyViews.milestone]: showMilestone,
  },
});

/** For the asker alone: nothing of it is anybody else's business. */
const aside = (text: string, blocks?: Block[]): Reply => say(text, blocks, { kind: "error" });

/** Everybody who may be compared here; else what stands in the way. */
async function company(ctx: Context): Promise<{ fellows: Fellow[] } | { reply: Reply }> {
  const { t, person } = ctx;
  if (!ctx.statistics) return { reply: aside(t("statistics_off")) };
  if (ctx.direct) return { reply: aside(t("only_places")) };
  const fellows = await ctx.company.fellows();
  if (!fellows.some(({ personId }) => personId === person.id)) {
    if (await agreed(ctx)) return { reply: hidden(ctx) };
    return { reply: await askConsent(ctx) };
  }
  if (fellows.length > 1) return { fellows };
  const text = t("alone");
  return { reply: aside(text, [{ type: "text", text }]) };
}

async function agreed({ sharing, person, place }: Context): Promise<boolean> {
  const theirs = await sharing.of(person.id);
  return theirs.some(
    ({ use, place: at }) =>
      use === "compare" && at.platform === place.platform && at.tenant === place.tenant && at.id === place.id,
  );
}

/** They agreed, and hide for now. */
function hidden({ t }: Context): Reply {
  const text = t("hidden");
  const end = button(t("button.end_private"), "privacy.set", { what: "private", state: "off" });
  return aside(text, [
    { type: "text", text },
    { type: "buttons", buttons: [end] },
  ]);
}

/** Before anything is shown: the very message, who sees it, and how long that holds. */
async function askConsent(ctx: Context): Promise<Reply> {
  const { t, mine, now, userName } = ctx;
  const [most] = await mine.top("artists", allTime(now), { limit: 1 });
  const sample: Block[] = most
    ? [
        { type: "heading", text: t("knows.heading", { name: shortName(most.name) }) },
        {
          type: "list",
          ordered: true,
          items: [{ title: userName, detail: t("plays", { plays: most.plays }) }],
        },
      ]
    : [];
  const example = most ? [t("consent.example")] : [];
  const lines = [t("consent.what"), t("consent.who"), t("consent.kept")];
  const buttons = [
    button(t("button.yes"), "compare.share", { state: "on", sure: "yes" }, "primary"),
    button(t("button.no"), "compare.share", { state: "off" }),
  ];
  const said = sample.flatMap((block) =>
    block.type === "heading"
      ? [block.text]
      : block.type === "list"
        ? block.items.map(({ title, detail }) => `1. ${title} · ${detail}`)
        : [],
  );
  return say(
    [...lines, ...example, ...said].join("\n"),
    [
      ...lines.map((text): Block => ({ type: "text", text })),
      ...example.map((text): Block => ({ type: "text", text })),
      ...sample,
      { type: "buttons", buttons },
    ],
    { kind: "question" },
  );
}

async function share(ctx: Of<"compare.share">): Promise<Reply> {
  const { args, sharing, person, place, t } = ctx;
  if (args.state === "off") {
    const gone = await sharing.revoke({ personId: person.id, use: "compare", place });
    return say(t(gone.length > 0 ? "off" : "off_already"));
  }
  if (!ctx.statistics) return aside(t("statistics_off"));
  if (ctx.direct) return aside(t("only_places"));
  if (await agreed(ctx)) {
    const text = t("on_already");
    return say(text, [
      { type: "text", text },
      { type: "buttons", buttons: [button(t("button.stop"), "compare.share", { state: "off" })] },
    ]);
  }
  if (!args.sure) return askConsent(ctx);
  await sharing.allow(person.id, "compare", place);
  const { recording, firstAt } = await ctx.mine.standing();
  const text = [t("on"), ...(recording || firstAt !== undefined ? [] : [t("on_nothing")])].join("\n");
  const next = [
    button(t("button.knows"), "compare.knows", {}, "primary"),
    ...(recording ? [] : [button(t("button.record"), "recording.set", { state: "on" })]),
  ];
  return say(text, [
    { type: "text", text },
    { type: "buttons", buttons: next },
  ]);
}

async function knows(ctx: Of<"compare.knows">): Promise<Reply> {
  const all = await company(ctx);
  if ("reply" in all) return all.reply;
  const { t } = ctx;
  const words = ctx.args.query ?? (await heardNow(ctx));
  if (words === undefined) return aside(t("knows.what"));
  const thing = await named(ctx, words);
  if (!thing) return aside(t("knows.unknown", { query: words }));
  const { what: kind, id, name, by } = thing;
  return ctx.view(companyViews.knows, JSON.stringify([kind, id, shortName(name), by ?? null]));
}

/** The artist of what plays, as far as that is known without asking the service; else of what was heard last. */
async function heardNow({ music, mine }: Context): Promise<string | undefined> {
  const item = music.shared ? undefined : (await music.known())?.item;
  if (item?.type === "track" && item.artists[0]) return item.artists[0].name;
  const plays = await mine.recent({ limit: 5 });
  return plays.find(({ kind, by }) => kind === "track" && by !== undefined)?.by;
}

/** Whoever says a name means the artist of that name before the song, and both before what only holds the words. */
async function named({ args, company: here }: Of<"compare.knows">, words: string): Promise<Thing | undefined> {
  const kinds = args.what === undefined ? what.options : [args.what];
  const found = (await Promise.all(kinds.map((kind) => here.find(kind, words)))).flat();
  return found.find(({ name }) => fold(name) === fold(words)) ?? found[0];
}

async function showKnowers(ctx: ViewContext, key: string): Promise<Reply | undefined> {
  const { t, company: here, music } = ctx;
  const parsed = thingKey.safeParse(jsonOf(key));
  if (!parsed.success) return undefined;
  const all = await here.fellows();
  if (all.length === 0) return say(t("taken_back"));
  const [kind, id, name, by] = parsed.data;
  const knowers = await here.whoKnows({ what: kind, id });
  const shown = by === null ? name : t("item.by", { title: name, maker: by, type: "track" });
  const heading = t("knows.heading", { name: shown });
  const items = knowers
    .slice(0, maxKnowers)
    .map((knower) => ({ title: knower.name, detail: t("plays", { plays: knower.plays }) }));
  return table(
    ctx,
    heading,
    items,
    t("knows.nobody"),
    [
      t("counted", { count: all.length }),
      ...(knowers.length > maxKnowers ? [t("more", { count: knowers.length - maxKnowers })] : []),
    ],
    music.provider.terms.attribution,
  );
}

async function taste(ctx: Of<"compare.taste">): Promise<Reply> {
  const all = await company(ctx);
  if ("reply" in all) return all.reply;
  const { args, t, person } = ctx;
  const others = all.fellows.filter(({ personId }) => personId !== person.id);
  const found =
    args.fellow === undefined ? byName(others, args.who) : others.find((each) => each.personId === args.fellow);
  const [only] = others;
  const meant =
    found ?? (args.who === undefined && args.fellow === undefined && others.length === 1 ? only : undefined);
  const asked = args.period === undefined ? {} : { period: args.period };
  if (!meant) {
    const text = t(args.who === undefined ? "taste.with" : "taste.not_here", { who: args.who ?? "" });
    const options = others.slice(0, maxOptions).map(({ personId, name }) => ({
      label: name.slice(0, maxName),
      command: { intent: "compare.taste", slots: { ...asked, fellow: personId } },
    }));
    const blocks: Block[] = [
      { type: "text", text },
      { type: "select", label: t("taste.pick"), options },
    ];
    return say([text, ...others.slice(0, maxOptions).map(({ name }) => name)].join("\n"), blocks, { kind: "question" });
  }
  const period = args.period === undefined ? allTime(ctx.now) : periodOf(ctx, args.period);
  const { fromAt, untilAt, name } = period;
  return ctx.view(companyViews.taste, JSON.stringify([meant.personId, fromAt, untilAt, name]));
}

/** "@Ben", "<@123>" as platforms write a mention, or the name. */
function byName(fellows: readonly Fellow[], said: string | undefined): Fellow | undefined {
  if (said === undefined) return undefined;
  const id = /^<@!?([^|>]+)/.exec(said.trim())?.[1];
  const name = fold(said.trim().replace(/^@/, ""));
  return (
    fellows.find(({ userId }) => userId === id) ??
    fellows.find((each) => fold(each.name) === name) ??
    onlyOne(fellows.filter((each) => fold(each.name).split(" ").includes(name)))
  );
}

const onlyOne = <T>(all: readonly T[]): T | undefined => (all.length === 1 ? all[0] : undefined);

async function showTaste(ctx: ViewContext, key: string): Promise<Reply | undefined> {
  const { t, company: here, person, music } = ctx;
  const parsed = tasteKey.safeParse(jsonOf(key));
  if (!parsed.success) return undefined;
  const [other, fromAt, untilAt, period] = parsed.data;
  const found = await here.taste(other, { fromAt, untilAt });
  const fellows = await here.fellows();
  const [me, them] = [person.id, other].map((id) => fellows.find(({ personId }) => personId === id)?.name);
  if (!found || me === undefined || them === undefined) return say(t("taken_back"));
  const when = t("period", { period, from: new Date(fromAt), until: new Date(untilAt - 1) });
  const heading = t("taste.heading", { me, them, percent: Math.round(found.match * 100) });
  const items = found.shared.map(({ name, url, mine, theirs }) => ({
    title: name,
    detail: t("taste.both", { me, them, mine, theirs }),
    ...(url === undefined ? {} : { url }),
  }));
  const notes = [t("taste.how", { when }), ...(found.thin ? [t("taste.thin")] : [])];
  return table(ctx, heading, items, t("taste.nothing"), notes, music.provider.terms.attribution);
}

async function streaks(ctx: Of<"compare.streaks">): Promise<Reply> {
  if (ctx.direct) return ownStreak(ctx);
  const all = await company(ctx);
  return "reply" in all ? all.reply : ctx.view(companyViews.streaks, "here");
}

/** One's own, to oneself. */
async function ownStreak({ t, mine, person, statistics }: Context): Promise<Reply> {
  if (!statistics) return aside(t("statistics_off"));
  const { current, longest } = await mine.streaks(person.timeZone ?? "UTC");
  if (!longest) return say(t("streaks.none"));
  return say(
    t("streaks.own", {
      days: current?.days ?? 0,
      longest: longest.days,
      from: new Date(longest.fromAt),
      until: new Date(longest.untilAt - 1),
    }),
  );
}

async function showStreaks(ctx: ViewContext): Promise<Reply | undefined> {
  const { t, company: here, music } = ctx;
  const all = await here.fellows();
  if (all.length === 0) return say(t("taken_back"));
  const items = (await here.streaks())
    .slice(0, maxStreaks)
    .map(({ name, days, longest }) => ({ title: name, detail: t("streaks.days", { days, longest }) }));
  const notes = [t("counted", { count: all.length })];
  return table(ctx, t("streaks.heading"), items, t("streaks.nobody"), notes, music.provider.terms.attribution);
}

/** To the place itself: nobody asked. */
async function showMilestone({ t, company: here }: ViewContext, key: string): Promise<Reply | undefined> {
  const parsed = milestoneKey.safeParse(jsonOf(key));
  if (!parsed.success) return undefined;
  const fellow = await here.seen(parsed.data[0]);
  if (!fellow) return (await here.stands(companyViews.milestone, key)) ? say(t("taken_back")) : undefined;
  const { what: kind, count, artist = "" } = parsed.data[1];
  const text = t(`milestone.${kind}`, { who: fellow.name, count, artist });
  return say(text, [
    { type: "text", text },
    { type: "buttons", buttons: [button(t("button.mine"), "compare.share")] },
  ]);
}

function table(
  { t }: Pick<ViewContext, "t">,
  heading: string,
  items: { title: string; detail: string; url?: string }[],
  otherwise: string,
  notes: readonly string[],
  attribution: string,
): Reply {
  const lines =
    items.length > 0 ? items.map(({ title, detail }, at) => `${at + 1}. ${title} · ${detail}`) : [otherwise];
  return say(
    [heading, ...lines, ...notes].join("\n"),
    [
      { type: "heading", text: heading },
      items.length > 0 ? { type: "list", ordered: true, items } : { type: "text", text: otherwise },
      ...notes.map((text): Block => ({ type: "text", text })),
      { type: "buttons", buttons: [button(t("button.mine"), "compare.share")] },
      { type: "attribution", text: attribution },
    ],
    { visibility: "public" },
  );
}

function jsonOf(key: string): unknown {
  try {
    return JSON.parse(key);
  } catch {
    return undefined;
  }
}

const shortName = (name: string): string =>
  name.length > maxName ? `${[...name].slice(0, maxName - 1).join("")}…` : name;
