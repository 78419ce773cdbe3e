import type { z } from "zod";
import { refuse } from "../http/exchange.ts";
import { isId } from "../uris.ts";
import type { Call } from "./call.ts";

/** A whole number from the query, within bounds, else 400 "Invalid <name>" as the platform words it. */
export function wholeNumber(call: Call, name: string, bounds: { min: number; max: number; fallback: number }): number {
  const given = call.exchange.query.get(name);
  if (given === null || given === "") return bounds.fallback;
  const value = Number(given);
  if (!/^-?\d+$/.test(given) || value < bounds.min || value > bounds.max) throw refuse(400, `Invalid ${name}`);
  return value;
}

export function requiredQuery(call: Call, name: string): string {
  const given = call.exchange.query.get(name);
  if (given === null || given === "") throw refuse(400, `Missing required field: ${name}`);
  return given;
}

/** An id from the path; anything but 22 characters of base62 is 400. */
export function pathId(call: Call, name = "id"): string {
  const id = call.params[name] ?? "";
  if (!isId(id)) throw refuse(400, "Invalid base62 id");
  return id;
}

export function notFound() {
  return refuse(404, "Resource not found");
}

/** `market` is a country or `from_token`; with a person's token the account's country wins over it anyway. */
export function checkMarket(call: Call): void {
  const market = call.exchange.query.get("market");
  if (market !== null && !/^(?:[A-Za-z]{2}|from_token)$/.test(market)) throw refuse(400, "Invalid market code");
}

export interface Page {
  readonly limit: number;
  readonly offset: number;
}

export function page(call: Call, bounds: { max?: number; fallback?: number; min?: number } = {}): Page {
  return {
    limit: wholeNumber(call, "limit", { min: bounds.min ?? 1, max: bounds.max ?? 50, fallback: bounds.fallback ?? 20 }),
    offset: wholeNumber(call, "offset", { min: 0, max: 100_000, fallback: 0 }),
  };
}

/** The body as JSON of the given shape; no body is `{}`. */
export function jsonBody<S extends z.ZodType>(call: Call, schema: S): z.output<S> {
  const parsed = schema.safeParse(rawJson(call));
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw refuse(400, `Invalid value for field ${issue?.path.join(".") || "body"}`);
}

/** The body as JSON, unchecked; 400 when it is no JSON. */
export function rawJson(call: Call): unknown {
  const { body } = call.exchange;
  if (body.length === 0) return {};
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(body));
  } catch {
    throw refuse(400, "Error parsing JSON.");
  }
}

/** A comma list from the query, no more than `most` entries. */
export function commaList(call: Call, name: string, most: number): string[] {
  const entries = requiredQuery(call, name)
    .split(",")
    .map((entry) => entry.trim())
    .filter((entry) => entry !== "");
  if (entries.length === 0) throw refuse(400, `Missing required field: ${name}`);
  if (entries.length > most) throw refuse(400, `Too many ${name} requested`);
  return entries;
}
