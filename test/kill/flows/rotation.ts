import type { Deed, Finding, Flow } from "../flow.ts";
import { createProgram, Gone, type Program } from "../program.ts";
import type { World } from "../world.ts";

/** It waits for what the running program has in hand: so much of its own time at once, so often. */
const stepMs = 5_000;
const lookEveryMs = 250;

/** `segue keys rotate` beside the running program; by turns the one dies, or the other. */
export const rotation: Flow = {
  name: "key rotation",
  variants: 2,
  async begin(world, turn): Promise<Deed> {
    const command = createProgram({ settings: world.settings, clock: world.clock });
    const found: Finding[] = [];
    const rotate = async (dieAt?: number) => {
      const ended = command.run(["keys", "rotate"], dieAt);
      const over = Promise.allSettled([ended]).then(() => true);
      while (!(await Promise.race([over, world.pause(lookEveryMs)]))) await goesOn(world, command);
      const code = await ended;
      if (code !== 0) throw new Error(`segue keys rotate ended with ${code}: ${command.output()}`);
    };
    const mine = turn % 2 === 0;
    return {
      drive: (dieAt) => rotate(mine ? dieAt : undefined),
      ...(mine ? { own: { program: command, start: rotate } } : {}),
      async settle() {
        if (!mine) await rotate();
        const code = await command.run(["keys"]);
        if (code !== 0) found.push({ kind: "lost", what: `segue keys: ${command.output()}` });
        // Whatever was sealed opens: the tokens as they are, and after another start.
        for (const someone of Object.values(world.people)) {
          world.hums(someone);
          const { calls, answers } = world.watch(someone);
          await world.asks(someone, "volume 26").settle();
          if (calls("PUT", "/v1/me/player/volume") !== 1)
            found.push({ kind: "lost", what: `${someone.name} lost the link: ${answers().join(" | ")}` });
        }
      },
      findings: () => found,
    };
  },
};

/** Whichever of them dies meanwhile is known by other ways. */
async function goesOn(world: World, command: Program): Promise<void> {
  try {
    await world.program.advance(stepMs, [command]);
  } catch (error) {
    if (!(error instanceof Gone)) throw error;
  }
}
