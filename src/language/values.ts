import type { Found, ValueReader } from "./match.ts";
import { createPhrases } from "./phrases.ts";
import { createTimeOfDayReader } from "./times-of-day.ts";
import { surface, type Tokens } from "./tokens.ts";
import type { Words } from "./words.ts";

type Amount = { end: number; value: number };

const isYear = (tokens: Tokens, at: number): boolean => /^(19|20)\d\d$/.test(wordAt(tokens, at));
const wordAt = (tokens: Tokens, at: number): string => tokens.list[at]?.word ?? "";

/** Numbers in digits ("30", "-5") or words ("eleven", "twenty-five", "a hundred"). */
export function createNumberReader(words: Words): (tokens: Tokens, at: number) => readonly Amount[] {
  const named = createPhrases(Object.entries({ ...words.numbers.words, ...words.numbers.tens }));
  const tens = createPhrases(Object.entries(words.numbers.tens));
  const hundred = new Set(words.numbers.hundred);
  const below100 = (tokens: Tokens, at: number): readonly Amount[] => {
    const [lead, tail] = wordAt(tokens, at).split("-");
    if (tail !== undefined) {
      const whole = named.get(wordAt(tokens, at));
      if (whole !== undefined) return [{ end: at + 1, value: whole }];
      const ten = tens.get(lead ?? "");
      const unit = named.get(tail);
      return ten !== undefined && unit !== undefined && unit < 10 ? [{ end: at + 1, value: ten + unit }] : [];
    }
    const hits = named.at(tokens, at);
    const ten = tens.at(tokens, at)[0];
    const unit = ten && named.at(tokens, ten.end)[0];
    return ten && unit && unit.value < 10 && unit.value > 0
      ? [{ end: unit.end, value: ten.value + unit.value }, ...hits]
      : hits;
  };
  return (tokens, at) => {
    const digits = /^[+-]?\d{1,6}$/.exec(wordAt(tokens, at));
    if (digits) return [{ end: at + 1, value: Number(digits[0]) }];
    const small = below100(tokens, at);
    const first = small[0];
    if (first && hundred.has(wordAt(tokens, first.end))) {
      const rest = below100(tokens, first.end + 1)[0];
      const value = first.value * 100;
      return rest
        ? [
            { end: rest.end, value: value + rest.value },
            { end: first.end + 1, value },
          ]
        : [{ end: first.end + 1, value }];
    }
    return hundred.has(wordAt(tokens, at)) ? [{ end: at + 1, value: 100 }] : small;
  };
}

/** Whole percentages: "30%", "30 percent", "half". With `bare`, a number alone counts too ("volume 30"). */
export function createPercentReader(
  words: Words,
  number: ReturnType<typeof createNumberReader>,
  bare: boolean,
): ValueReader {
  const parts = createPhrases(Object.entries(words.shares));
  const shares = (tokens: Tokens, at: number): Found[] =>
    parts.at(tokens, at).map((hit) => ({ ...hit, share: hit.value > 0 && hit.value < 100 }));
  const percent = new Set(words.numbers.percent);
  return (tokens, at) => {
    // "33.5": players know whole steps only. "1,000" is no fraction.
    const sign = /^([+-]?\d{1,6})(?:[.,](\d{1,2}))?(%?)$/.exec(wordAt(tokens, at));
    const exact = sign && Math.round(Number(`${sign[1]}.${sign[2] ?? 0}`));
    if (sign?.[3] && exact !== null) return [{ end: at + 1, value: exact }];
    if (sign?.[2] && exact !== null) {
      if (percent.has(wordAt(tokens, at + 1))) return [{ end: at + 2, value: exact }];
      return bare ? [{ end: at + 1, value: exact }] : [];
    }
    // "30 %": a sign that stands alone is no word.
    const apart = /^\d{1,6}$/.test(wordAt(tokens, at)) && /^\s%/.test(tokens.text.slice(tokens.list[at]?.end));
    if (apart) return [{ end: at + 1, value: Number(wordAt(tokens, at)) }];
    const numbers = number(tokens, at).flatMap(({ end, value }) => {
      if (percent.has(wordAt(tokens, end))) return [{ end: end + 1, value }];
      return bare ? [{ end, value }] : [];
    });
    return [...shares(tokens, at), ...numbers];
  };
}

