import { canonicalZone } from "../../src/contracts/places.ts";

let cities: ReadonlyMap<string, string> | undefined;

/** The zone of this name, or of the city that it is named for: "Asia/Tokyo", "new york". */
export function zoneNamed(said: string): string | undefined {
  const name = said.trim().replaceAll(/\s+/g, "_");
  cities ??= zonesByCity();
  return canonicalZone(name) ?? cities.get(fold(name));
}

function zonesByCity(): ReadonlyMap<string, string> {
  return new Map(Intl.supportedValuesOf("timeZone").map((zone) => [fold(zone.slice(zone.lastIndexOf("/") + 1)), zone]));
}

/** The names of zones have no accents. */
function fold(name: string): string {
  return name.normalize("NFD").replaceAll(/\p{M}/gu, "").toLowerCase();
}
