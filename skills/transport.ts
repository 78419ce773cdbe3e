import { z } from "zod";
import { isSegueError, SegueError } from "../src/contracts/errors.ts";
import type { PlayerState } from "../src/contracts/music.ts";
import type { Player } from "../src/contracts/player.ts";
import { say } from "../src/contracts/reply.ts";
import { defineSkill, type Translate } from "../src/contracts/skill.ts";
import { slotSchemas } from "../src/contracts/vocabulary.ts";
import { named } from "./shared/items.ts";
import { onCard } from "./shared/panel.ts";
import { whereArgs, whereOf } from "./shared/play-args.ts";

/** `item` is what the button's card showed: pressed when that is over already, it does nothing. */
const skipArgs = z.object({ count: slotSchemas.count.optional(), item: slotSchemas.uri.optional() });

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
  section: "control",
  visibility: "private",
  async run(ctx) {
    const { music, t } = ctx;
    const seen = (text: string) => say(text, undefined, onCard(music));
    switch (ctx.intent) {
      case "playback.pause": {
        const done = await music.pause(whereOf(ctx.args));
        const known = done.changed ? done.state : (done.state ?? (await music.state()));
        if (!done.changed && !known) throw new SegueError("Restricted", { reason: "nothing_playing" });
        return seen(t(done.changed ? "paused" : "paused_already"));
      }
      case "playback.resume": {
        const done = await music.resume(whereOf(ctx.args));
        return seen(t(done.changed ? "resumed" : "resumed_already", nameIn(done.state, t)));
      }
      case "playback.restart":
        return seen(t("restarted", nameIn((await music.restart(whereOf(ctx.args))).state, t)));
      case "playback.next": {
        if (await isOver(ctx.args.item, music)) return say(t("over_already"));
        await music.next(ctx.args.count);
        const now = await whatFollowed(music);
        if (now && !now.playing) return say(t("ended"));
        return seen(t("skipped", { ...nameIn(now, t), count: ctx.args.count ?? 1 }));
      }
      case "playback.previous": {
        if (await isOver(ctx.args.item, music)) return say(t("over_already"));
        await music.previous(ctx.args.count);
        return seen(t("went_back", nameIn(await whatFollowed(music), t)));
      }
      case "playback.skip_to": {
        const { item } = await music.skipTo(ctx.args.index);
        return say(t("skipped", { name: named(item, t), count: ctx.args.index }));
      }
    }
  },
});

function nameIn(state: PlayerState | undefined, t: Translate): { name: string } {
  return { name: state?.item ? named(state.item, t) : "none" };
}

/** One look after a skip, for the answer and for every card: nothing else tells what the service plays next. */
async function whatFollowed(music: Player): Promise<PlayerState | undefined> {
  try {
    return await music.state();
  } catch (error) {
    // The skip itself went well.
    if (isSegueError(error)) return undefined;
    throw error;
  }
}

async function isOver(shown: string | undefined, music: Player): Promise<boolean> {
  if (shown === undefined) return false;
  const current = (await music.known())?.item?.uri;
  return current !== undefined && current !== shown;
}
