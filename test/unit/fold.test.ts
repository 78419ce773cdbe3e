import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fold } from "../../src/contracts/fold.ts";

describe("the form in which names are compared", () => {
  it.each([
    ["Björk", "bjork"],
    ["P!nk", "pink"],
    ["Ke$ha", "kesha"],
    ["A$AP Rocky", "asap rocky"],
    ["Stop!", "stop"],
    ["!!!", "!!!"],
    ["Simon & Garfunkel", "simon and garfunkel"],
    ["Don’t  Stop", "dont stop"],
    ["Sigur Rós – Hoppípolla", "sigur ros hoppipolla"],
    ["ŁÓDŹ", "lodz"],
    ["  Live   Forever ", "live forever"],
    ["방탄소년단", "방탄소년단"],
    ["", ""],
  ])("of %j is %j", (name, folded) => {
    expect(fold(name)).toBe(folded);
  });

  it("is the same for plain letters whichever way they are looked at, and folded once is folded for good", () => {
    const plain = fc.string({ unit: fc.constantFrom("a", "B", "z", "0", " ", "  "), minLength: 1, maxLength: 250 });
    fc.assert(
      fc.property(plain, (text) => {
        fc.pre(text.trim() !== "");
        // A full stop is no plain letter, and no part of a word.
        expect(fold(text)).toBe(fold(`${text}.`));
        expect(fold(fold(text))).toBe(fold(text));
      }),
    );
  });
});
