import { generateKeySync } from "node:crypto";
import { expect, it } from "vitest";
import { createVault } from "../../../src/accounts/vault.ts";
import type { Happening } from "../../../src/contracts/events.ts";
import { diarySafe } from "../../../src/main/diaries.ts";

it("a diary's secret under a key that is gone is told to the operator, and opens once the key is back", () => {
  const key = (id: string) => ({ id, key: generateKeySync("aes", { length: 256 }) });
  const [old, next] = [key("old"), key("next")];
  const told: Happening[] = [];
  const events = { emit: (happening: Happening) => void told.push(happening) };
  const row = { id: "c1", diary: "lastfm" };
  const sealed = diarySafe(createVault([old]), events).seal(row.id, "hush");
  const without = diarySafe(createVault([next]), events);
  expect(() => without.open(row, sealed)).toThrow(expect.objectContaining({ code: "Unavailable" }));
  expect(told).toEqual([{ type: "operator.needed", problem: "encryption_keys", detail: { provider: "Last.fm" } }]);
  expect(diarySafe(createVault([next, old]), events).open(row, sealed)).toBe("hush");
});
