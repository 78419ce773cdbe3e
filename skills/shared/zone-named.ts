import { canonicalZone } from "../../src/contracts/places.ts";

/** https://www.iana.org/time-zones: where zones are named for cities. */
const regions = ["Africa", "America", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific", "Antarctica"];

let cities: ReadonlyMap<string, string> | undefined;

/** The zone of this name, or of the city that it is named for ("Asia/Tokyo", "new york"), by the name that was said. */
export function zoneNamed(said: string): string | undefined {
  const name = fold(said.trim().replaceAll(/\s+/g, "_"));
  cities ??= zonesByCity();
  return known(name) ?? cities.get(name) ?? regions.map((region) => known(`${region}/${name}`)).find(Boolean);
}

/** This runtime may know a city by an older name only ("Calcutta"), and takes the one of today all the same. */
function known(name: string): string | undefined {
  const canonical = canonicalZone(name);
  if (canonical === undefined || !name.includes("/") || canonical.toLowerCase() === name.toLowerCase())
    return canonical;
  return name.replaceAll(/(?<![\p{L}])\p{Ll}/gu, (letter) => letter.toUpperCase());
}

function zonesByCity(): ReadonlyMap<string, string> {
  return new Map(Intl.supportedValuesOf("timeZone").map((zone) => [fold(zone.slice(zone.lastIndexOf("/") + 1)), zone]));
}

/** The names of zones have no accents. */
function fold(name: string): string {
  return name.normalize("NFD").replaceAll(/\p{M}/gu, "").toLowerCase();
}
