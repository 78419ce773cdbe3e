import { describe, expect, it } from "vitest";
import type { Picture } from "../../../src/contracts/music.ts";
import { createPictures } from "../../../src/core/pictures.ts";
import { createFakeClock } from "../../fakes/clock.ts";
import { silentLog } from "../../support/log.ts";

const url = "https://here.example/cover";
const png = (size: number): Picture => ({ mediaType: "image/png", bytes: new Uint8Array(size) });

function open(read: (url: string) => Promise<Picture | undefined>) {
  const clock = createFakeClock();
  const reads: string[] = [];
  const picture = createPictures({
    clock,
    log: silentLog,
    read: (asked) => {
      reads.push(asked);
      return read(asked);
    },
  });
  return { clock, reads, picture };
}

describe("pictures that platforms must be handed", () => {
  it("are read once for all edits of a card, and anew after a while", async () => {
    const held = open(async () => png(10));
    const [one, two] = await Promise.all([held.picture(url), held.picture(url)]);
    expect(one).toEqual(png(10));
    expect(await held.picture(url)).toBe(two);
    expect(held.reads).toEqual([url]);
    await held.clock.advance(10 * 60_000 + 1);
    await held.picture(url);
    expect(held.reads).toHaveLength(2);
  });

  it("do not hold up an answer, and are there for the next one", async () => {
    const coming = Promise.withResolvers<Picture>();
    const held = open(() => coming.promise);
    const late = held.picture(url);
    await held.clock.advance(1_499);
    expect(await Promise.race([late, "waits"])).toBe("waits");
    await held.clock.advance(1);
    expect(await late).toBeUndefined();
    coming.resolve(png(10));
    await coming.promise;
    expect(await held.picture(url)).toEqual(png(10));
    expect(held.reads).toEqual([url]);
  });

  it("that are not there are asked for again", async () => {
    let there = false;
    const held = open(async () => {
      if (!there) throw new Error("the player is off");
      return png(1);
    });
    expect(await held.picture(url)).toBeUndefined();
    there = true;
    expect(await held.picture(url)).toEqual(png(1));
  });

  it("take no more memory than they may", async () => {
    const held = open(async (asked) => png(asked.includes("vast") ? 7 * 1024 * 1024 : 5 * 1024 * 1024));
    const urls = [1, 2, 3, 4, 5].map((number) => `${url}/${number}`);
    for (const each of urls) await held.picture(each);
    await held.picture(`${url}/5`);
    expect(held.reads).toHaveLength(5);
    await held.picture(`${url}/1`);
    expect(held.reads).toHaveLength(6);
    for (let time = 0; time < 2; time++) await held.picture(`${url}/vast`);
    expect(held.reads).toHaveLength(8);
  });
});
