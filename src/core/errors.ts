import { type Choice, isSegueError, type SegueError } from "../contracts/errors.ts";
import type { WishRow } from "../contracts/message-store.ts";
import type { Device, Need } from "../contracts/music.ts";
import { type Block, type Button, button, type Reply, say } from "../contracts/reply.ts";
import type { Translate } from "../contracts/skill.ts";
import type { Command } from "../contracts/vocabulary.ts";
import { echo } from "./clean-text.ts";
import { wishIntents } from "./wishes.ts";

/** Platforms show this many options at most (25 on the tightest). */
const maxOptions = 25;

/** What the words of a failure are made from. */
export type Plight = {
  t: Translate;
  has(key: string): boolean;
  /** Undefined for a time so near that naming it says nothing. */
  moment(at: number): string | undefined;
  /** As people know it. */
  providerName: string;
  /** It was a player that several people share: nothing of an account or an app of the person's own is spoken of. */
  shared?: boolean;
  /** Where the provider's own app or page opens. */
  openUrl?: string;
  /** Whether a button with this intent would lead anywhere. */
  offers(intent: string): boolean;
  /** The command that failed, and what it needs of an account. */
  command: Command;
  needs: readonly Need[];
  /** A sentence that says that command in full, and what one of its slots is for, as its own help has them. */
  example?: string;
  wanted?(slot: string): string | undefined;
  /** What the command's own option for a slot is called. */
  named?(slot: string): string | undefined;
  /** The wish that was kept for it, when its failure can be mended. */
  wish?: string;
};

/** What has to happen for the command to be possible after all; undefined when waiting or choosing would not help. */
export function mendedBy(error: unknown): WishRow["waitsFor"] | undefined {
  if (isSegueError(error, "NotLinked") || isSegueError(error, "NeedsRelink")) return "link";
  if (isSegueError(error, "MissingScope")) return "scope";
  if (isSegueError(error, "NoActiveDevice")) return "device";
  if (isSegueError(error, "Ambiguous")) return "choice";
  if (isSegueError(error, "PremiumRequired")) return "choice";
  if (isSegueError(error, "NotFound") && error.details.choices?.length) return "choice";
  return undefined;
}

/** The one place where a code becomes words: what happened, and the next step with a button where there is one. */
export function explain(error: SegueError, plight: Plight): Reply {
  if (isSegueError(error, "Ambiguous")) return question(`ask.${error.details.what}`, error.details.choices, {}, plight);
  if (isSegueError(error, "NotFound") && error.details.choices?.length)
    return question("ask.near", error.details.choices, { query: queryOf(error.details) }, plight);
  if (isSegueError(error, "NoActiveDevice")) return noDevice(error.details.devices, plight);
  const text = plight.t(keyOf(error, plight), valuesOf(error, plight));
  const buttons = buttonsOf(error, plight);
  const blocks: Block[] = [{ type: "text", text }];
  if (buttons.length > 0) blocks.push({ type: "buttons", buttons });
  if (plight.openUrl && opensService(error))
    blocks.push({
      type: "link",
      label: plight.t("button.open", { provider: plight.providerName }),
      url: plight.openUrl,
    });
  return say(text, blocks, { kind: "error" });
}

/** The plain apology for what nobody foresaw; the number finds it in the log. */
export function apology(t: Translate, number: string): Reply {
  return say(t("error.unknown", { number }), undefined, { kind: "error" });
}

function keyOf(error: SegueError, plight: Plight): string {
  const key = plainKeyOf(error, plight);
  return plight.shared && plight.has(`${key}.shared`) ? `${key}.shared` : key;
}

function plainKeyOf(error: SegueError, plight: Plight): string {
  const details: Record<string, unknown> = { ...error.details };
  const reason = details.reason ?? details.why ?? details.scope ?? details.what;
  const specific = `error.${error.code}.${String(reason)}`;
  if (reason !== undefined && plight.has(specific)) return specific;
  return plight.has(`error.${error.code}`) ? `error.${error.code}` : `error.${error.code}.other`;
}

function valuesOf(error: SegueError, plight: Plight): Record<string, string | number> {
  const { t, has } = plight;
  const given: Record<string, unknown> = { ...error.details };
  const { field, min, max } = given;
  const fieldKey = `field.${String(field)}`;
  const needs = Array.isArray(given.needs) ? given.needs : [];
  const bounds =
    min !== undefined && max !== undefined ? "both" : min !== undefined ? "min" : max !== undefined ? "max" : "none";
  return {
    provider: plight.providerName,
    time: (error.retryAt === undefined ? undefined : plight.moment(error.retryAt)) ?? "none",
    field: field === undefined ? "none" : has(fieldKey) ? t(fieldKey) : nameOf(String(field), plight),
    example: plight.example ?? "none",
    wanted: (field === undefined ? undefined : plight.wanted?.(String(field))) ?? "none",
    given: given.given === undefined ? "none" : echo(given.given, 40),
    min: Number(min ?? 0),
    max: Number(max ?? 0),
    bounds,
    device: given.device === undefined ? "none" : echo(given.device, 60),
    what: String(given.what ?? "item"),
    query: queryOf(given),
    permission: String(given.permission ?? "none"),
    who: String(given.who ?? "managers"),
    group: given.group === undefined ? "none" : echo(given.group, 60),
    needs: needs.map((need) => (has(`need.${need}`) ? t(`need.${need}`) : String(need))).join(", "),
  };
}

