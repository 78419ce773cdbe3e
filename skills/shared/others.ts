import type { Hearing } from "../../src/contracts/announce.ts";
import { fold } from "../../src/contracts/fold.ts";
import { type Block, button, type Reply, say } from "../../src/contracts/reply.ts";
import type { SkillContext } from "../../src/contracts/skill.ts";
import { named, pictureOf } from "./items.ts";
import { attributed, songOn } from "./song-card.ts";

type Context = Pick<SkillContext, "announcements" | "place" | "direct" | "t">;

/** What all those hear who let this place see it. */
export async function everyoneHears(ctx: Context): Promise<Reply> {
  const { announcements, place, direct, t } = ctx;
  if (direct) return say(t("others.in_a_place"));
  const heard = await announcements.hearing(place);
  return heard.length === 0 ? nobody(ctx) : listOf(heard, ctx);
}

/** What one of them hears, or several who are called so. */
export async function othersHear(ctx: Context, who: string): Promise<Reply> {
  const { announcements, place, direct, t } = ctx;
  const said = fold(who);
  if (t("others.words").split("|").map(fold).includes(said)) return everyoneHears(ctx);
  if (direct) return say(t("others.in_a_place"));
  const isMeant = (name: string) => fold(name) === said || fold(name).split(" ")[0] === said;
  const heard = (await announcements.hearing(place)).filter((each) => isMeant(each.who));
  const [one, ...more] = heard;
  if (one) return more.length === 0 ? cardOf(one, ctx) : listOf(heard, ctx);
  const willing = (await announcements.willing(place)).some(isMeant);
  return say(t(willing ? "others.silent" : "others.unseen", { who }));
}

function nobody({ t }: Context): Reply {
  const text = t("others.none");
  return say(text, [
    { type: "text", text },
    { type: "buttons", buttons: [button(t("button.show_mine"), "announce.set", { what: "me" })] },
  ]);
}

function cardOf({ who, item, playing, attribution }: Hearing, { t }: Context): Reply {
  const text = t(playing ? "others.playing" : "others.paused", { who, name: named(item, t) });
  return say(text, [{ type: "text", text }, ...songOn(item, t), attributed(item, attribution)]);
}

function listOf(heard: readonly Hearing[], { t }: Context): Reply {
  const heading = t("others.heading");
  const items = heard.map(({ who, item, playing }) => {
    const picture = pictureOf(item.art, 64);
    return {
      title: named(item, t),
      detail: t(playing ? "others.who" : "others.who_paused", { who }),
      ...(picture ? { imageUrl: picture.url } : {}),
      ...(item.url === undefined ? {} : { url: item.url }),
    };
  });
  const from: Block[] = [...new Set(heard.map(({ attribution }) => attribution))].map((text) => ({
    type: "attribution",
    text,
  }));
  const lines = items.map(({ title, detail }) => `${detail}: ${title}`);
  return say([heading, ...lines].join("\n"), [
    { type: "heading", text: heading },
    { type: "list", ordered: false, items },
    ...from,
  ]);
}
