import { z } from "zod";
import { erasureReceipt } from "../src/contracts/erasing.ts";
import { type Block, button, type Reply, say } from "../src/contracts/reply.ts";
import { shareUses } from "../src/contracts/sharing.ts";
import { defineSkill, type SkillContext } from "../src/contracts/skill.ts";
import { slotSchemas } from "../src/contracts/vocabulary.ts";
import { allTime } from "./shared/periods.ts";
import { milestonesSeen, placeTitle, privacyRows } from "./shared/privacy-rows.ts";

const id = z.string().max(300);
const intents = {
  "privacy.show": z.object({}),
  "privacy.set": z.object({ what: z.enum(["recording", "private", "milestones"]), state: slotSchemas.state }),
  /** Without anything: all of it, everywhere. */
  "privacy.revoke": z.object({
    use: z.enum(shareUses).optional(),
    platform: z.string().max(60).optional(),
    tenant: id.optional(),
    id: id.optional(),
  }),
  "privacy.delete": z.object({ step: z.enum(["sure", "yes"]).optional() }),
};
type Context = SkillContext<typeof intents>;
type Of<I extends keyof typeof intents> = Extract<Context, { intent: I }>;

const hiddenMs = 2 * 60 * 60_000;
/** The tightest platform shows this many options. */
const maxOptions = 25;
/** What asks for each use, with a preview of the very message. */
const asks = {
  announce: { intent: "announce.set", slots: { what: "me" } },
  digest: { intent: "digest.join", slots: { state: "on" } },
  compare: { intent: "compare.share", slots: { state: "on" } },
} as const;

/** Everything that is kept of somebody and shown to others, on one screen with its switches; and the end of all of it. */
export const skill = defineSkill({
  name: "privacy",
  intents,
  needs: [],
  section: "you",
  visibility: "private",
  async run(ctx) {
    switch (ctx.intent) {
      case "privacy.show":
        return screen(ctx);
      case "privacy.set":
        return set(ctx);
      case "privacy.revoke":
        return revoke(ctx);
      case "privacy.delete":
        return remove(ctx);
    }
  },
});

async function screen(ctx: Context, said?: string): Promise<Reply> {
  const { t, sharing, person, place, direct } = ctx;
  const [rows, shares] = await Promise.all([privacyRows(ctx), sharing.of(person.id)]);
  const offered = new Set(ctx.commands().map(({ intent }) => intent));
  const switches = rows.flatMap(({ button: one }) => one ?? []);
  const here = new Set(
    shares
      .filter(({ place: at }) => at.platform === place.platform && at.tenant === place.tenant && at.id === place.id)
      .map(({ use }) => use),
  );
  const open = shareUses.filter((use) => !direct && ctx.statistics && !here.has(use) && offered.has(asks[use].intent));
  const ends = [
    ...(offered.has("history.export") ? [button(t("button.export"), "history.export")] : []),
    button(t("button.delete"), "privacy.delete", {}, "danger"),
  ];
  const title = t("title");
  const fields = rows.map(({ name, value }) => ({ name, value }));
  const kept = t("kept");
  const blocks: Block[] = [
    ...(said === undefined ? [] : [{ type: "text" as const, text: said }]),
    { type: "heading", text: title },
    { type: "fields", fields },
    { type: "text", text: kept },
    ...(switches.length > 0 ? [{ type: "buttons" as const, buttons: switches }] : []),
    ...(open.length > 0
      ? [
          {
            type: "buttons" as const,
            buttons: open.map((use) => button(t(`button.share.${use}`), asks[use].intent, { ...asks[use].slots })),
          },
        ]
      : []),
    ...(shares.length > 0 ? [await takeBack(ctx, shares)] : []),
    { type: "buttons", buttons: ends },
  ];
  const lines = [
    ...(said === undefined ? [] : [said]),
    title,
    ...fields.map(({ name, value }) => `${name}: ${value}`),
    kept,
  ];
  return say(lines.join("\n"), blocks);
}

