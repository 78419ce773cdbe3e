import { z } from "zod";
import { SegueError } from "../src/contracts/errors.ts";
import { button, say } from "../src/contracts/reply.ts";
import { defineSkill } from "../src/contracts/skill.ts";

/** "How long is this still?": what is left of the song that plays. */
export const skill = defineSkill({
  // The file is skills/remaining.ts, its words are locales/<language>/remaining.json: one name for all three.
  name: "remaining",

  // One schema per intent: it checks what a button, a slash command or a program sends, and it types ctx.args.
  intents: {
    "remaining.query": z.object({ unit: z.enum(["time", "percent"]).default("time") }),
  },

  // What the person's grant must allow. Core asks for what is missing, and carries on with the command afterwards.
  needs: ["state"],
  // Asked only on a player that several people share.
  permission: "read",
  visibility: "private",

  async run(ctx) {
    const { t, args, music } = ctx;
    const state = await music.state();
    // A skill throws a code and never words of its own: core has the words and the next step for every code.
    if (!state?.item) throw new SegueError("Restricted", { reason: "nothing_playing" });

    const leftMs = Math.max(0, state.item.durationMs - state.progressMs);
    const text =
      args.unit === "percent"
        ? t("percent", { left: Math.round((leftMs / state.item.durationMs) * 100) })
        : t("time", { minutes: Math.floor(leftMs / 60_000), seconds: Math.floor((leftMs % 60_000) / 1_000) });
    // A button is a command as data: it works after a restart, and for whoever presses it.
    const other = args.unit === "percent" ? "time" : "percent";
    return say(text, [
      { type: "text", text },
      { type: "buttons", buttons: [button(t(`as_${other}`), "remaining.query", { unit: other })] },
    ]);
  },
});
