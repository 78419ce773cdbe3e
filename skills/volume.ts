import type { z } from "zod";
import { SegueError } from "../src/contracts/errors.ts";
import type { Device } from "../src/contracts/music.ts";
import { say } from "../src/contracts/reply.ts";
import { defineSkill } from "../src/contracts/skill.ts";
import { slotSchemas } from "../src/contracts/vocabulary.ts";
import { onCard } from "./shared/panel.ts";
import { whereArgs, whereOf } from "./shared/play-args.ts";

/** Percent points that "louder" means, by how it was said. */
const steps = { small: 5, usual: 10, large: 25 };

const stepArgs = whereArgs.extend({
  size: slotSchemas.size.optional(),
  delta: slotSchemas.delta.optional(),
  share: slotSchemas.share.optional(),
});

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
  section: "control",
  visibility: "private",
  together: ["volume.up", "volume.down"],
  async run(ctx) {
    const { music, t } = ctx;
    const where = whereOf(ctx.args);
    const seen = (text: string) => say(text, undefined, onCard(music));
    switch (ctx.intent) {
      case "volume.set": {
        const { to, device } = await music.volume({ to: ctx.args.level }, where);
        return seen(t("set", { level: to, ...elsewhere(ctx.args, device) }));
      }
      case "volume.up":
      case "volume.down": {
        const { from, to, device } = await music.volume(stepOf(ctx.intent, ctx.args), where);
        if (from === to && (to === 0 || to === 100)) return seen(t(to === 0 ? "lowest" : "highest"));
        const key = ctx.intent === "volume.up" ? "louder" : "quieter";
        return seen(t(key, { level: to, ...elsewhere(ctx.args, device) }));
      }
      case "volume.mute":
        return seen(t((await music.volume("mute", where)).from === 0 ? "muted_already" : "muted"));
      case "volume.unmute": {
        const { from, to } = await music.volume("unmute", where);
        return seen(t(from === to ? "unmuted_already" : "unmuted", { level: to }));
      }
      case "volume.query": {
        const device = (await music.state())?.device;
        if (!device) throw new SegueError("Restricted", { reason: "nothing_playing" });
        if (device.volume === undefined || !device.hasVolume) return say(t("unknown", { device: device.name }));
        return say(t("is", { level: device.volume, device: device.name }));
      }
    }
  },
});

function stepOf(intent: "volume.up" | "volume.down", { share, delta, size }: z.output<typeof stepArgs>) {
  const sign = intent === "volume.up" ? 1 : -1;
  if (share !== undefined) return { times: 1 + (sign * Math.abs(share)) / 100 };
  return { by: sign * Math.abs(delta ?? steps[size ?? "usual"]) };
}

/** A device is named in the answer when it was named in the wish. */
function elsewhere(args: z.output<typeof whereArgs>, device: Device | undefined): { device: string } {
  const named = args.device !== undefined || args.deviceId !== undefined;
  return { device: (named ? device?.name : undefined) ?? "none" };
}
