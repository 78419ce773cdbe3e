import { flatten } from "../../doubles/discord/check-message.ts";
import type { Person } from "../../doubles/discord/person.ts";

/** The address to link at, behind a button or in the words of the newest message that has one. */
export function linkOnDiscord(person: Person): string {
  for (const message of person.messages().reverse()) {
    for (const part of flatten(message.components)) {
      if (part.type === 2 && "url" in part) return part.url;
      const found = part.type === 10 ? /https?:\/\/[^\s>)]+(?:authorize\?|\/link\/)[^\s>)]+/.exec(part.content) : null;
      if (found) return found[0];
    }
  }
  throw new Error(`no link in ${person.seen().join("\n")}`);
}
