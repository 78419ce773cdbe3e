import { z } from "zod";
import { SegueError } from "../src/contracts/errors.ts";
import { button, say } from "../src/contracts/reply.ts";
import { defineSkill } from "../src/contracts/skill.ts";

const shown = 25;

/** What people said to the bot and it did not understand, for whoever runs it. Kept without names, and only if that is on. */
export const skill = defineSkill({
  name: "misses",
  intents: { "misses.show": z.object({}), "misses.clear": z.object({}) },
  needs: [],
  managers: ["misses.show"],
  section: "bot",
  shownTo: { "misses.show": "operator" },
  visibility: "private",
  async run({ intent, person, misses, t }) {
    if (!person.operator) throw new SegueError("Forbidden", { why: "operator_only" });
    if (intent === "misses.clear") return say(t("cleared", { count: await misses.clear() }));
    const rows = await misses.list(shown);
    if (rows.length === 0) return say(t(misses.kept ? "none" : "off"));
    const lines = rows.map(({ text, times, locale }) => ({ title: text, detail: t("times", { times, locale }) }));
    const heading = t("heading");
    return say([heading, ...lines.map(({ title, detail }) => `${title} – ${detail}`)].join("\n"), [
      { type: "text", text: heading },
      { type: "list", ordered: false, items: lines },
      { type: "buttons", buttons: [button(t("button.clear"), "misses.clear", {}, "danger")] },
    ]);
  },
});
