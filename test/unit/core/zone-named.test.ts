import { describe, expect, it } from "vitest";
import { zoneNamed } from "../../../skills/shared/zone-named.ts";

describe("the name of a zone", () => {
  it.each([
    ["Asia/Tokyo", "Asia/Tokyo"],
    ["europe/kyiv", "Europe/Kyiv"],
    ["new york", "America/New_York"],
    ["São Paulo", "America/Sao_Paulo"],
    ["Kolkata", "Asia/Kolkata"],
    ["Kyiv", "Europe/Kyiv"],
    ["ho chi minh", "Asia/Ho_Chi_Minh"],
    ["Kathmandu", "Asia/Kathmandu"],
    ["Yangon", "Asia/Yangon"],
    ["Nuuk", "America/Nuuk"],
    ["utc", "UTC"],
    ["Atlantis", undefined],
    ["", undefined],
    ["../../etc", undefined],
  ])("%s is %s", (said, zone) => {
    expect(zoneNamed(said)).toBe(zone);
  });
});
