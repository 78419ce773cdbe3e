import { describe, expect, it } from "vitest";
import { load } from "./load.ts";

/** The program itself and two more processes: most of the time is theirs to start and to be quiet. */
const withinMs = 120_000;

describe("under load", () => {
  it(
    "every message is answered once or politely refused, on every platform",
    async () => {
      const { lost, doubled, steady, burst } = await load({
        seconds: 3,
        rate: 20,
        people: 20,
        burst: 200,
        quietMs: 5_000,
      });
      expect({ lost, doubled }).toEqual({ lost: 0, doubled: 0 });
      expect(steady).toMatchObject({ sent: 60, answered: 60 });
      expect(burst?.sent).toBe(200);
      for (const { sent, answered } of Object.values(steady.platforms)) expect(answered).toBe(sent);
    },
    withinMs,
  );
});
