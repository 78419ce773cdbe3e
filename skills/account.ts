import { z } from "zod";
import type { Accounts, LinkProgress } from "../src/contracts/accounts.ts";
import { isSegueError } from "../src/contracts/errors.ts";
import { needs } from "../src/contracts/music.ts";
import { type Block, button, type Reply, say } from "../src/contracts/reply.ts";
import { defineSkill, type SkillContext, type Translate } from "../src/contracts/skill.ts";
import { programStatus } from "./shared/program-status.ts";

const provider = z.string().max(40).optional();
const code = z.string().trim().min(1).max(40);

const intents = {
  "account.link": z.object({ provider, needs: z.array(z.enum(needs)).max(needs.length).optional() }),
  /** Only `hears` fills the slot, and it is never written down: after a crash it is gone. */
  "account.paste": z.object({ address: z.string().max(8_000).optional() }),
  "account.confirm": z.object({ code }),
  "account.unlink": z.object({ provider, confirm: z.enum(["yes", "no"]).optional() }),
  "account.status": z.object({}),
  "account.operator": z.object({ code }),
};
type Context = SkillContext<typeof intents>;

/** The least that control needs; what needs more asks for it when it comes to that. */
const firstNeeds = ["state", "playback"] as const;

/** As the link page and setup print their codes: groups of four, joined by a dash, no character that looks like another. */
const printedCode = /^[A-HJKMNP-Z2-9]{4}([-‐–][A-HJKMNP-Z2-9]{4}){1,2}$/i;
const linkCodeLength = 9;

export const skill = defineSkill({
  name: "account",
  linking: true,
  intents,
  needs: [],
  section: "you",
  shownTo: { "account.confirm": "nobody", "account.operator": "nobody" },
  visibility: "private",

  hears(text, accounts) {
    if (accounts.isPastedAddress(text))
      return { intent: "account.paste", slots: { address: text }, secret: true, unasked: true };
    // "yeah-yeah" has the form of a code, but is no more one than it is in capitals.
    if (!printedCode.test(text) || !(/\d/.test(text) || text === text.toUpperCase())) return undefined;
    const intent = text.length === linkCodeLength ? "account.confirm" : "account.operator";
    return { intent, slots: { code: text }, secret: intent === "account.operator" };
  },

  run(ctx) {
    switch (ctx.intent) {
      case "account.link":
        return link(ctx, ctx.args);
      case "account.paste":
        return paste(ctx, ctx.args.address);
      case "account.confirm":
        return ended(ctx, () => ctx.accounts.confirm(ctx.user, ctx.args.code));
      case "account.unlink":
        return unlink(ctx, ctx.args);
      case "account.status":
        return status(ctx);
      case "account.operator":
        return operator(ctx, ctx.args.code);
    }
  },

  views: {
    async link(ctx, key) {
      const progress = await ctx.accounts.progress(key);
      if (!progress || progress.personId !== ctx.person.id) return undefined;
      return showProgress(ctx.t, progress, nameOf(ctx.accounts, progress.provider));
    },
  },
});

type Linkable = ReturnType<Accounts["linkable"]>[number];

/** What is linked when nobody says: the provider of the player at hand where it can be, else the first that can. */
function target({ accounts, music }: Context, said: string | undefined): Linkable | undefined {
  const all = accounts.linkable();
  const named = all.find(({ id }) => id === said);
  return named ?? all.find(({ id }) => id === music.provider.id) ?? all[0];
}

function nameOf(accounts: Accounts, id: string): string {
  return accounts.linkable().find((provider) => provider.id === id)?.name ?? id;
}

/** Where every player is shared there is no account, no plan and no consent to speak of. */
function nothingToLink({ t, music }: Context): Reply {
  return say(t("nothing_to_link", { player: music.name }));
}

