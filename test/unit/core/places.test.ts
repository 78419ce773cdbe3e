import { describe, expect, it } from "vitest";
import { askingOf, createToldZones } from "../../../src/core/asking.ts";
import { createI18n } from "../../../src/core/i18n.ts";
import { placeVisibility } from "../../../src/core/permission.ts";
import { silentLog } from "../../support/log.ts";
import { office, placesOf, room, speaker } from "./place-room.ts";
import type { Talk } from "./support.ts";

describe("settings of a place", () => {
  it("are changed by those who manage it alone, and outlive a restart", async () => {
    const { held, user, set } = await room();
    expect(await set("carl", "answers", "off")).toMatchObject({
      kind: "error",
      text: expect.stringMatching(/^Only those who manage/),
    });
    await set("ann", "playback", "managers");
    await held.restart();
    expect((await user("carl").says("play Hello"))?.kind).toBe("error");
    expect(await held.store.audit.recent(5)).toMatchObject([{ act: "place.change", detail: { role: "playback" } }]);
  });

  it("are inherited from the tenant and from the whole bot, the narrower one winning", async () => {
    const { held } = await room();
    const places = placesOf(held, [speaker]);
    const asking = {
      person: { id: "p", operator: true },
      user: { platform: "test", tenant: "t", id: "op" },
      place: { platform: "test", tenant: "t", id: "hall" },
      direct: false,
      local: false,
    };
    const desk = places.desk(asking, []);
    await desk.change("everywhere", { answers: "private" });
    await desk.change("everywhere", { role: "read", value: "managers" });
    await desk.change("tenant", { answers: "public" });
    await desk.change("here", { role: "queue", value: "nobody" });
    expect(await places.of(asking.place)).toMatchObject({
      answers: "public",
      roles: { read: "managers", queue: "nobody", playback: "everyone" },
    });
    expect((await places.of({ ...asking.place, tenant: "other" })).answers).toBe("private");
    await desk.change("tenant", { answers: undefined });
    expect((await places.of(asking.place)).answers).toBe("private");
    expect((await placesOf(held, [speaker]).of(asking.place)).roles.queue).toBe("nobody");
  });

  it("of a whole tenant are for the operator and those the platform says may", async () => {
    const { held, rights } = await room();
    const places = placesOf(held, [speaker]);
    const asking = (tenant: string) => ({
      person: { id: "p", operator: false },
      user: { platform: "test", tenant, id: "ann" },
      place: { platform: "test", tenant, id: "hall" },
      direct: false,
      local: false,
    });
    expect(await places.desk(asking("t"), []).may("tenant")).toBe(false);
    rights.ann = { manager: true, groups: [], tenantManager: true };
    await held.clock.advance(61_000);
    expect(await places.desk(asking("t"), []).may("tenant")).toBe(true);
    expect(await places.desk(asking("t"), []).may("everywhere")).toBe(false);
    // Where there are no tenants, one would speak for everybody on the platform.
    expect(await places.desk(asking(""), []).may("tenant")).toBe(false);
  });

  it("keep places apart whatever their ids are made of", async () => {
    const { held } = await room();
    const places = placesOf(held, [speaker]);
    const desk = (tenant: string, id: string) =>
      places.desk(
        {
          person: { id: "p", operator: true },
          user: { platform: "test", tenant, id: "op" },
          place: { platform: "test", tenant, id },
          direct: false,
          local: false,
        },
        [],
      );
    await desk("a", "b:c").change("here", { answers: "off" });
    expect((await places.of({ platform: "test", tenant: "a:b", id: "c" })).answers).toBe("usual");
    expect((await places.of({ platform: "test", tenant: "a", id: "b:c" })).answers).toBe("off");
  });

  it("keep every one of several changes that come at once", async () => {
    const { held } = await room();
    const places = placesOf(held, [speaker]);
    const place = { platform: "test", tenant: "", id: "hall" };
    const user = { platform: "test", tenant: "", id: "op" };
    const desk = places.desk({ person: { id: "p", operator: true }, user, place, direct: false, local: false }, []);
    const some = ["read", "playback", "queue", "playlist"] as const;
    await Promise.all(some.map((role) => desk.change("here", { role, value: "nobody" })));
    const { roles } = await placesOf(held, [speaker]).of(place);
    expect(roles).toMatchObject({ read: "nobody", playback: "nobody", queue: "nobody", playlist: "nobody" });
  });

  it("go with a tenant that is left, and never with a platform", async () => {
    const { held } = await room();
    const places = placesOf(held, [speaker]);
    const desk = (tenant: string, id: string) =>
      places.desk(
        {
          person: { id: "p", operator: true },
          user: { platform: "test", tenant, id: "op" },
          place: { platform: "test", tenant, id },
          direct: false,
          local: false,
        },
        [],
      );
    for (const [tenant, id] of [
      ["t", "a"],
      ["t", "b"],
      ["tt", "a"],
      ["", "a"],
    ] as const)
      await desk(tenant, id).change("here", { answers: "off" });
    await desk("t", "a").change("tenant", { answers: "private" });
    await desk("t", "t").forget();
    await desk("", "").forget();
    const answers = async (tenant: string, id: string) => (await places.of({ platform: "test", tenant, id })).answers;
    expect(await Promise.all([answers("t", "a"), answers("t", "b")])).toEqual(["usual", "usual"]);
    expect(await Promise.all([answers("tt", "a"), answers("", "a")])).toEqual(["off", "off"]);
  });

  it("take nothing that is not there", async () => {
    const { user, set } = await room();
    for (const [setting, value] of [
      ["player", "box/kitchen"],
      ["player", "no"],
      ["answers", "loudly"],
      ["playback", "group"],
      ["language", "tlh"],
      ["command_off", "help"],
      ["command_off", "no-such-skill"],
    ] as const)
      expect((await set("ann", setting, value))?.kind, `${setting} ${value}`).toBe("error");
    expect((await user("ann").sends("place.zone", { zone: "Mars/Olympus" }))?.kind).toBe("error");
  });

  it("that cannot be read any more are left out of account", async () => {
    const { held, user } = await room();
    await held.store.settings.put("place:test::hall", "place.choices", { answers: 7 });
    expect((await user("carl").says("play Hello"))?.kind).toBe("answer");
  });
});

