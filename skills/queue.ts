import { z } from "zod";
import type { QueueRow } from "../src/contracts/call-store.ts";
import { isSegueError, SegueError } from "../src/contracts/errors.ts";
import type { Playable } from "../src/contracts/music.ts";
import type { QueueView } from "../src/contracts/player.ts";
import { type Block, button, type Reply, say } from "../src/contracts/reply.ts";
import { defineSkill, type Translate } from "../src/contracts/skill.ts";
import { slotSchemas } from "../src/contracts/vocabulary.ts";
import { askAlias } from "./shared/ask-alias.ts";
import { listed, makerOf, named } from "./shared/items.ts";
import { outcomeOf } from "./shared/outcome.ts";
import { playArgs, wishOf } from "./shared/play-args.ts";

const place = z.coerce.number().int().min(1).max(500);
const called = { track: slotSchemas.track.optional(), artist: slotSchemas.artist.optional() };
/** Entries shown; the rest is counted. */
const shown = 15;
const least = 5;

export const skill = defineSkill({
  name: "queue",
  intents: {
    "queue.add": playArgs.extend({
      position: slotSchemas.position.optional(),
      corrects: slotSchemas.name.optional(),
      instead: z.enum(["now", "replace"]).optional(),
    }),
    "queue.show": z.object({}),
    "queue.clear": z.object({}),
    "queue.move": z.object({ from: place.optional(), to: place, ...called }),
    "queue.remove": z.object({ index: place.optional(), ...called }),
  },
  needs: ["playback", "state"],
  permission: (intent) => (intent === "queue.show" ? "read" : "queue"),
  visibility: "private",
  async run(ctx) {
    const { music, t } = ctx;
    switch (ctx.intent) {
      case "queue.add": {
        if (Object.keys(ctx.args).length === 0)
          return show(await music.queue(), music.offers("queue.edit"), t, t("name_one"));
        const mode = ctx.args.instead ?? ctx.args.position ?? "last";
        const done = await music.enqueue(wishOf(ctx.args, ctx.readings), mode);
        const what = t("what", { name: named(done.chosen, t), count: done.added });
        ctx.cameTo(outcomeOf(ctx.intent, ctx.args, done));
        const begun = done.started && (mode === "next" || mode === "last");
        return askAlias(say(t("added", { what, mode: begun ? "started" : mode })), ctx.args.corrects, done, t);
      }
      case "queue.show":
        return show(await music.queue(), music.offers("queue.edit"), t);
      case "queue.clear": {
        const { removed, left } = await music.queueClear();
        return say(t("cleared", { removed, left, provider: music.provider.name }));
      }
      case "queue.move": {
        const { from, to } = ctx.args;
        const which = whichOf(from, ctx.args, "from");
        const row = await unlessEmpty(() => music.queueMove(which, to));
        return say(row ? t("moved", { title: row.title, place: to }) : t("nothing_own"));
      }
      case "queue.remove": {
        const which = whichOf(ctx.args.index, ctx.args, "index");
        const row = await unlessEmpty(() => music.queueRemove(which));
        return say(row ? t("removed", { title: row.title }) : t("nothing_own"));
      }
    }
  },
});

/** An entry by its place, or by its name. */
function whichOf(
  index: number | undefined,
  { track, artist }: { track?: string | undefined; artist?: string | undefined },
  field: "index" | "from",
): number | { title?: string; artist?: string } {
  if (index === undefined && track === undefined && artist === undefined)
    throw new SegueError("InvalidInput", { field, why: "required" });
  return index ?? { ...(track === undefined ? {} : { title: track }), ...(artist === undefined ? {} : { artist }) };
}

async function unlessEmpty(edit: () => Promise<QueueRow>): Promise<QueueRow | undefined> {
  try {
    return await edit();
  } catch (error) {
    if (isSegueError(error, "NotFound") && error.details.what === "queue") return undefined;
    throw error;
  }
}

/** `below`: what is said under it, where there is something to be shown; that there is nothing says enough by itself. */
function show(queue: QueueView, editable: boolean, t: Translate, below?: string): Reply {
  const { current, handed, own, upNext } = queue;
  if (!current && handed.length + own.length + upNext.length === 0) return say(t("empty"));
  const blocks: Block[] = [{ type: "heading", text: t("title") }];
  const lines: string[] = [];
  const part = (title: string, items: readonly Line[], ordered: boolean): void => {
    if (items.length === 0) return;
    lines.push(title, ...items.map((item, index) => lineOf(item, ordered ? index + 1 : undefined)));
    blocks.push({ type: "text", text: title }, { type: "list", ordered, items: [...items] });
  };
  if (current) {
    const line = t("now", { name: named(current, t) });
    lines.push(line);
    blocks.push({ type: "text", text: line });
  }
  part(t("handed"), handed.slice(0, shown).map(itemLine), false);
  // The numbers are those that moving and removing go by.
  part(t("own"), own.slice(0, shown).map(rowLine), true);
  if (own.length > shown) {
    const more = t("more", { count: own.length - shown });
    lines.push(more);
    blocks.push({ type: "text", text: more });
  }
  part(t("then"), upNext.slice(0, Math.max(least, shown - handed.length - own.length)).map(itemLine), false);
  if (below !== undefined) {
    lines.push(below);
    blocks.push({ type: "text", text: below });
  }
  if (editable && own.length > 0)
    blocks.push({ type: "buttons", buttons: [button(t("button.clear"), "queue.clear", {}, "danger")] });
  return say(lines.join("\n"), blocks);
}

type Line = { title: string; detail?: string };

function itemLine(item: Playable): Line {
  const { detail: _, ...line } = listed(item);
  const maker = makerOf(item);
  return maker === undefined ? line : { ...line, detail: maker };
}

function rowLine(row: QueueRow): Line {
  return row.artist === "" ? { title: row.title } : { title: row.title, detail: row.artist };
}

function lineOf({ title, detail }: Line, place?: number): string {
  return `${place === undefined ? "" : `${place}. `}${title}${detail === undefined ? "" : ` · ${detail}`}`;
}
