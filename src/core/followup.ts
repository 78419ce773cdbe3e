import { bareName, type Command, type SlotName, vocabulary } from "../contracts/vocabulary.ts";
import type { Recollection } from "./memory.ts";
import { layOver, splitReadings, withReadings } from "./readings.ts";

const maxName = 100;

/** Options to choose from once more, and the way out where there was one. */
export type Picker = { options: { label: string; detail?: string; command: Command }[]; deny?: Command };

/** A follow-up as the command it stands for, or the key of the words that say why there is none. */
export type Resolved = { command: Command } | { words: string; picker?: Picker };

const names = ["track", "album", "artist", "playlist", "show", "episode", "audiobook"] as const;
const subjects = new Set<string>([...names, "genre", "mood", "activity", "uri", "url", "library", "query"]);

/** Undefined when the command is no follow-up. */
export function resolveFollowup(command: Command, memory: Recollection): Resolved | undefined {
  switch (command.intent) {
    case "followup.select": {
      const index = Number(command.slots.index);
      const chosen = index < 0 ? memory.choices.at(index) : memory.choices[index - 1];
      if (chosen) return { command: chosen };
      return { words: memory.choices.length > 0 ? "followup.out_of_range" : "followup.no_choices" };
    }
    case "followup.confirm":
      if (memory.confirm) return { command: memory.confirm };
      return memory.choices.length > 0 ? which(memory) : { words: "followup.nothing_asked" };
    case "followup.other": {
      const [other] = memory.others ?? [];
      if (other) return { command: other };
      return memory.choices.length > 0 ? which(memory) : { words: "followup.no_other" };
    }
    case "followup.deny":
      return memory.deny ? { command: memory.deny } : { words: "followup.denied" };
    case "followup.refine":
      return refine(command.slots, memory);
    case "followup.meant":
      return meant(command, memory);
    default:
      return undefined;
  }
}

/** A yes to several things says nothing of which: they are shown again. */
function which({ choices, labels, deny }: Recollection): Resolved {
  const options = choices.flatMap((command, at) => {
    const said = labels?.[at];
    return said ? [{ ...said, command }] : [];
  });
  if (options.length === 0) return { words: "followup.no_choices" };
  return { words: "followup.which", picker: { options, ...(deny ? { deny } : {}) } };
}

/**
 * "no, the live version": the newest command that named something and takes what changes, with the change laid over. What a
 * picker chose is let go, because it was the wrong one.
 */
function refine(change: Command["slots"], memory: Recollection): Resolved {
  const { type, readings: _readings, ...rest } = change;
  const kind = names.find((name) => name === type);
  const fits = (command: Command) => {
    const slots: readonly string[] = slotsOf(command.intent);
    return (
      Object.keys(rest).every((name) => slots.includes(name)) &&
      Object.keys(command.slots).some((name) => subjects.has(name))
    );
  };
  const last = memory.last.findLast(fits);
  if (!last) return { words: "followup.nothing_to_change" };
  const { uri: _uri, url: _url, ...slots } = last.slots;
  const named = { intent: last.intent, slots };
  return { command: layOver(kind ? asKind(named, kind) : named, rest) };
}

/** Slots of a command that say where and how, whatever it is about. */
const around = ["device", "deviceId", "position", "shuffle"] as const;
const correctable = ["playback.play", "queue.add"];

/**
 * "no, I meant X": what was asked last, about X instead, whether it was found or not. The words that were meant otherwise go
 * along, as they may be worth keeping.
 */
function meant({ slots: given }: Command, memory: Recollection): Resolved {
  const { slots, readings } = splitReadings(given);
  const last = memory.asked?.commands.find(({ intent }) => correctable.includes(intent));
  // Of several corrections the first words are those that went wrong.
  const corrected = typeof last?.slots.corrects === "string" ? last.slots.corrects : last && bareName(last.slots);
  const kept = Object.fromEntries(
    around.flatMap((name) => (last?.slots[name] === undefined ? [] : [[name, last.slots[name]]])),
  );
  const intent = last?.intent ?? "playback.play";
  const words = corrected && corrected !== bareName(slots) ? { corrects: corrected.slice(0, maxName) } : {};
  return { command: withReadings({ intent, slots: { ...kept, ...slots, ...words } }, readings) };
}

function slotsOf(intent: string): readonly SlotName[] {
  return intent in vocabulary ? vocabulary[intent as keyof typeof vocabulary] : [];
}

/** "no, the album": the name that was given, meant as another kind of thing. */
function asKind(command: Command, kind: (typeof names)[number]): Command {
  const { slots, readings } = splitReadings(command.slots);
  const turn = <S extends Record<string, unknown>>(from: S): S => {
    const given =
      names.find((name) => from[name] !== undefined && (name !== "artist" || kind === "artist")) ?? "artist";
    const { [given]: value, ...others } = from;
    return value === undefined ? from : ({ ...others, [kind]: value } as unknown as S);
  };
  return withReadings(
    { intent: command.intent, slots: turn(slots) },
    readings.map((reading) => ({ ...reading, slots: turn(reading.slots) })),
  );
}