const compactDuration = /^(?:(\d{1,3})h)?(?:(\d{1,4})m(?:in)?)?(?:(\d{1,5})s(?:ec)?)?$/;
const clockTime = /^(?:(\d{1,2}):)?(\d{1,3}):(\d{2})$/;

/** Seconds: "30 seconds", "half a minute", "1 minute 20", "90s", "two and a half minutes". */
export function createDurationReader(
  words: Words,
  number: ReturnType<typeof createNumberReader>,
): (tokens: Tokens, at: number) => readonly Amount[] {
  const phrases = createPhrases(Object.entries(words.durations.phrases));
  const units = createPhrases(Object.entries(words.durations.units));
  const half = createPhrases(words.durations.half.map((phrase) => [phrase, true] as const));
  const and = new Set(words.durations.and);

  const single = (tokens: Tokens, at: number): readonly Amount[] =>
    number(tokens, at).flatMap(({ end, value }) => {
      const before = half.at(tokens, end)[0];
      const unit = units.at(tokens, before ? before.end : end)[0];
      if (!unit || value < 0) return [];
      const after = before ? undefined : half.at(tokens, unit.end)[0];
      return [{ end: after ? after.end : unit.end, value: (before || after ? value + 0.5 : value) * unit.value }];
    });

  return (tokens, at) => {
    const whole = phrases.at(tokens, at);
    const compact = /\d/.test(wordAt(tokens, at)) ? compactDuration.exec(wordAt(tokens, at)) : null;
    if (compact) {
      const [hours, minutes, seconds] = [compact[1], compact[2], compact[3]].map((part) => Number(part ?? 0));
      if (compact[1] || compact[2] || compact[3]) {
        return [{ end: at + 1, value: (hours ?? 0) * 3600 + (minutes ?? 0) * 60 + (seconds ?? 0) }];
      }
    }
    const amounts = single(tokens, at).flatMap((first) => {
      const next = and.has(wordAt(tokens, first.end)) ? first.end + 1 : first.end;
      const more = first.value >= 60 ? single(tokens, next).find((second) => second.value < first.value) : undefined;
      // "1 minute 20": a bare number after minutes is seconds.
      const bare =
        first.value >= 60 && first.value < 3600
          ? number(tokens, next).find((rest) => rest.value > 0 && rest.value < 60)
          : undefined;
      if (more) return [{ end: more.end, value: first.value + more.value }, first];
      return bare ? [{ end: bare.end, value: first.value + bare.value }, first] : [first];
    });
    return [...whole, ...amounts].map(({ end, value }) => ({ end, value: Math.round(value) }));
  };
}

/** A place in a track: "1:20", "1:02:03", "99:99", "minute 3", "minute 1 30". In seconds, not checked against any length. */
export function createClockReader(words: Words, number: ReturnType<typeof createNumberReader>): ValueReader {
  const units = createPhrases(
    Object.entries(words.durations.units).filter(([name, seconds]) => name.length > 3 && seconds > 1),
  );
  const duration = createDurationReader(words, number);
  const and = new Set(words.durations.and);
  return (tokens, at) => {
    const time = clockTime.exec(wordAt(tokens, at));
    if (time) return [{ end: at + 1, value: Number(time[1] ?? 0) * 3600 + Number(time[2]) * 60 + Number(time[3]) }];
    const unit = units.at(tokens, at)[0];
    if (!unit) return [];
    return number(tokens, unit.end).flatMap(({ end, value }) => {
      const whole = value * unit.value;
      const rest = and.has(wordAt(tokens, end)) ? end + 1 : end;
      const more = [...duration(tokens, rest), ...number(tokens, rest)].filter((part) => part.value < unit.value);
      return [...more.map((part) => ({ end: part.end, value: whole + part.value })), { end, value: whole }];
    });
  };
}

