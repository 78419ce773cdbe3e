import { z } from "zod";
import { type Digest, type DigestKind, type DigestOwner, digestKinds, digestView } from "../src/contracts/digests.ts";
import { SegueError } from "../src/contracts/errors.ts";
import { pictureKinds } from "../src/contracts/pictures.ts";
import { type Block, type Button, button, type Reply, say } from "../src/contracts/reply.ts";
import { defineSkill, type SkillContext, type Translate, type ViewContext } from "../src/contracts/skill.ts";
import { slotSchemas } from "../src/contracts/vocabulary.ts";
import { type Drawing, pictureBlock, picturesOf } from "./shared/digest-pictures.ts";
import { digestWords, periodIn } from "./shared/digest-words.ts";
import { periodOf } from "./shared/periods.ts";

const every = z.enum(digestKinds);
const whose = z.enum(["here", "me"]);
const intents = {
  "digest.set": z.object({
    every: every.optional(),
    state: slotSchemas.state.optional(),
    hour: z.coerce.number().int().min(0).max(23).optional(),
    whose: whose.optional(),
  }),
  "digest.show": z.object({ every: every.optional(), whose: whose.optional() }),
  "digest.join": z.object({ state: slotSchemas.state.optional(), sure: z.literal("yes").optional() }),
  "digest.picture": z.object({ picture: z.enum(pictureKinds).default("top"), period: slotSchemas.period.optional() }),
};
type Context = SkillContext<typeof intents>;
type Of<I extends keyof typeof intents> = Extract<Context, { intent: I }>;
type Whose = z.output<typeof whose>;

const dayMs = 24 * 60 * 60_000;
const pastShown = 4;

/** Sums and charts of a day, week, month or year, told to a place by those who take part, or to one person alone. */
export const skill = defineSkill({
  name: "digest",
  intents,
  needs: [],
  section: "you",
  visibility: "private",
  async run(ctx) {
    if (!ctx.statistics) return say(ctx.t("statistics_off"));
    switch (ctx.intent) {
      case "digest.set":
        return set(ctx);
      case "digest.show":
        return show(ctx);
      case "digest.join":
        return join(ctx);
      case "digest.picture":
        return picture(ctx);
    }
  },
  views: {
    async [digestView](ctx, key) {
      const found = await ctx.digests.get(key);
      if (found === undefined) return undefined;
      if (found === "taken_back") return say(ctx.t("taken_back"));
      const { text, blocks } = await shown(found.digest, { ...drawingOf(ctx), key }, false);
      const next =
        "place" in found.owner
          ? [
              button(ctx.t("button.join"), "digest.join"),
              button(ctx.t("button.settings"), "digest.set", { whose: "here" }),
            ]
          : [button(ctx.t("button.settings"), "digest.set", { whose: "me" })];
      return say(text, [...blocks, { type: "buttons", buttons: next }]);
    },
  },
});

function drawingOf({ pictures, person, locale, music, t }: Context | ViewContext): Drawing {
  return { pictures, personId: person.id, locale, attribution: music.provider.terms.attribution, t };
}

/** `early`: the time is not over. */
async function shown(digest: Digest, drawing: Drawing, early: boolean): Promise<{ text: string; blocks: Block[] }> {
  const { heading, text, blocks } = digestWords(digest, { ...drawing, early });
  const images: Block[] = [];
  for (const kind of picturesOf[digest.kind]) images.push(...(await pictureBlock(kind, digest, drawing)));
  const [first, ...others] = images;
  const [sums, rest] = [blocks.slice(0, 1), blocks.slice(1)];
  return {
    text,
    blocks: [
      { type: "heading", text: heading },
      ...sums,
      // Before a list: a picture above words would be taken for what belongs beside them.
      ...(first ? [first] : []),
      ...rest,
      ...others,
      { type: "attribution", text: drawing.attribution },
    ],
  };
}

/** In a chat of their own, people mean themselves. */
const meant = ({ direct }: Context, asked: Whose | undefined): Whose => (direct ? "me" : (asked ?? "here"));

function ownerOf({ place, person }: Context, of: Whose): DigestOwner {
  if (of === "me") return { personId: person.id };
  const { platform, tenant, id } = place;
  return { place: { platform, tenant, id } };
}

