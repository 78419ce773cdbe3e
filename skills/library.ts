import { z } from "zod";
import { button, type Reply, say } from "../src/contracts/reply.ts";
import { defineSkill, type SkillContext } from "../src/contracts/skill.ts";
import { slotSchemas } from "../src/contracts/vocabulary.ts";
import { listed, named } from "./shared/items.ts";
import { onCard } from "./shared/panel.ts";

/** Without a `uri`: what is playing. */
const what = z.object({ uri: slotSchemas.uri.optional() });
const intents = {
  "library.like": what,
  "library.unlike": what,
  "library.show": z.object({ page: z.coerce.number().int().min(1).max(500).default(1) }),
};
const pageSize = 20;

export const skill = defineSkill({
  name: "library",
  intents,
  needs: (intent) => (intent === "library.show" ? ["library.read"] : ["state", "library.read", "library.write"]),
  permission: (intent) => (intent === "library.show" ? "read" : "playlist"),
  section: "library",
  visibility: "private",
  async run(ctx) {
    if (ctx.intent === "library.show") return show(ctx, ctx.args.page);
    const { intent, args, music, t } = ctx;
    const done = intent === "library.like" ? await music.like(args.uri) : await music.unlike(args.uri);
    const key = intent === "library.like" ? "liked" : "unliked";
    const text = t(done.changed ? key : `${key}_already`, { name: named(done.item, t) });
    // The card has a sign for the song that is heard, and for no other.
    const heard = (await music.known())?.item?.uri === done.item.uri;
    return say(text, undefined, heard ? onCard(music) : {});
  },
});

async function show({ music, t }: SkillContext<typeof intents>, page: number): Promise<Reply> {
  const offset = (page - 1) * pageSize;
  const { items, total } = await music.likedSongs(pageSize, offset);
  if (total === 0) return say(t("none_liked"));
  const title = t("show", { count: total });
  const numbered = items.map((item, index) => ({
    ...listed(item),
    title: `${offset + index + 1}. ${listed(item).title}`,
  }));
  return say(`${title}\n${items.map((item, index) => `${offset + index + 1}. ${named(item, t)}`).join("\n")}`, [
    { type: "heading", text: title },
    { type: "list", ordered: false, items: numbered },
    {
      type: "buttons",
      buttons: [
        ...(music.offers("play") ? [button(t("button.play"), "playback.play", { library: "liked" }, "primary")] : []),
        ...(page > 1 ? [button(t("button.earlier"), "library.show", { page: page - 1 })] : []),
        ...(offset + items.length < total ? [button(t("button.more"), "library.show", { page: page + 1 })] : []),
      ],
    },
  ]);
}
