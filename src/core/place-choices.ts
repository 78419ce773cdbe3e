import type { PlaceChange, PlaceChoices, PlayerRef } from "../contracts/places.ts";

/** Choices of several scopes as one, the last having the last word. */
export function merged(layers: readonly PlaceChoices[]): PlaceChoices {
  const all: PlaceChoices = { roles: {}, skills: {} };
  for (const { roles, skills, ...rest } of layers) {
    Object.assign(all, rest);
    Object.assign(all.roles, roles);
    Object.assign(all.skills, skills);
  }
  return all;
}

/** One choice made or, where its value is undefined, taken back. */
export function changed(choices: PlaceChoices, change: PlaceChange): unknown {
  if ("role" in change) return { ...choices, roles: without({ ...choices.roles, [change.role]: change.value }) };
  if ("skill" in change) return { ...choices, skills: without({ ...choices.skills, [change.skill]: change.on }) };
  return without({ ...choices, ...change });
}

/** The change as the audit keeps it: what is inherited again is written out. */
export function laidOver(change: PlaceChange): Record<string, unknown> {
  return Object.fromEntries(Object.entries(change).map(([name, value]) => [name, value ?? "inherited"]));
}

export function sameChoices(a: PlaceChoices, b: PlaceChoices): boolean {
  return stable(a) === stable(b);
}

export function samePlayer(a: PlayerRef, b: PlayerRef): boolean {
  return a.provider === b.provider && a.playerId === b.playerId;
}

function without(values: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
}

function stable(value: unknown): string {
  return JSON.stringify(value, (_key, each: unknown) =>
    typeof each === "object" && each !== null && !Array.isArray(each)
      ? Object.fromEntries(Object.entries(each).sort(([a], [b]) => a.localeCompare(b)))
      : each,
  );
}
