import { describe, expect, it } from "vitest";
import { office, personId, placesOf, room, service, speaker } from "./place-room.ts";

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