async function set(ctx: Of<"digest.set">): Promise<Reply> {
  const { args, digests, here, place, t } = ctx;
  const of = meant(ctx, args.whose);
  const owner = ownerOf(ctx, of);
  if (args.every === undefined && args.state === undefined && args.hour === undefined) return screen(ctx, of);
  if (of === "here" && !(await here.may("here"))) throw new SegueError("Forbidden", { why: "managers_only" });
  if (args.state === "off") {
    const kinds = args.every === undefined ? digestKinds : [args.every];
    const ended = await Promise.all(kinds.map((kind) => digests.cancel(owner, kind)));
    return screen(ctx, of, ended.includes(true) ? t("off", { kind: args.every ?? "all" }) : t("off_already"));
  }
  const kind = args.every ?? "week";
  const order = await digests.order(owner, {
    kind,
    at: place,
    ...(args.hour === undefined ? {} : { hour: args.hour }),
  });
  return screen(ctx, of, t("on", { kind, next: new Date(order.nextAt) }));
}

/** Which digests there are, how the latest went, who takes part, and what can be changed. */
async function screen(ctx: Context, of: Whose, lead?: string): Promise<Reply> {
  const { digests, here, t } = ctx;
  const owner = ownerOf(ctx, of);
  const [orders, past, manages, part] = await Promise.all([
    digests.orders(owner),
    digests.past(owner),
    of === "me" || here.may("here"),
    of === "me" ? undefined : takingPart(ctx),
  ]);
  const heading = t("screen", { whose: of });
  const lines = [
    ...(orders.length === 0
      ? [t("none", { whose: of, manages: manages ? "yes" : "no" })]
      : orders.map(({ kind, nextAt }) => t("order", { kind, next: new Date(nextAt) }))),
    ...(part ? [t("part", { count: part.count, in: part.isIn ? "yes" : "no" })] : []),
    ...past
      .slice(0, pastShown)
      .map((each) => t("past", { when: periodIn(ctx.locale, each), how: each.posted ?? each.outcome })),
  ];
  const wanted = new Set(orders.map(({ kind }) => kind));
  const switches: Button[] = manages
    ? digestKinds.map((kind) =>
        button(
          t(wanted.has(kind) ? "button.off" : "button.on", { kind }),
          "digest.set",
          { every: kind, state: wanted.has(kind) ? "off" : "on", whose: of },
          "plain",
        ),
      )
    : [];
  const more = [
    ...(await recorder(ctx, of)),
    button(t("button.preview"), "digest.show", { whose: of, ...(orders[0] ? { every: orders[0].kind } : {}) }),
    ...(part
      ? [
          part.isIn
            ? button(t("button.leave"), "digest.join", { state: "off" })
            : button(t("button.join"), "digest.join"),
        ]
      : []),
  ];
  const text = [...(lead === undefined ? [] : [lead]), heading, ...lines].join("\n");
  return say(text, [
    ...(lead === undefined ? [] : [{ type: "text", text: lead } as const]),
    { type: "heading", text: heading },
    { type: "text", text: lines.join("\n") },
    ...(switches.length === 0 ? [] : [{ type: "buttons", buttons: switches } as const]),
    { type: "buttons", buttons: more },
  ]);
}

/** Of somebody whose listening is not written down there is never anything to say. */
async function recorder({ music, history, t }: Context, of: Whose): Promise<Button[]> {
  if (of !== "me" || music.shared || (await history.standing()).recording) return [];
  return [button(t("button.record"), "recording.set", { state: "on" }, "primary")];
}

async function takingPart({ digests, sharing, person, place }: Context): Promise<{ count: number; isIn: boolean }> {
  const [count, own] = await Promise.all([digests.takingPart(place), sharing.of(person.id)]);
  return { count, isIn: own.some((share) => share.use === "digest" && isSame(share.place, place)) };
}

const isSame = (a: Omit<Context["place"], "thread">, b: Context["place"]): boolean =>
  a.platform === b.platform && a.tenant === b.tenant && a.id === b.id;

/** What the next one would say if it were due now, for the asker alone. */
async function show(ctx: Of<"digest.show">): Promise<Reply> {
  const { args, digests, t } = ctx;
  const of = meant(ctx, args.whose);
  const owner = ownerOf(ctx, of);
  const kind = args.every ?? (await digests.orders(owner))[0]?.kind ?? "week";
  const digest = await digests.preview(owner, kind);
  if (!digest) return nothing(ctx, of, kind);
  const { text, blocks } = await shown(digest, drawingOf(ctx), true);
  const note = t("preview", { whose: of, kind });
  return say([note, text].join("\n"), [
    { type: "text", text: note },
    ...blocks,
    { type: "buttons", buttons: [button(t("button.settings"), "digest.set", { whose: of })] },
  ]);
}

