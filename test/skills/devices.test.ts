import { describe, expect, it } from "vitest";
import { JONAS, labels, MIA, openStage, SAM, type Scene, titleOf } from "./stage.ts";

const stage = openStage();

async function playing(device = "Office"): Promise<Scene> {
  const scene = await stage.begin();
  await scene.plays("Hello", "Adele", device);
  return scene;
}

/** Takes away devices until only these are there. */
function leaveOnly(scene: Scene, ...names: string[]): void {
  for (const { name } of scene.control.devices.list(MIA))
    if (!names.includes(name)) scene.control.devices.remove(MIA, name);
}

describe("the list of devices", () => {
  it("names every device with what can be done with it", async () => {
    const { anna, calls } = await playing();
    const reply = await anna.says("my devices");
    expect(reply.text).toBe(
      [
        "Your devices",
        "Kitchen speaker: speaker · volume 40%",
        "Office: computer · playing here · volume 65%",
        "Mia’s phone: phone · volume 80%",
        "Living room TV: TV",
        "Bathroom radio: speaker · cannot be controlled from here · volume 50%",
      ].join("\n"),
    );
    expect(labels(reply)).toEqual(["Kitchen speaker", "Mia’s phone", "Living room TV", "Prefer Office"]);
    expect(calls()).toEqual({ "GET /me/player/devices": 1 });
  });

  it("moves the music by its picker", async () => {
    const { anna, player } = await playing();
    await anna.says("my devices");
    expect((await anna.presses("Mia’s phone")).text).toBe("The music is now on Mia’s phone.");
    expect(player()).toMatchObject({ device: "Mia’s phone", playing: true });
  });

  it("says what to do when there is none", async () => {
    const scene = await stage.begin();
    leaveOnly(scene);
    expect((await scene.anna.says("which devices do I have")).text).toMatch(
      /^Spotify shows none of your devices right now\. Open it/,
    );
  });
});

describe("moving the music", () => {
  it("reads back that it moved", async () => {
    const { anna, calls, player } = await playing();
    expect((await anna.says("switch to the kitchen speaker")).text).toBe("The music is now on Kitchen speaker.");
    expect(player()).toMatchObject({ device: "Kitchen speaker", playing: true });
    expect(calls()).toEqual({ "GET /me/player/devices": 1, "PUT /me/player": 1, "GET /me/player": 1 });
  });

  it("offers the devices there are for one that is not", async () => {
    const { anna, player } = await playing();
    const question = await anna.says("move the music to the fridge");
    expect(question.kind).toBe("question");
    expect(labels(question)).not.toContain("Bathroom radio");
    expect((await anna.says("the first one")).text).toBe("The music is now on Kitchen speaker.");
    expect(player().device).toBe("Kitchen speaker");
  });

  it("says which device takes no commands", async () => {
    const { anna, player } = await playing();
    const reply = await anna.says("move the music to the bathroom radio");
    expect(reply.kind).toBe("error");
    expect(reply.text).toMatch(/^“Bathroom radio”/);
    expect(labels(await anna.presses("Choose another device"))).toContain("Kitchen speaker");
    expect(player().device).toBe("Office");
  });

  it("asks between two that fit alike", async () => {
    const { anna, control, player } = await playing();
    control.devices.add(MIA, { name: "Kitchen tablet", type: "Tablet" });
    const question = await anna.says("move the music to the kitchen");
    expect(question.kind).toBe("question");
    expect(question.text).toMatch(/^Which device do you mean\?/);
    await anna.presses("Kitchen tablet");
    expect(player().device).toBe("Kitchen tablet");
  });

  it("finds a device that was switched on a moment ago", async () => {
    const { anna, control, player } = await playing();
    await anna.says("my devices");
    control.devices.add(MIA, { name: "Garden", type: "Speaker" });
    expect((await anna.says("move the music to the garden")).text).toBe("The music is now on Garden.");
    expect(player().device).toBe("Garden");
  });
});

