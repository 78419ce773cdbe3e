import type { Place } from "../../src/contracts/incoming.ts";
import {
  answerModes,
  groupOf,
  type PlaceDesk,
  type PlaceScope,
  type PlaceSettings,
  type PlayerRef,
  placeScopes,
  type Role,
  roleOfGroup,
} from "../../src/contracts/places.ts";
import { type Block, type Button, button, type Reply, say } from "../../src/contracts/reply.ts";
import { type Permission, permissions, type Translate } from "../../src/contracts/skill.ts";

/** The screen as a whole, or one thing on it that needs choices of its own. */
export const parts = ["all", "roles", "commands"] as const;
export type Part = (typeof parts)[number];
/** As a value: the choice is taken back. */
export const inherit = "inherit";
/** The tightest platform shows this many options. */
const maxOptions = 25;

type Context = {
  t: Translate;
  here: PlaceDesk;
  direct: boolean;
  locale: string;
  place: Place;
  person: { operator: boolean };
};
type Choice = { label: string; value: string };
type Option = Extract<Block, { type: "select" }>["options"][number];
type Seen = {
  ctx: Context;
  scope: PlaceScope;
  settings: PlaceSettings;
  groups: { id: string; name: string }[];
  /** The asker may say who may do what. */
  appoints: boolean;
  /** The shared players that the asker may turn to here. */
  usable: readonly PlayerRef[];
  /** This scope was given none where there is nothing else to play on, which says something other than that nobody has chosen. */
  shut: boolean;
};

export const textOf = ({ provider, playerId }: PlayerRef): string => `${provider}/${playerId}`;

export function playerOf(value: string): PlayerRef {
  const [provider = "", ...rest] = value.split("/");
  return { provider, playerId: rest.join("/") };
}

/** What holds here, for everybody who asks; with something to press for those who may change it. */
export async function screen(ctx: Context, part: Part, scope: PlaceScope, role?: Permission): Promise<Reply> {
  const { t, here, place, direct } = ctx;
  const may = await here.may(scope);
  const [settings, groups, appoints, usable, { player }, name] = await Promise.all([
    here.settings(scope),
    here.groups(),
    here.mayAppoint(scope),
    here.usable(),
    here.choices(scope),
    scope === "here" && !direct ? here.nameOf(place) : undefined,
  ]);
  const shut = player === "none" && !here.linkable;
  const seen: Seen = { ctx, scope, settings, groups, appoints, usable, shut };
  const title = t("title", {
    scope: direct && scope === "here" ? "direct" : name === undefined ? scope : "named",
    name: name ?? "",
  });
  const fields = part === "roles" ? roleFields(seen) : part === "commands" ? commandFields(seen) : allFields(seen);
  const blocks: Block[] = [
    { type: "heading", text: title },
    { type: "fields", fields },
  ];
  const unheard = part === "roles" && !appoints;
  const note = may && !unheard ? undefined : t(scope === "here" && !direct && !may ? "managers_only" : "operator_only");
  if (note !== undefined) blocks.push({ type: "text", text: note });
  else if (part === "roles") blocks.push(...roleControls(seen, role));
  else if (part === "commands") blocks.push(...commandControls(seen));
  else blocks.push(...(await allControls(seen)));
  const lines = [title, ...fields.map(({ name, value }) => `${name}: ${value}`), ...(note === undefined ? [] : [note])];
  return say(lines.join("\n"), blocks);
}

function allFields(seen: Seen): { name: string; value: string }[] {
  const { ctx, settings } = seen;
  const { t, here } = ctx;
  const alone = isOwnChat(seen);
  const off = here.skills.filter(({ name }) => settings.off.has(name)).map(({ title }) => title);
  return [
    ...(here.players.length > 0 ? [{ name: t("field.player"), value: playerNames(seen) }] : []),
    ...(alone ? [] : [{ name: t("field.answers"), value: t(`answers.${settings.answers}`) }]),
    ...(shared(seen) && !alone ? [{ name: t("field.roles"), value: rolesInShort(seen) }] : []),
    ...(off.length > 0 ? [{ name: t("field.commands"), value: t("commands.without", { names: off.join(", ") }) }] : []),
    {
      name: t("field.language"),
      value: settings.locale ? languageName(settings.locale, ctx.locale) : t("language.own"),
    },
    { name: t("field.zone"), value: settings.timeZone ?? t("zone.none") },
  ];
}

async function allControls(seen: Seen): Promise<Block[]> {
  const { ctx, scope, settings } = seen;
  const { t, here, direct } = ctx;
  const alone = isOwnChat(seen);
  const blocks: Block[] = [];
  const select = (setting: string, label: string, choices: Choice[]) =>
    blocks.push({ type: "select", label, options: choices.map((choice) => optionOf(setting, choice, scope)) });
  const usual = { label: t("inherit"), value: inherit };
  if (here.players.length > 0)
    select("player", t("field.player"), [
      ...(here.givesPlayers ? here.players.map((player) => ({ label: player.name, value: textOf(player) })) : []),
      { label: t(here.linkable ? "player.none" : "player.withheld"), value: "none" },
      usual,
    ]);
  if (!alone)
    select("answers", t("field.answers"), [
      ...answerModes.map((mode) => ({ label: t(`answers.${mode}`), value: mode })),
      usual,
    ]);
  if (here.locales.length > 1)
    select("language", t("field.language"), [
      ...here.locales.map((locale) => ({ label: languageName(locale, locale), value: locale })),
      { label: t("language.own"), value: inherit },
    ]);
  const buttons: Button[] = [
    ...(shared(seen) && !alone && seen.appoints ? [open(t("button.roles"), "roles", scope)] : []),
    open(t("button.commands"), "commands", scope),
    { ...button(t("button.zone"), "place.zone", { scope }), form: true },
  ];
  // Nothing plays until that is taken back.
  if (seen.shut)
    buttons.unshift(
      button(t("button.play_again"), "place.set", { setting: "player", value: inherit, scope }, "primary"),
    );
  // By one press, for whoever shares it with everybody the bot meets.
  const [player, ...others] = here.players;
  if (ctx.person.operator && !here.linkable && player && others.length === 0 && settings.players.length === 0) {
    const slots = { setting: "player", value: textOf(player), scope: "everywhere" };
    buttons.unshift(button(t("button.open_everywhere", { player: player.name }), "place.set", slots));
  }
  for (const other of placeScopes)
    if (other !== scope && (await here.may(other)))
      buttons.push(open(t("button.scope", { scope: direct && other === "here" ? "direct" : other }), "all", other));
  return [...blocks, { type: "buttons", buttons }];
}

