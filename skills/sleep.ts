import { z } from "zod";
import { button, say } from "../src/contracts/reply.ts";
import { defineSkill } from "../src/contracts/skill.ts";
import { slotSchemas } from "../src/contracts/vocabulary.ts";

/** Minutes when somebody only says "sleep timer". */
const usualMinutes = 30;

export const skill = defineSkill({
  name: "sleep",
  intents: {
    "playback.sleep": z.object({ minutes: slotSchemas.minutes.optional(), after: slotSchemas.after.optional() }),
    "playback.stay_awake": z.object({}),
  },
  needs: ["playback", "state"],
  permission: "playback",
  visibility: "private",
  async run(ctx) {
    const { music, t } = ctx;
    if (ctx.intent === "playback.stay_awake") {
      return say(t((await music.sleep(undefined)).cancelled ? "cancelled" : "none"));
    }
    const { minutes, after } = ctx.args;
    const { at } = await music.sleep(after ? { after } : { inMs: (minutes ?? usualMinutes) * 60_000 });
    const text = after
      ? t("after", { after })
      : t("in", { minutes: minutes ?? usualMinutes, at: new Date(at ?? ctx.now) });
    return say(text, [
      { type: "text", text },
      { type: "buttons", buttons: [button(t("button.cancel"), "playback.stay_awake")] },
    ]);
  },
});
