import type { Script } from "./traffic.ts";

const everyday = ["pause", "resume", "volume", "playing", "play"] as const;

/**
 * What people say all day, in turn: each starts at another place, and songs come round only after all were played, so that
 * most of them are searched for.
 */
export function everydayScript(songs: readonly string[]): Script {
  let played = 0;
  return (person, turn) => {
    const kind = everyday[(person + turn) % everyday.length] ?? "pause";
    switch (kind) {
      case "pause":
        return { kind, text: "pause" };
      case "resume":
        return { kind, text: "resume" };
      case "volume":
        return { kind, text: `volume ${20 + ((person * 7 + turn * 13) % 60)}` };
      case "playing":
        return { kind, text: "what's playing" };
      case "play":
        return { kind, text: `play ${songs[played++ % songs.length]}` };
    }
  };
}

/** Steps wait 200 ms for the next step, on purpose, and so have a row of their own. */
export const stepScript: Script = (_person, turn) => ({
  kind: "volume_step",
  text: turn % 2 === 0 ? "turn it down a bit" : "turn it up a bit",
});
