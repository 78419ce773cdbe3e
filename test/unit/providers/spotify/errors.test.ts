import { describe, expect, it } from "vitest";
import { z } from "zod";
import { refusalOf } from "../../../../src/music/providers/spotify/errors.ts";
import { type RouteName, routes } from "../../../../src/music/providers/spotify/routes.ts";
import { fixture } from "./fixture.ts";

const names = Object.keys(routes) as [RouteName, ...RouteName[]];
const cases = z
  .array(
    z.object({
      title: z.string(),
      route: z.enum(names),
      status: z.number(),
      body: z.unknown(),
      expected: z.object({ code: z.string(), details: z.record(z.string(), z.unknown()) }),
    }),
  )
  .parse(fixture("refusals"));

describe("a refusal", () => {
  it.each(cases)("$title ($route, $status)", ({ route, status, body, expected }) => {
    const answer =
      typeof body === "string" ? { status, text: body } : { status, json: body, text: JSON.stringify(body) };
    const error = refusalOf(routes[route], answer);
    expect({ code: error.code, details: error.details }).toEqual(expected);
  });

  const reasons: Record<string, string> = {
    NO_PREV_TRACK: "no_previous",
    NO_NEXT_TRACK: "no_next",
    NO_SPECIFIC_TRACK: "content_unavailable",
    ALREADY_PAUSED: "already_paused",
    NOT_PAUSED: "already_playing",
    NOT_PLAYING_LOCALLY: "nothing_playing",
    NOT_PLAYING_TRACK: "nothing_playing",
    NOT_PLAYING_CONTEXT: "nothing_playing",
    ENDLESS_CONTEXT: "not_offered",
    CONTEXT_DISALLOW: "not_offered",
    ALREADY_PLAYING: "already_playing",
    REMOTE_CONTROL_DISALLOW: "device_restricted",
    DEVICE_NOT_CONTROLLABLE: "device_restricted",
    VOLUME_CONTROL_DISALLOW: "no_volume",
    UNKNOWN: "unknown",
    SOMETHING_NEW: "unknown",
  };
  it.each(Object.entries(reasons))("for %s is %s", (reason, expected) => {
    const json = { error: { status: 403, message: "Player command failed", reason } };
    expect(refusalOf(routes.shuffle, { status: 403, json, text: "" })).toMatchObject({
      code: "Restricted",
      details: { reason: expected },
    });
  });

  it.each([403, 429])("of a play that came too soon after another is that person's own (%s)", (status) => {
    const json = { error: { status, message: "Player command failed: Rate limited", reason: "RATE_LIMITED" } };
    expect(refusalOf(routes.play, { status, json, text: "" })).toMatchObject({
      code: "RateLimited",
      details: { scope: "person" },
    });
  });

  it("never carries the platform's words into details", () => {
    const json = { error: { status: 400, message: "secret words of the service" } };
    expect(JSON.stringify(refusalOf(routes.search, { status: 400, json, text: "" }).details)).not.toContain("secret");
  });
});
