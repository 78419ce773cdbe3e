/** Control characters but line breaks and tabs, and the marks that turn the direction of what follows. */
const invisible = /[\p{Cc}\u202A-\u202E\u2066-\u2069]/gu;

/** Words without characters that act on a screen. */
export function clean(text: string): string {
  return text.replace(invisible, (mark) => (mark === "\n" || mark === "\t" ? mark : ""));
}

/**
 * The three characters that make mentions, links and dates out of text
 * (https://docs.slack.dev/messaging/formatting-message-text#escaping).
 */
export function escaped(text: string): string {
  return clean(text).replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

/** Signs that make words bold, slanted, struck or code, and what looks like them and does nothing. */
const lookalikes: Record<string, string> = { "*": "∗", _: "＿", "~": "∼", "`": "ˋ" };

/** Words as they stand in `mrkdwn` so that nothing of them acts. */
export function unmarked(text: string): string {
  return escaped(text).replace(/[*_~`]/g, (mark) => lookalikes[mark] ?? mark);
}

/** An address with a name, in `mrkdwn`. */
export function linkMark(url: string, name: string): string {
  const address = url.replaceAll("|", "%7C").replaceAll("<", "%3C").replaceAll(">", "%3E").replaceAll("&", "&amp;");
  return `<${address}|${unmarked(name).replaceAll("\n", " ")}>`;
}

/** A moment in the reader's zone; the words are for whoever cannot be shown it (https://docs.slack.dev/messaging/formatting-message-text#date-formatting). */
export function dateMark({
  timestamp,
  format,
  fallback,
}: {
  timestamp: number;
  format: string;
  fallback: string;
}): string {
  return `<!date^${timestamp}^${format}|${unmarked(fallback).replaceAll("|", "¦")}>`;
}

function unescaped(text: string): string {
  return text.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");
}

/** Pieces of at most `max`, broken at a line or a space where there is one. */
export function pieces(text: string, max: number): string[] {
  const found: string[] = [];
  let rest = text;
  while (rest.length > max) {
    const head = rest.slice(0, max);
    const space = Math.max(head.lastIndexOf("\n"), head.lastIndexOf(" "));
    const halved = /[\uD800-\uDBFF]$/.test(head) ? max - 1 : max;
    const at = space > max / 2 ? space + 1 : halved;
    found.push(rest.slice(0, at));
    rest = rest.slice(at);
  }
  return rest === "" ? found : [...found, rest];
}

/** A message as its writer sees it: links as addresses, mentions as names, entities as characters. */
export function plainWords(text: string, botUser: string): string {
  const words = text.replace(/<([^<>|]*)(?:\|([^<>]*))?>/g, (_whole, target: string, label: string | undefined) => {
    if (target === `@${botUser}`) return "";
    if (target.startsWith("@")) return `@${label ?? target.slice(1)}`;
    if (target.startsWith("#")) return `#${label ?? target.slice(1)}`;
    if (target.startsWith("!")) return label ?? `@${target.slice(1)}`;
    return target.replace(/^(mailto|tel):/, "");
  });
  return unescaped(words).trim();
}

export function clockTime(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  const rest = String(seconds % 60).padStart(2, "0");
  return hours > 0 ? `${hours}:${String(minutes).padStart(2, "0")}:${rest}` : `${minutes}:${rest}`;
}
