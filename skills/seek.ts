import { z } from "zod";
import { SegueError } from "../src/contracts/errors.ts";
import { say } from "../src/contracts/reply.ts";
import { defineSkill } from "../src/contracts/skill.ts";
import { slotSchemas } from "../src/contracts/vocabulary.ts";
import { clockTime } from "./shared/times.ts";

export const skill = defineSkill({
  name: "seek",
  intents: {
    "playback.seek": z.object({
      position_s: slotSchemas.position_s.optional(),
      position_pct: slotSchemas.position_pct.optional(),
      offset_s: slotSchemas.offset_s.optional(),
    }),
  },
  needs: ["playback", "state"],
  permission: "playback",
  visibility: "private",
  async run({ args, music, t }) {
    const to =
      args.position_s !== undefined
        ? { positionMs: args.position_s * 1000 }
        : args.offset_s !== undefined
          ? { byMs: args.offset_s * 1000 }
          : args.position_pct !== undefined
            ? { percent: args.position_pct }
            : undefined;
    if (!to) throw new SegueError("InvalidInput", { field: "position_s", why: "required" });
    const done = await music.seek(to);
    return say(t("moved", { position: clockTime(done.positionMs), duration: clockTime(done.durationMs) }));
  },
});
