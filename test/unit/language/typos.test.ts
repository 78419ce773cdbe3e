import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createTypoFinder } from "../../../src/language/typos.ts";

const commands = ["pause", "shuffle", "volume", "previous", "playlist", "louder", "lauter", "mute"];
const finder = createTypoFinder(new Set(commands), new Set(["plan", "moth"]));
const letter = fc.constantFrom(..."abcdefghijklmnopqrstuvwxyz");

describe("a slip in a command word", () => {
  it("is found, whichever letter is dropped, doubled, replaced or swapped with the next", () => {
    const slip = fc.record({ word: fc.constantFrom(...commands), at: fc.nat(20), letter, kind: fc.nat(3) });
    fc.assert(
      fc.property(slip, ({ word, at, letter: other, kind }) => {
        const place = 1 + (at % (word.length - 1));
        const [head, rest] = [word.slice(0, place), word.slice(place)];
        const said = [
          head + rest.slice(1),
          head + other + rest,
          head + other + rest.slice(1),
          head.slice(0, -1) + rest.slice(0, 1) + head.slice(-1) + rest.slice(1),
        ][kind];
        fc.pre(
          said !== undefined && said.length >= 4 && said[0] === word[0] && !commands.includes(said) && said !== "moth",
        );
        expect(finder(said ?? "")).toContain(word);
      }),
    );
  });

  it("is none in a word that is one, in a short word, and in one that begins otherwise", () => {
    for (const word of ["plan", "pause", "mut", "xause", "lautlos", "v".repeat(40)]) expect(finder(word)).toEqual([]);
  });

  it("names the words in the order of the list where several are meant", () => {
    expect(finder("laudder")).toEqual([]);
    expect(createTypoFinder(new Set(["louder", "lauder"]), new Set())("lader")).toEqual(["lauder"]);
    expect(createTypoFinder(new Set(["pause", "passe"]), new Set())("pasue")).toEqual(["pause", "passe"]);
  });
});
