// @ts-check
/**
 * The conversation as this browser keeps it, so that a reload does not lose it. Bounded; a browser without storage simply forgets.
 * @typedef {import("./blocks.js").Reply} Reply
 * @typedef {{id: string, [part: string]: unknown}} Body what was sent
 * @typedef {{from: "person", id: string, text: string, sent?: Body, at?: number} | {from: "bot", id: string, reply: Reply}} Entry
 */

const kept = 60;

/** @param {string} user */
export function openTranscript(user) {
  const key = `segue.transcript.${user}`;
  /** @type {Entry[]} */
  let entries = [];
  try {
    const stored = JSON.parse(localStorage.getItem(key) ?? "[]");
    if (Array.isArray(stored)) entries = stored.filter((entry) => typeof entry?.id === "string");
  } catch {
    entries = [];
  }
  const save = () => {
    entries = entries.slice(-kept);
    try {
      localStorage.setItem(key, JSON.stringify(entries));
    } catch {
      // Full or forbidden: the conversation lives as long as the page.
    }
  };
  return {
    entries: () => entries,
    /** @param {Entry} entry */
    add(entry) {
      entries.push(entry);
      save();
    },
    /** @param {string} id @param {Reply} reply */
    replace(id, reply) {
      entries = entries.map((entry) => (entry.id === id && entry.from === "bot" ? { ...entry, reply } : entry));
      save();
    },
    /** What is known of what they asked is all that there will be. @param {string} id */
    answered(id) {
      for (const entry of entries) if (entry.id === id && entry.from === "person") delete entry.sent;
      save();
    },
    clear() {
      entries = [];
      save();
    },
  };
}

/** Who this browser is: `?user=` for those who want a name, else a random one that stays. */
export function whoAmI() {
  const asked = new URLSearchParams(location.search).get("user");
  if (asked && /^[\p{L}\p{N}][\p{L}\p{N}._@-]{0,63}$/u.test(asked)) return asked;
  try {
    const known = localStorage.getItem("segue.user");
    if (known) return known;
    const fresh = `guest-${crypto.getRandomValues(new Uint32Array(1))[0]?.toString(36)}`;
    localStorage.setItem("segue.user", fresh);
    return fresh;
  } catch {
    return "guest";
  }
}
