import { z } from "zod";
import { SegueError } from "../src/contracts/errors.ts";
import { answerModes, type PlaceChange, placeScopes, roleSchema } from "../src/contracts/places.ts";
import { type Block, button, type Reply, say } from "../src/contracts/reply.ts";
import { defineSkill, permissions, type SkillContext, type Translate } from "../src/contracts/skill.ts";
import { inherit, type Part, parts, playerOf, screen, textOf } from "./shared/place-screen.ts";
import { zoneNamed } from "./shared/zone-named.ts";

const scope = z.enum(placeScopes).default("here");
const settings = ["answers", "player", "language", "command_on", "command_off", "command", ...permissions] as const;

const intents = {
  "place.settings": z.object({ part: z.enum(parts).default("all"), role: z.enum(permissions).optional(), scope }),
  "place.set": z.object({
    setting: z.enum(settings),
    value: z.string().max(300),
    scope,
    /** Asked and answered: the place shall be without its player. */
    sure: z.literal("yes").optional(),
  }),
  /** Opens a shared player to the place that wanted it, from wherever the operator is told of it. */
  "place.open": z.object({
    platform: z.string().max(60),
    tenant: z.string().max(300),
    id: z.string().max(300),
    value: z.string().max(300),
  }),
  "place.zone": z.object({ zone: z.string().trim().max(60).optional(), scope }),
  /** Said of oneself, wherever it is said. */
  "place.my_zone": z.object({ zone: z.string().trim().max(300).optional() }),
  /** What platforms send by themselves. */
  "place.joined": z.object({}),
  "place.left": z.object({}),
  "place.moved": z.object({ to: z.string().max(300) }),
};
type Context = SkillContext<typeof intents>;

/** The settings of a place on one screen, and the first words in a new one. */
export const skill = defineSkill({
  name: "place",
  intents,
  needs: [],
  managers: ["place.settings", "place.set", "place.open", "place.zone"],
  section: "bot",
  visibility: (intent) => (intent === "place.joined" ? "public" : "private"),

  async run(ctx) {
    switch (ctx.intent) {
      case "place.settings":
        return screen(ctx, ctx.args.part, ctx.args.scope, ctx.args.role);
      case "place.set":
        if (await takesPlayerAway(ctx, ctx.args)) return askWhetherSure(ctx, ctx.args);
        await ctx.here.change(ctx.args.scope, changeOf(ctx.args));
        return saved(ctx, partOf(ctx.args.setting), ctx.args.scope);
      case "place.open":
        return opened(ctx, ctx.args);
      case "place.zone":
        return zone(ctx, ctx.args);
      case "place.my_zone":
        return ownZone(ctx, ctx.args.zone);
      case "place.joined":
        // Platforms tell of one arrival in several ways.
        return (await ctx.here.greetOnce()) ? welcome(ctx) : undefined;
      case "place.left":
        await ctx.here.forget();
        return undefined;
      case "place.moved":
        await ctx.here.moveTo(ctx.args.to);
        return undefined;
    }
  },

  forms: {
    "place.zone": async ({ t }) => ({
      title: t("zone.title"),
      fields: [
        {
          slot: "zone",
          label: t("zone.label"),
          type: "text",
          placeholder: t("zone.example"),
          required: true,
          max: 60,
        },
      ],
    }),
  },
});

async function saved(ctx: Context, part: Part, where: (typeof placeScopes)[number]): Promise<Reply> {
  const shown = await screen(ctx, part, where);
  const line = ctx.t("saved");
  return { ...shown, text: `${line}\n${shown.text}`, blocks: [{ type: "text", text: line }, ...shown.blocks] };
}

type Change = z.output<(typeof intents)["place.set"]>;
const wider = { here: "tenant", tenant: "everywhere" } as const;

/** Those who have a player there now would have none. Who may not change it is told that, and not asked. */
async function takesPlayerAway({ here }: Context, { setting, value, scope, sure }: Change): Promise<boolean> {
  if (setting !== "player" || sure || (value !== "none" && value !== inherit)) return false;
  const [{ players }, usable] = await Promise.all([here.settings(scope), scope === "here" ? here.usable() : []]);
  if (players.length + usable.length === 0 || !(await here.may(scope))) return false;
  if (value === "none") return true;
  if ((await here.choices(scope)).player === undefined) return false;
  return scope === "everywhere" || (await here.settings(wider[scope])).players.length === 0;
}

