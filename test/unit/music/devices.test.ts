import { describe, expect, it } from "vitest";
import { SegueError } from "../../../src/contracts/errors.ts";
import { houseWords, matchDevice } from "../../../src/music/device-names.ts";
import { device } from "../../fakes/scripted-session.ts";
import { deviceWords } from "../../support/device-words.ts";
import { bareWish, createDesk } from "./desk.ts";

const house = [
  device("k", "Kitchen speaker"),
  device("b", "Bedroom speaker"),
  device("p", "Ann’s iPhone", { kind: "phone" }),
  device("tv", "Wohnzimmer Fernseher", { kind: "tv" }),
  device("d", "DESKTOP-4F2K", { kind: "computer" }),
  device("c", "Café Überraum", { kind: "speaker" }),
];

const words = houseWords(deviceWords);

describe("words for a device", () => {
  it.each([
    ["kitchen", "k"],
    ["the kitchen speaker", "k"],
    ["kichen", "k"],
    ["KITCHEN SPEAKER", "k"],
    ["my phone", "p"],
    ["iphone", "p"],
    ["ann's phone", "p"],
    ["tv", "tv"],
    ["the television", "tv"],
    ["my laptop", "d"],
    ["desktop 4f2k", "d"],
    ["cafe uberraum", "c"],
    ["tv", "tv"],
    ["b", "b"],
    ["mein Handy", "p"],
    ["aufs Handy", "p"],
    ["el móvil", "p"],
    ["mon téléphone", "p"],
    ["der Fernseher im Wohnzimmer", "tv"],
    ["la tele", "tv"],
    ["la télé", "tv"],
    ["mein Rechner", "d"],
    ["el ordenador", "d"],
    ["mon ordi", "d"],
    ["l’ordi", "d"],
  ])("%s", (said, id) => {
    const match = matchDevice(said, house, words);
    expect(match.kind === "one" && match.device.id).toBe(id);
  });

  it.each(["the speaker", "speakers"])("%s means several", (said) => {
    const match = matchDevice(said, house, words);
    expect(match.kind).toBe("several");
  });

  it.each(["garage", "bathroom speaker", "", "!!!", "😀", "x".repeat(10_000)])("%s means none", (said) => {
    expect(matchDevice(said, house, words).kind).toBe("none");
  });

  it.each([
    ["Küche", "der Küchenlautsprecher", "die Küchenbox", "küche", "auf dem Lautsprecher in der Küche"],
    ["Cocina", "el altavoz de la cocina", "la cocina", "cocina"],
    ["Salon", "l’enceinte du salon", "le salon", "salon"],
    ["Küchenlautsprecher", "die Küche", "lautsprecher in der küche"],
  ])("%s, however it is said", (name, ...ways) => {
    const rooms = [device("1", name), device("2", "Schlafzimmer Box"), device("3", "Enceinte de la chambre")];
    for (const said of ways) expect(matchDevice(said, rooms, words), said).toMatchObject({ device: { id: "1" } });
  });

  // What says nothing in one language tells devices apart in another.
  it.each([
    ["the den speaker", "Den Speaker", "Kitchen Speaker"],
    ["den", "Den TV", "Bedroom TV"],
    ["on the den tv", "Den TV", "Bedroom TV"],
    ["mi tv", "Mi TV", "Samsung TV"],
    ["on my mi tv", "Mi TV", "Samsung TV"],
    ["la speaker", "LA Speaker", "NY Speaker"],
    ["the la speaker", "LA Speaker", "NY Speaker"],
    ["au deck", "AU Deck", "Sun Deck"],
    ["speaker", "Speaker", "Kitchen Speaker"],
  ])("%s is %s and not %s", (said, name, other) => {
    const both = [device("2", other), device("1", name)];
    expect(matchDevice(said, both, words)).toMatchObject({ kind: "one", device: { id: "1" } });
  });

  it.each(["here", "hier", "aquí", "ici", "auf diesem Gerät", "cet appareil"])(
    "takes %s for no name at all",
    (said) => {
      expect(matchDevice(said, house, words).kind).toBe("here");
    },
  );
});

