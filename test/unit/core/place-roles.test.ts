import { describe, expect, it } from "vitest";
import { personId, room } from "./place-room.ts";

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
