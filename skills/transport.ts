import { z } from "zod";
import type { Done, Player } from "../src/contracts/player.ts";
import { say } from "../src/contracts/reply.ts";
import { defineSkill, type Translate } from "../src/contracts/skill.ts";
import { slotSchemas } from "../src/contracts/vocabulary.ts";
import { named } from "./shared/items.ts";
import { whereArgs, whereOf } from "./shared/play-args.ts";

/** `item` is what the button's card showed: pressed when that is over already, it does nothing. */
const skipArgs = z.object({ count: slotSchemas.count.optional(), item: z.string().max(300).optional() });

export const skill = defineSkill({
  name: "transport",
  intents: {
    "playback.pause": whereArgs,
    "playback.resume": whereArgs,
    "playback.restart": whereArgs,
    "playback.next": skipArgs,
    "playback.previous": skipArgs,
    "playback.skip_to": z.object({ index: z.coerce.number().int().min(1).max(50) }),
  },
  needs: ["playback", "state"],
  permission: "playback",
  visibility: "private",
  async run(ctx) {
    const { music, t } = ctx;
    switch (ctx.intent) {
      case "playback.pause":
        return say(t((await music.pause(whereOf(ctx.args))).changed ? "paused" : "paused_already"));
      case "playback.resume": {
        const done = await music.resume(whereOf(ctx.args));
        return say(done.changed ? t("resumed", nameIn(done, t)) : t("resumed_already", nameIn(done, t)));
      }
      case "playback.restart":
        return say(t("restarted", nameIn(await music.restart(whereOf(ctx.args)), t)));
      case "playback.next": {
        if (await isOver(ctx.args.item, music)) return say(t("over_already"));
        return say(t("skipped", nameIn(await music.next(ctx.args.count), t)));
      }
      case "playback.previous": {
        if (await isOver(ctx.args.item, music)) return say(t("over_already"));
        return say(t("went_back", nameIn(await music.previous(ctx.args.count), t)));
      }
      case "playback.skip_to": {
        const { item } = await music.skipTo(ctx.args.index);
        return say(t("skipped", { name: named(item, t) }));
      }
    }
  },
});

function nameIn(done: Done, t: Translate): { name: string } {
  return { name: done.state?.item ? named(done.state.item, t) : "none" };
}

async function isOver(shown: string | undefined, music: Player): Promise<boolean> {
  if (shown === undefined) return false;
  const current = (await music.known())?.item?.uri;
  return current !== undefined && current !== shown;
}
