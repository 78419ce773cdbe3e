import { z } from "zod";
import type { DiaryInfo, DiaryStanding } from "../src/contracts/diaries.ts";
import { type Block, type Button, button, type Reply, say } from "../src/contracts/reply.ts";
import { defineSkill, type SkillContext } from "../src/contracts/skill.ts";
import { asking, diaryAndRest, diaryNamed } from "./shared/diary-names.ts";

const service = z.string().trim().max(60);
const name = z.string().trim().max(200);
const yes = z.literal("yes").optional();

const intents = {
  "diary.join": z.object({ service: service.optional(), name: name.optional(), sure: yes }),
  "diary.show": z.object({}),
  "diary.presence": z.object({ state: z.enum(["on", "off"]), sure: yes }),
  "diary.leave": z.object({ service, forget: z.enum(["yes", "no"]).optional(), only: z.literal("reading").optional() }),
};
type Context = SkillContext<typeof intents>;

/**
 * Taking part without an account: what a diary or a chat platform shows of somebody's listening is enough for what plays now, one's
 * history and digests. Everybody joins for themself, after they have read what that means, and leaves with all of it.
 */
export const skill = defineSkill({
  name: "diaries",
  intents,
  needs: [],
  section: "you",
  visibility: "private",
  run(ctx) {
    switch (ctx.intent) {
      case "diary.join":
        return join(ctx, ctx.args);
      case "diary.show":
        return show(ctx);
      case "diary.presence":
        return presence(ctx, ctx.args);
      case "diary.leave":
        return leave(ctx, ctx.args);
    }
  },
  forms: {
    "diary.join": async ({ t }) => ({
      title: t("form.title"),
      fields: [{ slot: "name", label: t("form.name"), type: "text", required: true, max: 100 }],
    }),
  },
});

const platformName = (platform: string): string => platform.charAt(0).toUpperCase() + platform.slice(1);

function withButtons(text: string, buttons: Button[], kind: Reply["kind"] = "answer", before: Block[] = []): Reply {
  const blocks: Block[] = [...before, { type: "text", text }];
  if (buttons.length > 0) blocks.push({ type: "buttons", buttons });
  return say(text, blocks, { kind });
}

/** Somebody with an account is known better by that; a diary then only spares calls. */
const isLinked = async ({ accounts, person }: Context): Promise<boolean> =>
  (await accounts.status(person.id)).length > 0;

async function join(
  ctx: Context,
  args: { service?: string | undefined; name?: string | undefined; sure?: "yes" | undefined },
): Promise<Reply> {
  const { t, diaries, person, signal } = ctx;
  const offered = diaries.offered();
  const named = diaryAndRest(offered, args.service);
  const only = offered.length === 1 && args.service === undefined && args.name ? offered[0] : undefined;
  const diary = named?.diary ?? only;
  if (!diary) return ways(ctx, args.service, args.name);
  const { id } = diary;
  const given = args.name || named?.rest;
  if (given === undefined) {
    const ask = { ...button(t("button.say_name"), "diary.join", { service: id }, "primary"), form: true };
    return withButtons(t("how_name", { diary: diary.name }), [ask], "question");
  }
  return asking(
    async () => {
      if (args.sure) {
        const standing = await diaries.read(person.id, id, given, signal);
        return joined(ctx, diary, standing.userName);
      }
      const { userName, last } = await diaries.look(id, given, signal);
      const by = last?.artists[0]?.name;
      const text = t((await isLinked(ctx)) ? "ask_linked" : "ask", {
        diary: diary.name,
        name: userName,
        last: last ? (by === undefined ? last.title : `${last.title} – ${by}`) : "none",
      });
      const buttons = [
        button(t("button.yes"), "diary.join", { service: id, name: userName, sure: "yes" }, "primary"),
        button(t("button.no"), "diary.show"),
      ];
      return withButtons(text, buttons, "question");
    },
    diary,
    t,
    given,
  );
}

function joined({ t }: Context, diary: DiaryInfo, userName: string): Reply {
  return withButtons(t("joined", { diary: diary.name, name: userName }), [
    button(t("button.recent"), "history.recent"),
    button(t("button.show"), "diary.show"),
  ]);
}

