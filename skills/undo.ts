import { z } from "zod";
import { isSegueError } from "../src/contracts/errors.ts";
import type { Undone } from "../src/contracts/player.ts";
import { say } from "../src/contracts/reply.ts";
import { defineSkill, type Translate } from "../src/contracts/skill.ts";
import { named } from "./shared/items.ts";
import { clockTime } from "./shared/times.ts";

export const skill = defineSkill({
  name: "undo",
  intents: { "playback.undo": z.object({}) },
  needs: ["playback", "state"],
  permission: "playback",
  section: "control",
  visibility: "private",
  async run({ music, t }) {
    try {
      return say(told(await music.undo(), t));
    } catch (error) {
      if (isSegueError(error, "NotFound") && error.details.what === "undo") return say(t("nothing"));
      if (isSegueError(error, "Restricted") && error.details.reason === "not_offered")
        return say(t("not_this"), undefined, { kind: "error" });
      throw error;
    }
  },
});

function told(undone: Undone, t: Translate): string {
  return t("undone", {
    act: undone.act,
    name: undone.item ? named(undone.item, t) : "none",
    level: undone.volume ?? 0,
    position: clockTime(undone.positionMs ?? 0),
    state: undone.on === false ? "off" : "on",
    mode: undone.mode ?? "off",
    device: undone.device?.name ?? "none",
    playlist: undone.playlist ?? "none",
  });
}
