import type { Block, Reply } from "../contracts/reply.ts";
import { joinTimes } from "./times.ts";

/** More would not fit any platform; a sentence of many steps keeps its words in `text`. */
const maxBlocks = 30;

/**
 * One reply out of those of several steps: every step's words in order, the blocks of each, and at most one view (the
 * last step's that has one): a card of the state before the last step would be wrong already. It stands below all that was
 * said. A step that failed or asks keeps its own blocks and unbinds the view, because what may be done next has changed.
 */
export function mergeReplies(replies: readonly Reply[]): Reply | undefined {
  const [first] = replies;
  if (!first || replies.length === 1) return first;
  const shown = replies.findLast((reply) => reply.view !== undefined);
  const stopped = replies.find((reply) => reply.kind !== "answer");
  const bound = stopped ? undefined : shown;
  const from = bound?.view?.from ?? 0;
  const lead = replies.flatMap((reply): Block[] => {
    if (reply === bound) return reply.blocks.slice(0, from);
    return reply.view && reply !== shown ? [{ type: "text", text: reply.text }] : reply.blocks;
  });
  const card = bound?.blocks.slice(from) ?? [];
  const above = withoutRepeats(lead).length;
  return {
    kind: stopped?.kind ?? "answer",
    visibility: replies.some((reply) => reply.visibility === "private") ? "private" : "public",
    text: replies.map((reply) => reply.text).join("\n"),
    blocks: withoutRepeats([...lead, ...card]).slice(0, maxBlocks),
    ...(bound?.view ? { view: { ...bound.view, ...(above > 0 ? { from: above } : {}) } } : {}),
    ...joinTimes(replies),
  };
}

function withoutRepeats(blocks: Block[]): Block[] {
  const seen = new Set<string>();
  return blocks.filter((block) => {
    if (block.type !== "attribution" && block.type !== "image") return true;
    const id = JSON.stringify(block);
    return seen.has(id) ? false : seen.add(id);
  });
}
