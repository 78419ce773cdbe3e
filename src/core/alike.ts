import type { Reply } from "../contracts/reply.ts";

/** A client lets the bar run by itself; an edit is due only when it would be this far off. */
const progressToleranceMs = 3_000;

/** Whether a message that shows the one need not be edited to show the other. */
export function alike(a: Reply, b: Reply): boolean {
  return JSON.stringify(still(a)) === JSON.stringify(still(b)) && drift(a, b) < progressToleranceMs;
}

/** A reply without what a client works out for itself. */
function still(reply: Reply): unknown {
  const blocks = reply.blocks.map((block) => (block.type === "progress" ? { ...block, positionMs: 0, at: 0 } : block));
  return { text: reply.text, blocks };
}

function drift(a: Reply, b: Reply): number {
  const [from, to] = [a, b].map((reply) => reply.blocks.find((block) => block.type === "progress"));
  if (!from || !to) return 0;
  const moved = from.playing ? to.at - from.at : 0;
  return Math.abs(to.positionMs - from.positionMs - moved);
}
