import type { Art, Item, Playable } from "../../src/contracts/music.ts";
import type { Block } from "../../src/contracts/reply.ts";
import type { Translate } from "../../src/contracts/skill.ts";

/** The shown name of anything. Titles are given as the service has them. */
export function titleOf(item: Item): string {
  return "title" in item ? item.title : item.name;
}

/** Longer names are those of whole works, or somebody's joke: a heading shows how they begin. */
const longestHeading = 120;

/** A name over a card. */
export function headingOf(item: Item): Block {
  return { type: "heading", text: shortened(titleOf(item)) };
}

export function shortened(name: string): string {
  if (name.length <= longestHeading) return name;
  return `${name
    .slice(0, longestHeading - 1)
    .toWellFormed()
    .replace("\uFFFD", "")
    .trimEnd()}…`;
}

/** Who made it: artists, owner, publisher. Undefined where that says nothing. */
export function makerOf(item: Item): string | undefined {
  switch (item.type) {
    case "track":
    case "album":
      return item.artists.map((artist) => artist.name).join(", ") || undefined;
    case "audiobook":
      return item.authors.map((author) => author.name).join(", ") || undefined;
    case "episode":
      return item.show?.name;
    case "show":
      return item.publisher;
    case "playlist":
      return item.own ? undefined : item.owner;
    case "artist":
      return undefined;
  }
}

/** The name under which a card can tell that it shows the thing. One recording has several addresses, so it goes by its words. */
export function subjectOf(item: Item): string {
  return item.type === "track" || item.type === "episode" ? `${makerOf(item) ?? ""}\n${item.title}` : item.uri;
}

/** Everything that is heard with it, as `subjectOf` names it: the record it is from, and who made it. */
export function heardWith(item: Playable): string[] {
  const around = item.type === "track" ? [item.album, ...item.artists] : [item.show];
  return [subjectOf(item), ...around.flatMap((each) => each?.uri ?? [])];
}

/** "Hello by Adele", in the person's language. */
export function named(item: Item, t: Translate): string {
  const maker = makerOf(item);
  return maker === undefined ? titleOf(item) : t("item.by", { title: titleOf(item), maker, type: item.type });
}

/** One line under a title in a list: maker, album, year. */
export function detailOf(item: Item): string | undefined {
  const album = item.type === "track" ? item.album?.name : undefined;
  const year = item.type === "track" ? item.album?.releaseYear : item.type === "album" ? item.releaseYear : undefined;
  const parts = [
    makerOf(item),
    album === titleOf(item) ? undefined : album,
    year === undefined ? undefined : String(year),
  ];
  return parts.filter((part) => part !== undefined).join(" · ") || undefined;
}

/** The picture nearest above the width that a card shows; pictures are never cropped or changed. */
export function pictureOf(art: readonly Art[], width = 300): Art | undefined {
  return (
    [...art].sort((a, b) => (a.width ?? width) - (b.width ?? width)).find((each) => (each.width ?? width) >= width) ??
    art[0]
  );
}

export function listed(item: Item) {
  const detail = detailOf(item);
  const picture = pictureOf(item.art, 64);
  return {
    title: titleOf(item),
    ...(detail === undefined ? {} : { detail }),
    ...(picture ? { imageUrl: picture.url } : {}),
    ...(item.url === undefined ? {} : { url: item.url }),
  };
}

export function artOf(item: Playable | Item, t: Translate): Block[] {
  const picture = pictureOf(item.art);
  return picture ? [{ type: "image", url: picture.url, alt: t("item.art", { name: named(item, t) }) }] : [];
}
