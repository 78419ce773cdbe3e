import { describe, expect, it } from "vitest";
import { validateRequest, validateResponse } from "./openapi.ts";

const bearer = { Authorization: "Bearer token" };
const device = {
  id: "abc",
  is_active: true,
  is_private_session: false,
  is_restricted: false,
  name: "Kitchen",
  type: "Speaker",
  volume_percent: 10,
  supports_volume: true,
};

describe("checking answers", () => {
  it("passes what is described", () => {
    expect(validateResponse("GET", "/me/player/devices", 200, { devices: [device] })).toEqual([]);
    expect(
      validateResponse("GET", "/me/player/devices", 200, { devices: [{ ...device, id: null, volume_percent: null }] }),
    ).toEqual([]);
  });

  it("sees a missing field, a wrong type and a value out of range", () => {
    const { name, ...nameless } = device;
    expect(validateResponse("GET", "/me/player/devices", 200, { devices: [nameless] }).join()).toContain("name");
    expect(
      validateResponse("GET", "/me/player/devices", 200, { devices: [{ ...device, is_active: "yes" }] }).join(),
    ).toContain("is_active");
    expect(
      validateResponse("GET", "/me/player/devices", 200, { devices: [{ ...device, volume_percent: 101 }] }).join(),
    ).toContain("volume_percent");
  });

  it("sees fields that Development Mode does not have, unless the app is extended", () => {
    const user = {
      id: "a",
      account_id: "b",
      display_name: "A",
      external_urls: {},
      href: "h",
      images: [],
      type: "user",
      uri: "u",
      product: "premium",
    };
    expect(validateResponse("GET", "/me", 200, user).join()).toContain("product is withdrawn");
    expect(validateResponse("GET", "/me", 200, user, "extended")).toEqual([]);
  });

  it("sees statuses, routes and bodies that are not described", () => {
    expect(validateResponse("GET", "/me", 204, undefined)).not.toEqual([]);
    expect(validateResponse("GET", "/nowhere", 200, {})).not.toEqual([]);
    expect(validateResponse("PUT", "/me/library", 200, { ok: true })).not.toEqual([]);
    expect(validateResponse("GET", "/me", 200, undefined)).not.toEqual([]);
  });

  it("wants errors in their one shape, with the status they came with", () => {
    expect(validateResponse("GET", "/me", 403, { error: { status: 403, message: "Forbidden" } })).toEqual([]);
    expect(validateResponse("GET", "/me", 403, { error: { status: 404, message: "Forbidden" } })).not.toEqual([]);
    expect(validateResponse("GET", "/me", 403, { error: "Forbidden" })).not.toEqual([]);
  });

  it("knows the differences of the live platform", () => {
    expect(validateResponse("GET", "/me/player/currently-playing", 204, undefined)).toEqual([]);
    expect(validateResponse("PUT", "/me/player/pause", 200, "token")).toEqual([]);
    expect(validateResponse("PUT", "/me/player/play", 202, undefined)).toEqual([]);
    expect(validateResponse("PUT", "/me/player/pause", 202, undefined)).not.toEqual([]);
  });
});

describe("checking requests", () => {
  const id = "0123456789abcdefABCDEF";

  it("passes what Development Mode allows", () => {
    expect(
      validateRequest("GET", "http://127.0.0.1:1/v1/search?q=x&type=track,album&limit=10", bearer, undefined),
    ).toEqual([]);
    expect(validateRequest("GET", `/v1/tracks/${id}`, bearer, undefined)).toEqual([]);
    const json = { ...bearer, "Content-Type": "application/json" };
    expect(validateRequest("PUT", "/v1/me/player", json, JSON.stringify({ device_ids: ["a"], play: true }))).toEqual(
      [],
    );
    expect(validateRequest("PUT", "/v1/me/player/play", bearer, undefined)).toEqual([]);
  });

  it.each([
    ["a withdrawn route", "GET", `/v1/tracks?ids=${id}`, bearer, undefined],
    ["a limit over ten", "GET", "/v1/search?q=x&type=track&limit=20", bearer, undefined],
    ["an unknown type", "GET", "/v1/search?q=x&type=song", bearer, undefined],
    ["a missing query", "PUT", "/v1/me/player/volume", bearer, undefined],
    ["a query out of range", "PUT", "/v1/me/player/volume?volume_percent=101", bearer, undefined],
    ["a query that is no number", "PUT", "/v1/me/player/seek?position_ms=1.5", bearer, undefined],
    ["an unknown query", "GET", "/v1/me/player?foo=1", bearer, undefined],
    ["no token", "GET", "/v1/me", {}, undefined],
    ["no body where one is needed", "PUT", "/v1/me/player", bearer, undefined],
    [
      "a body where none is described",
      "PUT",
      "/v1/me/player/pause",
      { ...bearer, "content-type": "application/json" },
      "{}",
    ],
    [
      "a body of the wrong type",
      "PUT",
      "/v1/me/player",
      { ...bearer, "content-type": "application/json" },
      '{"device_ids":"a"}',
    ],
    ["a body that is no JSON", "PUT", "/v1/me/player", { ...bearer, "content-type": "application/json" }, "{"],
    [
      "a wrong content type",
      "PUT",
      "/v1/me/player",
      { ...bearer, "content-type": "text/plain" },
      '{"device_ids":["a"]}',
    ],
    ["a path that is no id", "GET", "/v1/tracks/..", bearer, undefined],
  ])("refuses %s", (_, method, url, headers, body) => {
    expect(validateRequest(method, url, headers, body)).not.toEqual([]);
  });
});
