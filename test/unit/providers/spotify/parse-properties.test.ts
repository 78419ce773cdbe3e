import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isSegueError } from "../../../../src/contracts/errors.ts";
import { refusalOf } from "../../../../src/music/providers/spotify/errors.ts";
import {
  parseItem,
  playableSchema,
  playlistSchema,
  trackSchema,
} from "../../../../src/music/providers/spotify/parse.ts";
import {
  parseAlbumTracks,
  parseBooleans,
  parsePage,
  parseRecentlyPlayed,
  parseSearch,
  rowSchema,
} from "../../../../src/music/providers/spotify/parse-lists.ts";
import { parseDevices, parseQueue, parseState } from "../../../../src/music/providers/spotify/parse-state.ts";
import { routes } from "../../../../src/music/providers/spotify/routes.ts";
import { itemTypes } from "../../../../src/music/providers/spotify/uris.ts";
import { fixture } from "./fixture.ts";

const parsers: Record<string, (raw: unknown) => unknown> = {
  state: (raw) => parseState(raw, 0),
  devices: parseDevices,
  queue: parseQueue,
  search: (raw) => parseSearch(raw, "me"),
  playlists: (raw) => parsePage(playlistSchema, raw, "playlists"),
  "playlist items": (raw) => parsePage(rowSchema(playableSchema), raw, "items"),
  "liked tracks": (raw) => parsePage(rowSchema(trackSchema), raw, "liked"),
  "album tracks": parseAlbumTracks,
  "recently played": parseRecentlyPlayed,
  contains: (raw) => parseBooleans(raw, 3),
  ...Object.fromEntries(itemTypes.map((type) => [type, (raw: unknown) => parseItem(type, raw)])),
};

/** Domain models, or the one coded error. */
function holds(parse: (raw: unknown) => unknown, raw: unknown): void {
  let model: unknown;
  try {
    model = parse(raw);
  } catch (error) {
    expect(isSegueError(error, "Unavailable") && error.details.why).toBe("malformed");
    return;
  }
  expect(() => JSON.stringify(model)).not.toThrow();
}

/** A real payload with some of its values, at any depth, replaced by anything. */
const spoilt = (names: string[]) =>
  fc
    .tuple(fc.constantFrom(...names), fc.array(fc.tuple(fc.nat(), fc.jsonValue()), { maxLength: 12 }))
    .map(([name, changes]) => {
      const whole = fixture(name);
      const places: { owner: Record<string, unknown>; key: string }[] = [];
      const walk = (value: unknown): void => {
        if (typeof value !== "object" || value === null) return;
        const owner = value as Record<string, unknown>;
        for (const key of Object.keys(owner)) {
          places.push({ owner, key });
          walk(owner[key]);
        }
      };
      walk(whole);
      for (const [at, value] of changes) {
        const place = places[at % places.length];
        if (place) place.owner[place.key] = value;
      }
      return whole;
    });

const fixtures = [
  "state-track",
  "state-ad",
  "state-episode",
  "state-local",
  "state-null-device",
  "devices",
  "queue",
  "search",
  "playlists",
  "playlist-items",
  "playlist-tracks",
  "album",
  "recently-played",
];

describe("whatever the platform sends", () => {
  it.each(Object.entries(parsers))("%s is read or refused with one coded error", (_, parse) => {
    fc.assert(
      fc.property(fc.jsonValue(), (raw) => holds(parse, raw)),
      { numRuns: 300 },
    );
    fc.assert(
      fc.property(spoilt(fixtures), (raw) => holds(parse, raw)),
      { numRuns: 150 },
    );
  });

  it("a spoilt row costs that row and no other", () => {
    fc.assert(
      fc.property(fc.array(fc.jsonValue(), { maxLength: 8 }), (junk) => {
        const good = { uri: "spotify:track:7tFiyTwD0nx5a1eklYtX2J", name: "Good", duration_ms: 1 };
        const items = junk.flatMap((each) => [each, good]);
        expect(parseSearch({ tracks: { items } }).tracks.filter((track) => track.title === "Good")).toHaveLength(
          junk.length,
        );
      }),
    );
  });

  it("every refusal has a code", () => {
    const anyRoute = fc.constantFrom(...Object.values(routes));
    fc.assert(
      fc.property(
        anyRoute,
        fc.integer({ min: 300, max: 599 }),
        fc.jsonValue(),
        fc.string(),
        (route, status, json, text) => {
          expect(isSegueError(refusalOf(route, { status, json, text }))).toBe(true);
          const error = { error: { status, message: text, reason: text } };
          expect(isSegueError(refusalOf(route, { status, json: error, text: "" }))).toBe(true);
        },
      ),
    );
  });
});
