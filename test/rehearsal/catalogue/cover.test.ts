import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { coverSvg, loadCatalogue } from "../../../src/rehearsal/catalogue/index.ts";

/** Every element and attribute a cover may hold: anything else came in through the name. */
const ELEMENT =
  /<(\/?)(svg|title|rect|circle|path|g|text)((?: [a-z-]+="[^"<>]*"| xmlns="[^"]*"| viewBox="[^"]*")*)(\/?)>/g;

describe("covers", () => {
  it("are the same for the same album, small, and mostly of their own", () => {
    const albums = [...loadCatalogue().albums.values()];
    const covers = albums.map((album) => coverSvg(album.id, album.name, 640));
    expect(covers).toEqual(albums.map((album) => coverSvg(album.id, album.name, 640)));
    expect(Math.max(...covers.map((svg) => Buffer.byteLength(svg)))).toBeLessThan(3000);
    const drawings = covers.map((svg) => svg.replace(/<title>.*<\/title>/, ""));
    expect(new Set(drawings).size).toBeGreaterThan(albums.length * 0.99);
  });

  it("have the size asked for, within reason", () => {
    expect(coverSvg("a", "b", 64)).toContain('width="64" height="64"');
    expect(coverSvg("a", "b", 1e9)).toContain('width="2048"');
    expect(coverSvg("a", "b", Number.NaN)).toContain('width="300"');
  });

  it("hold no markup from the name", () => {
    const svg = coverSvg("x", `"><script>alert('1')</script>&`, 300);
    expect(svg).not.toContain("<script");
    expect(svg).toContain("&quot;&gt;&lt;script&gt;");
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 200 }), fc.string({ maxLength: 22 }), (name, id) => {
        const drawn = coverSvg(id, name, 300);
        expect(Buffer.byteLength(drawn)).toBeLessThan(3000);
        expect(drawn.replace(ELEMENT, "")).not.toMatch(/[<>]/);
        expect(drawn).not.toMatch(/[\u0000-\u001f]/);
      }),
    );
  });
});
