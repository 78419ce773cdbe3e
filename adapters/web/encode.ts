import type { Reply } from "../../src/contracts/reply.ts";

/** Control characters but line breaks and tabs, and the marks that turn the direction of what follows. */
const invisible = /[\p{Cc}\u202A-\u202E\u2066-\u2069]/gu;

/** A reply as it goes over the wire: the neutral blocks themselves, every string without characters that act on a screen. */
export function encode(reply: Reply): Reply {
  return clean(reply) as Reply;
}

function clean(value: unknown): unknown {
  if (typeof value === "string")
    return value.replace(invisible, (mark) => (mark === "\n" || mark === "\t" ? mark : ""));
  if (Array.isArray(value)) return value.map(clean);
  if (typeof value !== "object" || value === null) return value;
  // A button's slots go back to us as they are: they are data, not text.
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, key === "command" ? item : clean(item)]));
}
