import { z } from "zod";
import type { OwnHistory } from "../src/contracts/history.ts";
import type { Chart, ChartRow, Gap, Played } from "../src/contracts/listening.ts";
import { type Block, button, type Reply, say } from "../src/contracts/reply.ts";
import { defineSkill, type SkillContext, type Translate } from "../src/contracts/skill.ts";
import { slotSchemas } from "../src/contracts/vocabulary.ts";
import { type AskedPeriod, allTime, periodOf } from "./shared/periods.ts";

const intents = {
  "history.recent": z.object({ limit: slotSchemas.limit.optional(), period: slotSchemas.period.optional() }),
  "history.top": z.object({
    type: slotSchemas.type.optional(),
    period: slotSchemas.period.optional(),
    limit: slotSchemas.limit.optional(),
    who: slotSchemas.who.optional(),
  }),
  "history.totals": z.object({ period: slotSchemas.period.optional() }),
  "history.search": z.object({ query: slotSchemas.query }),
  "history.hide": z.object({ what: z.enum(["track", "artist", "album"]), id: z.coerce.number().int() }),
  "history.hidden": z.object({ rule: z.coerce.number().int().optional() }),
  "history.delete": z.object({ play: z.coerce.number().int().optional(), sure: z.literal("yes").optional() }),
};
type Context = SkillContext<typeof intents>;

const shown = { usual: 10, most: 25 };
const hourMs = 60 * 60_000;

/** What somebody heard, for them alone: lists of the latest and the most played, sums, and what may be taken out again. */
export const skill = defineSkill({
  name: "history",
  intents,
  needs: [],
  permission: "read",
  visibility: "private",
  async run(ctx) {
    switch (ctx.intent) {
      case "history.recent":
        return recent(ctx);
      case "history.top":
        return top(ctx);
      case "history.totals":
        return totals(ctx);
      case "history.search":
        return search(ctx);
      case "history.hide":
        return hide(ctx);
      case "history.hidden":
        return hidden(ctx);
      case "history.delete":
        return remove(ctx);
    }
  },
});

/** What somebody is told who asks for what was never written down. */
async function withNothing({ history, t }: Context, otherwise: string): Promise<Reply> {
  const { recording, lastAt } = await history.standing();
  if (recording || lastAt !== undefined) return say(otherwise);
  const text = t("not_recording");
  return say(text, [
    { type: "text", text },
    { type: "buttons", buttons: [button(t("button.record"), "recording.set", { state: "on" }, "primary")] },
  ]);
}

async function recent(ctx: Extract<Context, { intent: "history.recent" }>): Promise<Reply> {
  const { args, history, t } = ctx;
  const limit = Math.min(args.limit ?? shown.usual, shown.most);
  const period = args.period === undefined ? undefined : periodOf(ctx, args.period);
  const found = await history.recent({ limit, ...(period ? { beforeAt: period.untilAt } : {}) });
  const plays = period ? found.filter(({ startedAt }) => startedAt >= period.fromAt) : found;
  if (plays.length === 0) return withNothing(ctx, t("recent.none", inWords(period ?? allTime(ctx.now), t)));
  const lines = plays.map((play) => ({
    title: playedTitle(play, t),
    detail: t("recent.at", { at: new Date(play.startedAt) }),
    ...linkOf(play),
  }));
  const heading = t("recent.heading", inWords(period ?? allTime(ctx.now), t));
  return say([heading, ...lines.map(({ title, detail }) => `${title} · ${detail}`)].join("\n"), [
    { type: "heading", text: heading },
    { type: "list", ordered: false, items: lines },
    ...(await unknownTime(history, period, t)),
  ]);
}

async function top(ctx: Extract<Context, { intent: "history.top" }>): Promise<Reply> {
  const { args, history, music, t } = ctx;
  if (!ctx.statistics) return say(t("statistics_off"));
  if (args.who !== undefined && args.who !== "me" && !music.shared) return say(t("only_own"));
  const chart = chartOf(args.type);
  if (chart === undefined) return say(t("no_such_chart"));
  const period = args.period === undefined ? periodOf(ctx, "P4W") : periodOf(ctx, args.period);
  const rows = await history.top(chart, period, { limit: Math.min(args.limit ?? shown.usual, shown.most) });
  if (rows.length === 0) return withNothing(ctx, t("top.none", inWords(period, t)));
  const heading = t("top.heading", { chart, ...inWords(period, t) });
  const lines = rows.map((row) => charted(row, t));
  const what = hideable[chart];
  return say([heading, ...lines.map(({ title, detail }, at) => `${at + 1}. ${title} · ${detail}`)].join("\n"), [
    { type: "heading", text: heading },
    { type: "list", ordered: true, items: lines },
    ...(await unknownTime(history, period, t)),
    ...(what === undefined ? [] : [hidePicker(rows, what, t)]),
  ]);
}

async function totals(ctx: Extract<Context, { intent: "history.totals" }>): Promise<Reply> {
  const { args, history, t } = ctx;
  if (!ctx.statistics) return say(t("statistics_off"));
  const period = periodOf(ctx, args.period ?? "this_week");
  const sums = await history.totals(period);
  if (sums.plays === 0) return withNothing(ctx, t("top.none", inWords(period, t)));
  const { plays, tracks, artists } = sums;
  const text = t("totals", { time: lengthInWords(sums.listenedMs, t), plays, tracks, artists, ...inWords(period, t) });
  return say(text, [{ type: "text", text }, ...(await unknownTime(history, period, t))]);
}

