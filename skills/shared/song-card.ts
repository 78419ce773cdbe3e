import type { Playable } from "../../src/contracts/music.ts";
import type { Block } from "../../src/contracts/reply.ts";
import type { Translate } from "../../src/contracts/skill.ts";
import { artOf, headingOf, makerOf } from "./items.ts";

/** A song or episode as a card shows it: its picture, its name with the way to it, and who made it. */
export function songOn(item: Playable, t: Translate): Block[] {
  const under = madeBy(item);
  return [...artOf(item, t), headingOf(item), ...(under === "" ? [] : [{ type: "text" as const, text: under }])];
}

/** Who made it, and the record it is from. */
export function madeBy(item: Playable): string {
  const album = item.type === "track" ? item.album?.name : undefined;
  return [makerOf(item), album].filter((part) => part !== undefined).join(" · ");
}

/** The service as it wants to be named, with the way to the thing there. */
export function attributed(item: Pick<Playable, "url">, attribution: string): Block {
  return { type: "attribution", text: attribution, ...(item.url === undefined ? {} : { url: item.url }) };
}