async function link(ctx: Context, args: z.output<(typeof intents)["account.link"]>): Promise<Reply> {
  const { t } = ctx;
  const provider = target(ctx, args.provider);
  if (!provider) return nothingToLink(ctx);
  const { id } = provider;
  const names = { provider: provider.name };
  if ((await ctx.slots.mayLink(ctx.person.id, id)) === false) return noPlace(ctx, provider);
  const invitation = await ctx.accounts.startLink({
    personId: ctx.person.id,
    user: ctx.user,
    userName: ctx.userName,
    place: ctx.place,
    local: ctx.local,
    provider: id,
    needs: (await ctx.accounts.status(ctx.person.id)).some((account) => account.provider === id)
      ? (args.needs ?? firstNeeds)
      : [...new Set([...firstNeeds, ...(args.needs ?? [])])],
  });
  const until = new Date(invitation.expiresAt);
  const open: Block = { type: "link", label: t(`link.open.${invitation.mode}`, names), url: invitation.url };
  const view = { kind: "link", key: invitation.linkId };
  if (invitation.mode === "page") {
    const text = t("link.page", { ...names, until });
    return say(`${text}\n${invitation.url}`, [{ type: "text", text }, open], { view });
  }
  // Without a page of ours, this message is the page: the same words, before anything is agreed to.
  const intro = t("link.paste.intro", names);
  const does = t("link.paste.does", names);
  const doesNot = t("link.paste.does_not", names);
  const how = t("link.paste.how", { ...names, until });
  const parts = [intro, does, doesNot, how];
  const blocks: Block[] = [
    { type: "heading", text: t("link.open.paste", names) },
    ...[intro, does, doesNot].map((text): Block => ({ type: "text", text })),
    open,
    { type: "text", text: how },
  ];
  return say([...parts, invitation.url].join("\n"), blocks, { view });
}

/** Everybody whom the provider lets in has come in: whoever runs the bot is asked, and until then there are ways without an account. */
async function noPlace({ slots, person, t }: Context, { id, name }: Linkable): Promise<Reply> {
  const { before } = await slots.ask(person.id, id);
  const total = (await slots.standings()).find(({ provider }) => provider === id)?.total ?? 0;
  const text = t("link.full", { provider: name, total, before });
  const buttons = [
    button(t("button.join"), "diary.join", {}, "primary"),
    button(t("button.leave_list"), "slots.leave", { provider: id }),
  ];
  return say(text, [
    { type: "text", text },
    { type: "buttons", buttons },
  ]);
}

async function paste(ctx: Context, address: string | undefined): Promise<Reply> {
  // Everybody there may have read it. Whoever uses it first wins, so it must not be used at all.
  if (!ctx.direct) return say(ctx.t("paste.public"), undefined, { kind: "error" });
  if (address === undefined) return say(ctx.t("paste.again"), undefined, { kind: "error" });
  return ended(ctx, () => ctx.accounts.finishByPaste(ctx.user, address));
}

/** How an attempt ended, in the words of the message that carries the link; a refusal has its own. */
async function ended(ctx: Context, act: () => Promise<LinkProgress>): Promise<Reply> {
  try {
    const progress = await act();
    return showProgress(ctx.t, progress, nameOf(ctx.accounts, progress.provider));
  } catch (error) {
    if (!isSegueError(error, "InvalidInput") || error.details.field !== "link") throw error;
    const provider = target(ctx, undefined);
    return provider ? failed(ctx.t, error.details.why, { provider: provider.name }) : nothingToLink(ctx);
  }
}

function failed(t: Translate, failure: string, values: { provider: string }, attempt?: LinkProgress): Reply {
  const text = t(`failure.${failure}`, values);
  const slots = attempt ? { provider: attempt.provider, needs: attempt.needs } : {};
  const again = button(t("link.again"), "account.link", slots, "primary");
  const blocks: Block[] = [{ type: "text", text }];
  if (!closed.has(failure)) blocks.push({ type: "buttons", buttons: [again] });
  return say(text, blocks, { kind: "error" });
}

/** A new link would end the same way, or there is one already. */
const closed = new Set([
  "allowlist",
  "owner_not_premium",
  "wrong_client",
  "redirect_mismatch",
  "replaced",
  "reused",
  "wrong_code",
]);

function showProgress(t: Translate, progress: LinkProgress, providerName: string): Reply {
  const values = {
    provider: providerName,
    until: new Date(progress.expiresAt),
    name: progress.accountName ?? "none",
    needs: progress.withheld.map((need) => t(`need.${need}`)).join(", ") || "none",
  };
  const { status, failure } = progress;
  if (failure && failure !== "scope_withheld") return failed(t, failure, values, progress);
  if (status === "done")
    return say([t("link.done", values), ...(failure ? [t(`failure.${failure}`, values)] : [])].join("\n"));
  if (status === "expired" || status === "replaced") return failed(t, status, values, progress);
  if (status === "refused" || status === "failed") return failed(t, "internal", values, progress);
  const text = t(`link.${status === "authorizing" ? `authorizing.${progress.mode}` : status}`, values);
  const again = button(t("link.again"), "account.link", { provider: progress.provider, needs: progress.needs });
  return say(text, [
    { type: "text", text },
    { type: "buttons", buttons: [again] },
  ]);
}

