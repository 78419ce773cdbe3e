import { readFileSync } from "node:fs";

/** A payload as the platform sends it. */
export function fixture(name: string): unknown {
  return JSON.parse(readFileSync(new URL(`../../../fixtures/spotify/${name}.json`, import.meta.url), "utf8"));
}