describe("choosing a device", () => {
  it("names the near ones when none is called so, after one fresh look", async () => {
    const desk = createDesk({ devices: [device("k", "Kitchen", { active: true })] });
    await desk.run((player) => player.devices());
    desk.world.spent();
    const failed = desk.run((player) => player.pause({ device: "garage" }));
    await expect(failed).rejects.toMatchObject({
      code: "NotFound",
      details: { what: "device", query: "garage", choices: [{ label: "Kitchen", slots: { deviceId: "k" } }] },
    });
    expect(desk.world.spent()).toEqual(["devices"]);
  });

  it("asks when two are called alike", async () => {
    const desk = createDesk({ devices: [device("a", "Kitchen speaker"), device("b", "Bedroom speaker")] });
    await expect(desk.run((player) => player.transfer({ device: "speaker" }))).rejects.toMatchObject({
      code: "Ambiguous",
      details: { what: "device", choices: [{ slots: { deviceId: "a" } }, { slots: { deviceId: "b" } }] },
    });
  });

  it("confirms the only device once, and then never again, not even after a restart", async () => {
    const desk = createDesk({ devices: [device("k", "Kitchen")] });
    await expect(desk.run((player) => player.play(bareWish("hello")))).rejects.toMatchObject({
      code: "Ambiguous",
      details: { what: "new_device", choices: [{ label: "Kitchen", slots: { deviceId: "k" } }] },
    });
    expect(desk.world.spent()).toEqual(["search", "play", "devices"]);
    const played = await desk.run((player) => player.play(bareWish("hello", { deviceId: "k" })));
    expect(played.device?.name).toBe("Kitchen");
    desk.world.activate(undefined);
    desk.restart();
    await desk.clock.advance(3_600_000);
    await desk.run((player) => player.play(bareWish("thriller")));
    expect(desk.world.playing()).toContain("thriller");
  });

  it("never guesses among several", async () => {
    const desk = createDesk({ devices: [device("k", "Kitchen"), device("p", "Phone", { kind: "phone" })] });
    await expect(desk.run((player) => player.play(bareWish("hello")))).rejects.toMatchObject({
      code: "NoActiveDevice",
      details: { devices: [{ id: "k" }, { id: "p" }] },
    });
    expect(desk.world.playing()).toBeUndefined();
  });

  it("says so when there is none", async () => {
    const desk = createDesk({ devices: [] });
    await expect(desk.run((player) => player.resume())).rejects.toMatchObject({
      code: "NoActiveDevice",
      details: { devices: [] },
    });
  });

  it("does not repeat the call that can only fail", async () => {
    const desk = createDesk({ devices: [device("k", "Kitchen"), device("p", "Phone")] });
    await desk.run((player) => player.play(bareWish("hello"))).catch(() => undefined);
    desk.world.spent();
    await desk.run((player) => player.play(bareWish("hello"))).catch(() => undefined);
    expect(desk.world.spent()).toEqual(["devices"]);
  });

  it("prefers the preferred one", async () => {
    const desk = createDesk({ devices: [device("k", "Kitchen"), device("p", "Phone", { kind: "phone" })] });
    await desk.run((player) => player.preferDevice({ device: "kitchen" }));
    await desk.run((player) => player.play(bareWish("hello")));
    expect(desk.world.devices.find((one) => one.active)?.id).toBe("k");
    expect((await desk.run((player) => player.devices())).preferredId).toBe("k");
    await desk.run((player) => player.preferDevice(undefined));
    expect((await desk.run((player) => player.devices())).preferredId).toBeUndefined();
  });

  it("never chooses a restricted one", async () => {
    const desk = createDesk({ devices: [device("r", "Old radio", { restricted: true })] });
    await expect(desk.run((player) => player.play(bareWish("hello")))).rejects.toMatchObject({
      code: "NoActiveDevice",
    });
    await expect(desk.run((player) => player.play(bareWish("hello", { device: "old radio" })))).rejects.toMatchObject({
      code: "Restricted",
      details: { reason: "device_restricted", device: "Old radio" },
    });
  });

  it("reads the list anew when a device proves stale, and finds it by its name", async () => {
    const desk = createDesk({ devices: [device("old", "Kitchen"), device("x", "Attic", { active: true })] });
    await desk.run((player) => player.devices());
    desk.world.devices = [device("new", "Kitchen"), device("x", "Attic", { active: true })];
    desk.world.spent();
    await desk.run((player) => player.play(bareWish("hello", { device: "kitchen" })));
    expect(desk.world.spent()).toEqual(["search", "play", "devices", "play"]);
    expect(desk.world.devices.find((one) => one.active)?.id).toBe("new");
  });

  it("refuses volume where there is none, without a call once that is known", async () => {
    const desk = createDesk({ devices: [device("k", "Kitchen", { active: true, hasVolume: false })] });
    await desk.run((player) => player.play(bareWish("hello")));
    await desk.run((player) => player.state({ fresh: true }));
    desk.world.spent();
    await expect(desk.run((player) => player.volume({ to: 10 }))).rejects.toMatchObject({
      details: { reason: "no_volume" },
    });
    expect(desk.world.spent()).toEqual([]);
    expect((await desk.open()).offers("volume")).toBe(false);
  });

  it("reads back that the music has moved, with two reads at the most", async () => {
    const desk = createDesk({
      devices: [device("k", "Kitchen", { active: true }), device("p", "Phone", { kind: "phone" })],
    });
    await desk.run((player) => player.play(bareWish("hello")));
    expect(await desk.cost((player) => player.transfer({ device: "phone" }))).toEqual(["devices", "transfer", "state"]);
    const { devices } = await desk.run((player) => player.devices());
    expect(devices.filter((one) => one.active).map((one) => one.name)).toEqual(["Phone"]);
    expect(desk.world.spent()).toEqual([]);
    desk.world.fail("transfer", new SegueError("Unconfirmed", { action: "transfer" }));
    const moved = await desk.run((player) => player.transfer({ device: "kitchen" }));
    expect(moved).toMatchObject({ confirmed: true, device: { id: "k" } });
    // The answer was lost, the state showed that nothing had happened, and a transfer may be repeated.
    expect(desk.world.spent()).toEqual(["transfer", "state", "transfer", "state"]);
  });
});

describe("waiting for a device", () => {
  it("looks four times at the most and then rests", async () => {
    const desk = createDesk({ devices: [] });
    await desk.orchestrator.watchForDevice("ann");
    let looks = 0;
    while (await desk.timers.runNext()) looks++;
    expect(looks).toBe(4);
    expect(desk.world.spent()).toEqual(["devices", "devices", "devices", "devices"]);
    expect(desk.happenings.filter(({ type }) => type === "device.woke")).toEqual([]);
  });

  it("tells when one wakes, also after a restart", async () => {
    const desk = createDesk({ devices: [device("k", "Kitchen"), device("p", "Phone")] });
    await desk.run((player) => player.play(bareWish("hello"))).catch(() => undefined);
    await desk.orchestrator.watchForDevice("ann");
    await desk.timers.runNext();
    desk.restart();
    desk.world.activate("p");
    await desk.timers.runNext();
    expect(desk.happenings).toContainEqual({ type: "device.woke", personId: "ann", deviceId: "p" });
    expect(await desk.timers.runNext()).toBe(false);
  });
});