describe("language and zone of a place", () => {
  it("are those of whoever has chosen none, before what the platform guesses", async () => {
    const { held } = await room();
    const files = new Map(["en", "de", "fr"].map((locale) => [locale, new Map()]));
    const i18n = createI18n({ files, fallback: "en", strict: true, log: silentLog });
    const event = held.event("carl", { text: "hi" }, { place: "hall", locale: "fr-FR" });
    const person = { id: "p", createdAt: 0, operator: false };
    const place = { locale: "de", timeZone: "Asia/Tokyo" };
    const zones = createToldZones();
    const defaults = { i18n, locale: "en", timeZone: "UTC", told: zones };
    expect(askingOf(event, person, { ...defaults, place })).toMatchObject({
      locale: "de",
      person: { timeZone: "Asia/Tokyo" },
    });
    expect(askingOf(event, person, defaults)).toMatchObject({ locale: "fr-FR", person: { timeZone: "UTC" } });
    // Some platforms know where the person themselves is; what they call a zone may be none.
    const told = { ...event, timeZone: "Asia/Calcutta" };
    expect(askingOf(told, person, { ...defaults, place }).person.timeZone).toBe("Asia/Calcutta");
    const elsewhere = { ...person, id: "q" };
    expect(askingOf({ ...event, timeZone: "Mars/Olympus" }, elsewhere, defaults).person.timeZone).toBe("UTC");
    // Not every event tells it; other platforms tell their own.
    expect(askingOf(event, person, { ...defaults, place }).person.timeZone).toBe("Asia/Calcutta");
    expect(zones.of({ platform: "other" }, person.id)).toBeUndefined();
    const chosen = { ...person, locale: "en", timeZone: "Europe/Rome" };
    expect(askingOf(event, chosen, { ...defaults, place })).toMatchObject({
      locale: "en",
      person: { timeZone: "Europe/Rome" },
    });
  });
});

describe("answers of a place", () => {
  it("can all be private", async () => {
    const { user, set } = await room();
    expect((await user("carl").sends("nowplaying.query"))?.visibility).toBe("public");
    await set("ann", "answers", "private");
    expect((await user("carl").sends("nowplaying.query"))?.visibility).toBe("private");
  });

  it("can be public where they are about the shared player, but never a refusal or an account", async () => {
    const { user, set } = await room();
    await set("ann", "answers", "public");
    expect((await user("carl").says("play Hello"))?.visibility).toBe("public");
    expect((await user("carl").sends("device.transfer", { deviceId: "d" }))?.visibility).toBe("private");
    expect((await user("carl").sends("account.status"))?.visibility).toBe("private");
    const own = await room({ shared: false });
    await own.set("ann", "answers", "public");
    expect((await own.user("carl").says("play Hello"))?.visibility).toBe("private");
  });

  it("are known before a command is run", () => {
    const settings = {
      roles: {
        read: "everyone",
        playback: "everyone",
        queue: "everyone",
        playlist: "everyone",
        device: "everyone",
        worker: "everyone",
      },
      players: [office],
      off: new Set<string>(),
    } as const;
    const play = { visibility: "private", permission: "playback" } as const;
    const share = { visibility: "public", permission: "read" } as const;
    const of = (answers: "usual" | "private" | "public", players = [office]) => ({ ...settings, players, answers });
    expect(placeVisibility(play, of("usual"))).toBe("private");
    expect(placeVisibility(play, of("public"))).toBe("public");
    expect(placeVisibility(play, of("public", []))).toBe("private");
    expect(placeVisibility({ ...play, permission: undefined }, of("public"))).toBe("private");
    expect(placeVisibility(share, of("private"))).toBe("private");
    expect(placeVisibility(share, of("usual", []))).toBe("public");
  });

  it("can be none: words are not heard, and a press is told so alone", async () => {
    const { held, adapter, user, set } = await room();
    await set("ann", "answers", "off");
    const shown = adapter.shown.length;
    expect(await user("carl").says("play Hello")).toBeUndefined();
    expect(await user("ann").says("play Hello")).toBeUndefined();
    expect(await user("carl").says("/settings")).toBeUndefined();
    expect(adapter.shown).toHaveLength(shown);
    expect(await user("ann").sends("place.joined")).toBeUndefined();
    expect(await user("carl").sends("playback.pause")).toMatchObject({
      visibility: "private",
      text: expect.stringMatching(/^I am switched off in this place/),
    });
    expect(held.world.acts).toEqual([]);
    expect((await user("ann").says("/settings"))?.text).toMatch(/^Settings of this place/);
    await set("ann", "answers", "inherit");
    expect((await user("carl").says("play Hello"))?.kind).toBe("answer");
  });
});

