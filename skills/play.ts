import { isSegueError } from "../src/contracts/errors.ts";
import type { Played } from "../src/contracts/player.ts";
import { type Reply, say } from "../src/contracts/reply.ts";
import { defineSkill, type SkillContext, type Translate } from "../src/contracts/skill.ts";
import { slotSchemas } from "../src/contracts/vocabulary.ts";
import { askAlias } from "./shared/ask-alias.ts";
import { artOf, named, subjectOf } from "./shared/items.ts";
import { outcomeOf } from "./shared/outcome.ts";
import { nowPlaying } from "./shared/panel.ts";
import { playArgs, wishOf } from "./shared/play-args.ts";

const intents = { "playback.play": playArgs.extend({ corrects: slotSchemas.name.optional() }) };
type Args = SkillContext<typeof intents>["args"];

/** Plays what was named, in its context, and shows the card of it. */
export const skill = defineSkill({
  name: "play",
  intents,
  needs: ["playback", "state"],
  permission: "playback",
  section: "play",
  visibility: "private",
  async run(ctx) {
    const { music, t } = ctx;
    const played = await music.play(wishOf(ctx.args, ctx.readings));
    const text = told(played, ctx.args, t);
    ctx.cameTo(outcomeOf(ctx.intent, ctx.args, played));
    const card = await cardOf(() => ctx.view(nowPlaying, music.key, { led: true }));
    if (!card) return askAlias(say(text), ctx.args.corrects, played, t);
    const pictured = card.blocks.some(({ type }) => type === "image");
    const blocks = pictured ? card.blocks : [...artOf(played.chosen, t), ...card.blocks];
    const reply = {
      ...say(text, [{ type: "text", text }, ...blocks]),
      ...(card.view ? { view: { ...card.view, from: 1, ...aboutOf(played, ctx.args, card.view.shows) } } : {}),
    };
    return askAlias(reply, ctx.args.corrects, played, t);
  },
});

function told(played: Played, args: Args, t: Translate): string {
  const { chosen } = played;
  const vague = vagueIn(args);
  const several = isOneOfSeveral(played, args);
  const values = {
    name: named(chosen, t),
    device: played.device?.name ?? "none",
    shuffled: played.shuffled,
    type: !several ? chosen.type : args.library === "liked" ? "liked" : "several",
    words: vague ?? "none",
  };
  return t(played.confirmed ? "playing" : "asked_for", { ...values, what: t("what", values) });
}

function vagueIn(args: Args): string | undefined {
  return args.track === undefined ? (args.genre ?? args.mood ?? args.activity ?? args.decade) : undefined;
}

/** A song that stands for all that were started with it. */
function isOneOfSeveral({ chosen }: Played, args: Args): boolean {
  return chosen.type === "track" && (args.library === "liked" || vagueIn(args) !== undefined);
}

/** What the words are about, where the card can tell that they no longer hold. */
function aboutOf(played: Played, args: Args, shows: readonly string[] | undefined): { about?: string } {
  const about = subjectOf(played.chosen);
  const tells = shows === undefined || shows.includes(about);
  return tells && !isOneOfSeveral(played, args) ? { about } : {};
}

/** The card is an extra: that it cannot be drawn is no reason to say that the music failed. */
async function cardOf(render: () => Promise<Reply>): Promise<Reply | undefined> {
  try {
    return await render();
  } catch (error) {
    if (isSegueError(error)) return undefined;
    throw error;
  }
}
