import { z } from "zod";
import { isSegueError } from "../src/contracts/errors.ts";
import { type BroughtState, exportFormats } from "../src/contracts/history-files.ts";
import type { ImportCounts } from "../src/contracts/imports.ts";
import { type Block, type Button, button, type Reply, say } from "../src/contracts/reply.ts";
import { defineSkill, type SkillContext, type Translate } from "../src/contracts/skill.ts";

const intents = {
  "history.import": z.object({
    action: z.enum(["status", "cancel"]).optional(),
    /** A file that was posted here, as its platform names it. */
    ref: z.string().max(2_000).optional(),
    name: z.string().max(300).optional(),
    bytes: z.number().min(0).optional(),
    sure: z.literal("yes").optional(),
    page: z.literal("yes").optional(),
    /** An import, and whether its file is the asker's. */
    id: z.string().max(60).optional(),
    mine: z.enum(["yes", "no"]).optional(),
  }),
  "history.export": z.object({ format: z.enum(exportFormats).optional() }),
};
type Context = SkillContext<typeof intents>;
type Import = Extract<Context, { intent: "history.import" }>;

const import_ = "history.import";
const view = "import";
/** What every platform may hand over at most; some stop earlier. */
const mostBytes = 25 * 1024 ** 2;
const shownName = 80;

/** Listening that people bring from elsewhere, and theirs taken away. For the asker alone, whatever player they talk about. */
export const skill = defineSkill({
  name: "history-files",
  intents,
  needs: [],
  section: "you",
  visibility: "private",
  async run(ctx) {
    return ctx.intent === "history.export" ? exported(ctx) : imported(ctx);
  },
  views: {
    async [view](ctx, id) {
      const state = ctx.files.state(id);
      return state && shown(state, ctx.t);
    },
  },
});

async function imported(ctx: Import): Promise<Reply> {
  const { args, files, t } = ctx;
  if (args.id !== undefined && args.mine === "yes") await files.confirm(args.id);
  if (args.id !== undefined && (args.mine === "no" || args.action === "cancel")) await files.cancel(args.id);
  if (args.id !== undefined) return now(ctx, files.state(args.id));
  if (args.mine === "no") return say(t("left"));
  if (args.action === "cancel") {
    const state = await files.latest();
    return state && (await files.cancel(state.id)) ? now(ctx, files.state(state.id)) : say(t("none_running"));
  }
  if (args.action === "status") return now(ctx, await files.latest());
  if (args.page !== undefined) return invited(ctx);
  if (args.ref === undefined) return explained(ctx);
  return args.sure === undefined ? asked(ctx, args.name) : brought(ctx, args.ref);
}

/** How it is with an import; how to begin one where there is none. */
async function now(ctx: Import, state: BroughtState | undefined): Promise<Reply> {
  if (!state) return explained(ctx, ctx.t("none"));
  const reply = shown(state, ctx.t);
  const recorded = ctx.music.shared || (await ctx.mine.standing()).recording;
  if (state.status !== "done" || recorded) return reply;
  return { ...reply, blocks: [...reply.blocks, record(ctx.t)] };
}

const record = (t: Translate): Block => ({
  type: "buttons",
  buttons: [button(t("button.record"), "recording.set", { state: "on" })],
});

async function explained({ files, t }: Import, first?: string): Promise<Reply> {
  const lines = files.sources.map(({ id, name, url }) => ({ title: name, detail: t(`how.${id}`), url }));
  const heading = t("how");
  const ways = [files.posts ? "chat" : "", files.page ? "page" : "command"].filter(Boolean);
  const way = t(`how.${ways.join("_or_")}`, { command: files.importCommand });
  const buttons = [
    ...(files.page ? [button(t("button.page"), import_, { page: "yes" }, "primary")] : []),
    ...(first === undefined ? [button(t("button.status"), import_, { action: "status" })] : []),
  ];
  const above = first === undefined ? [] : [first];
  return say([...above, heading, ...lines.map(({ title, detail }) => `${title}: ${detail}`), way].join("\n"), [
    ...above.map((text): Block => ({ type: "text", text })),
    { type: "heading", text: heading },
    { type: "list", ordered: false, items: lines },
    { type: "text", text: way },
    ...(buttons.length > 0 ? [{ type: "buttons" as const, buttons }] : []),
  ]);
}

/** Before anything of it is looked at: what an import does, and for how long it is kept. */
function asked({ args, files, t }: Import, name = t("nameless")): Reply {
  if ((args.bytes ?? 0) > mostBytes) return tooLarge(files, t);
  const text = t("ask", { name: name.slice(0, shownName) });
  const { ref, bytes } = args;
  const slots = { ref, name: args.name, bytes, sure: "yes" };
  return say(
    text,
    [
      { type: "text", text },
      {
        type: "buttons",
        buttons: [button(t("button.yes"), import_, slots, "primary"), button(t("button.no"), import_, { mine: "no" })],
      },
    ],
    { kind: "question" },
  );
}

async function brought(ctx: Import, ref: string): Promise<Reply> {
  const { args, files, t } = ctx;
  try {
    const { name, bytes } = args;
    const file = { ref, ...(name === undefined ? {} : { name }), ...(bytes === undefined ? {} : { bytes }) };
    return shown(await files.bring(file), t);
  } catch (error) {
    if (!isSegueError(error, "InvalidInput")) throw error;
    if (error.details.why === "too_large") return tooLarge(files, t);
    if (error.details.why !== "import_running" && error.details.why !== "import_asked") throw error;
    // One at a time; after a crash it may be this very one.
    const state = await files.latest();
    if (!state) throw error;
    return { ...shown(state, t), visibility: "private" };
  }
}

