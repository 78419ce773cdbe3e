import { z } from "zod";
import type { JoinProgress } from "../src/contracts/accounts.ts";
import { isSegueError } from "../src/contracts/errors.ts";
import type { UserRef } from "../src/contracts/incoming.ts";
import type { JoinedAccount, JoinParty, JoinSide } from "../src/contracts/people-store.ts";
import { type Block, type Button, button, type Reply, say } from "../src/contracts/reply.ts";
import type { Share } from "../src/contracts/sharing.ts";
import { defineSkill, type SkillContext, type Translate, type ViewContext } from "../src/contracts/skill.ts";
import { placeTitle } from "./shared/privacy-rows.ts";

const yesOrNo = z.enum(["yes", "no"]);
const id = z.string().max(200);
const codeSlot = z.string().trim().max(40);

const intents = {
  /** With the other one's code it is the same as that code alone. */
  "account.join": z.object({ code: codeSlot.optional() }),
  /** `typed` is what only `hears` says: it stands in a message that others may read. Neither is ever written down. */
  "account.join_code": z.object({ code: codeSlot.optional(), typed: z.boolean().default(false) }),
  "account.join_answer": z.object({ join: z.string().max(64), answer: yesOrNo }),
  "account.identities": z.object({}),
  "account.leave": z.object({
    platform: id.optional(),
    tenant: id.optional(),
    user: id.optional(),
    confirm: yesOrNo.optional(),
  }),
};
type Context = SkillContext<typeof intents>;

