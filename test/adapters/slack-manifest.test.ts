import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { command, shortcuts } from "../../adapters/slack/decode.ts";
import { methods } from "../../adapters/slack/limits.ts";
import manifest from "../../adapters/slack/manifest.json" with { type: "json" };
import { eventNames } from "../../adapters/slack/payloads.ts";
import { loadWords } from "../../adapters/slack/words.ts";
import { methods as documented } from "../doubles/slack/methods.ts";
import { createWorld } from "../doubles/slack/world.ts";
import { createFakeClock } from "../fakes/clock.ts";

const source = readdirSync("adapters/slack")
  .filter((name) => name.endsWith(".ts") && name !== "limits.ts" && name !== "checks.ts")
  .map((name) => readFileSync(`adapters/slack/${name}`, "utf8"))
  .join("\n");

/** https://docs.slack.dev/reference/events: what each event asks for. */
const scopesOfEvents: Record<string, string[]> = {
  "message.im": ["im:history"],
  app_mention: ["app_mentions:read"],
  app_home_opened: [],
  member_joined_channel: ["channels:read", "groups:read"],
  channel_left: ["channels:read"],
  group_left: ["groups:read"],
  link_shared: ["links:read"],
};

describe("the manifest", () => {
  const { bot_events: events } = manifest.settings.event_subscriptions;

  it("subscribes to the events that are understood", () => {
    expect(events.toSorted()).toEqual(eventNames.map((name) => (name === "message" ? "message.im" : name)).toSorted());
  });

  it("asks for the rights that the code uses, and no other", () => {
    const world = createWorld({ clock: createFakeClock(), scopes: [] });
    for (const [id, kind] of [
      ["C1", "public"],
      ["C2", "private"],
      ["D1", "im"],
    ] as const)
      world.channels.set(id, { id, name: id, kind, creator: "", members: new Set(), archived: false });
    // conversations.info is asked of channels alone: in a direct chat everybody manages.
    const places = (method: string) => (method === "conversations.info" ? ["C1", "C2"] : ["C1", "C2", "D1"]);
    const used = Object.keys(methods).flatMap((method) =>
      places(method).flatMap((channel) => documented[method]?.scopes(world, { channel }) ?? [`${method} is not known`]),
    );
    const needed = new Set([...used, ...events.flatMap((event) => scopesOfEvents[event] ?? [event]), "commands"]);
    expect(manifest.oauth_config.scopes.bot).toEqual([...needed].toSorted());
  });

  it("lists each method that is called, and only those", () => {
    const called = new Set(
      [...source.matchAll(/"((?:auth|chat|conversations|files|usergroups|users|views)\.[a-zA-Z]+)"/g)].map(
        ([, name]) => name,
      ),
    );
    expect([...called].toSorted()).toEqual(Object.keys(methods).toSorted());
  });

  it("declares the command and the shortcuts that are understood", () => {
    expect(manifest.features.slash_commands.map((each) => each.command)).toEqual([command]);
    expect(manifest.features.shortcuts.map((each) => each.callback_id).toSorted()).toEqual(
      Object.values(shortcuts).toSorted(),
    );
    for (const each of manifest.features.shortcuts) {
      expect(each.name.length).toBeLessThanOrEqual(24);
      expect(each.description.length).toBeLessThanOrEqual(150);
      expect(each.type).toBe(each.callback_id === shortcuts.open ? "global" : "message");
    }
  });

  it("has texts that fit", () => {
    const { name, description, long_description } = manifest.display_information;
    expect(name.length).toBeLessThanOrEqual(35);
    expect(description.length).toBeLessThanOrEqual(140);
    expect(long_description.length).toBeGreaterThanOrEqual(174);
    expect(long_description.length).toBeLessThanOrEqual(4_000);
    expect(manifest.features.unfurl_domains.length).toBeLessThanOrEqual(5);
  });
});

describe("the adapter's own words", () => {
  it("are there in every language, and in English for the others", () => {
    const words = loadWords("locales");
    expect(words("en-GB")).toEqual(words(undefined));
    expect(words("xx-YY")).toEqual(words("en"));
    for (const language of readdirSync("locales")) expect(words(language).submit).not.toBe("");
  });
});
