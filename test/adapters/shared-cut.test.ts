import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { cut } from "../../adapters/shared/cut.ts";

describe("text that is cut", () => {
  it("fits, begins as it did, shows that it was cut and splits no character", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme", maxLength: 40 }), fc.nat(45), (text, max) => {
        const short = cut(text, max);
        expect(short.length).toBeLessThanOrEqual(max);
        if (text.length <= max) {
          expect(short).toBe(text);
          return;
        }
        expect(short.isWellFormed()).toBe(true);
        expect(text.startsWith(short.replace(/…$/, ""))).toBe(true);
        if (max > 0) expect(short.endsWith("…")).toBe(true);
      }),
    );
  });

  it("leaves no space before the mark", () => {
    expect(cut("Low water mark", 11)).toBe("Low water…");
  });
});
