import { z } from "zod";
import type { QueueView } from "../src/contracts/player.ts";
import { type Block, button, type Reply, say } from "../src/contracts/reply.ts";
import { defineSkill, type Translate } from "../src/contracts/skill.ts";
import { slotSchemas } from "../src/contracts/vocabulary.ts";
import { listed, makerOf, named, titleOf } from "./shared/items.ts";
import { playArgs, wishOf } from "./shared/play-args.ts";

const place = z.coerce.number().int().min(1).max(500);
/** Entries shown; the rest is counted. */
const shown = 15;

export const skill = defineSkill({
  name: "queue",
  intents: {
    "queue.add": playArgs.extend({
      position: slotSchemas.position.optional(),
      mode: z.enum(["now", "replace"]).optional(),
    }),
    "queue.show": z.object({}),
    "queue.clear": z.object({}),
    "queue.move": z.object({ from: place, to: place }),
    "queue.remove": z.object({ index: place }),
  },
  needs: ["playback", "state"],
  permission: (intent) => (intent === "queue.show" ? "read" : "queue"),
  visibility: "private",
  async run(ctx) {
    const { music, t } = ctx;
    switch (ctx.intent) {
      case "queue.add": {
        const mode = ctx.args.mode ?? ctx.args.position ?? "last";
        const done = await music.enqueue(wishOf(ctx.args, ctx.readings), mode);
        return say(t("added", { name: named(done.chosen, t), count: done.added, mode }));
      }
      case "queue.show":
        return show(await music.queue(), music.offers("queue.edit"), t);
      case "queue.clear": {
        const { removed, left } = await music.queueClear();
        return say(t("cleared", { removed, left }));
      }
      case "queue.move": {
        const row = await music.queueMove(ctx.args.from, ctx.args.to);
        return say(t("moved", { title: row.title, place: ctx.args.to }));
      }
      case "queue.remove": {
        const row = await music.queueRemove(ctx.args.index);
        return say(t("removed", { title: row.title }));
      }
    }
  },
});

function show(queue: QueueView, editable: boolean, t: Translate): Reply {
  if (!queue.current && queue.own.length === 0 && queue.upNext.length === 0) return say(t("empty"));
  const blocks: Block[] = [{ type: "heading", text: t("title") }];
  const lines: string[] = [];
  if (queue.current) {
    const line = t("now", { name: named(queue.current, t) });
    lines.push(line);
    blocks.push({ type: "text", text: line });
  }
  if (queue.own.length > 0) {
    const rows = queue.own.slice(0, shown);
    lines.push(t("own"), ...rows.map((row, index) => `${index + 1}. ${row.title} · ${row.artist}`));
    blocks.push(
      { type: "text", text: t("own") },
      { type: "list", ordered: true, items: rows.map((row) => ({ title: row.title, detail: row.artist })) },
    );
    if (queue.own.length > shown) blocks.push({ type: "text", text: t("more", { count: queue.own.length - shown }) });
  }
  if (queue.upNext.length > 0) {
    const next = queue.upNext.slice(0, shown - Math.min(shown - 5, queue.own.length));
    lines.push(t("then"), ...next.map((item) => `${titleOf(item)} · ${makerOf(item) ?? ""}`));
    blocks.push({ type: "text", text: t("then") }, { type: "list", ordered: true, items: next.map(listed) });
  }
  if (editable && queue.own.length > 0)
    blocks.push({ type: "buttons", buttons: [button(t("button.clear"), "queue.clear", {}, "danger")] });
  return say(lines.join("\n"), blocks);
}
