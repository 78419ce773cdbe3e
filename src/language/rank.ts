import type { VocabularyIntent } from "../contracts/vocabulary.ts";
import type { Range } from "./courtesy.ts";
import { bestFirst, type Frame, inOrder, slotValues } from "./grammar.ts";
import type { Tagger, Tagging } from "./tagger.ts";
import { taggedSlots } from "./tags.ts";
import { surface, type Tokens } from "./tokens.ts";

/** How much of the tagger's opinion counts against the grammar's, and how much of it at most (natural logarithms). */
const tagged = 0.35;
const mostTagged = 3;
/** The same for a genre: a list has it, whatever the tagger makes of the words around it. */
const mostListed = 1;
/** By how much likelier the tagger's own names must be than those of the best reading that the grammar has. */
const clearly = 2;
/** And by how much more where a name of that reading would be none at all ("play volume by the ting tings"). */
const whole = 2;
/** And by how much more for each tenth by which the grammar is surer than a plain wording lets it be ("play the playlist X"). */
const surer = 1;
const plainly = 0.9;
/** What a reading scores that only the tagger has, compared with the best that the grammar has. */
const proposed = 1.01;
/** A place that reads worse than this is none of the words for places. */
const plainPlace = 0.5;
/** What the grammar holds possible stays a reading, however unlikely it looks to the tagger: the catalogue decides. */
const faintest = 0.03;
/** What the tagger was taught: things that are played, queued and put into playlists. */
const taggedIntents: ReadonlySet<string> = new Set(["playback.play", "queue.add", "playlist.add", "playlist.remove"]);
/** Kinds that the grammar takes from plain words or lists, and that no proposal may lose. */
const lasting = ["playlist", "genre"] as const;
/** What the grammar alone finds beside names. */
const beside: ReadonlySet<string> = new Set(["device", "version", "decade", "position", "shuffle"]);

/**
 * The tagger knows no places: a place that no list has is weighed as the end of the name before it, so that only the grammar
 * says how likely it is one ("by the beatles on the moon").
 */
function withoutPlace({ spans, names, slots }: Frame): Pick<Frame, "spans" | "slots"> {
  const place = names.find(({ slot, fit }) => slot === "device" && fit < plainPlace);
  const last = spans.filter(({ slot, to }) => place && slot !== "device" && to <= place.from).at(-1);
  if (!place || !last) return { spans, slots };
  return { slots, spans: spans.map((span) => (span === last ? { ...span, to: place.to } : span)) };
}

/** Whether an artist and a title stand next to each other with no word between them ("beyonce halo"). */
const sideBySide = ({ names }: Frame): boolean =>
  names.some(
    (one) =>
      one.slot === "artist" &&
      names.some(({ slot, from, to }) => slot === "track" && (from === one.to || to === one.from)),
  );

/** Whether the names of a proposal can stand beside what the grammar's best reading has. */
function fits(base: Frame, spans: Frame["spans"]): boolean {
  const once = new Set(spans.map(({ slot }) => slot)).size === spans.length;
  const first = Math.min(...base.spans.map(({ from }) => from));
  const last = Math.max(...base.spans.map(({ to }) => to));
  // Where names may stand, the grammar knows better: "I'm in the mood for some" is none.
  const within = spans.every(({ from, to }) => from >= first && to <= last);
  const clash = base.spans.some(
    ({ slot, from, to }) => beside.has(slot) && spans.some((span) => span.from < to && from < span.to),
  );
  // "The playlist called songs to cry to" is one, and all of it; "the top jazz tracks" are jazz: the wording or a list says so.
  const kept = lasting.every((kind) =>
    base.spans.every(
      (said) =>
        said.slot !== kind || spans.some(({ slot, from, to }) => slot === kind && from <= said.from && to >= said.to),
    ),
  );
  return spans.length > 0 && once && within && !clash && kept;
}

/** The names that the tagger itself sees, with what the grammar's best reading has beside names; undefined where they clash. */
function proposal(base: Frame, tagging: Tagging, tokens: Tokens, owners: readonly string[]): Frame | undefined {
  const spans = tagging.best();
  if (!fits(base, spans)) return undefined;
  const named = slotValues(
    tokens,
    spans.map((span) => {
      const words = surface(tokens, span.from, span.to);
      const ending = span.slot === "artist" && owners.find((one) => words.toLowerCase().endsWith(one));
      return ending ? { ...span, value: words.slice(0, words.length - ending.length) } : span;
    }),
  );
  if (!named) return undefined;
  const rest = { ...base.slots };
  for (const slot of taggedSlots) delete rest[slot];
  return {
    ...base,
    slots: inOrder({ ...rest, ...named }),
    score: base.score * proposed,
    names: [...spans.map((span) => ({ ...span, fit: 1 })), ...base.names.filter(({ slot }) => beside.has(slot))],
    spans: [...spans, ...base.spans.filter(({ slot }) => beside.has(slot))],
    freeWords: spans.reduce((sum, { from, to }) => sum + to - from, 0),
  };
}

export type Ranker = (frames: readonly Frame[], intent: VocabularyIntent, tokens: Tokens, range: Range) => Frame[];

/**
 * Puts the frames of an intent into the order that grammar and tagger together see. The tagger compares names of the kinds it
 * knows; a show, a mood or "something like X" keeps the grammar's score. Where no reading of the grammar comes near what the
 * tagger sees, its own comes first.
 */
export function createRanker(tagger: Tagger | undefined, owners: readonly string[]): Ranker {
  return (frames, intent, tokens, range) => {
    const same = frames.filter((frame) => frame.intent === intent && frame.score >= faintest);
    if (!tagger || !taggedIntents.has(intent)) return same;
    const tagging = tagger(tokens, range);
    const likely = same.map((frame) => tagging.likelihood(withoutPlace(frame)));
    const most = likely.reduce<number>((top, one) => Math.max(top, one ?? top), Number.NEGATIVE_INFINITY);
    const scored = same.flatMap((frame, index) => {
      const behind = Math.min(frame.slots.genre ? mostListed : mostTagged, most - (likely[index] ?? most));
      // That a name ends in the middle of plain words is for the tagger alone to say.
      if (behind === mostTagged && sideBySide(frame)) return [];
      return [{ ...frame, score: frame.score * Math.exp(-tagged * behind) }];
    });
    scored.sort(bestFirst);
    const [base] = scored;
    if (!base) return scored;
    const now = tagging.likelihood(withoutPlace(base));
    const own = now === undefined ? undefined : proposal(base, tagging, tokens, owners);
    if (!own || now === undefined) return scored;
    const key = JSON.stringify(own.slots);
    const dropped = base.names.some(
      ({ slot, from, to }) => slot !== "device" && own.spans.every((span) => span.to <= from || span.from >= to),
    );
    const worded = same.find(({ slots }) => slots === base.slots)?.score ?? 0;
    const needed = clearly + (dropped ? whole : 0) + surer * Math.max(0, (worded - plainly) * 10);
    if ((tagging.likelihood(own) ?? now) - now < needed || scored.some(({ slots }) => JSON.stringify(slots) === key))
      return scored;
    return [own, ...scored];
  };
}