function roleFields({ ctx, settings, groups }: Seen): { name: string; value: string }[] {
  return permissions.map((permission) => ({
    name: ctx.t(`permission.${permission}`),
    value: roleName(settings.roles[permission], groups, ctx.t),
  }));
}

/** First which of them, then who: one menu over both would be longer than any platform shows. */
function roleControls({ ctx, scope, groups }: Seen, role: Permission | undefined): Block[] {
  const { t } = ctx;
  if (role === undefined) {
    const options: Option[] = permissions.map((permission) => ({
      label: t(`permission.${permission}`),
      command: { intent: "place.settings", slots: { part: "roles", role: permission, scope } },
    }));
    return [
      { type: "select", label: t("roles.which"), options },
      { type: "buttons", buttons: [open(t("button.back"), "all", scope)] },
    ];
  }
  const roles: Role[] = ["everyone", "managers", "nobody"];
  const choices: Choice[] = [
    ...roles.map((value) => ({ label: roleName(value, groups, t), value })),
    { label: t("inherit"), value: inherit },
    ...groups.map(({ id, name }) => ({ label: name, value: roleOfGroup(id) })),
  ];
  const options = choices.slice(0, maxOptions).map((choice) => optionOf(role, choice, scope));
  return [
    { type: "select", label: t("roles.who", { what: t(`permission.${role}`) }), options },
    { type: "buttons", buttons: [open(t("button.back"), "roles", scope)] },
  ];
}

function commandFields({ ctx, settings }: Seen): { name: string; value: string }[] {
  return ctx.here.skills.map(({ name, title }) => ({
    name: title,
    value: ctx.t(settings.off.has(name) ? "commands.off" : "commands.on"),
  }));
}

function commandControls({ ctx, scope, settings }: Seen): Block[] {
  const options = ctx.here.skills.slice(0, maxOptions).map(({ name, title }): Option => {
    const off = settings.off.has(name);
    return {
      label: ctx.t(off ? "commands.switch_on" : "commands.switch_off", { name: title }),
      command: { intent: "place.set", slots: { setting: off ? "command_on" : "command_off", value: name, scope } },
    };
  });
  return [
    ...(options.length > 0 ? [{ type: "select" as const, label: ctx.t("commands.which"), options }] : []),
    { type: "buttons", buttons: [open(ctx.t("button.back"), "all", scope)] },
  ];
}

function optionOf(setting: string, { label, value }: Choice, scope: PlaceScope): Option {
  return { label, command: { intent: "place.set", slots: { setting, value, scope } } };
}

function open(label: string, part: Part, scope: PlaceScope): Button {
  return button(label, "place.settings", { part, scope });
}

/** Roles say something only where a player is shared. */
function shared({ ctx }: Seen): boolean {
  return ctx.here.players.length > 0;
}

/** Whose answers nobody else sees, and which gives nobody a say over a player that is shared. */
function isOwnChat({ ctx, scope }: Seen): boolean {
  return ctx.direct && scope === "here";
}

function playerNames({ ctx, scope, settings, usable, shut }: Seen): string {
  const { t, here, direct } = ctx;
  const named = (refs: readonly PlayerRef[]) => {
    const values = refs.map(textOf);
    return here.players
      .filter((player) => values.includes(textOf(player)))
      .map(({ name }) => name)
      .join(", ");
  };
  if (shut) return t("player.shut");
  if (settings.players.length > 0) return named(settings.players);
  // Whom the operator trusts may use what the place was not given.
  const mine = scope === "here" ? named(usable) : "";
  if (mine !== "") return direct ? mine : t("player.yours", { player: mine });
  return here.linkable ? t("player.none") : t("player.closed");
}

function rolesInShort({ ctx, settings, groups }: Seen): string {
  return permissions
    .map((permission) => `${ctx.t(`permission.${permission}`)}: ${roleName(settings.roles[permission], groups, ctx.t)}`)
    .join("; ");
}

function roleName(role: Role, groups: readonly { id: string; name: string }[], t: Translate): string {
  const id = groupOf(role);
  if (id === undefined) return t(`role.${role}`);
  return t("role.group", { name: groups.find((group) => group.id === id)?.name ?? "none" });
}

/** A language in the words of `locale`; its tag where this runtime has no name for it. */
function languageName(tag: string, locale: string): string {
  try {
    return new Intl.DisplayNames([locale], { type: "language" }).of(tag) ?? tag;
  } catch {
    return tag;
  }
}