/** Positions: "second", "2nd", "the last" (-1), "#2", "number two", "2". */
export function createOrdinalReader(words: Words): ValueReader {
  const named = createPhrases(Object.entries(words.ordinals));
  return (tokens, at) => {
    const digits = /^#?(\d{1,2})(?:st|nd|rd|th|\.|\))?$/.exec(wordAt(tokens, at));
    return digits?.[1] ? [{ end: at + 1, value: Number(digits[1]) }] : named.at(tokens, at);
  };
}

/** A place in a list, counted from 1: "3rd", "third", "#3", "3", "120". */
function createPlaceReader(ordinal: ValueReader, number: ReturnType<typeof createNumberReader>): ValueReader {
  const isPlace = ({ value }: Found): boolean => typeof value === "number" && value > 0 && value < 1000;
  return (tokens, at) => {
    const counted = ordinal(tokens, at).filter(isPlace);
    return counted.length > 0 ? counted : number(tokens, at).filter(isPlace);
  };
}

/** The word without the ending that makes it an owner ("adele's" is of "adele"); undefined where there is none. */
function ownerIn(tokens: Tokens, from: number, to: number, endings: readonly string[]): string | undefined {
  const words = surface(tokens, from, to);
  const ending = endings.find((one) => words.toLowerCase().endsWith(one));
  if (ending === undefined) return undefined;
  // "The Doors'": the s belongs to the name.
  const owner = words.slice(0, words.length - (ending.startsWith("s") ? 1 : ending.length));
  return owner === "" ? undefined : owner;
}

/**
 * Owners of one to four words, in the person's own words without the ending: "taylor swift's" is "taylor swift", and so is
 * "taylor swift s", as some speech recognisers write it.
 */
