import { placeIntents } from "../contracts/incoming.ts";
import type { Orchestrator } from "../contracts/player.ts";
import type { Command, Reading } from "../contracts/vocabulary.ts";
import { oneLine } from "./clean-text.ts";
import { withReadings } from "./readings.ts";

/** A message longer than this is no title that somebody wrote down. */
const longestTitle = 120;
const address = /\b[a-z][a-z0-9+.-]*:\/\/|\bwww\./i;
const dashes = /^(.{1,100}?)\s+[-–—|]\s+(.{1,100})$/u;

const played: Record<string, "playback.play" | "queue.add" | undefined> = {
  [placeIntents.playMessage]: "playback.play",
  [placeIntents.queueMessage]: "queue.add",
};

/** What a command of a message's menu does with the message; undefined when it is none. */
export const messageIntent = (intent: string) => played[intent];

/** The song that a message is about: its link, or the title that it consists of. Undefined when there is none in it. */
export function fromMessage(
  intent: "playback.play" | "queue.add",
  about: string,
  orchestrator: Pick<Orchestrator, "recognise">,
): Command | undefined {
  const linked = fromLink(intent, about, orchestrator);
  if (linked) return linked;
  const lines = about.split(/[\r\n]+/).filter((line) => line.trim() !== "");
  const title = oneLine(lines[0] ?? "");
  if (lines.length !== 1 || title.length > longestTitle || !/[\p{L}\p{N}]/u.test(title) || address.test(title))
    return undefined;
  return withReadings({ intent, slots: { track: title } }, readingsOf(title));
}

export function fromLink(
  intent: "playback.play" | "queue.add",
  about: string,
  orchestrator: Pick<Orchestrator, "recognise">,
): Command | undefined {
  const link = orchestrator.recognise(about);
  return link && { intent, slots: { uri: link.uri } };
}

/** People write "Artist - Title" and the other way round; which one it was, the catalogue shows. */
function readingsOf(title: string): Reading[] {
  const [, left, right] = dashes.exec(title) ?? [];
  const whole: Reading = { slots: { track: title }, score: 0.6 };
  if (left === undefined || right === undefined) return [whole];
  return [
    { slots: { artist: left, track: right }, score: 0.9 },
    { slots: { artist: right, track: left }, score: 0.8 },
    whole,
  ];
}
