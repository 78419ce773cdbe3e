import { z } from "zod";
import { button, type Reply, say } from "../src/contracts/reply.ts";
import { defineSkill, type SkillContext } from "../src/contracts/skill.ts";
import { slotSchemas } from "../src/contracts/vocabulary.ts";

const intents = {
  "recording.set": z.object({ state: slotSchemas.state.optional(), sure: z.literal("yes").optional() }),
  "recording.private": z.object({
    minutes: slotSchemas.minutes.optional(),
    state: slotSchemas.state.optional(),
  }),
};
type Context = SkillContext<typeof intents>;

const usualMinutes = 120;

/** Whether what somebody hears is written down: only after they have read what that means, and not while they want to be left alone. */
export const skill = defineSkill({
  name: "recording",
  intents,
  needs: (intent) => (intent === "recording.set" ? ["state", "history"] : []),
  // To stop, and to look, needs no account.
  requires: "itself",
  permission: "worker",
  visibility: "private",
  async run(ctx) {
    return ctx.intent === "recording.private" ? privately(ctx) : record(ctx);
  },
});

type Recording = Extract<Context, { intent: "recording.set" }>;

/** What a diary or a chat platform shows is written down of whoever has no account. Raises where there is nothing to be written down. */
async function somethingTells({ accounts, diaries, music, person }: Recording): Promise<void> {
  if (music.shared) return;
  const linked = (await accounts.status(person.id)).length > 0;
  const free = async () =>
    (await diaries.of(person.id)).some(({ reads }) => reads) || (await diaries.presenceAllowed(person.id));
  if (linked || !(await free())) await accounts.require(person.id, music.provider.id, ["state", "history"]);
}

async function record(ctx: Recording): Promise<Reply> {
  const { args, history, music, t } = ctx;
  const before = await history.standing();
  if (args.state === "off") {
    if (!before.recording) return say(t("off_already"));
    await history.setRecording(false);
    return say(t("off"));
  }
  if (before.recording) {
    const { privateUntil, firstAt, knownAt } = before;
    const text = [
      firstAt === undefined ? t("on_already") : t("on_since", { since: new Date(firstAt) }),
      ...(knownAt === undefined ? [] : [t("known", { at: new Date(knownAt) })]),
      ...(privateUntil === undefined ? [] : [t("private_until", { until: new Date(privateUntil) })]),
    ].join("\n");
    return say(text, [
      { type: "text", text },
      { type: "buttons", buttons: [button(t("button.stop"), "recording.set", { state: "off" })] },
    ]);
  }
  await somethingTells(ctx);
  if (!args.sure) {
    const text = t(music.shared ? "ask_shared" : "ask", { player: music.name });
    return say(
      text,
      [
        { type: "text", text },
        {
          type: "buttons",
          buttons: [
            button(t("button.yes"), "recording.set", { state: "on", sure: "yes" }, "primary"),
            button(t("button.no"), "recording.set", { state: "off" }),
          ],
        },
      ],
      { kind: "question" },
    );
  }
  await history.setRecording(true);
  return say(t("on"));
}

async function privately(ctx: Extract<Context, { intent: "recording.private" }>): Promise<Reply> {
  const { args, history, now, t } = ctx;
  if (args.state === "off") {
    if (!(await history.setPrivate(undefined))) return say(t("private_not"));
    return say(t((await history.standing()).recording ? "private_ended" : "private_ended_unrecorded"));
  }
  const askedAt = now + (args.minutes ?? usualMinutes) * 60_000;
  await history.setPrivate(askedAt);
  // A longer one that had begun before goes on.
  const { privateUntil = askedAt } = await history.standing();
  const text = t("private", { until: new Date(privateUntil) });
  return say(text, [
    { type: "text", text },
    { type: "buttons", buttons: [button(t("button.end_private"), "recording.private", { state: "off" })] },
  ]);
}
