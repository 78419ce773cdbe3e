import {
  type APIComponentInContainer,
  type APIMessage,
  type APIMessageTopLevelComponent,
  type APIUnfurledMediaItem,
  ComponentType,
} from "discord.js";
import { LRUCache } from "lru-cache";
import type { Outgoing } from "./prepare.ts";

const maxMessages = 2_000;

/** Which pictures lie on which message, so that an edit uploads only what is not there yet. */
export interface Uploads {
  /** The message as Discord shows it now. */
  note(message: Pick<APIMessage, "id" | "components">): void;
  /** The same edit with the pictures left where they are; undefined when none of them is there. */
  kept(messageId: string, out: Outgoing): Outgoing | undefined;
}

export function createUploads(): Uploads {
  /** Attachments by name: a file of ours is named after what is in it. */
  const held = new LRUCache<string, ReadonlyMap<string, string>>({ max: maxMessages });
  return {
    note({ id, components }) {
      const found = (components ?? []).flatMap(mediaIn).flatMap(({ url, attachment_id }) => {
        const name = URL.parse(url)?.pathname.split("/").at(-1);
        return attachment_id && name ? [[name, attachment_id] as const] : [];
      });
      if (found.length > 0) held.set(id, new Map(found));
      else held.delete(id);
    },
    // What an edit names by its id stays, what it does not name goes
    // (https://docs.discord.com/developers/resources/message#edit-message).
    kept(messageId, { body, files }) {
      const there = held.get(messageId);
      if (!there || !files.some(({ name }) => there.has(name))) return undefined;
      const fresh = files.filter(({ name }) => !there.has(name));
      const attachments = body.attachments.map((each) => ({
        ...each,
        id: there.get(each.filename) ?? fresh.findIndex(({ name }) => name === each.filename),
      }));
      return { body: { ...body, attachments }, files: fresh };
    },
  };
}

/**
 * A message with components lists no `attachments`: where one is shown says which it is
 * (https://docs.discord.com/developers/components/reference#unfurled-media-item).
 */
function mediaIn(component: APIMessageTopLevelComponent | APIComponentInContainer): APIUnfurledMediaItem[] {
  switch (component.type) {
    case ComponentType.Container:
      return component.components.flatMap(mediaIn);
    case ComponentType.Section:
      return component.accessory.type === ComponentType.Thumbnail ? [component.accessory.media] : [];
    case ComponentType.MediaGallery:
      return component.items.map(({ media }) => media);
    default:
      return [];
  }
}
