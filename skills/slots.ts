import { z } from "zod";
import { SegueError } from "../src/contracts/errors.ts";
import { type Block, button, type Reply, say } from "../src/contracts/reply.ts";
import { defineSkill, type SkillContext } from "../src/contracts/skill.ts";
import type { SlotStanding } from "../src/contracts/slots.ts";

const entry = z.string().max(60);
const intents = {
  "slots.show": z.object({}),
  "slots.let_in": z.object({ entry }),
  "slots.leave": z.object({ entry: entry.optional(), provider: z.string().max(40).optional() }),
};
type Context = SkillContext<typeof intents>;

/** The places that an app has for accounts: how many are taken, who waits, and, for the operator, who they are. */
export const skill = defineSkill({
  name: "slots",
  linking: true,
  intents,
  needs: [],
  section: "you",
  visibility: "private",
  run(ctx) {
    switch (ctx.intent) {
      case "slots.show":
        return show(ctx);
      case "slots.let_in":
        return letIn(ctx, ctx.args.entry);
      case "slots.leave":
        return leave(ctx, ctx.args);
    }
  },
});

async function show(ctx: Context): Promise<Reply> {
  const standings = await ctx.slots.standings();
  if (standings.length === 0) return say(ctx.t("none"));
  const parts = standings.map((standing) => shown(ctx, standing));
  return say(
    parts.map(({ text }) => text).join("\n"),
    parts.flatMap(({ blocks }) => blocks),
  );
}

function shown({ t, person }: Context, standing: SlotStanding): { text: string; blocks: Block[] } {
  const { provider, providerName, total, taken, waiting } = standing;
  const free = Math.max(0, total - taken.length);
  const queue = waiting.filter(({ state }) => state === "waiting");
  const lines = [t("standing", { provider: providerName, total, taken: taken.length, free, waiting: queue.length })];
  const blocks: Block[] = [{ type: "heading", text: t("heading", { provider: providerName }) }];
  const mine = waiting.find(({ personId }) => personId === person.id);
  if (taken.some(({ personId }) => personId === person.id)) lines.push(t("yours"));
  else if (mine?.state === "ready") lines.push(t("ready", { provider: providerName }));
  else if (mine) lines.push(t("waiting", { before: queue.findIndex(({ id }) => id === mine.id) }));
  blocks.push({ type: "text", text: lines.join("\n") });

  if (person.operator) {
    const names = [
      ...taken.map(({ name, sinceAt }) => ({ title: name, detail: t("since", { at: new Date(sinceAt) }) })),
      ...waiting.map(({ name, state, sinceAt }) => ({
        title: name,
        detail: t(`waits.${state}`, { at: new Date(sinceAt) }),
      })),
    ];
    if (names.length > 0) blocks.push({ type: "list", ordered: false, items: names.slice(0, 25) });
    lines.push(...names.map(({ title, detail }) => `${title}: ${detail}`));
    const lets = queue
      .slice(0, 5)
      .map(({ id, name }) => button(t("button.let_in_name", { name }), "slots.let_in", { entry: id }));
    if (lets.length > 0) {
      blocks.push({ type: "text", text: t("operator.step", { provider: providerName }) });
      lines.push(t("operator.step", { provider: providerName }));
      blocks.push({ type: "buttons", buttons: lets });
    }
  }
  const buttons = [
    ...(mine?.state === "ready"
      ? [button(t("button.link", { provider: providerName }), "account.link", { provider }, "primary")]
      : []),
    ...(mine ? [button(t("button.leave"), "slots.leave", { provider })] : []),
    ...(mine || taken.some(({ personId }) => personId === person.id) ? [] : [button(t("button.join"), "diary.join")]),
  ];
  if (buttons.length > 0) blocks.push({ type: "buttons", buttons });
  return { text: lines.join("\n"), blocks };
}

async function letIn({ slots, person, t }: Context, id: string): Promise<Reply> {
  if (!person.operator) throw new SegueError("Forbidden", { why: "operator_only" });
  const who = await slots.letIn(id);
  return say(who ? t("let_in", { userName: who.name }) : t("let_in_before"));
}

async function leave(
  { slots, person, t }: Context,
  { entry: id, provider }: { entry?: string | undefined; provider?: string | undefined },
): Promise<Reply> {
  if (id !== undefined) {
    if (!person.operator) throw new SegueError("Forbidden", { why: "operator_only" });
    return say(t((await slots.leave({ id })) ? "removed" : "left_before"));
  }
  const standings = await slots.standings();
  const named = standings.filter((each) => provider === undefined || each.provider === provider);
  const left = await Promise.all(named.map((each) => slots.leave({ personId: person.id, provider: each.provider })));
  return say(t(left.includes(true) ? "left" : "left_before"));
}
