import { z } from "zod";
import type { Candidate, Explanation } from "../src/contracts/player.ts";
import { type Block, say } from "../src/contracts/reply.ts";
import { type CommandInfo, defineSkill, type Translate } from "../src/contracts/skill.ts";
import type { Command, SlotName } from "../src/contracts/vocabulary.ts";
import { named } from "./shared/items.ts";

/** A wish is explained by how the last thing was looked for, if that was at about the same time. */
const sameMs = 30 * 60_000;
const wishes = new Set(["playback.play", "queue.add", "playlist.add", "alias.keep"]);
/** Of what spoke for or against a thing, what counted most. */
const reasons = 3;
/** Slots that hold what a person said, or a number; the others are ways of ours to write down one of a few things. */
const telling = [
  "track",
  "artist",
  "album",
  "playlist",
  "show",
  "episode",
  "audiobook",
  "genre",
  "mood",
  "activity",
  "decade",
  "version",
  "similar_to",
  "device",
  "name",
  "query",
  "topic",
  "who",
  "count",
  "level",
  "delta",
  "share",
  "limit",
  "minutes",
  "index",
  "from",
  "to",
] as const satisfies readonly SlotName[];
const longestValue = 200;

/** "why?": what was heard, what it was taken to mean, what it could have been, and what was taken. Costs no call. */
export const skill = defineSkill({
  name: "why",
  intents: { "explain.last": z.object({}) },
  needs: [],
  section: "bot",
  visibility: "private",
  aside: true,
  async run({ asked, commands, music, permit, now, t }) {
    const last = await asked();
    if (!last) return say(t("nothing"));
    const infos = commands();
    const fields: { name: string; value: string }[] = [];
    if (last.heard !== undefined) fields.push({ name: t("heard"), value: t("quoted", { words: last.heard }) });
    const meant = last.commands.map((command) => meaning(command, infos, t)).join("\n");
    fields.push({ name: t("meant"), value: meant || t("not_understood") });
    const wished = last.commands.some(({ intent }) => wishes.has(intent));
    if (wished) await permit("read");
    const found = wished ? await music.explain() : undefined;
    if (found && now - found.at <= sameMs) fields.push(...findings(found, t));
    const state = wished ? await music.known() : undefined;
    if (state?.device) fields.push({ name: t("device"), value: state.device.name });
    const blocks: Block[] = [{ type: "fields", fields: fields.map(bounded) }];
    const candidates = found?.candidates ?? [];
    if (candidates.length > 1)
      blocks.push(
        { type: "text", text: t("candidates") },
        {
          type: "list",
          ordered: true,
          items: candidates.map((each) => ({ title: named(each.item, t), detail: judged(each, t) })),
        },
      );
    const lines = fields.map(({ name, value }) => t("line", { name, value }));
    const ranked = candidates.map((each, at) => `${at + 1}. ${named(each.item, t)} – ${judged(each, t)}`);
    return say([...lines, ...(ranked.length > 1 ? [t("candidates"), ...ranked] : [])].join("\n"), blocks);
  },
});

const bounded = ({ name, value }: { name: string; value: string }) => ({
  name,
  value: value.slice(0, longestValue * 4),
});

/** The command as help names it, with what was taken out of the words. */
function meaning({ intent, slots }: Command, infos: readonly CommandInfo[], t: Translate): string {
  const info = infos.find((each) => each.intent === intent);
  const said = telling
    .map((slot) => ({ slot, value: slots[slot] }))
    .filter(({ value }) => typeof value === "string" || typeof value === "number")
    .map(({ slot, value }) => t("slot", { slot, value: String(value).slice(0, longestValue) }));
  return [info ? `/${info.name}` : inWords(intent, slots, t), ...said].join(" · ");
}

/** What nobody can type as a command: presses, answers, and words that came to nothing. */
function inWords(intent: string, { key }: Command["slots"], t: Translate): string {
  if (intent === "core.words") return t(String(key).startsWith("followup.") ? "answer" : "not_understood");
  return t("act", { intent: intent.replaceAll(".", "_") });
}

function findings({ chosen, alias, exact, near }: Explanation, t: Translate): { name: string; value: string }[] {
  const how = alias !== undefined ? "alias" : exact ? "exact" : "search";
  const taken = chosen
    ? [{ name: t("chosen"), value: t("chosen_by", { how, name: named(chosen, t), said: alias ?? "" }) }]
    : [];
  return [...taken, ...(near.length > 0 ? [{ name: t("near"), value: near.join("\n") }] : [])];
}

function judged({ score, why }: Candidate, t: Translate): string {
  const most = Object.entries(why)
    .sort(([, a], [, b]) => Math.abs(b) - Math.abs(a))
    .slice(0, reasons)
    .map(([feature, weight]) => t("reason", { feature, sign: weight < 0 ? "against" : "for" }));
  return t("judged", { score: Math.round(score * 100), reasons: most.join(", ") });
}
