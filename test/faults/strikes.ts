/**
 * What may happen to a call on its way to a service and back. Neutral: the same of every service, on the wire.
 * `silence` never answers, `reset` breaks the connection before anything was done and `lost` after, `trickle` sends a byte now and then.
 */
export type Strike =
  | { how: "silence" | "reset" | "lost" | "trickle" | "skew" }
  | { how: "spoil"; body: "html" | "cut" | "types" | "huge" }
  | { how: "answer"; status: number; text: string; headers?: Record<string, string>; type?: string };

const page = "<!DOCTYPE html><html><head><title>Bad gateway</title></head><body><h1>nginx</h1></body></html>";
const html = { type: "text/html" };
const answer = (status: number, text = "", more: { headers?: Record<string, string>; type?: string } = {}): Strike => ({
  how: "answer",
  status,
  text,
  ...more,
});
/** In the words that services have for their errors, so that each reads as much of it as it can. */
const json = (status: number, message: string, seconds?: number) =>
  JSON.stringify({
    error: { status, message },
    message,
    ok: false,
    error_code: status,
    description: message,
    ...(seconds === undefined ? {} : { retry_after: seconds, parameters: { retry_after: seconds } }),
  });
const tooMany = (seconds?: number) =>
  answer(429, json(429, "Too many requests", seconds), {
    headers: seconds === undefined ? {} : { "retry-after": String(seconds) },
  });

/** By the name that the table has for it. */
export const strikes = {
  timeout: { how: "silence" },
  "reset before it was done": { how: "reset" },
  "reset after it was done": { how: "lost" },
  "slow trickle": { how: "trickle" },
  "HTTP 500": answer(500, json(500, "Server error")),
  "HTTP 502": answer(502, page, html),
  "HTTP 503": answer(503, json(503, "Service unavailable")),
  "HTML instead of JSON": { how: "spoil", body: "html" },
  "truncated JSON": { how: "spoil", body: "cut" },
  "wrong types": { how: "spoil", body: "types" },
  "huge body": { how: "spoil", body: "huge" },
  "HTTP 401, again and again": answer(401, json(401, "The access token expired")),
  "HTTP 403 in plain text": answer(403, "Forbidden", { type: "text/plain" }),
  "HTTP 404": answer(404, json(404, "Not found")),
  "HTTP 429 without a time": tooMany(),
  "HTTP 429, 1 s": tooMany(1),
  "HTTP 429, a day": tooMany(86_400),
  "HTTP 202": answer(202),
  "clock a day off": { how: "skew" },
} as const satisfies Record<string, Strike>;
export type StrikeName = keyof typeof strikes;
export const strikeNames = Object.keys(strikes) as StrikeName[];

/** Every number a word, every word a number, every list an object: valid JSON, and nothing as promised. */
function wrongTypes(value: unknown): unknown {
  if (Array.isArray(value)) return { list: value.map(wrongTypes) };
  if (typeof value === "object" && value !== null)
    return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, wrongTypes(each)]));
  if (typeof value === "string") return value.length;
  return typeof value === "number" || typeof value === "boolean" ? String(value) : [];
}

const hugeBytes = 3 * 1024 * 1024;

export function spoilt(text: string, how: Extract<Strike, { how: "spoil" }>["body"]): string {
  if (how === "html") return page;
  if (how === "cut") return text.slice(0, Math.floor(text.length / 2));
  if (how === "huge") return `{"padding":"${"x".repeat(hugeBytes)}"}`;
  try {
    return JSON.stringify(wrongTypes(JSON.parse(text)));
  } catch {
    return text;
  }
}
