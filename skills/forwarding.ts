import { z } from "zod";
import type { DiaryInfo, DiaryStanding } from "../src/contracts/diaries.ts";
import { isSegueError } from "../src/contracts/errors.ts";
import { type Block, type Button, button, type Reply, say } from "../src/contracts/reply.ts";
import { defineSkill, type SkillContext } from "../src/contracts/skill.ts";
import { asking, diaryAndRest, diaryNamed } from "./shared/diary-names.ts";

const service = z.string().trim().max(60).optional();
const onOff = z.enum(["on", "off"]).optional();

const intents = {
  "diary.forward": z.object({
    service,
    state: onOff,
    sure: z.literal("yes").optional(),
    /** They know that plays may be counted twice. */
    twice: z.literal("yes").optional(),
    act: z.enum(["older", "retry", "playing_on", "playing_off"]).optional(),
  }),
  /** Only `hears` fills the slot, and it is never written down. */
  "diary.token": z.object({ token: z.string().max(200).optional() }),
  "diary.agreed": z.object({ service: z.string().max(60) }),
};
type Context = SkillContext<typeof intents>;
type Args = z.output<(typeof intents)["diary.forward"]>;

/** As ListenBrainz prints its secrets; what they are of is found out by asking. */
const tokenForm = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** Also in a sentence around it ("my token is …"); in an address such a word stands for a recording. */
const tokenIn = (text: string): string | undefined =>
  text.split(/[\s"'`“”„«»<>()[\],;:.!?]+/u).find((word) => tokenForm.test(word));

/** One's plays in one's diary elsewhere: only after leave was given there, and here. */
export const skill = defineSkill({
  name: "forwarding",
  intents,
  needs: [],
  section: "you",
  visibility: "private",
  secrets: ["token"],
  hears(text) {
    const token = /https?:\/\//.test(text) ? undefined : tokenIn(text);
    return token === undefined ? undefined : { intent: "diary.token", slots: { token }, secret: true };
  },
  run(ctx) {
    switch (ctx.intent) {
      case "diary.forward":
        return forward(ctx, ctx.args);
      case "diary.token":
        return token(ctx, ctx.args.token);
      case "diary.agreed":
        return agreed(ctx, ctx.args.service);
    }
  },
});

function reply(text: string, buttons: Button[], kind: Reply["kind"] = "answer", between: Block[] = []): Reply {
  const blocks: Block[] = [{ type: "text", text }, ...between];
  if (buttons.length > 0) blocks.push({ type: "buttons", buttons });
  return say(text, blocks, { kind });
}

const writable = ({ diaries }: Context): DiaryInfo[] =>
  diaries.offered().filter(({ writing }) => writing !== undefined);

/** "/forward listenbrainz off" is typed in one go. */
function together(said: string | undefined, args: Args): Args {
  const state = said === "on" || said === "off" ? said : undefined;
  return args.state === undefined && state !== undefined ? { ...args, state } : args;
}

async function forward(ctx: Context, given: Args): Promise<Reply> {
  const { t, diaries, person } = ctx;
  const offered = writable(ctx);
  if (offered.length === 0) return say(t("nothing"), undefined, { kind: "error" });
  const named = diaryAndRest(offered, given.service);
  const only = offered.length === 1 && given.service === undefined ? offered[0] : undefined;
  const args = together(named?.rest, given);
  const diary = named?.diary ?? only;
  if (!diary) return choose(ctx, offered, args);
  const standing = (await diaries.of(person.id)).find((each) => each.diary === diary.id);
  if (args.state === "off") {
    const before = standing?.forwards ?? "off";
    await diaries.forward(person.id, diary.id, { on: false });
    return say(t(before === "off" ? "off_already" : "off", { diary: diary.name }));
  }
  return asking(
    async () => {
      if (args.state === "on") return begin(ctx, diary, standing, args);
      if (standing && args.act) return act(ctx, diary, args.act);
      return standing ? status(ctx, diary, standing) : begin(ctx, diary, standing, args);
    },
    diary,
    t,
  );
}

function choose({ t }: Context, offered: readonly DiaryInfo[], { state, service: said }: Args): Reply {
  const buttons = offered.map(({ id, name }) =>
    button(name, "diary.forward", { service: id, ...(state === undefined ? {} : { state }) }),
  );
  const text = [...(said === undefined ? [] : [t("no_such", { given: said })]), t("choose")].join("\n");
  return reply(text, buttons, "question");
}

/** Leave there first, then a yes here, after it was looked whether somebody writes there already. */
async function begin(
  ctx: Context,
  diary: DiaryInfo,
  standing: DiaryStanding | undefined,
  { sure, twice }: Args,
): Promise<Reply> {
  const { t, diaries, person, signal } = ctx;
  if (!standing?.writable) return leaveFor(ctx, diary);
  const values = { diary: diary.name, name: standing.userName };
  const slots = { service: diary.id, state: "on" };
  if (!sure) {
    if (standing.forwards === "on") return status(ctx, diary, standing);
    const doubled = standing.forwards === "doubled" || (await diaries.doubles(person.id, diary.id, signal));
    const buttons = [
      doubled
        ? button(t("button.twice"), "diary.forward", { ...slots, sure: "yes", twice: "yes" }, "danger")
        : button(t("button.yes"), "diary.forward", { ...slots, sure: "yes" }, "primary"),
      button(t("button.no"), "diary.forward", { service: diary.id, state: "off" }),
    ];
    return reply(t(doubled ? "ask_doubled" : "ask", values), buttons, "question");
  }
  await diaries.forward(person.id, diary.id, { on: true, ...(twice ? { doublesAgreed: true } : {}) });
  const buttons = [
    ...(standing.scanUntilAt === undefined
      ? [
          button(t(diary.oldestMs === undefined ? "button.older" : "button.older_days", days(diary)), "diary.forward", {
            service: diary.id,
            act: "older",
          }),
        ]
      : []),
    button(t("button.playing_on"), "diary.forward", { service: diary.id, act: "playing_on" }),
    button(t("button.status"), "diary.forward", { service: diary.id }),
  ];
  return reply(t("on", values), buttons);
}

const days = ({ oldestMs = 0 }: DiaryInfo) => ({ days: Math.floor(oldestMs / 86_400_000) });

async function leaveFor({ t, diaries, person, signal }: Context, diary: DiaryInfo): Promise<Reply> {
  const { id, name, writing } = diary;
  if (writing?.how === "token") {
    const text = t("leave.token", { diary: name });
    return say(`${text}\n${writing.where}`, [
      { type: "text", text },
      { type: "link", label: t("leave.open", { diary: name }), url: writing.where },
    ]);
  }
  const { url, expiresAt } = await diaries.agree(person.id, id, signal);
  const text = t("leave.page", { diary: name, until: new Date(expiresAt) });
  return say(`${text}\n${url}`, [
    { type: "text", text },
    { type: "link", label: t("leave.open", { diary: name }), url },
    { type: "buttons", buttons: [button(t("button.agreed"), "diary.agreed", { service: id }, "primary")] },
  ]);
}

async function token(ctx: Context, given: string | undefined): Promise<Reply> {
  const { t, diaries, person, direct, signal } = ctx;
  // Others may have read it: whoever has it writes into that diary.
  if (!direct) return say(t("token.public"), undefined, { kind: "error" });
  const id = given === undefined ? undefined : diaries.tokenOf(given);
  const diary = diaryNamed(writable(ctx), id);
  if (given === undefined || !diary) return say(t("token.again"), undefined, { kind: "error" });
  return asking(
    async () => {
      try {
        const standing = await diaries.giveToken(person.id, diary.id, given, signal);
        return standing.forwards === "on" ? status(ctx, diary, standing) : begin(ctx, diary, standing, {});
      } catch (error) {
        if (!isSegueError(error, "InvalidInput")) throw error;
        return say(t("token.wrong", { diary: diary.name }), undefined, { kind: "error" });
      }
    },
    diary,
    t,
  );
}

async function agreed(ctx: Context, said: string): Promise<Reply> {
  const { t, diaries, person, signal } = ctx;
  const diary = diaryNamed(writable(ctx), said);
  if (!diary) return say(t("nothing"), undefined, { kind: "error" });
  return asking(
    async () => {
      try {
        const standing = await diaries.agreed(person.id, diary.id, signal);
        if (standing)
          return standing.forwards === "on" ? status(ctx, diary, standing) : begin(ctx, diary, standing, {});
        const again = button(t("button.agreed"), "diary.agreed", { service: diary.id }, "primary");
        return reply(t("leave.not_yet", { diary: diary.name }), [again], "error");
      } catch (error) {
        if (!isSegueError(error, "InvalidInput")) throw error;
        const again = button(t("button.again"), "diary.forward", { service: diary.id, state: "on" }, "primary");
        return reply(t("leave.expired", { diary: diary.name }), [again], "error");
      }
    },
    diary,
    t,
  );
}

async function act(ctx: Context, diary: DiaryInfo, what: NonNullable<Args["act"]>): Promise<Reply> {
  const { t, diaries, person } = ctx;
  const { id, name } = diary;
  if (what === "retry") return say(t("retried", { diary: name, plays: await diaries.retry(person.id, id) }));
  if (what === "older") {
    await diaries.forward(person.id, id, { older: true });
    return say(t(diary.oldestMs === undefined ? "older" : "older_days", { diary: name, ...days(diary) }));
  }
  await diaries.forward(person.id, id, { playingNow: what === "playing_on" });
  return say(t(what, { diary: name }));
}

async function status(ctx: Context, diary: DiaryInfo, standing: DiaryStanding): Promise<Reply> {
  const { t, diaries, person } = ctx;
  const { forwards, counts, playingNow, retryAt, fromAt, scanUntilAt } = standing;
  const slots = { service: diary.id };
  const dead = counts.dead > 0 ? await diaries.dead(person.id, diary.id) : [];
  const underWay = counts.waiting + counts.sending;
  const lines = [
    t(`status.${forwards}`, { diary: diary.name, name: standing.userName, since: new Date(fromAt) }),
    ...(forwards === "on" && underWay > 0 ? [t("status.waiting", { plays: underWay })] : []),
    ...(forwards === "on" && retryAt !== undefined && retryAt > ctx.now
      ? [t("status.retry", { diary: diary.name, at: new Date(retryAt) })]
      : []),
    ...(counts.sent > 0 ? [t("status.sent", { plays: counts.sent })] : []),
    ...(counts.there > 0 ? [t("status.there", { plays: counts.there })] : []),
    ...(counts.dead > 0 ? [t("status.dead", { plays: counts.dead, diary: diary.name })] : []),
  ];
  const list: Block[] =
    dead.length === 0
      ? []
      : [
          {
            type: "list",
            ordered: false,
            items: dead.slice(0, 10).map(({ entry, why }) => ({
              title: `${entry.title} – ${entry.artists[0] ?? ""}`,
              detail: t("status.dead_row", { why: why ?? "refused", at: new Date(entry.at) }),
            })),
          },
        ];
  const on = forwards === "on";
  const buttons = [
    ...(on
      ? [
          button(t(playingNow ? "button.playing_off" : "button.playing_on"), "diary.forward", {
            ...slots,
            act: playingNow ? "playing_off" : "playing_on",
          }),
        ]
      : [button(t("button.on"), "diary.forward", { ...slots, state: "on" }, "primary")]),
    ...(on && scanUntilAt === undefined
      ? [
          button(t(diary.oldestMs === undefined ? "button.older" : "button.older_days", days(diary)), "diary.forward", {
            ...slots,
            act: "older",
          }),
        ]
      : []),
    ...(counts.dead > 0 ? [button(t("button.retry"), "diary.forward", { ...slots, act: "retry" })] : []),
    ...(forwards === "off" ? [] : [button(t("button.off"), "diary.forward", { ...slots, state: "off" })]),
  ];
  const said = [
    ...lines,
    ...(list.length > 0 ? dead.slice(0, 10).map(({ entry }) => `${entry.title} – ${entry.artists[0] ?? ""}`) : []),
  ];
  return say(said.join("\n"), [
    { type: "text", text: lines.join("\n") },
    ...list,
    ...(buttons.length > 0 ? [{ type: "buttons" as const, buttons }] : []),
  ]);
}
