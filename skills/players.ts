import { z } from "zod";
import type { PlayerOption, PlayerReason } from "../src/contracts/player.ts";
import { type Block, button, type Reply, say } from "../src/contracts/reply.ts";
import { defineSkill, type SkillContext, type Translate } from "../src/contracts/skill.ts";

const intents = {
  "player.list": z.object({}),
  "player.prefer": z.object({
    player: z.string().trim().min(1).max(200).optional(),
    forget: z.literal("yes").optional(),
  }),
};
type Context = SkillContext<typeof intents>;

/** Which players can be used here, which one is meant, and why; and which one a person wants where nothing else tells. */
export const skill = defineSkill({
  name: "players",
  intents,
  needs: [],
  section: "players",
  visibility: "private",
  async run(ctx) {
    const { music, t } = ctx;
    if (ctx.intent === "player.list") return show(ctx, await music.players());
    if (ctx.args.forget === "yes") {
      await music.preferPlayer(undefined);
      return say(t("forgotten"));
    }
    if (ctx.args.player === undefined) return show(ctx, await music.players());
    const player = await music.preferPlayer(ctx.args.player);
    return say(player ? t("preferred", { player: player.name }) : t("forgotten"));
  },
});

function show(ctx: Context, players: readonly PlayerOption[]): Reply {
  const { t } = ctx;
  const connect = ctx.accounts
    .linkable()
    .filter(({ id }) => !players.some((player) => !player.shared && player.provider.id === id))
    .map(({ id, name }) => button(t("button.link", { provider: name }), "account.link", { provider: id }));
  const buttons: Block[] = connect.length === 0 ? [] : [{ type: "buttons", buttons: connect }];
  if (players.length === 0) {
    const text = t("none");
    return say(text, [{ type: "text", text }, ...buttons]);
  }
  const items = players.map((player) => ({ title: player.name, detail: detailOf(player, t) }));
  const meant = players.find((player) => player.meant);
  const why = meant?.meant ? whyOf(meant.name, meant.meant, players.find(({ begins }) => begins)?.name, t) : undefined;
  const lines = [t("title"), ...items.map(({ title, detail }) => `${title}: ${detail}`), ...(why ? [why] : [])];
  const blocks: Block[] = [
    { type: "heading", text: t("title") },
    { type: "list", ordered: false, items },
    ...(why ? [{ type: "text" as const, text: why }] : []),
    ...choice(players, t),
    ...buttons,
  ];
  return say(lines.join("\n"), blocks);
}

function whyOf(player: string, why: PlayerReason, begins: string | undefined, t: Translate): string {
  return begins === undefined ? t("meant", { player, why }) : t("meant_for_now", { player, begins });
}

/** With one player there is nothing to prefer. */
function choice(players: readonly PlayerOption[], t: Translate): Block[] {
  const others = players.filter((player) => !player.preferred);
  const preferred = players.find((player) => player.preferred);
  const blocks: Block[] = [];
  if (players.length > 1 && others.length > 0) {
    const options = others.map((player) => ({
      label: player.name,
      detail: detailOf(player, t),
      command: { intent: "player.prefer", slots: { player: player.id } },
    }));
    blocks.push({ type: "select", label: t("choose"), options });
  }
  if (preferred) {
    const forget = button(t("button.forget", { player: preferred.name }), "player.prefer", { forget: "yes" });
    blocks.push({ type: "buttons", buttons: [forget] });
  }
  return blocks;
}

function detailOf(player: PlayerOption, t: Translate): string {
  return [
    t(player.shared ? "shared" : "own"),
    ...(player.provider.name === player.name ? [] : [player.provider.name]),
    ...(player.preferred ? [t("is_preferred")] : []),
    ...(player.lapsed ? [t("lapsed")] : []),
  ].join(" · ");
}