async function unlink(ctx: Context, args: z.output<(typeof intents)["account.unlink"]>): Promise<Reply> {
  const { t } = ctx;
  if (args.confirm === "no") return say(t("unlink.kept"));
  const accounts = await ctx.accounts.status(ctx.person.id);
  const account = accounts.find((each) => args.provider === undefined || each.provider === args.provider);
  if (!account) return ctx.accounts.linkable().length === 0 ? nothingToLink(ctx) : say(t("unlink.none"));
  const values = { provider: account.providerName, name: account.displayName ?? "none" };
  const slots = { provider: account.provider };
  if (args.confirm === undefined) {
    const text = t("unlink.ask", values);
    const exported = ctx.commands().some(({ intent }) => intent === "history.export");
    const { firstAt } = await ctx.mine.standing();
    const buttons = [
      ...(exported && firstAt !== undefined ? [button(t("unlink.export"), "history.export", {}, "primary")] : []),
      button(t("unlink.yes", values), "account.unlink", { ...slots, confirm: "yes" }, "danger"),
      button(t("unlink.no"), "account.unlink", { ...slots, confirm: "no" }),
    ];
    return say(
      text,
      [
        { type: "text", text },
        { type: "buttons", buttons },
      ],
      { kind: "question" },
    );
  }
  const receipt = await ctx.accounts.unlink(ctx.person.id, account.provider);
  const rows = Object.values(receipt.deleted).reduce((sum, count) => sum + count, 0);
  return say(t("unlink.done", { ...values, receipt: receipt.receipt, at: new Date(receipt.at), rows }));
}

/** What is connected, and below it how the program stands. */
async function status(ctx: Context): Promise<Reply> {
  const [connected, program] = await Promise.all([connection(ctx), programStatus(ctx)]);
  return {
    ...connected,
    text: [connected.text, ...program.lines].join("\n"),
    blocks: [...connected.blocks, ...program.blocks],
  };
}

async function connection(ctx: Context): Promise<Reply> {
  const { t } = ctx;
  const accounts = await ctx.accounts.status(ctx.person.id);
  const unlinked = ctx.accounts.linkable().filter(({ id }) => !accounts.some((account) => account.provider === id));
  if (accounts.length === 0 && unlinked.length === 0) return ctx.person.operator ? asOperator(ctx) : nothingToLink(ctx);
  const connect = unlinked.map(({ id, name }) =>
    button(t("button.link", { provider: name }), "account.link", { provider: id }, "primary"),
  );
  if (accounts.length === 0) {
    const text = t("status.none");
    return say(text, [
      { type: "text", text },
      { type: "buttons", buttons: connect },
    ]);
  }
  const blocks: Block[] = [];
  const lines: string[] = [];
  for (const account of accounts) {
    const values = { provider: account.providerName, name: account.displayName ?? "none" };
    const line = t(account.status === "ok" ? "status.linked" : "status.needs_relink", values);
    const fields = [
      { name: t("status.since"), value: t("status.date", { at: new Date(account.linkedAt) }) },
      ...(account.consentEndsAt === undefined
        ? []
        : [{ name: t("status.until"), value: t("status.date", { at: new Date(account.consentEndsAt) }) }]),
      {
        name: t("status.allowed"),
        value: account.granted.map((need) => t(`need.${need}`)).join(", ") || t("status.nothing"),
      },
      ...(account.free ? [{ name: t("status.plan"), value: t("status.free") }] : []),
    ];
    lines.push(line, ...fields.map(({ name, value }) => `${name}: ${value}`));
    const slots = { provider: account.provider };
    const buttons = [
      ...(account.status === "ok" ? [] : [button(t("button.relink", values), "account.link", slots, "primary")]),
      button(t("status.unlink"), "account.unlink", slots, "danger"),
    ];
    blocks.push({ type: "text", text: line }, { type: "fields", fields }, { type: "buttons", buttons });
  }
  if (connect.length > 0) blocks.push({ type: "buttons", buttons: connect });
  if (ctx.person.operator) {
    lines.push(t("status.operator"));
    blocks.push({ type: "text", text: t("status.operator") });
  }
  return say(lines.join("\n"), blocks);
}

function asOperator(ctx: Context): Reply {
  return say([ctx.t("nothing_to_link", { player: ctx.music.name }), ctx.t("status.operator")].join("\n"));
}

async function operator(ctx: Context, typed: string): Promise<Reply> {
  const { t, accounts, person } = ctx;
  if (person.operator) return say(t("operator.already_you"));
  if (await accounts.claimOperator(person.id, typed)) return say(t("operator.welcome"));
  const key = (await accounts.hasOperator()) ? "operator.taken" : "operator.wrong_code";
  return say(t(key), undefined, { kind: "error" });
}