async function askWhetherSure({ t, here }: Context, { setting, value, scope }: Change): Promise<Reply> {
  const text = t("player.sure", { player: here.players.map(({ name }) => name).join(", ") });
  const buttons = [
    button(t("button.take_away"), "place.set", { setting, value, scope, sure: "yes" }, "danger"),
    button(t("button.keep"), "place.settings", { scope }),
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

async function opened(ctx: Context, { value, ...place }: z.output<(typeof intents)["place.open"]>): Promise<Reply> {
  const player = playerOf(value);
  await ctx.here.give(place, player);
  const name = ctx.here.players.find((each) => textOf(each) === value)?.name ?? value;
  return say(ctx.t("opened", { player: name }));
}

function partOf(setting: (typeof settings)[number]): Part {
  if (setting === "answers" || setting === "player" || setting === "language") return "all";
  return setting.startsWith("command") ? "commands" : "roles";
}

function changeOf({ setting, value }: z.output<(typeof intents)["place.set"]>): PlaceChange {
  const given = value === inherit ? undefined : value;
  const wrong = () => new SegueError("InvalidInput", { field: "value", why: "unknown", given: value });
  const parsed = <T>(schema: z.ZodType<T>): T | undefined => {
    if (given === undefined) return undefined;
    const result = schema.safeParse(given);
    if (!result.success) throw wrong();
    return result.data;
  };
  switch (setting) {
    case "answers":
      return { answers: parsed(z.enum(answerModes)) };
    case "player":
      return { player: given === undefined || given === "none" ? given : playerOf(given) };
    case "language":
      return { locale: given };
    case "command_on":
    case "command_off":
      return { skill: value, on: setting === "command_on" };
    case "command":
      return { skill: value, on: undefined };
    default:
      return { role: setting, value: parsed(roleSchema) };
  }
}

async function zone(ctx: Context, args: z.output<(typeof intents)["place.zone"]>): Promise<Reply> {
  const { t, here, direct } = ctx;
  if (!args.zone) return say(t("zone.how", { where: direct && args.scope === "here" ? "direct" : "place" }));
  const timeZone = isAuto(args.zone, t) ? undefined : zoneOf(args.zone);
  if (timeZone === "unknown") return unknownZone(ctx, args.zone);
  await here.change(args.scope, { timeZone });
  return saved(ctx, "all", args.scope);
}

async function ownZone({ t, here }: Context, said: string | undefined): Promise<Reply> {
  if (!said) return say(t("zone.how", { where: "direct" }));
  const timeZone = isAuto(said, t) ? undefined : zoneOf(said);
  if (timeZone === "unknown") return unknownZone({ t }, said);
  await here.ownZone(timeZone);
  return say(timeZone === undefined ? t("zone.forgotten") : t("zone.yours", { zone: timeZone }));
}

/** Whoever types it says "auto" in their own language, or as it is said everywhere. */
function isAuto(said: string, t: Translate): boolean {
  return ["auto", ...t("zone.auto").split("|")].includes(said.toLowerCase());
}

/** Undefined takes it back. */
function zoneOf(said: string): string | undefined {
  return said === inherit ? undefined : (zoneNamed(said) ?? "unknown");
}

function unknownZone({ t }: Pick<Context, "t">, zone: string): Reply {
  return say(t("zone.unknown", { zone: [...zone].slice(0, 60).join("") }), undefined, { kind: "error" });
}

async function welcome(ctx: Context): Promise<Reply> {
  const { t, here, direct } = ctx;
  const { players } = await here.settings("here");
  const shared = here.players.filter((player) => players.some(({ playerId }) => playerId === player.playerId));
  const names = shared.map(({ name }) => name).join(", ");
  const closed = shared.length === 0 && !here.linkable ? here.players.map(({ name }) => name).join(", ") : "";
  const lines = [
    t("welcome.what"),
    ...(shared.length > 0 ? [t("welcome.shared", { player: names })] : []),
    ...(closed === "" ? [] : [t("welcome.closed", { player: closed })]),
    ...(here.linkable ? [t(shared.length > 0 ? "welcome.own_too" : "welcome.own"), t("welcome.link")] : []),
    t(direct ? "welcome.sees_direct" : "welcome.sees"),
  ];
  const buttons = [
    ...(here.linkable ? [button(t("button.link"), "account.link", {}, "primary")] : []),
    button(t("button.help"), "help"),
    button(t("button.settings"), "place.settings"),
  ];
  const blocks: Block[] = [
    { type: "heading", text: t("welcome.title") },
    ...lines.map((text): Block => ({ type: "text", text })),
    { type: "buttons", buttons },
  ];
  return say([t("welcome.title"), ...lines].join("\n"), blocks);
}