async function search(ctx: Extract<Context, { intent: "history.search" }>): Promise<Reply> {
  const { args, history, t } = ctx;
  const rows = await history.search(args.query, { limit: shown.usual });
  if (rows.length === 0) return withNothing(ctx, t("search.none", { query: args.query }));
  const heading = t("search.heading", { query: args.query });
  const lines = rows.map((row) => charted(row, t));
  return say([heading, ...lines.map(({ title, detail }) => `${title} · ${detail}`)].join("\n"), [
    { type: "heading", text: heading },
    { type: "list", ordered: false, items: lines },
  ]);
}

async function hide({ args, history, t }: Extract<Context, { intent: "history.hide" }>): Promise<Reply> {
  const { rule, plays } = await history.hide({ what: args.what, id: args.id });
  const text = t("hidden.done", { plays });
  return say(text, [
    { type: "text", text },
    { type: "buttons", buttons: [button(t("button.unhide"), "history.hidden", { rule: rule.id })] },
  ]);
}

async function hidden({ args, history, t }: Extract<Context, { intent: "history.hidden" }>): Promise<Reply> {
  if (args.rule !== undefined) {
    const plays = await history.unhide(args.rule);
    return say(plays === undefined ? t("hidden.gone") : t("hidden.back", { plays }));
  }
  const rules = await history.rules();
  if (rules.length === 0) return say(t("hidden.none"));
  const text = t("hidden.list", { count: rules.length });
  const options = rules.slice(0, shown.most).map(({ id, part, createdAt }) => ({
    label: t("hidden.rule", { what: part.what, at: new Date(createdAt) }),
    command: { intent: "history.hidden", slots: { rule: id } },
  }));
  return say(text, [
    { type: "text", text },
    { type: "select", label: t("hidden.pick"), options },
  ]);
}

async function remove({ args, history, now, t }: Extract<Context, { intent: "history.delete" }>): Promise<Reply> {
  if (args.play !== undefined && args.sure) {
    await history.remove(args.play);
    return say(t("deleted"));
  }
  if (args.play !== undefined) {
    const text = t("delete.sure");
    const yes = button(t("button.delete"), "history.delete", { play: args.play, sure: "yes" }, "danger");
    return say(
      text,
      [
        { type: "text", text },
        { type: "buttons", buttons: [yes] },
      ],
      { kind: "question" },
    );
  }
  const plays = await history.recent({ limit: shown.most });
  if (plays.length === 0) return say(t("recent.none", inWords(allTime(now), t)));
  const text = t("delete.pick");
  const options = plays.map((play) => ({
    label: playedTitle(play, t).slice(0, 100),
    detail: t("recent.at", { at: new Date(play.startedAt) }),
    command: { intent: "history.delete", slots: { play: play.playId } },
  }));
  return say(text, [{ type: "select", label: text, options }]);
}

const hideable: Partial<Record<Chart, "track" | "artist" | "album">> = {
  tracks: "track",
  artists: "artist",
  albums: "album",
};

/** Undefined for what nobody counts (genres, playlists). */
function chartOf(type: Extract<Context, { intent: "history.top" }>["args"]["type"]): Chart | undefined {
  if (type === undefined) return "tracks";
  const charts: Partial<Record<typeof type, Chart>> = {
    track: "tracks",
    tracks: "tracks",
    artist: "artists",
    artists: "artists",
    album: "albums",
    albums: "albums",
    episode: "episodes",
    show: "episodes",
  };
  return charts[type];
}

function hidePicker(rows: readonly ChartRow[], what: "track" | "artist" | "album", t: Translate): Block {
  return {
    type: "select",
    label: t("hide.pick"),
    options: rows.map(({ id, name, by }) => ({
      label: (by === undefined ? name : t("item.by", { title: name, maker: by, type: "track" })).slice(0, 100),
      command: { intent: "history.hide", slots: { what, id } },
    })),
  };
}

function charted(row: ChartRow, t: Translate) {
  const title = row.by === undefined ? row.name : t("item.by", { title: row.name, maker: row.by, type: "track" });
  return {
    title,
    detail: t("top.plays", { plays: row.plays, time: lengthInWords(row.listenedMs, t) }),
    ...linkOf(row),
  };
}

function playedTitle({ title, by }: Played, t: Translate): string {
  return by === undefined ? title : t("item.by", { title, maker: by, type: "track" });
}

function linkOf({ url }: { url?: string }): { url?: string } {
  return url === undefined ? {} : { url };
}

/** "3 hours 5 minutes", in the person's language. */
function lengthInWords(ms: number, t: Translate): string {
  const minutes = Math.round(ms / 60_000);
  return t("length", { hours: Math.floor(minutes / 60), minutes: minutes % 60 });
}

function inWords({ name, fromAt, untilAt }: AskedPeriod, t: Translate): { period: string; when: string } {
  return { period: name, when: t("period", { period: name, from: new Date(fromAt), until: new Date(untilAt - 1) }) };
}

/** Sums are honest about what nobody knows. */
async function unknownTime(history: OwnHistory, period: AskedPeriod | undefined, t: Translate): Promise<Block[]> {
  if (!period) return [];
  const gaps: Gap[] = await history.gaps(period);
  const ms = gaps.reduce(
    (sum, { fromAt, untilAt }) => sum + Math.min(untilAt, period.untilAt) - Math.max(fromAt, period.fromAt),
    0,
  );
  return ms < hourMs ? [] : [{ type: "text", text: t("at_least", { hours: Math.round(ms / hourMs) }) }];
}
