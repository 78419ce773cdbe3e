import { z } from "zod";
import { button, type Reply, say } from "../src/contracts/reply.ts";
import { defineSkill, type SkillContext } from "../src/contracts/skill.ts";
import { slotSchemas } from "../src/contracts/vocabulary.ts";

const intents = {
  "watch.manual": z.object({ act: z.literal("stop").optional(), minutes: slotSchemas.minutes.optional() }),
};

const minuteMs = 60_000;
const moreMinutes = 30;

/** Looks at what plays for a while, though nothing else would ask for it. */
export const skill = defineSkill({
  name: "watch",
  intents,
  needs: ["state"],
  permission: "worker",
  section: "you",
  visibility: "private",
  async run(ctx) {
    const { watching, args, music, now, t } = ctx;
    if (args.act === "stop") return say(t((await watching.stop()) ? "stopped" : "stopped_already"));
    const before = watching.until();
    if (before !== undefined && args.minutes === undefined) return running(ctx, before);
    const until = await watching.start(args.minutes === undefined ? undefined : args.minutes * minuteMs);
    const text = t("started", { player: music.name, until: new Date(until), minutes: minutesTo(until, now) });
    return say(text, [
      { type: "text", text },
      { type: "buttons", buttons: [stopButton(ctx)] },
    ]);
  },
});

function running(ctx: SkillContext<typeof intents>, until: number): Reply {
  const minutes = minutesTo(until, ctx.now);
  const text = ctx.t("running", { player: ctx.music.name, until: new Date(until), minutes });
  const more = button(ctx.t("button.more", { minutes: moreMinutes }), "watch.manual", {
    minutes: Math.min(24 * 60, minutes + moreMinutes),
  });
  return say(text, [
    { type: "text", text },
    { type: "buttons", buttons: [more, stopButton(ctx)] },
  ]);
}

function stopButton({ t }: Pick<SkillContext<typeof intents>, "t">) {
  return button(t("button.stop"), "watch.manual", { act: "stop" });
}

function minutesTo(until: number, now: number): number {
  return Math.max(1, Math.ceil((until - now) / minuteMs));
}