describe("commands that are switched off", () => {
  it("are refused, not listed in help, and come back", async () => {
    const { held, user, set } = await room();
    await set("ann", "command_off", "deck");
    expect(await user("carl").says("play Hello")).toMatchObject({
      kind: "error",
      text: expect.stringMatching(/^That is switched off here/),
    });
    expect((await user("carl").says("help"))?.text).not.toContain("Music: ");
    await set("ann", "command_on", "deck");
    await user("carl").says("play Hello");
    expect(held.world.acts).toEqual(["play Hello"]);
  });
});

describe("a place that goes on under another id", () => {
  const choices = (held: Talk, id: string) => held.store.settings.get(`place:test::${id}`, "place.choices");

  it("takes what was chosen along, though it is silent, and is not greeted again", async () => {
    const { held, adapter, user, set } = await room();
    await user("ann").sends("place.joined");
    await set("ann", "playback", "dj");
    await set("ann", "answers", "off");
    const shown = adapter.shown.length;
    expect(await user("carl").sends("place.moved", { to: "lounge" })).toBeUndefined();
    expect(await choices(held, "lounge")).toMatchObject({ answers: "off", player: office });
    expect(await choices(held, "hall")).toBeUndefined();
    const there = held.user("ann", { place: "lounge" });
    expect(await there.says("play Hello")).toBeUndefined();
    await there.sends("place.set", { setting: "answers", value: "inherit" });
    expect(await there.sends("place.joined")).toBeUndefined();
    expect(adapter.shown.slice(shown).map(({ place }) => place.id)).toEqual(["lounge"]);
    expect(adapter.shown.at(-1)?.reply.text).toMatch(/^Saved/);
  });

  it("keeps what was chosen there meanwhile, and may be told twice", async () => {
    const { held, user } = await room();
    await held.user("ann", { place: "lounge" }).sends("place.set", { setting: "answers", value: "private" });
    const newer = await choices(held, "lounge");
    for (let time = 0; time < 2; time++) await user("ann").sends("place.moved", { to: "lounge" });
    expect(await choices(held, "lounge")).toEqual(newer);
    expect(await choices(held, "hall")).toBeUndefined();
  });

  it("is never somebody's own: nobody can send theirs over another's", async () => {
    const { held } = await room();
    await held.user("ann").sends("place.set", { setting: "answers", value: "private" });
    const before = await choices(held, "ann");
    await held.user("ann").sends("place.moved", { to: "empty" });
    await held.user("ann").sends("place.moved", { to: "" });
    expect(await choices(held, "ann")).toEqual(before);
    expect(await choices(held, "empty")).toBeUndefined();
  });
});

describe("how a place is called", () => {
  it("stands above its settings, as its platform tells it, and as it told it before while it is silent", async () => {
    const { adapter, user, held } = await room();
    let told: () => Promise<string | undefined> = async () => "#jukebox";
    adapter.placeName = () => told();
    const heading = async () => (await user("ann").says("/settings"))?.text.split("\n")[0];
    expect(await heading()).toBe("Settings of #jukebox");
    told = async () => "#renamed";
    expect(await heading()).toBe("Settings of #renamed");
    told = () => new Promise(() => {});
    expect(await held.clock.until(heading(), { withinMs: 2_000 })).toBe("Settings of #renamed");
    told = () => Promise.reject(new Error("down"));
    expect(await heading()).toBe("Settings of #renamed");
  });
});
