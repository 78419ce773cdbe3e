import { z } from "zod";
import { SegueError } from "../src/contracts/errors.ts";
import type { PlayerState } from "../src/contracts/music.ts";
import type { Alias } from "../src/contracts/player.ts";
import { type Block, button, type Reply, say } from "../src/contracts/reply.ts";
import { defineSkill, type SkillContext, type Translate } from "../src/contracts/skill.ts";
import { type Reading, slotSchemas } from "../src/contracts/vocabulary.ts";
import { playArgs, wishOf } from "./shared/play-args.ts";

const { name } = slotSchemas;
const intents = {
  "alias.list": z.object({}),
  /** `type` is the album, artist or list of what plays, rather than the song itself. */
  "alias.keep": playArgs.extend({ name, type: slotSchemas.type.optional() }),
  "alias.remove": z.object({ name }),
  "alias.clear": z.object({}),
  /** "No", when it was asked whether words shall mean something from now on. */
  "alias.leave": z.object({}),
};
type Context = SkillContext<typeof intents>;
/** As many as a picker holds on every platform. */
const mostOffered = 25;

/** A person's own words for music: "our song". */
export const skill = defineSkill({
  name: "aliases",
  intents,
  needs: [],
  section: "library",
  visibility: "private",
  async run(ctx) {
    const { music, t } = ctx;
    switch (ctx.intent) {
      case "alias.list":
        return list(await music.aliases(), t);
      case "alias.keep": {
        const { name: said, type, ...args } = ctx.args;
        await ctx.permit("read");
        const around = type === undefined ? {} : { uri: aroundSong(await music.state(), type) };
        const kept = await music.aliasKeep(said, wishOf({ ...args, ...around }, ctx.readings.map(withoutName)));
        return keptReply(kept, t);
      }
      case "alias.remove":
        return remove(ctx, ctx.args.name);
      case "alias.clear":
        for (const { said } of await music.aliases()) await music.aliasForget(said);
        return say(t("cleared"));
      case "alias.leave":
        return say(t("left"));
    }
  },
});

/** What the song that plays is on, by or in. */
function aroundSong(state: PlayerState | undefined, type: string): string {
  if (!state?.item) throw new SegueError("Restricted", { reason: "nothing_playing" });
  const { item, context } = state;
  const own: Record<string, string | undefined> =
    item.type === "track" ? { album: item.album?.uri, artist: item.artists[0]?.uri } : {};
  const uri = context?.type === type ? context.uri : type === "track" ? item.uri : own[type];
  if (uri === undefined) throw new SegueError("NotFound", { what: "item" });
  return uri;
}

function withoutName({ slots: { name: _name, type: _type, ...slots }, score }: Reading): Reading {
  return { slots, score };
}

/** "The album Thriller by Michael Jackson": what kind of thing it is, where that is not plain. */
function thing({ title, by, type = "track" }: Alias, t: Translate): string {
  return t("alias.thing", { type, name: by === undefined ? title : t("item.by", { title, maker: by, type }) });
}

function keptReply(alias: Alias, t: Translate): Reply {
  const text = t("kept", { said: alias.said, name: thing(alias, t) });
  return say(text, [
    { type: "text", text },
    { type: "buttons", buttons: [button(t("button.forget"), "alias.remove", { name: alias.said })] },
  ]);
}

function list(aliases: Alias[], t: Translate): Reply {
  if (aliases.length === 0) return say(t("none"));
  const lines = aliases.map((alias) => t("line", { said: alias.said, name: thing(alias, t) }));
  const blocks: Block[] = [
    { type: "text", text: t("heading", { count: aliases.length }) },
    { type: "list", ordered: false, items: aliases.map((alias) => ({ title: alias.said, detail: thing(alias, t) })) },
    {
      type: "select",
      label: t("forget.label"),
      options: aliases.slice(0, mostOffered).map((alias) => ({
        label: alias.said,
        detail: thing(alias, t),
        command: { intent: "alias.remove", slots: { name: alias.said } },
      })),
    },
    { type: "buttons", buttons: [button(t("button.clear"), "alias.clear", {}, "danger")] },
  ];
  return say([t("heading", { count: aliases.length }), ...lines].join("\n"), blocks);
}

async function remove({ music, t }: Context, said: string): Promise<Reply> {
  if (!(await music.aliasForget(said))) throw new SegueError("NotFound", { what: "alias", query: said });
  return say(t("removed", { said }));
}
