import type { Choice } from "../../contracts/errors.ts";
import type { Art, Device, Item } from "../../contracts/music.ts";
import { artistsOf, nameOf } from "./score.ts";

/** Small covers load fast in a picker; a service lists them in no promised order. */
function smallest(art: readonly Art[]): string | undefined {
  let best: Art | undefined;
  for (const picture of art) if (!best || (picture.width ?? 10_000) < (best.width ?? 10_000)) best = picture;
  return best?.url;
}

function detailOf(item: Item): string | undefined {
  const parts = [artistsOf(item).join(", ")];
  if (item.type === "track") parts.push(item.album?.name ?? "", String(item.album?.releaseYear ?? ""));
  if (item.type === "album") parts.push(String(item.releaseYear ?? ""));
  if (item.type === "playlist") parts.push(item.owner ?? "");
  return parts.filter(Boolean).join(" · ") || undefined;
}

/** A thing to choose; the answer carries its uri, which wins over every word. */
export function itemChoice(item: Item): Choice {
  const detail = detailOf(item);
  const imageUrl = "art" in item ? smallest(item.art) : undefined;
  return {
    label: nameOf(item),
    kind: item.type,
    ...(detail ? { detail } : {}),
    ...(imageUrl ? { imageUrl } : {}),
    slots: { uri: item.uri },
  };
}

/** The answer carries the device's id, which wins over its words. */
export function deviceChoice(device: Device): Choice {
  return { label: device.name, kind: device.kind, slots: { deviceId: device.id } };
}
