import { z } from "zod";
import { say } from "../src/contracts/reply.ts";
import { defineSkill } from "../src/contracts/skill.ts";
import { slotSchemas } from "../src/contracts/vocabulary.ts";
import { onCard } from "./shared/panel.ts";

/** Shuffle and repeat. Said without a state, they are switched on. */
export const skill = defineSkill({
  name: "modes",
  intents: {
    "playback.shuffle": z.object({ state: slotSchemas.state.default("on") }),
    "playback.repeat": z.object({ mode: slotSchemas.mode.default("context") }),
  },
  needs: ["playback", "state"],
  permission: "playback",
  section: "control",
  visibility: "private",
  async run(ctx) {
    const { music, t } = ctx;
    if (ctx.intent === "playback.shuffle") {
      const { changed } = await music.shuffle(ctx.args.state === "on");
      return say(t(changed ? "shuffle" : "shuffle_already", { state: ctx.args.state }), undefined, onCard(music));
    }
    const { changed } = await music.repeat(ctx.args.mode);
    return say(t(changed ? "repeat" : "repeat_already", { mode: ctx.args.mode }), undefined, onCard(music));
  },
});
