import type { RichTextDate, RichTextText } from "@slack/types";
import { type Moment, splitAtMoments } from "../../src/contracts/moments.ts";
import { clean, dateMark, unmarked } from "./text.ts";

/** https://docs.slack.dev/messaging/formatting-message-text#date-formatting: the tokens that the reader's client fills in. */
const formats = { time: "{time}", date: "{date_long_full}", both: "{date_long_full} {time}" } as const;

type Shown = RichTextDate & { fallback: string };

/** Words that are already clean, with the moments among them as the reader's client shows them in their own zone and language. */
export interface Times {
  rich(text: string): (RichTextText | Shown)[];
  /** The same as `mrkdwn`, so that nothing but the moments acts; undefined where there is none. */
  marked(text: string): string | undefined;
}

export function createTimes(moments: readonly Moment[] = []): Times {
  const told = moments
    .map((moment) => ({ ...moment, text: clean(moment.text) }))
    .filter(({ at, text }) => at >= 0 && text !== "");
  const rich: Times["rich"] = (text) =>
    splitAtMoments(text, told).map((piece) =>
      typeof piece === "string"
        ? { type: "text", text: piece }
        : { type: "date", timestamp: Math.floor(piece.at / 1000), format: formats[piece.style], fallback: piece.text },
    );
  return {
    rich,
    marked(text) {
      const elements = rich(text);
      if (!elements.some(({ type }) => type === "date")) return undefined;
      return elements.map((each) => (each.type === "date" ? dateMark(each) : unmarked(each.text))).join("");
    },
  };
}