describe("with nothing active", () => {
  it("does not guess among several: the wish waits for the choice", async () => {
    const { anna, calls, player } = await stage.begin();
    const question = await anna.says("play hello by adele");
    expect(question.kind).toBe("question");
    expect(labels(question)).toEqual(["Kitchen speaker", "Office", "Mia’s phone", "Living room TV", "Never mind"]);
    expect(player().playing).toBe(false);
    calls();
    expect((await anna.presses("Office")).text).toBe("Playing Hello by Adele on Office.");
    expect(player()).toMatchObject({ device: "Office", playing: true });
    expect(calls()).toEqual({ "PUT /me/player/play": 1 });
  });

  it("takes the choice in words", async () => {
    const { anna, player } = await stage.begin();
    await anna.says("play hello by adele");
    expect((await anna.says("the second one")).text).toBe("Playing Hello by Adele on Office.");
    expect(player().device).toBe("Office");
  });

  it("carries the rest of the sentence on as well", async () => {
    const { anna, volumeOf } = await stage.begin();
    await anna.says("play hello by adele, then turn it down a bit");
    const reply = await anna.presses("Office");
    expect(reply.text).toBe("Playing Hello by Adele on Office.\nQuieter: 60%.");
    expect(volumeOf("Office")).toBe(60);
  });

  it("asks once before it plays on a device that is new to it, and remembers the yes", async () => {
    const scene = await stage.begin();
    leaveOnly(scene, "Kitchen speaker");
    const question = await scene.anna.says("play hello by adele");
    expect(question.kind).toBe("question");
    expect(question.text).toMatch(/^I have not played on “Kitchen speaker” before\. Shall I\?/);
    expect(scene.player().playing).toBe(false);
    expect((await scene.anna.says("yes")).text).toBe("Playing Hello by Adele on Kitchen speaker.");
    scene.control.devices.deactivate(MIA);
    await scene.passes(60_000);
    expect((await scene.anna.says("play yesterday by the beatles")).text).toMatch(/ on Kitchen speaker\.$/);
  });

  it("keeps the wish until a device wakes", async () => {
    const scene = await stage.begin();
    leaveOnly(scene);
    const reply = await scene.anna.says("play hello by adele");
    expect(reply.text).toMatch(/^I see no device that could play\. Open Spotify/);
    scene.control.devices.add(MIA, { name: "New phone", type: "Smartphone" });
    await scene.passes(30_000);
    expect(scene.player()).toMatchObject({ device: "New phone", playing: true });
    expect(titleOf(stage.catalogue, scene.player().uri)).toBe("Hello");
    expect(scene.talk.last()?.reply.text).toBe("Playing Hello by Adele on New phone.");
  });

  it("looks for a waking device four times at most", async () => {
    const scene = await stage.begin();
    leaveOnly(scene);
    await scene.anna.says("play hello by adele");
    scene.calls();
    await scene.passes(10 * 60_000);
    expect(scene.calls()).toEqual({ "GET /me/player/devices": 4 });
  });

  it("uses the preferred device, until it is forgotten", async () => {
    const { anna, player } = await stage.begin();
    expect((await anna.sends("device.prefer", { device: "office" })).text).toBe(
      "I will use Office whenever nothing else is active.",
    );
    expect((await anna.says("play hello by adele")).text).toBe("Playing Hello by Adele on Office.");
    expect(player().device).toBe("Office");
    expect((await anna.sends("device.prefer", { forget: "yes" })).text).toBe("You no longer have a preferred device.");
  });

  it("plays where it was told, though nothing is active", async () => {
    const { anna, player } = await stage.begin();
    expect((await anna.says("play hello by adele on my phone")).text).toBe("Playing Hello by Adele on Mia’s phone.");
    expect(player()).toMatchObject({ device: "Mia’s phone", playing: true });
  });
});

describe("devices that change under the bot", () => {
  it("drops a list that proves stale, and tries once more", async () => {
    const { anna, control, player } = await playing();
    await anna.says("my devices");
    const { id } = control.devices.list(MIA).find(({ name }) => name === "Kitchen speaker") ?? { id: "" };
    control.devices.remove(MIA, id);
    control.devices.add(MIA, { name: "Kitchen speaker", type: "Speaker" });
    expect((await anna.says("switch to the kitchen speaker")).text).toBe("The music is now on Kitchen speaker.");
    expect(player().device).toBe("Kitchen speaker");
  });

  it("offers the others when the named one has gone", async () => {
    const { anna, control } = await playing();
    await anna.says("my devices");
    control.devices.remove(MIA, "Kitchen speaker");
    const reply = await anna.says("switch to the kitchen speaker");
    expect(reply.kind).toBe("question");
    expect(labels(reply)).not.toContain("Kitchen speaker");
  });
});

describe("whose devices", () => {
  it("keeps two people apart", async () => {
    const scene = await playing();
    const bob = scene.person("bob");
    await bob.sends("account.link", {});
    await bob.agrees(JONAS);
    const list = await bob.says("my devices");
    expect(list.text).toContain("Pixel 10");
    expect(list.text).not.toContain("Mia’s phone");
    // A phone is a phone, whatever its maker calls it and the service writes.
    expect((await bob.says("play yesterday by the beatles on my phone")).text).toMatch(
      /^Playing “?Yesterday.* on Pixel 10/,
    );
    await bob.says("pause");
    await scene.anna.says("pause");
    expect(scene.control.player.look(JONAS).playing).toBe(false);
    expect(scene.control.player.look(SAM).playing).toBe(false);
  });
});