async function takeBack(
  { t, place, here }: Context,
  shares: Awaited<ReturnType<Context["sharing"]["of"]>>,
): Promise<Extract<Block, { type: "select" }>> {
  const every = { label: t("take_back.all"), command: { intent: "privacy.revoke", slots: {} } };
  const one = async ({ use, place: at, sinceAt }: (typeof shares)[number]) => {
    const isHere = at.platform === place.platform && at.tenant === place.tenant && at.id === place.id;
    return {
      label: t("take_back.one", { use: t(`use.${use}`), place: isHere ? "here" : await placeTitle(here, at) }),
      detail: t("since", { at: new Date(sinceAt) }),
      command: { intent: "privacy.revoke", slots: { use, ...at } },
    };
  };
  const each = await Promise.all(shares.slice(0, maxOptions - 1).map(one));
  return { type: "select", label: t("take_back.pick"), options: [...each, ...(each.length > 1 ? [every] : [])] };
}

async function set(ctx: Of<"privacy.set">): Promise<Reply> {
  const { args, mine, now, t } = ctx;
  const on = args.state === "on";
  switch (args.what) {
    case "recording":
      // What is kept, and for how long, is read before it begins.
      if (on) return ask(ctx);
      await mine.setRecording(false);
      return screen(ctx, t("said.recording_off"));
    case "private": {
      const untilAt = now + hiddenMs;
      await mine.setPrivate(on ? untilAt : undefined);
      // A longer one that had begun before goes on.
      const { privateUntil = untilAt } = await mine.standing();
      return screen(ctx, on ? t("said.private_on", { until: new Date(privateUntil) }) : t("said.private_off"));
    }
    case "milestones":
      await mine.tellMilestones(on);
      return screen(ctx, on ? t("said.milestones_on", { seen: await milestonesSeen(ctx) }) : t("said.milestones_off"));
  }
}

function ask({ t }: Context): Reply {
  const text = t("ask_recording");
  return say(text, [
    { type: "text", text },
    { type: "buttons", buttons: [button(t("button.record"), "recording.set", { state: "on" }, "primary")] },
  ]);
}

async function revoke(ctx: Of<"privacy.revoke">): Promise<Reply> {
  const { args, sharing, person, t } = ctx;
  const { use, platform, tenant, id: spot } = args;
  const place =
    platform !== undefined && tenant !== undefined && spot !== undefined ? { platform, tenant, id: spot } : undefined;
  const gone = await sharing.revoke({ personId: person.id, ...(use && { use }), ...(place && { place }) });
  return screen(ctx, t("said.revoked", { count: gone.length }));
}

async function remove(ctx: Of<"privacy.delete">): Promise<Reply> {
  const { args, t, mine, now, person, erasing } = ctx;
  const keep = button(t("button.keep"), "privacy.show");
  if (args.step === "yes") {
    const { user, place, direct, locale } = ctx;
    const zone = person.timeZone === undefined ? {} : { timeZone: person.timeZone };
    const erasure = await erasing.erase({ personId: person.id, user, place, direct, locale, ...zone }, await ctx.key());
    return erasure.status === "done"
      ? erasureReceipt(erasure, t)
      : say(t("delete.begun", { receipt: erasure.receipt }));
  }
  if (args.step === "sure")
    return question(t("delete.sure"), [
      button(t("button.delete_now"), "privacy.delete", { step: "yes" }, "danger"),
      keep,
    ]);
  const [{ plays }, shares] = await Promise.all([mine.totals(allTime(now)), ctx.sharing.of(person.id)]);
  const text = [
    t("delete.ask", { plays, shares: shares.length }),
    ...(person.operator ? [t("delete.operator")] : []),
  ].join("\n");
  const exported = ctx.commands().some(({ intent }) => intent === "history.export");
  return question(text, [
    ...(exported && plays > 0 ? [button(t("button.export_first"), "history.export", {}, "primary")] : []),
    button(t("button.go_on"), "privacy.delete", { step: "sure" }, "danger"),
    keep,
  ]);
}

function question(text: string, buttons: ReturnType<typeof button>[]): Reply {
  return say(
    text,
    [
      { type: "text", text },
      { type: "buttons", buttons },
    ],
    { kind: "question" },
  );
}
