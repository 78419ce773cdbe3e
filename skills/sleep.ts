import { z } from "zod";
import type { Sleeping } from "../src/contracts/player.ts";
import { button, type Reply, say } from "../src/contracts/reply.ts";
import { defineSkill, type Translate } from "../src/contracts/skill.ts";
import { slotSchemas } from "../src/contracts/vocabulary.ts";
import { msUntil } from "./shared/until-time.ts";

/** Minutes when somebody only says "sleep timer". */
const usualMinutes = 30;

export const skill = defineSkill({
  name: "sleep",
  intents: {
    "playback.sleep": z.object({
      minutes: slotSchemas.minutes.optional(),
      after: slotSchemas.after.optional(),
      time: slotSchemas.time.optional(),
    }),
    "playback.sleep_left": z.object({}),
    "playback.stay_awake": z.object({}),
  },
  needs: ["playback", "state"],
  permission: "playback",
  section: "control",
  visibility: "private",
  async run(ctx) {
    const { music, t } = ctx;
    if (ctx.intent === "playback.stay_awake") {
      return say(t((await music.sleep(undefined)).cancelled ? "cancelled" : "none"));
    }
    const running = await music.sleeping();
    if (ctx.intent === "playback.sleep_left") {
      return running ? answer(ctx, t("running", valuesOf(running))) : say(t("none"));
    }
    const { minutes, after, time } = ctx.args;
    // Whoever names no time wants to know of the one that there is.
    if (running && Object.keys(ctx.args).length === 0) return answer(ctx, t("running", valuesOf(running)));
    const inMs = time === undefined ? (minutes ?? usualMinutes) * 60_000 : msUntil(time, ctx.now, ctx.person.timeZone);
    const { at, replaced } = await music.sleep(after ? { after } : { inMs });
    const text = after
      ? t("after", { after })
      : t("in", { minutes: Math.max(1, Math.round(inMs / 60_000)), at: new Date(at ?? ctx.now) });
    const others = replaced && !replaced.own;
    return answer(ctx, others ? `${text} ${t("replaced", valuesOf(replaced))}` : text);
  },
});

function answer({ t }: { t: Translate }, text: string): Reply {
  return say(text, [
    { type: "text", text },
    { type: "buttons", buttons: [button(t("button.cancel"), "playback.stay_awake")] },
  ]);
}

function valuesOf({ at, after }: Sleeping): { after: string; at: Date } {
  return { after: after ?? "none", at: new Date(at) };
}
