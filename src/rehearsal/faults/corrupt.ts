import type { Reply } from "../http/exchange.ts";
import type { Effect } from "./rule.ts";

const HUGE_BYTES = 16 * 1024 * 1024;

const WEB_PAGE =
  "<!DOCTYPE html><html><head><title>502 Bad Gateway</title></head><body><h1>upstream connect error</h1></body></html>";

/** The answer with its body spoilt; status and headers stay, so that it still claims to be what it was. */
export function corrupt(reply: Reply, how: NonNullable<Effect["corrupt"]>): Reply {
  const body = Buffer.from(reply.body ?? "");
  switch (how) {
    case "truncated":
      return { ...reply, body: body.subarray(0, Math.floor(body.length / 2)) };
    case "html":
      return { ...reply, body: WEB_PAGE };
    case "empty":
      return { ...reply, body: "" };
    case "noise":
      return { ...reply, body: Buffer.from(Array.from({ length: 512 }, (_, index) => (index * 167 + 13) % 256)) };
    case "huge":
      return { ...reply, body: `{"padding":"${"x".repeat(HUGE_BYTES)}"}` };
    case "types":
      return { ...reply, body: JSON.stringify(wrongTypes(parsed(body))) };
  }
}

/** Answers of a fault's own making. */
export function faultReply(effect: Effect & { status: number }): Reply {
  const { status, body } = effect;
  if (typeof body === "string")
    return { status, headers: { "content-type": "text/plain; charset=utf-8", ...effect.headers }, body };
  const headers = { "content-type": "application/json; charset=utf-8", ...effect.headers };
  if (body !== undefined) return { status, headers, body: JSON.stringify(body) };
  if (status < 400) return { status, ...(effect.headers === undefined ? {} : { headers: effect.headers }) };
  return { status, headers, body: JSON.stringify({ error: { status, message: MESSAGES[status] ?? "Error" } }) };
}

const MESSAGES: Readonly<Record<number, string>> = {
  500: "Server error",
  502: "Bad gateway.",
  503: "Service unavailable",
  504: "Gateway timeout",
};

/** Every number a string, every string a number, every list an object, every truth a word: valid JSON, nothing as promised. */
function wrongTypes(value: unknown): unknown {
  if (Array.isArray(value)) return Object.fromEntries(value.map((each, index) => [`_${index}`, wrongTypes(each)]));
  switch (typeof value) {
    case "number":
      return `n${value}`;
    case "string":
      return value.length;
    case "boolean":
      return String(value);
    case "object":
      return value === null
        ? []
        : Object.fromEntries(Object.entries(value).map(([key, each]) => [key, wrongTypes(each)]));
    default:
      return value;
  }
}

function parsed(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString("utf8"));
  } catch {
    return body.toString("utf8");
  }
}
