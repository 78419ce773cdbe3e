import { isSegueError } from "../src/contracts/errors.ts";
import { type Reply, say } from "../src/contracts/reply.ts";
import { defineSkill } from "../src/contracts/skill.ts";
import { named } from "./shared/items.ts";
import { playArgs, wishOf } from "./shared/play-args.ts";

/** Plays what was named, in its context, and shows the card of it. */
export const skill = defineSkill({
  name: "play",
  intents: { "playback.play": playArgs },
  needs: ["playback", "state"],
  permission: "playback",
  visibility: "private",
  async run(ctx) {
    const { music, t } = ctx;
    const played = await music.play(wishOf(ctx.args, ctx.readings));
    const name = named(played.chosen, t);
    const where = played.device?.name ?? "none";
    const text = t(played.confirmed ? "playing" : "asked_for", { name, device: where, shuffled: played.shuffled });
    const card = await cardOf(() => ctx.view("now-playing", music.key));
    return card
      ? { ...say(text, [{ type: "text", text }, ...card.blocks]), ...(card.view ? { view: card.view } : {}) }
      : say(text);
  },
});

/** The card is an extra: that it cannot be drawn is no reason to say that the music failed. */
async function cardOf(render: () => Promise<Reply>): Promise<Reply | undefined> {
  try {
    return await render();
  } catch (error) {
    if (isSegueError(error)) return undefined;
    throw error;
  }
}
