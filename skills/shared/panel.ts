import type { Device, PlayerState, RepeatMode } from "../../src/contracts/music.ts";
import type { Glance, Player } from "../../src/contracts/player.ts";
import { type Block, type Button, button, type Reply } from "../../src/contracts/reply.ts";
import type { Permission, Translate } from "../../src/contracts/skill.ts";
import type { Command } from "../../src/contracts/vocabulary.ts";

/** Titles of what comes next that a card names. */
const maxNext = 3;
const maxDevices = 25;
/** What one press makes of it; a second press of the same button asks for the same again, and changes nothing. */
const nextMode: Record<RepeatMode, RepeatMode> = { off: "context", context: "track", track: "off" };

/** The view that is a player's card. */
export const nowPlaying = "now-playing";

/** Said of what the player's card shows by itself: pressed there, it takes no words. */
export function onCard(music: Pick<Player, "key">): Pick<Reply, "shownBy"> {
  return { shownBy: { kind: nowPlaying, key: music.key } };
}

/** `several`: the person has more than one player here, so that a press must say which one it is about. */
export type Shown = {
  state: PlayerState;
  music: Player;
  liked: boolean | undefined;
  known: Glance;
  several: boolean;
  /** What whoever reads it may do with the player. */
  may: ReadonlySet<Permission>;
  t: Translate;
};

/** Those that the controls of a card ask for. */
export const controlled = ["playback", "playlist", "device"] as const;

export function upNext({ known, t }: Pick<Shown, "known" | "t">): Block[] {
  const names = known.next
    .slice(0, maxNext)
    .map(({ title, artist }) => (artist === "" ? title : t("item.by", { title, maker: artist, type: "track" })));
  return names.length === 0 ? [] : [{ type: "text", text: t("card.next", { names: names.join(" · ") }) }];
}

/**
 * What can be pressed, most needed first: where a platform has room for one row only, that row is the transport. Only what
 * can work now is there. A press names the state or the item that it is about, so that it acts once and never on another song.
 */
export function controls(shown: Shown): Block[] {
  const rows = [transport(shown), modes(shown)].filter((buttons) => buttons.length > 0);
  const blocks = rows.map(
    (buttons): Block => ({
      type: "buttons",
      buttons: buttons.map((each) => ({ ...each, command: about(shown, each.command) })),
    }),
  );
  return [...blocks, ...deviceMenu(shown)];
}

/** Where nothing plays: only what may bring it back. */
export function startAgain(shown: Omit<Shown, "state">): Block[] {
  const buttons = offered(shown, "resume", sign(shown.t, "play", "playback.resume"));
  return buttons.length === 0
    ? []
    : [{ type: "buttons", buttons: buttons.map((each) => ({ ...each, command: about(shown, each.command) })) }];
}

/** Whoever else presses it has no player of that key, and acts on their own. */
function about({ several, music }: Pick<Shown, "several" | "music">, { intent, slots }: Command): Command {
  return { intent, slots: several ? { ...slots, player: music.key } : slots };
}

function transport(shown: Shown): Button[] {
  const { state, t } = shown;
  const item = state.item ? { item: state.item.uri } : {};
  return [
    ...offered(shown, "previous", sign(t, "previous", "playback.previous", item)),
    ...(state.playing
      ? offered(shown, "pause", sign(t, "pause", "playback.pause"))
      : offered(shown, "resume", sign(t, "play", "playback.resume"))),
    ...offered(shown, "next", sign(t, "next", "playback.next", item)),
    ...offered(shown, "volume", sign(t, "quieter", "volume.down")),
    ...offered(shown, "volume", sign(t, "louder", "volume.up")),
  ];
}

function modes(shown: Shown): Button[] {
  const { state, liked, known, t } = shown;
  const uri = state.item?.uri;
  const like = liked === true ? sign(t, "unlike", "library.unlike", { uri }) : sign(t, "like", "library.like", { uri });
  const shuffle = sign(t, "shuffle", "playback.shuffle", { state: state.shuffle ? "off" : "on" });
  const repeat = sign(t, "repeat", "playback.repeat", { mode: nextMode[state.repeat] });
  return [
    ...(uri === undefined ? [] : offered(shown, "like", like)),
    ...offered(shown, "shuffle", {
      ...shuffle,
      description: t(state.shuffle ? "button.shuffle.off" : "button.shuffle.on"),
    }),
    ...offered(shown, "repeat", { ...repeat, description: t("button.repeat.to", { mode: nextMode[state.repeat] }) }),
    ...(known.devices === undefined && mayMove(shown) ? [button(t("button.devices"), "device.list")] : []),
  ];
}

/** Devices as they were last listed. One that is gone meanwhile is told when it is chosen. */
function deviceMenu(shown: Shown): Block[] {
  const { known, t } = shown;
  const others = (known.devices ?? []).filter(isElsewhere);
  if (others.length === 0 || !mayMove(shown)) return [];
  const options = others.slice(0, maxDevices).map(({ id, name, kind }) => ({
    label: name,
    detail: t("kind", { kind }),
    command: about(shown, { intent: "device.transfer", slots: { deviceId: id } }),
  }));
  return [{ type: "select", label: t("card.move_to"), options }];
}

function isElsewhere(device: Device): boolean {
  return device.id !== undefined && !device.restricted && !device.active;
}

function mayMove({ music, may }: Pick<Shown, "music" | "may">): boolean {
  return may.has("device") && music.offers("devices") && music.offers("transfer");
}

function offered(
  { music, may }: Pick<Shown, "music" | "may">,
  action: Parameters<Player["offers"]>[0],
  made: Button,
): Button[] {
  return may.has(action === "like" ? "playlist" : "playback") && music.offers(action) ? [made] : [];
}

function sign(
  t: Translate,
  icon: NonNullable<Button["icon"]>,
  intent: string,
  slots: Record<string, unknown> = {},
): Button {
  return { ...button(t(`button.${icon}`), intent, slots), icon, description: t(`button.${icon}.spoken`) };
}