function tooLarge(files: Context["files"], t: Translate): Reply {
  if (!files.page) return say(t("too_large.command", { command: files.importCommand }), undefined, { kind: "error" });
  const text = t("too_large.page");
  return say(
    text,
    [
      { type: "text", text },
      { type: "buttons", buttons: [button(t("button.page"), import_, { page: "yes" }, "primary")] },
    ],
    { kind: "error" },
  );
}

/** The address is for the asker alone, so it is in this message and nowhere else. */
async function invited({ files, t }: Import): Promise<Reply> {
  const invitation = await files.invite();
  if (!invitation) return say(t("how.command", { command: files.importCommand }), undefined, { kind: "error" });
  const { state, url } = invitation;
  const text = t("page");
  const below = shown(state, t);
  return say(
    [text, url, below.text].join("\n"),
    [{ type: "text", text }, { type: "link", label: t("page.open"), url }, ...below.blocks],
    { unkept: t("page.again"), view: { kind: view, key: state.id, from: 2, about: "awaited", shows: ["awaited"] } },
  );
}

/** How far it is, and what came of it. */
function shown(state: BroughtState, t: Translate): Reply {
  const { id, status, counts, share = 0 } = state;
  const text = t(`status.${status}`, {
    name: (state.name ?? t("nameless")).slice(0, shownName),
    owner: state.owner ?? "none",
    share: Math.floor(share * 100),
    until: new Date(state.untilAt ?? 0),
    kept: counts?.kept ?? 0,
  });
  const fields = counts && counts.read > 0 ? countsOf(counts, t) : [];
  const troubles = troublesOf(state, t);
  const buttons = buttonsOf(state, t);
  return say(
    [text, ...fields.map(({ name, value }) => `${name}: ${value}`), ...troubles].join("\n"),
    [
      { type: "text", text },
      ...(fields.length > 0 ? [{ type: "fields" as const, fields }] : []),
      ...troubles.map((each): Block => ({ type: "text", text: each })),
      ...(buttons.length > 0 ? [{ type: "buttons" as const, buttons }] : []),
    ],
    { kind: status === "asked" ? "question" : "answer", view: { kind: view, key: id, shows: [status] } },
  );
}

function buttonsOf({ id, status }: BroughtState, t: Translate): Button[] {
  const cancel = button(t("button.cancel"), import_, { id, action: "cancel" });
  if (status === "running" || status === "arriving") return [cancel];
  if (status === "asked")
    return [
      button(t("button.mine"), import_, { id, mine: "yes" }, "primary"),
      button(t("button.not_mine"), import_, { id, mine: "no" }),
    ];
  return status === "done" ? [button(t("button.recent"), "history.recent")] : [];
}

/** Every row once: the first is the sum of all others. */
function countsOf(counts: ImportCounts, t: Translate): { name: string; value: string }[] {
  const rows: [string, number][] = [
    ["read", counts.read],
    ["kept", counts.kept],
    ["below", counts.below],
    ["duplicate", counts.duplicate],
    ...Object.entries(counts.skipped).map(([why, rows]): [string, number] => [`skipped.${why}`, rows]),
    ["failed", counts.failed],
  ];
  return rows
    .filter(([what, rows]) => rows > 0 || what === "read" || what === "kept")
    .map(([what, rows]) => ({ name: t(`count.${what}`), value: t("count", { rows }) }));
}

const mostTroubles = 5;

/** What is wrong with single files, what can be mended first. Letters and pictures in an archive are not worth a word. */
function troublesOf({ files = [], counts }: BroughtState, t: Translate): string[] {
  const read = counts?.read ?? 0;
  const wrong = files.filter(({ problem }) => problem !== undefined && problem !== "other");
  const said = [...wrong, ...files.filter(({ problem }) => problem === "other" && read === 0)];
  return [
    ...said
      .slice(0, mostTroubles)
      .map(({ name, problem }) => t(`problem.${problem}`, { name: name.slice(0, shownName), read })),
    ...(said.length > mostTroubles ? [t("problem.more", { files: said.length - mostTroubles })] : []),
  ];
}

async function exported(ctx: Extract<Context, { intent: "history.export" }>): Promise<Reply> {
  const { args, files, t } = ctx;
  const format = args.format ?? "json";
  const result = await files.export(format, await ctx.key(), ctx.signal);
  if (result.by === "none") return say(t("export.none"));
  if (result.by === "file") {
    const other = format === "json" ? "csv" : "json";
    const { plays } = result;
    const text = t("export.sent", { plays, all: format === "csv" ? "no" : plays === 0 ? "only" : "yes" });
    return say(text, [
      { type: "text", text },
      { type: "buttons", buttons: [button(t(`button.${other}`), "history.export", { format: other })] },
    ]);
  }
  if (result.by === "command") return say(t("export.command", { command: result.command }));
  const text = t("export.page", { until: new Date(result.untilAt) });
  return say(
    `${text}\n${result.url}`,
    [
      { type: "text", text },
      { type: "link", label: t("export.open"), url: result.url },
    ],
    { unkept: t("page.again") },
  );
}
