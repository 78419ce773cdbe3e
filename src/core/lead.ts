import type { ViewRow } from "../contracts/message-store.ts";
import type { Reply } from "../contracts/reply.ts";
import { joinTimes } from "./times.ts";

/** What a message says above the view that it shows. */
type Lead = NonNullable<ViewRow["lead"]>;

/** Undefined where the message is the view and nothing else. */
export function leadOf({ text, blocks, times, view }: Reply): Lead | undefined {
  if (!view?.from) return undefined;
  const { from, about } = view;
  return {
    text,
    blocks: blocks.slice(0, from),
    ...(times ? { times } : {}),
    ...(about === undefined ? {} : { about }),
  };
}

/** How a message that is the view and nothing else looks, where it tells what it shows: that was its answer. */
export function wholeOf({ text, blocks, times, view }: Reply): Lead | undefined {
  if (!view?.shows) return undefined;
  return { text, blocks, ...(times ? { times } : {}), whole: true };
}

/** The words are about what the view shows; so they are, too, where one of the two does not tell. */
export function isOf({ about }: Lead, { view }: Reply): boolean {
  return about === undefined || view?.shows === undefined || view.shows.includes(about);
}

/** Of words that are over: what they asked is still open. */
export function questionIn({ blocks, ...lead }: Lead): Lead | undefined {
  const asked = blocks.slice(1);
  if (!asked.some(({ type }) => type === "buttons" || type === "select")) return undefined;
  const text = asked.flatMap((block) => (block.type === "text" ? [block.text] : [])).join("\n");
  return { ...lead, text, blocks: asked };
}

/** The view below words that say what was done. */
export function beneath(lead: Lead, card: Reply): Reply {
  const above = { ...card, text: lead.text, blocks: lead.blocks, times: lead.times };
  const blocks = [...lead.blocks, ...card.blocks];
  return { ...card, text: lead.text, blocks, times: joinTimes([above, { ...card, text: "" }]).times };
}