/** What there is to choose from, where nothing was chosen, or something that there is not. */
async function ways(ctx: Context, said: string | undefined, userName: string | undefined): Promise<Reply> {
  const { t, diaries, person } = ctx;
  const allowed = await diaries.presenceAllowed(person.id);
  const buttons = [
    ...(allowed
      ? []
      : diaries.presences.map((platform) =>
          button(t("button.presence", { platform: platformName(platform) }), "diary.presence", { state: "on" }),
        )),
    ...diaries.offered().map(({ id, name: called }) => ({
      ...button(t("button.by_name", { diary: called }), "diary.join", {
        service: id,
        ...(userName === undefined ? {} : { name: userName }),
      }),
      ...(userName === undefined ? { form: true } : {}),
    })),
  ];
  if (buttons.length === 0) return say(t("nothing"), undefined, { kind: "error" });
  const text = [...(said === undefined ? [] : [t("no_such", { given: said })]), t("ways")].join("\n");
  return withButtons(text, buttons, "question");
}

async function presence(
  ctx: Context,
  { state, sure }: { state: "on" | "off"; sure?: "yes" | undefined },
): Promise<Reply> {
  const { t, diaries, person } = ctx;
  if (state === "off") {
    await diaries.allowPresence(person.id, false);
    return say(t("presence.off"));
  }
  if (diaries.presences.length === 0) return say(t("presence.none"), undefined, { kind: "error" });
  const platform = diaries.presences.map(platformName).join(", ");
  if (!sure) {
    const text = t((await isLinked(ctx)) ? "presence.ask_linked" : "presence.ask", { platform });
    const buttons = [
      button(t("button.yes"), "diary.presence", { state: "on", sure: "yes" }, "primary"),
      button(t("button.no"), "diary.show"),
    ];
    return withButtons(text, buttons, "question");
  }
  await diaries.allowPresence(person.id, true);
  return withButtons(t("presence.on", { platform }), [button(t("button.show"), "diary.show")]);
}

async function show(ctx: Context): Promise<Reply> {
  const { t, diaries, person } = ctx;
  const [standings, allowed] = [await diaries.of(person.id), await diaries.presenceAllowed(person.id)];
  const rows = standings.flatMap((standing) => shown(ctx, standing));
  const lines = rows.map(({ line }) => line);
  const blocks: Block[] = rows.flatMap(({ line, buttons }): Block[] => [
    { type: "text", text: line },
    { type: "buttons", buttons },
  ]);
  if (allowed) {
    const line = t("row.presence", { platform: diaries.presences.map(platformName).join(", ") });
    lines.push(line);
    blocks.push(
      { type: "text", text: line },
      { type: "buttons", buttons: [button(t("button.stop"), "diary.presence", { state: "off" })] },
    );
  }
  if (lines.length === 0) return ways(ctx, undefined, undefined);
  return say(lines.join("\n"), blocks);
}

function shown({ t, diaries }: Context, standing: DiaryStanding): { line: string; buttons: Button[] }[] {
  const { diary: id, userName, reads, forwards, counts } = standing;
  const diary = diaries.offered().find((each) => each.id === id);
  if (!diary || userName === "") return [];
  const line = [
    t("row.diary", { diary: diary.name, name: userName }),
    ...(reads ? [t(forwards === "on" ? "row.read_later" : "row.read")] : []),
    ...(diary.writing ? [t(`row.forward_${forwards}`, { sent: counts.sent })] : []),
  ].join(" ");
  const buttons = [
    ...(diary.writing ? [button(t("button.forward"), "diary.forward", { service: id })] : []),
    ...(reads && diary.writing ? [button(t("button.stop"), "diary.leave", { service: id, only: "reading" })] : []),
    ...(reads ? [] : [button(t("button.read"), "diary.join", { service: id, name: userName })]),
    button(t("button.leave"), "diary.leave", { service: id }, "danger"),
  ];
  return [{ line, buttons }];
}

async function leave(
  ctx: Context,
  args: { service: string; forget?: "yes" | "no" | undefined; only?: "reading" | undefined },
): Promise<Reply> {
  const { t, diaries, person } = ctx;
  const diary = diaryNamed(diaries.offered(), args.service);
  const standing = diary && (await diaries.of(person.id)).find((each) => each.diary === diary.id);
  if (!diary || !standing) return say(t("left_before"));
  if (args.only) {
    await diaries.stopReading(person.id, diary.id, false);
    return say(t("presence.off"));
  }
  if (args.forget === undefined) {
    const slots = { service: diary.id };
    const buttons = [
      button(t("button.forget"), "diary.leave", { ...slots, forget: "yes" }, "danger"),
      button(t("button.keep"), "diary.leave", { ...slots, forget: "no" }),
      button(t("button.back"), "diary.show"),
    ];
    return withButtons(t("leave.ask", { diary: diary.name }), buttons, "question");
  }
  const { plays } = await diaries.leave(person.id, diary.id, args.forget === "yes");
  return say(t(args.forget === "yes" ? "leave.forgot" : "leave.kept", { diary: diary.name, plays }));
}
