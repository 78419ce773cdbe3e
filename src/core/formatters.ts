import type { Formatters } from "intl-messageformat";
import { LRUCache } from "lru-cache";
import type { Moment, MomentSink } from "../contracts/moments.ts";

/** Of each kind; a zone and a language make a clock of each style. */
const maxKept = 200;
const dateParts = ["dateStyle", "weekday", "era", "year", "month", "day"] as const;
const timeParts = ["timeStyle", "dayPeriod", "hour", "minute", "second"] as const;

/** What ICU messages and `moment` write numbers and dates with, made once. Every date that is written is told to `note`. */
export function createFormatters(note: MomentSink): Formatters {
  return {
    getNumberFormat: kept((locales, options) => new Intl.NumberFormat(locales, options)),
    getDateTimeFormat: kept((locales, options) => new TellingFormat(locales, options, note)),
    getPluralRules: kept((locales, options) => new Intl.PluralRules(locales, options)),
  };
}

function kept<Locales, Options, Made extends object>(make: (locales?: Locales, options?: Options) => Made) {
  const known = new LRUCache<string, Made>({ max: maxKept });
  return (locales?: Locales, options?: Options): Made => {
    const id = JSON.stringify([locales, options]);
    const made = known.get(id) ?? make(locales, options);
    known.set(id, made);
    return made;
  };
}

/** Tells what it wrote: a message gives its text only as a whole. */
class TellingFormat extends Intl.DateTimeFormat {
  readonly #note: MomentSink;
  readonly #style: Moment["style"] | undefined;

  constructor(locales: Intl.LocalesArgument, options: Intl.DateTimeFormatOptions | undefined, note: MomentSink) {
    super(locales, options);
    this.#note = note;
    this.#style = styleOf(options ?? {});
  }

  override format(date?: Date | number): string {
    const text = super.format(date);
    if (date !== undefined && this.#style) this.#note({ text, at: Number(date), style: this.#style });
    return text;
  }
}

/** A month is one in its own zone, and half of another one elsewhere: it stands for no moment. */
function styleOf(options: Intl.DateTimeFormatOptions): Moment["style"] | undefined {
  const has = (parts: readonly (keyof Intl.DateTimeFormatOptions)[]) =>
    parts.some((part) => options[part] !== undefined);
  if (!has(timeParts)) return has(["dateStyle", "weekday", "day"]) ? "date" : undefined;
  return has(dateParts) ? "both" : "time";
}
