import { z } from "zod";
import { isSegueError } from "../src/contracts/errors.ts";
import type { Device } from "../src/contracts/music.ts";
import { type Block, type Button, button, say } from "../src/contracts/reply.ts";
import { defineSkill, type ViewContext } from "../src/contracts/skill.ts";

const maxDevices = 5;

/** The page that a platform gives each person with the bot: what is linked, what plays, where, and the way to everything else. */
export const skill = defineSkill({
  name: "home",
  intents: { "home.show": z.object({}) },
  needs: [],
  visibility: "private",
  async run(ctx) {
    await orUndefined(async () => {
      await ctx.permit("read");
      await ctx.music.state();
    });
    return ctx.view("home", ctx.person.id);
  },
  views: {
    home: async (ctx, key) => {
      if (key !== ctx.person.id) return undefined;
      const linked = await links(ctx);
      const playing = await orUndefined(() => ctx.view("now-playing", ctx.music.key));
      const where = (await orUndefined(() => devices(ctx))) ?? { lines: [], blocks: [] };
      const none = ctx.t("nothing");
      const blocks: Block[] = [
        { type: "heading", text: ctx.t("title") },
        ...linked.blocks,
        ...(playing?.blocks ?? [{ type: "text" as const, text: none }]),
        ...where.blocks,
        { type: "buttons", buttons: menu(ctx, linked.any) },
      ];
      return say([...linked.lines, playing?.text ?? none, ...where.lines].join("\n"), blocks);
    },
  },
});

/** A home without one of its parts is still a home. */
async function orUndefined<T>(read: () => Promise<T>): Promise<T | undefined> {
  try {
    return await read();
  } catch (error) {
    if (isSegueError(error)) return undefined;
    throw error;
  }
}

async function links({
  accounts,
  person,
  t,
}: ViewContext): Promise<{ lines: string[]; blocks: Block[]; any: boolean }> {
  const linked = await accounts.status(person.id);
  const open = accounts.linkable().filter(({ id }) => !linked.some((account) => account.provider === id));
  const lines = linked.map((account) =>
    t(account.status === "ok" ? "linked" : "lapsed", {
      provider: account.providerName,
      name: account.displayName ?? "none",
    }),
  );
  if (linked.length === 0 && open.length > 0) lines.push(t("unlinked"));
  const connect: Button[] = [
    ...linked
      .filter(({ status }) => status === "needs_relink")
      .map((account) => linkButton(t("button.relink", { provider: account.providerName }), account.provider)),
    ...open.map(({ id, name }) => linkButton(t("button.link", { provider: name }), id)),
  ];
  const blocks: Block[] = lines.map((text) => ({ type: "text", text }));
  if (connect.length > 0) blocks.push({ type: "buttons", buttons: connect });
  return { lines, blocks, any: linked.length > 0 };
}

function linkButton(label: string, provider: string): Button {
  return button(label, "account.link", { provider }, "primary");
}

/** Only as far as they are known: a page that opens by itself is worth no call. */
async function devices({ music, permit, t }: ViewContext): Promise<{ lines: string[]; blocks: Block[] }> {
  await permit("read");
  if (!music.offers("devices")) return { lines: [], blocks: [] };
  const listed: Pick<Device, "name">[] = (await music.suggestDevices("")).slice(0, maxDevices);
  if (listed.length === 0) return { lines: [], blocks: [] };
  const line = t("devices", { names: listed.map(({ name }) => name).join(", ") });
  return { lines: [line], blocks: [{ type: "text", text: line }] };
}

function menu({ music, t }: ViewContext, linked: boolean): Button[] {
  return [
    ...(music.offers("devices") ? [button(t("menu.devices"), "device.list")] : []),
    button(t("menu.players"), "player.list"),
    ...(linked ? [button(t("menu.account"), "account.status")] : []),
    button(t("menu.settings"), "place.settings"),
    button(t("menu.help"), "help"),
  ];
}