/** Two groups of five, with a digit: codes of other kinds have groups of four, and words have no digits. After a slash command too. */
const heardCode =
  /^(?:\/[\p{L}\p{N}_-]+(?:@\S+)?\s+(?:\p{L}+[:=]\s*)?"?)?((?=\S*\d)[A-HJKMNP-Z2-9]{5}[-‐–][A-HJKMNP-Z2-9]{5})"?$/iu;

/** One person with several chat accounts. */
export const skill = defineSkill({
  name: "identities",
  intents,
  needs: [],
  section: "you",
  shownTo: { "account.join_code": "nobody" },
  visibility: "private",
  secrets: ["code", "typed"],

  hears(text) {
    const [, code] = heardCode.exec(text) ?? [];
    if (code === undefined) return undefined;
    return { intent: "account.join_code", slots: { code, typed: true }, secret: true, unasked: true };
  },

  run(ctx) {
    switch (ctx.intent) {
      case "account.join":
        return ctx.args.code === undefined ? newCode(ctx) : typedCode(ctx, { code: ctx.args.code, typed: false });
      case "account.join_code":
        return typedCode(ctx, ctx.args);
      case "account.join_answer":
        return answer(ctx, ctx.args.join, ctx.args.answer === "yes");
      case "account.identities":
        return identities(ctx);
      case "account.leave":
        return leave(ctx, ctx.args);
    }
  },

  views: {
    async join(ctx, key) {
      const at = key.lastIndexOf(":");
      const side = key.slice(at + 1) === "host" ? "host" : "guest";
      const join = await ctx.accounts.joins.progress(key.slice(0, at));
      if (!join) return undefined;
      const theirs = side === "host" || join.status === "done" ? join.host : join.guest;
      return theirs?.personId === ctx.person.id ? show(ctx, join, side) : undefined;
    },
  },
});

const partyOf = ({ person, user, userName, place, direct, locale }: Context): JoinParty => ({
  personId: person.id,
  user,
  userName,
  place,
  direct,
  locale,
});

const question = (text: string, buttons: Button[]): Reply =>
  say(
    text,
    [
      { type: "text", text },
      { type: "buttons", buttons },
    ],
    { kind: "question" },
  );

async function newCode(ctx: Context): Promise<Reply> {
  const { t } = ctx;
  const { code, expiresAt } = await ctx.accounts.joins.code(partyOf(ctx));
  const how = t("code.how", { until: new Date(expiresAt) });
  const alone = t("code.alone");
  const blocks: Block[] = [
    { type: "text", text: how },
    { type: "heading", text: code },
    { type: "text", text: alone },
  ];
  return say([how, code, alone].join("\n"), blocks, { unkept: t("code.unkept") });
}

type Typed = z.output<(typeof intents)["account.join_code"]>;

async function typedCode(ctx: Context, { code, typed }: Typed): Promise<Reply | undefined> {
  const { t, accounts, user } = ctx;
  if (code === undefined) {
    // An earlier run of this died, and the code with it; what it came to by then is known.
    const join = await accounts.joins.resume(user);
    return join ? show(ctx, join, "guest") : failure(t, "again");
  }
  if (typed && !ctx.direct) {
    // Whoever reads it there could be first. What only looks like a code is none of our business.
    const spoilt = await accounts.joins.spoil(code);
    return spoilt ? failure(t, "public", [button(t("button.code"), "account.join")]) : undefined;
  }
  const result = await accounts.joins.redeem(partyOf(ctx), code);
  return "refused" in result ? failure(t, result.refused) : show(ctx, result, "guest");
}

function failure(t: Translate, why: string, buttons: Button[] = []): Reply {
  const text = t(`failure.${why}`);
  const blocks: Block[] = [{ type: "text", text }];
  if (buttons.length > 0) blocks.push({ type: "buttons", buttons });
  return say(text, blocks, { kind: "error" });
}

async function answer(ctx: Context, joinId: string, yes: boolean): Promise<Reply> {
  try {
    const join = await ctx.accounts.joins.answer(ctx.person.id, joinId, yes);
    // Once they are one person, who pressed is told by where they speak.
    const host = sameUser(join.host.user, ctx.user) || (join.status !== "done" && join.host.personId === ctx.person.id);
    return show(ctx, join, host ? "host" : "guest");
  } catch (error) {
    if (!isSegueError(error, "InvalidInput") || error.details.field !== "join") throw error;
    return failure(ctx.t, "over");
  }
}

const sameUser = (a: UserRef, b: UserRef): boolean =>
  a.platform === b.platform && a.tenant === b.tenant && a.id === b.id;

function called(t: Translate, name: string, { platform }: UserRef): string {
  const as = platform.charAt(0).toUpperCase() + platform.slice(1);
  return t("who", { name, kind: platform === "web" || platform === "terminal" ? platform : "other", platform: as });
}

/** How a joining stands, in the words of the one it is told to. */
function show(ctx: Pick<ViewContext, "t" | "accounts">, join: JoinProgress, side: JoinSide): Reply {
  const { t } = ctx;
  const { host, guest, status, id: joinId } = join;
  const names = {
    host: called(t, host.userName, host.user),
    guest: guest ? called(t, guest.userName, guest.user) : "",
  };
  const view = { kind: "join", key: `${joinId}:${side}` };
  const choose = (answer: "yes" | "no", label: string, style?: Button["style"]) =>
    button(t(label), "account.join_answer", { join: joinId, answer }, style);
  const asked = status === `${side}_asked`;
  if (asked) {
    const text = [t(`${side}.asked`, names), ...effects(ctx, join, names), t("asked.both")].join("\n");
    return { ...question(text, [choose("yes", "button.yes", "danger"), choose("no", "button.no")]), view };
  }
  if (status === "done") {
    const text = [t(`${side}.done`, names), ...(join.receipt ? [t("done.receipt", { receipt: join.receipt })] : [])];
    const separate = guest ? [button(t("button.separate"), "account.leave", slotsOf(guest.user))] : [];
    const blocks: Block[] = text.map((line) => ({ type: "text", text: line }));
    if (separate.length > 0) blocks.push({ type: "buttons", buttons: separate });
    return say(text.join("\n"), blocks, { view });
  }
  const words = status === "guest_asked" || status === "host_asked" ? `${side}.waiting` : `ended.${status}`;
  const text = t(words, names);
  const blocks: Block[] = [{ type: "text", text }];
  if (status === "host_asked") blocks.push({ type: "buttons", buttons: [choose("no", "button.withdraw")] });
  return say(text, blocks, { view });
}

const slotsOf = ({ platform, tenant, id: user }: UserRef) => ({ platform, tenant, user });

/** Exactly what a yes does to what the guest has, a line each. */
function effects({ t, accounts }: Pick<ViewContext, "t" | "accounts">, join: JoinProgress, names: Names): string[] {
  const { plan } = join;
  if (!plan) return [];
  const providerName = (provider: string) => accounts.linkable().find(({ id }) => id === provider)?.name ?? provider;
  const account = (key: string) => (each: JoinedAccount) =>
    t(key, { ...names, provider: providerName(each.provider), name: each.displayName ?? "none" });
  const others = plan.identities.map((each) => called(t, each.name, each)).join(", ");
  return [
    ...plan.moves.map(account("effect.moves")),
    ...plan.drops.map(account("effect.drops")),
    ...(plan.settings ? [t("effect.settings", names)] : []),
    ...(plan.history ? [t("effect.history", names)] : []),
    ...(others === "" ? [] : [t("effect.identities", { names: others })]),
    ...(plan.operator ? [t("effect.operator", names)] : []),
  ];
}
type Names = { host: string; guest: string };

async function identities(ctx: Context): Promise<Reply> {
  const { t, user } = ctx;
  const all = await ctx.accounts.joins.identities(ctx.person.id);
  const add = button(t("button.code"), "account.join", {}, "primary");
  if (all.length < 2) {
    const text = t("list.one");
    return say(text, [
      { type: "text", text },
      { type: "buttons", buttons: [add] },
    ]);
  }
  const intro = t("list.several");
  const items = all.map((each) => ({
    title: called(t, each.name, each),
    ...(sameUser(each, user) ? { detail: t("list.here") } : {}),
  }));
  const leaving = all
    .slice(0, mostButtons)
    .map((each) =>
      button(t("button.separate_one", { who: called(t, each.name, each) }), "account.leave", slotsOf(each)),
    );
  const lines = items.map(({ title, detail }) => (detail === undefined ? title : `${title} (${detail})`));
  return say([intro, ...lines].join("\n"), [
    { type: "text", text: intro },
    { type: "list", ordered: false, items },
    { type: "buttons", buttons: [...leaving, add] },
  ]);
}

/** What every platform shows beside the one that adds. */
const mostButtons = 20;
/** A reply says so many by name. */
const mostShares = 12;

type Leaving = z.output<(typeof intents)["account.leave"]>;

async function leave(ctx: Context, args: Leaving): Promise<Reply> {
  const { t, accounts, person } = ctx;
  const { platform, tenant, user } = args;
  const said =
    platform === undefined || tenant === undefined || user === undefined ? ctx.user : { platform, tenant, id: user };
  const all = await accounts.joins.identities(person.id);
  const meant = all.find((each) => sameUser(each, said));
  if (!meant) return failure(t, "not_yours");
  if (all.length < 2) return failure(t, "only_one", [button(t("button.code"), "account.join")]);
  const names = {
    who: called(t, meant.name, meant),
    others: all
      .filter((each) => each !== meant)
      .map((each) => called(t, each.name, each))
      .join(", "),
  };
  if (args.confirm === "no") return say(t("leave.kept"));
  if (args.confirm === undefined) {
    const slots = slotsOf(meant);
    return question(t("leave.ask", names), [
      button(t("leave.yes"), "account.leave", { ...slots, confirm: "yes" }, "danger"),
      button(t("leave.no"), "account.leave", { ...slots, confirm: "no" }),
    ]);
  }
  const ended = await accounts.joins.leave(person.id, meant);
  if (!ended) return failure(t, "not_yours");
  const lines = [t("leave.done", names)];
  if (ended.length > 0) lines.push(t("leave.ended", { shares: await sharesIn(ctx, ended) }));
  return say(lines.join("\n"));
}

async function sharesIn({ t, here, locale }: Context, shares: readonly Share[]): Promise<string> {
  const shown = shares.slice(0, mostShares).map(async ({ use, place }) => {
    return t("leave.share", { use, place: await placeTitle(here, place) });
  });
  const more = shares.length > mostShares ? ["…"] : [];
  return new Intl.ListFormat(locale, { type: "unit" }).format([...(await Promise.all(shown)), ...more]);
}
