import { describe, expect, it } from "vitest";
import type { Standing } from "../../../src/contracts/adapter.ts";
import type { OAuthLinking } from "../../../src/contracts/music.ts";
import { askingOf, createToldZones } from "../../../src/core/asking.ts";
import { createI18n } from "../../../src/core/i18n.ts";
import { placeVisibility } from "../../../src/core/permission.ts";
import { createPlaces } from "../../../src/core/places.ts";
import { createChatAdapter } from "../../fakes/chat-adapter.ts";
import { silentLog } from "../../support/log.ts";
import { type Talk, talk } from "./support.ts";

const linking = {} as OAuthLinking;
const speaker = { id: "box", players: [{ id: "office", name: "Office speaker" }] };
const service = { id: "test", linking };
const office = { provider: "box", playerId: "office" };

type Rights = Standing | (() => Promise<Standing>);

/** A room in which ann manages, bob is a DJ, and carl is nobody in particular. */
async function room(options: { shared?: boolean; rights?: Record<string, Rights>; given?: boolean } = {}) {
  const rights: Record<string, Rights> = {
    ann: { manager: true, groups: [] },
    bob: { manager: false, groups: ["dj"] },
    carl: { manager: false, groups: [] },
    ...options.rights,
  };
  const asked: string[] = [];
  const adapter = Object.assign(createChatAdapter(), {
    async standing(_place: unknown, user: { id: string }): Promise<Standing> {
      asked.push(user.id);
      const right = rights[user.id] ?? { manager: false, groups: [] };
      return typeof right === "function" ? right() : right;
    },
    groups: async () => [{ id: "dj", name: "DJs" }],
  });
  const held = await talk({
    adapter,
    shared: options.shared ?? true,
    only: ["account", "help", "place"],
    providers: [speaker],
    opened: false,
    deck: { title: () => "One" },
  });
  // As the operator gives it.
  if (options.given ?? true) await held.store.settings.put("place:test::hall", "place.choices", { player: office });
  const user = (name: string) => held.user(name, { place: "hall" });
  const set = (name: string, setting: string, value: string, slots = {}) =>
    user(name).sends("place.set", { setting, value, ...slots });
  return { held, adapter, asked, user, set, rights };
}

const personId = async (held: Talk, name: string) => (await held.store.people.find(held.user(name).ref))?.id ?? "";
const placesOf = (held: Talk, providers: Parameters<typeof createPlaces>[0]["providers"]) =>
  createPlaces({
    store: held.store,
    sharing: { leave: async () => [], move: async () => {} },
    adapters: () => [held.adapter],
    providers,
    locales: ["en"],
    clock: held.clock,
    log: silentLog,
  });

describe("roles on a shared player", () => {
  it("let everybody play and queue, and managers the rest, until somebody says otherwise", async () => {
    const { held, user } = await room();
    expect((await user("carl").says("play Hello"))?.kind).toBe("answer");
    expect(await user("carl").sends("device.transfer", { deviceId: "d" })).toMatchObject({
      kind: "error",
      visibility: "private",
      text: "The player here is shared, and only those who manage this place may do that.",
    });
    expect((await user("ann").sends("device.transfer", { deviceId: "d" }))?.kind).toBe("answer");
    expect(held.world.acts).toEqual(["play Hello", "transfer d"]);
  });

  it("can be a group of the platform, which is named to those who are not in it", async () => {
    const { held, user, set } = await room();
    expect((await set("ann", "playback", "group:dj"))?.kind).toBe("answer");
    expect(await user("carl").says("play Hello")).toMatchObject({
      kind: "error",
      text: "The player here is shared, and only people in “DJs” and those who manage this place may do that.",
    });
    await user("bob").says("play Hello");
    await user("ann").says("play Again");
    expect(held.world.acts).toEqual(["play Hello", "play Again"]);
  });

  it("can be nobody's but the operator's", async () => {
    const { held, user, set } = await room();
    await set("ann", "playback", "nobody");
    expect((await user("ann").says("play Hello"))?.text).toMatch(/only whoever runs this bot/);
    await user("ann").says("help");
    await held.store.people.setOperator(await personId(held, "ann"));
    expect((await user("ann").says("play Hello"))?.kind).toBe("answer");
  });

  it("say nothing about somebody's own player", async () => {
    const { held, user, set } = await room({ shared: false });
    await set("ann", "playback", "nobody");
    await user("carl").says("play Hello");
    expect(held.world.acts).toEqual(["play Hello"]);
  });

  it("are asked for again when somebody speaks who was asked about in vain", async () => {
    const { held, user, rights } = await room({ rights: { ann: () => Promise.reject(new Error("down")) } });
    expect((await user("ann").sends("device.transfer", { deviceId: "d" }))?.kind).toBe("error");
    rights.ann = { manager: true, groups: [] };
    expect((await user("ann").sends("device.transfer", { deviceId: "d" }))?.kind).toBe("answer");
    expect(held.world.acts).toEqual(["transfer d"]);
  });

  it("make nobody a manager of a shared player by a chat of their own", async () => {
    const { held } = await room();
    const refused = await held.user("carl").sends("place.set", { setting: "device", value: "everyone" });
    expect(refused?.kind).toBe("error");
    expect((await held.user("carl").sends("device.transfer", { deviceId: "d" }))?.kind).toBe("error");
    expect((await held.user("dora", { local: true }).sends("device.transfer", { deviceId: "d" }))?.kind).toBe("answer");
  });

  it("are asked of the platform once a minute", async () => {
    const { held, user, asked } = await room();
    for (let press = 0; press < 3; press += 1) await user("bob").sends("device.transfer", { deviceId: "d" });
    expect(asked).toEqual(["bob"]);
    await held.clock.advance(61_000);
    await user("bob").sends("device.transfer", { deviceId: "d" });
    expect(asked).toEqual(["bob", "bob"]);
  });

  it("are nobody's while the platform fails or hangs", async () => {
    const { held, user } = await room({
      rights: { ann: () => Promise.reject(new Error("down")), bob: () => new Promise(() => {}) },
    });
    expect((await user("ann").sends("device.transfer", { deviceId: "d" }))?.kind).toBe("error");
    const waiting = user("bob").sends("device.transfer", { deviceId: "d" });
    for (let step = 0; step < 25; step += 1) await held.clock.advance(100);
    expect((await waiting)?.kind).toBe("error");
    expect(held.world.acts).toEqual([]);
  });
});

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

