import { draw } from "./draw.ts";
import type { Drawn, ToDraw } from "./painter.ts";

/** Runs in a process of its own, and ends with the one that started it. */
async function answer({ id, picture, covers }: ToDraw): Promise<Drawn> {
  try {
    const canvas = await draw(picture, new Map(covers));
    return { id, png: await canvas.encode("png") };
  } catch (error) {
    return { id, failed: error instanceof Error ? error.message : "unknown" };
  }
}

// Also of a parent that was killed: its channel closes then.
process.once("disconnect", () => process.exit());
process.on("message", async (request: ToDraw) => {
  const drawn = await answer(request);
  if (process.connected) process.send?.(drawn);
});
