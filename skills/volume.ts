import { say } from "../src/contracts/reply.ts";
import { defineSkill } from "../src/contracts/skill.ts";
import { slotSchemas } from "../src/contracts/vocabulary.ts";
import { whereArgs, whereOf } from "./shared/play-args.ts";

/** Percent points that "louder" means, by how it was said. */
const steps = { small: 5, usual: 10, large: 25 };

const stepArgs = whereArgs.extend({ size: slotSchemas.size.optional(), delta: slotSchemas.delta.optional() });

export const skill = defineSkill({
  name: "volume",
  intents: {
    "volume.set": whereArgs.extend({ level: slotSchemas.level }),
    "volume.up": stepArgs,
    "volume.down": stepArgs,
    "volume.mute": whereArgs,
    "volume.unmute": whereArgs,
    "volume.query": whereArgs,
  },
  needs: ["playback", "state"],
  permission: "playback",
  visibility: "private",
  async run(ctx) {
    const { music, t } = ctx;
    const where = whereOf(ctx.args);
    switch (ctx.intent) {
      case "volume.set": {
        const { to } = await music.volume({ to: ctx.args.level }, where);
        return say(t("set", { level: to }));
      }
      case "volume.up":
      case "volume.down": {
        const step = Math.abs(ctx.args.delta ?? steps[ctx.args.size ?? "usual"]);
        const { from, to } = await music.volume({ by: ctx.intent === "volume.up" ? step : -step }, where);
        if (from === to && (to === 0 || to === 100)) return say(t(to === 0 ? "lowest" : "highest"));
        return say(t(ctx.intent === "volume.up" ? "louder" : "quieter", { level: to }));
      }
      case "volume.mute":
        await music.volume("mute", where);
        return say(t("muted"));
      case "volume.unmute": {
        const { to } = await music.volume("unmute", where);
        return say(t("unmuted", { level: to }));
      }
      case "volume.query": {
        const state = await music.state();
        const level = state?.device?.volume;
        return say(level === undefined ? t("unknown") : t("is", { level, device: state?.device?.name ?? "none" }));
      }
    }
  },
});