describe("which shared player a place has", () => {
  const hall = { platform: "test", tenant: "", id: "hall" };
  const chat = { platform: "test", tenant: "", id: "direct-ann" };

  it("is none before the operator gave it one, though nobody can link an account, but for whom they let in", async () => {
    const { held, adapter } = await room({ given: false });
    await held.user("ann").says("help");
    const operator = await personId(held, "ann");
    const places = placesOf(held, [speaker]);
    const mine = [{ ...office, afterOwn: true }];
    for (const place of [hall, chat]) expect(await places.sharedPlayers(place, operator)).toEqual([]);
    await held.store.people.setOperator(operator);
    for (const place of [hall, chat]) {
      expect(await places.sharedPlayers(place, operator)).toEqual(mine);
      expect(await places.sharedPlayers(place, "stranger")).toEqual([]);
    }
    await places.seen({ place: chat, direct: true, local: true });
    expect(await places.sharedPlayers(chat, "stranger")).toEqual(mine);
    // A platform that nobody reaches whom the operator did not let in.
    Object.assign(adapter, { closed: true });
    expect(await places.sharedPlayers({ ...chat, id: "direct-bob" }, "stranger")).toEqual(mine);
  });

  it("is everywhere what the operator opens everywhere, which makes no manager of whoever has a group", async () => {
    const { held, user, set } = await room({ given: false });
    await held.user("opal").says("help");
    await held.store.people.setOperator(await personId(held, "opal"));
    await held.user("opal").sends("place.set", { setting: "player", value: "box/office", scope: "everywhere" });
    const places = placesOf(held, [speaker]);
    expect(await places.sharedPlayers(hall, "stranger")).toEqual([office]);
    expect((await user("carl").says("play Hello"))?.kind).toBe("answer");
    expect(await user("ann").sends("device.transfer", { deviceId: "d" })).toMatchObject({
      kind: "error",
      text: "The player here is shared, and only whoever runs this bot may do that.",
    });
    expect((await set("ann", "device", "everyone"))?.kind).toBe("error");
    // Once it is given to the place itself, those who manage the place have their say.
    await held.user("opal", { place: "hall" }).sends("place.set", { setting: "player", value: "box/office" });
    expect((await set("ann", "device", "everyone"))?.kind).toBe("answer");
    expect((await user("carl").sends("device.transfer", { deviceId: "d" }))?.kind).toBe("answer");
  });

  it("is the one that it was given, where people have accounts of their own", async () => {
    const { held } = await room({ given: false });
    const places = placesOf(held, [service, speaker]);
    expect(await places.sharedPlayers(hall, "p")).toEqual([]);
    const asking = {
      person: { id: "p", operator: true },
      user: { platform: "test", tenant: "", id: "ann" },
      place: hall,
      direct: false,
      local: false,
    };
    await places.desk(asking, []).change("here", { player: office });
    expect(await places.sharedPlayers({ ...hall }, "p")).toEqual([office]);
    await places.desk(asking, []).change("here", { player: "none" });
    expect(await places.sharedPlayers(hall, "p")).toEqual([]);
  });

  it("comes after one's own for whoever sits at the machine or runs the bot, in a chat of their own", async () => {
    const { held } = await room({ given: false });
    await held.user("ann").says("help");
    const id = await personId(held, "ann");
    const visitor = { place: chat, direct: true, local: false };
    const places = placesOf(held, [service, speaker]);
    await places.seen(visitor);
    expect(await places.sharedPlayers(chat, id)).toEqual([]);
    await held.store.people.setOperator(id);
    expect(await places.sharedPlayers(chat, id)).toEqual([{ ...office, afterOwn: true }]);
    expect(await places.sharedPlayers(chat, "stranger")).toEqual([]);
    await places.seen({ ...visitor, local: true });
    expect(await places.sharedPlayers(chat, "stranger")).toEqual([{ ...office, afterOwn: true }]);
    // A view that is drawn after a restart knows it too.
    expect(await placesOf(held, [service, speaker]).sharedPlayers(chat, "stranger")).toHaveLength(1);
    expect(await places.sharedPlayers(hall, id)).toEqual([]);
  });

  it("is opened to chats of one's own by the operator alone", async () => {
    const { held } = await room({ given: false });
    const places = placesOf(held, [service, speaker]);
    const asking = (operator: boolean) => ({
      person: { id: "p", operator },
      user: { platform: "test", tenant: "", id: "ann" },
      place: chat,
      direct: true,
      local: false,
    });
    await places.seen(asking(false));
    const refused = places.desk(asking(false), []).change("here", { player: office });
    await expect(refused).rejects.toMatchObject({ code: "Forbidden" });
    await expect(places.desk(asking(false), []).change("tenant", { player: office })).rejects.toMatchObject({
      code: "Forbidden",
    });
    await places.desk(asking(true), []).change("tenant", { player: office });
    expect(await places.sharedPlayers(chat, "p")).toEqual([office]);
    await places.desk(asking(false), []).change("here", { player: "none" });
    expect(await places.sharedPlayers(chat, "p")).toEqual([]);
  });

  describe("that was asked for among others and answered alone", () => {
    async function asked() {
      const { held, rights, set } = await room();
      await held.user("carl").says("help");
      const id = await personId(held, "carl");
      const carl = {
        person: { id, operator: false },
        user: held.user("carl").ref,
        place: chat,
        direct: true,
        local: false,
      };
      const among = { ...carl, place: hall, direct: false };
      const places = placesOf(held, [service, speaker]);
      await places.seen(among);
      await places.seen(carl);
      const lend = () => places.lend(among, { platform: "test", place: chat, id: "m1" });
      return { held, rights, set, id, carl, places, lend };
    }

    it("goes along, behind one's own, with the rights of the place where it was asked for", async () => {
      const { places, lend, id, carl } = await asked();
      expect(await places.sharedPlayers(chat, id)).toEqual([]);
      await lend();
      expect(await places.sharedPlayers(chat, id)).toEqual([{ ...office, afterOwn: true }]);
      await expect(places.permit(carl, "playback")).resolves.toBeUndefined();
      const refused = { code: "Forbidden", details: { why: "role", permission: "device", who: "managers" } };
      await expect(places.permit(carl, "device")).rejects.toMatchObject(refused);
      // Nobody else, and in no other chat.
      expect(await places.sharedPlayers(chat, "stranger")).toEqual([]);
      expect(await places.sharedPlayers({ ...chat, id: "another" }, id)).toEqual([]);
    });

    it("manages it where the asker manages that place", async () => {
      const { places, lend, carl, rights } = await asked();
      rights.carl = { manager: true, groups: [] };
      await lend();
      await expect(places.permit(carl, "device")).resolves.toBeUndefined();
    });

    it("is gone once the place has it no longer, the asker has left, or a day has passed", async () => {
      const { held, places, lend, id, rights } = await asked();
      await lend();
      await held.store.settings.put("place:test::hall", "place.choices", { player: "none" });
      await held.clock.advance(31_000);
      expect(await places.sharedPlayers(chat, id)).toEqual([]);
      await held.store.settings.put("place:test::hall", "place.choices", { player: office });
      await held.clock.advance(31_000);
      expect(await places.sharedPlayers(chat, id)).toHaveLength(1);
      rights.carl = { manager: false, groups: [], absent: true };
      await held.clock.advance(61_000);
      expect(await places.sharedPlayers(chat, id)).toEqual([]);
      rights.carl = { manager: false, groups: [] };
      await held.clock.advance(61_000);
      expect(await places.sharedPlayers(chat, id)).toHaveLength(1);
      await held.clock.advance(24 * 60 * 60_000);
      expect(await places.sharedPlayers(chat, id)).toEqual([]);
    });

    it("stays away from a chat whose owner wants none", async () => {
      const { places, lend, id, carl } = await asked();
      await lend();
      await places.desk(carl, []).change("here", { player: "none" });
      expect(await places.sharedPlayers(chat, id)).toEqual([]);
    });
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
