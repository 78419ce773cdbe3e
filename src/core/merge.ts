import type { Block, Reply } from "../contracts/reply.ts";

/** More would not fit any platform; a sentence of many steps keeps its words in `text`. */
const maxBlocks = 30;

/**
 * One reply out of those of several steps: every step's words in order, the blocks of each, and at most one view (the
 * last step's that has one): a card of the state before the last step would be wrong already. A step that failed or asks
 * keeps its own blocks and unbinds the view, because the next edit of the card would wipe the question away.
 */
export function mergeReplies(replies: readonly Reply[]): Reply | undefined {
  const [first] = replies;
  if (!first || replies.length === 1) return first;
  const shown = replies.findLast((reply) => reply.view !== undefined);
  const stopped = replies.find((reply) => reply.kind !== "answer");
  const blocks = replies.flatMap((reply): Block[] =>
    reply.view && reply !== shown ? [{ type: "text", text: reply.text }] : reply.blocks,
  );
  return {
    kind: stopped?.kind ?? "answer",
    visibility: replies.some((reply) => reply.visibility === "private") ? "private" : "public",
    text: replies.map((reply) => reply.text).join("\n"),
    blocks: withoutRepeats(blocks).slice(0, maxBlocks),
    ...(shown?.view && !stopped ? { view: shown.view } : {}),
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