/** Why there is nothing to say, and what can be done about it. */
async function nothing(ctx: Context, of: Whose, kind: DigestKind): Promise<Reply> {
  const { history, t } = ctx;
  const own = of === "me";
  const { recording } = own ? await history.standing() : { recording: true };
  const text = recording ? t("nothing", { whose: of, kind }) : t("not_recording");
  const next = !recording
    ? button(t("button.record"), "recording.set", { state: "on" }, "primary")
    : own
      ? button(t("button.settings"), "digest.set", { whose: of })
      : button(t("button.join"), "digest.join");
  return say(text, [
    { type: "text", text },
    { type: "buttons", buttons: [next] },
  ]);
}

async function join(ctx: Of<"digest.join">): Promise<Reply> {
  const { args, sharing, person, place, direct, digests, history, t } = ctx;
  if (direct) return say(t("join.only_in_places"));
  if (args.state === "off") {
    const gone = await sharing.revoke({ personId: person.id, use: "digest", place });
    return say(t(gone.length === 0 ? "join.not_in" : "join.left"));
  }
  if ((await takingPart(ctx)).isIn) {
    const text = t("join.already");
    return say(text, [
      { type: "text", text },
      { type: "buttons", buttons: [button(t("button.leave"), "digest.join", { state: "off" })] },
    ]);
  }
  const own = ctx.music.shared ? undefined : await history.standing();
  if (args.sure) {
    await sharing.allow(person.id, "digest", place);
    const text = t("join.done", { recording: own?.recording === false ? "no" : "yes" });
    const buttons = [
      ...(own?.recording === false ? [button(t("button.record"), "recording.set", { state: "on" }, "primary")] : []),
      button(t("button.leave"), "digest.join", { state: "off" }),
    ];
    return say(text, [
      { type: "text", text },
      { type: "buttons", buttons },
    ]);
  }
  const text = t("join.ask");
  const digest = await digests.preview(ownerOf(ctx, "here"), "week", { alone: person.id });
  const sample = digest && (await shown(asOfPlace(digest), drawingOf(ctx), true));
  const says = t(sample ? "join.sample" : "join.no_sample");
  return say(
    [text, says, ...(sample ? [sample.text] : [])].join("\n"),
    [
      { type: "text", text },
      { type: "text", text: says },
      ...(sample?.blocks ?? []),
      {
        type: "buttons",
        buttons: [
          button(t("button.yes"), "digest.join", { state: "on", sure: "yes" }, "primary"),
          button(t("button.no"), "digest.join", { state: "off" }),
        ],
      },
    ],
    { kind: "question" },
  );
}

/** As the others would see it. */
function asOfPlace({ own: _, ...digest }: Digest): Digest {
  return digest;
}

/** One's own picture of any time, to be shown around or not. */
async function picture(ctx: Of<"digest.picture">): Promise<Reply> {
  const { args, digests, person, t } = ctx;
  const period = periodOf(ctx, args.period ?? (args.picture === "year" ? "this_year" : "P4W"));
  const kind = args.picture === "year" ? "year" : kindOf(period.untilAt - period.fromAt);
  const digest = await digests.preview({ personId: person.id }, kind, { period });
  if (!digest) return nothing(ctx, "me", kind);
  const blocks = await pictureBlock(args.picture, digest, drawingOf(ctx));
  const [image] = blocks;
  if (image?.type !== "image") return say(t("picture.failed"));
  return say(image.alt, [image, { type: "attribution", text: ctx.music.provider.terms.attribution }, others(args, t)]);
}

function others({ picture: drawn, period }: Of<"digest.picture">["args"], t: Translate): Block {
  const buttons = pictureKinds
    .filter((kind) => kind !== drawn)
    .map((kind) =>
      button(t("button.picture", { kind }), "digest.picture", {
        picture: kind,
        ...(period === undefined || kind === "year" ? {} : { period }),
      }),
    );
  return { type: "buttons", buttons };
}

function kindOf(ms: number): DigestKind {
  if (ms <= 2 * dayMs) return "day";
  if (ms <= 14 * dayMs) return "week";
  return ms <= 62 * dayMs ? "month" : "year";
}
