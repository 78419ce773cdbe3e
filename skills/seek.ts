import { z } from "zod";
import { isSegueError, SegueError } from "../src/contracts/errors.ts";
import type { Player } from "../src/contracts/player.ts";
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
  section: "control",
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
    const done = await unlessTooFar(() => music.seek(to));
    if ("tooFar" in done) {
      const text = done.endsAtMs === undefined ? t("too_far") : t("past_end", { duration: clockTime(done.endsAtMs) });
      return say(text, undefined, { kind: "error" });
    }
    return say(t("moved", { position: clockTime(done.positionMs), duration: clockTime(done.durationMs) }));
  },
});

type Moved = Awaited<ReturnType<Player["seek"]>>;

/** A bound is counted in ms; people are told the length of the song as they know it. */
async function unlessTooFar(
  seek: () => Promise<Moved>,
): Promise<Moved | { tooFar: true; endsAtMs: number | undefined }> {
  try {
    return await seek();
  } catch (error) {
    if (!isSegueError(error, "InvalidInput") || error.details.why !== "range") throw error;
    return { tooFar: true, endsAtMs: error.details.field === "position" ? error.details.max : undefined };
  }
}