/** Never as it is called in the code, as far as there are words for it. */
function nameOf(field: string, { named }: Plight): string {
  return named?.(field) ?? "none";
}

function queryOf(details: { query?: unknown }): string {
  return details.query === undefined ? "none" : echo(details.query);
}

function buttonsOf(error: SegueError, plight: Plight): Button[] {
  const { t, command, offers } = plight;
  const offer = (intent: string, key: string, slots: Record<string, unknown> = {}): Button[] =>
    offers(intent) ? [button(t(key, { provider: plight.providerName }), intent, slots, "primary")] : [];
  // One consent for all the command needs, instead of a second one right after the first.
  const linkSlots = { ...error.details, needs: [...plight.needs] };
  if (isSegueError(error, "NotLinked")) return offer("account.link", "button.link", linkSlots);
  if (isSegueError(error, "NeedsRelink")) return offer("account.link", "button.relink", linkSlots);
  if (isSegueError(error, "MissingScope")) return offer("account.link", "button.allow", error.details);
  if (isSegueError(error, "PremiumRequired") && plight.wish !== undefined)
    return [{ label: t("button.premium"), command: continuing(plight.wish, {}, true), style: "plain" }];
  if (isSegueError(error, "Unconfirmed")) return offer("nowplaying.query", "button.check");
  if (isSegueError(error, "Unavailable")) return [button(t("button.retry"), command.intent, command.slots)];
  if (isSegueError(error, "Forbidden") && error.details.why === "no_player")
    return offer("place.settings", "button.settings");
  if (isSegueError(error, "Restricted") && needsOtherDevice.has(error.details.reason))
    return offer("device.list", "button.devices");
  return [];
}

const needsOtherDevice = new Set(["no_volume", "no_output", "device_restricted"]);

function opensService(error: SegueError): boolean {
  return (
    isSegueError(error, "PremiumRequired") ||
    (isSegueError(error, "Restricted") && ["content_unavailable", "not_offered"].includes(error.details.reason))
  );
}

function noDevice(devices: Device[], plight: Plight): Reply {
  const usable = devices.filter((device) => device.id !== undefined && !device.restricted);
  const choices = usable.map((device) => ({
    label: device.name,
    kind: device.kind,
    slots: { deviceId: device.id },
  }));
  if (choices.length > 0) return question("ask.no_device", choices, {}, plight);
  const text = plight.t(plight.shared ? "error.NoActiveDevice.shared" : "error.NoActiveDevice", {
    provider: plight.providerName,
  });
  const again = plight.wish === undefined ? plight.command : continuing(plight.wish, {});
  const blocks: Block[] = [
    { type: "text", text },
    { type: "buttons", buttons: [{ label: plight.t("button.retry"), command: again, style: "primary" }] },
  ];
  if (plight.openUrl)
    blocks.push({
      type: "link",
      label: plight.t("button.open", { provider: plight.providerName }),
      url: plight.openUrl,
    });
  return say(text, blocks, { kind: "question" });
}

/** A picker whose options carry the kept wish, numbered in the words for whoever sees words alone. */
function question(key: string, choices: Choice[], values: Record<string, string>, plight: Plight): Reply {
  const shown = choices.slice(0, maxOptions).map((choice) => ({ ...choice, detail: detailOf(choice, plight.t) }));
  const line = plight.t(key, {
    provider: plight.providerName,
    count: shown.length,
    first: shown[0]?.label ?? "",
    ...values,
  });
  const text = [line, ...shown.map((choice, at) => `${at + 1}. ${labelOf(choice)}`)].join("\n");
  const command = (set: Record<string, unknown>): Command =>
    plight.wish === undefined
      ? { intent: plight.command.intent, slots: { ...plight.command.slots, ...set } }
      : continuing(plight.wish, set);
  const options = shown.map(({ label, detail, imageUrl, slots }) => ({
    label,
    ...(detail === "" ? {} : { detail }),
    ...(imageUrl === undefined ? {} : { imageUrl }),
    command: command(slots),
  }));
  const blocks: Block[] = [{ type: "text", text: line }];
  if (options.length > 0) blocks.push({ type: "select", label: plight.t("ask.label"), options });
  if (plight.wish !== undefined) {
    const drop = button(plight.t("button.cancel"), wishIntents.drop, { wish: plight.wish });
    blocks.push({ type: "buttons", buttons: [drop] });
  }
  return say(text, blocks, { kind: "question" });
}

/** "song · Adele · 25": what it is, then what the service calls it. */
function detailOf({ kind, detail }: Choice, t: Translate): string {
  return [kind === undefined ? undefined : t("kind", { kind }), detail].filter(Boolean).join(" · ");
}

function labelOf(choice: Pick<Choice, "label" | "detail">): string {
  return choice.detail ? `${choice.label} (${choice.detail})` : choice.label;
}

function continuing(wish: string, set: Record<string, unknown>, planAgain = false): Command {
  return { intent: wishIntents.continue, slots: { wish, set, ...(planAgain ? { plan_again: true } : {}) } };
}