function createOwnerReader(endings: readonly string[]): ValueReader {
  const apart = new Set(endings.filter((one) => /^['’]\p{L}/u.test(one)).map((one) => one.slice(1)));
  return (tokens, at) => {
    for (let end = at + 1; end <= at + 4 && end <= tokens.list.length; end++) {
      if (apart.has(wordAt(tokens, end))) return [{ end: end + 1, value: surface(tokens, at, end) }];
      const value = ownerIn(tokens, at, end, endings);
      if (value !== undefined) return [{ end, value }];
    }
    return [];
  };
}

/** Decades as "1980s": "80s", "1980s", "eighties". */
export function createDecadeReader(words: Words): ValueReader {
  const named = createPhrases(Object.entries(words.decades));
  return (tokens, at) => {
    const digits = /^(?:(19|20)(\d0)|([0-9]0))s$/.exec(wordAt(tokens, at));
    if (digits) {
      const short = digits[3];
      const century = digits[1] ?? (short && Number(short) < 30 ? "20" : "19");
      return [{ end: at + 1, value: `${century}${digits[2] ?? short}s` }];
    }
    return named.at(tokens, at).map(({ end, value }) => ({ end, value: `${value}s` }));
  };
}

/** Spans of listening history, as the vocabulary writes them: "last_month", "P4W", "2024", "2024-07". */
export function createPeriodReader(words: Words, number: ReturnType<typeof createNumberReader>): ValueReader {
  const phrases = createPhrases(Object.entries(words.periods.phrases));
  const lead = createPhrases(words.periods.lead.map((phrase) => [phrase, true] as const));
  const units = createPhrases(Object.entries(words.periods.units));
  const months = createPhrases(Object.entries(words.periods.months));
  const year = (tokens: Tokens, at: number): string | undefined =>
    isYear(tokens, at) ? wordAt(tokens, at) : undefined;
  return (tokens, at) => {
    const whole = phrases.at(tokens, at);
    const from = lead.at(tokens, at)[0]?.end ?? at;
    const alone = year(tokens, from);
    if (alone) return [...whole, { end: from + 1, value: alone }];
    const month = months.at(tokens, from)[0];
    const ofYear = month && year(tokens, month.end);
    if (month && ofYear)
      return [...whole, { end: month.end + 1, value: `${ofYear}-${String(month.value).padStart(2, "0")}` }];
    if (from === at) return whole;
    const spans = number(tokens, from).flatMap(({ end, value }) => {
      const unit = units.at(tokens, end)[0];
      return unit && value > 0 ? [{ end: unit.end, value: `P${value}${unit.value}` }] : [];
    });
    return [...whole, ...spans];
  };
}

/** Versions in the person's own words: "live", "radio edit", "1999 remaster", "remastered 2009". */
function createVersionReader(kinds: readonly string[]): ValueReader {
  const phrases = createPhrases(kinds.map((kind) => [kind, true] as const));
  return (tokens, at) => {
    const named = phrases.at(tokens, isYear(tokens, at) ? at + 1 : at);
    return named.flatMap(({ end }) =>
      !isYear(tokens, at) && isYear(tokens, end) ? [{ end: end + 1 }, { end }] : [{ end }],
    );
  };
}

/** Places that play music: one to three of their words in a row ("kitchen speaker", "living room tv"), longest first. */
function createDeviceReader(kinds: readonly string[], possessive: readonly string[]): ValueReader {
  const phrases = createPhrases(kinds.map((kind) => [kind, true] as const));
  return (tokens, at) => {
    let ends = new Set(phrases.at(tokens, at).map(({ end }) => end));
    const all = new Set(ends);
    for (let count = 1; count < 3; count++) {
      ends = new Set([...ends].flatMap((end) => phrases.at(tokens, end).map((hit) => hit.end)));
      for (const end of ends) all.add(end);
    }
    return [...all]
      .sort((a, b) => b - a)
      .map((end) => {
        const value = ownerIn(tokens, at, end, possessive);
        return value === undefined ? { end } : { end, value };
      });
  };
}

/** What somebody may have called a player of theirs: up to four words, and none that only points at something. */
function createOutputReader(pronouns: readonly string[]): ValueReader {
  const pointing = new Set(pronouns);
  return (tokens, at) => {
    const most = Math.min(at + 4, tokens.list.length);
    if (pointing.has(wordAt(tokens, at))) return [];
    return Array.from({ length: Math.max(0, most - at) }, (_, index) => ({ end: at + index + 1 }));
  };
}

/** All kinds of values that this language's patterns may name, its dictionaries included. */
export function createValueReaders(words: Words): ReadonlyMap<string, ValueReader> {
  const number = createNumberReader(words);
  const duration = createDurationReader(words, number);
  const ordinal = createOrdinalReader(words);
  const counts = createPhrases(Object.entries(words.counts));
  const readers = new Map<string, ValueReader>([
    ["number", number],
    ["count", (tokens, at) => [...counts.at(tokens, at), ...number(tokens, at).filter(({ value }) => value > 0)]],
    ["percent", createPercentReader(words, number, false)],
    ["level", createPercentReader(words, number, true)],
    ["duration", duration],
    [
      "minutes",
      (tokens, at) =>
        duration(tokens, at).map(({ end, value }) => ({ end, value: Math.max(1, Math.round(value / 60)) })),
    ],
    ["clock", createClockReader(words, number)],
    ["time", createTimeOfDayReader(words, number)],
    ["ordinal", ordinal],
    ["place", createPlaceReader(ordinal, number)],
    ["owner", createOwnerReader(words.names.possessive)],
    ["decade", createDecadeReader(words)],
    ["year", (tokens, at) => (isYear(tokens, at) ? [{ end: at + 1, value: wordAt(tokens, at) }] : [])],
    ["period", createPeriodReader(words, number)],
  ]);
  for (const [kind, entries] of Object.entries(words.kinds)) {
    const phrases = createPhrases(entries.map((entry) => [entry, true] as const));
    readers.set(kind, (tokens, at) => phrases.at(tokens, at).map(({ end }) => ({ end })));
  }
  readers.set("output", createOutputReader(words.names.pronouns));
  readers.set("version", createVersionReader(words.kinds.version));
  readers.set("device", createDeviceReader(words.kinds.device, words.names.possessive));
  return readers;
}
