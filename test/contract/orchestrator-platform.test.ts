import { afterEach, describe, expect, it } from "vitest";
import type { Player } from "../../src/contracts/player.ts";
import { openOrchestratorWorld, wish } from "./orchestrator-world.ts";
import { LISTENER } from "./spotify-world.ts";

type World = Awaited<ReturnType<typeof openOrchestratorWorld>>;
let opened: World | undefined;

/** The kitchen is on and silent. */
async function open(options?: Parameters<typeof openOrchestratorWorld>[0]): Promise<World> {
  opened = await openOrchestratorWorld(options);
  opened.rehearsal.control.devices.activate(LISTENER, "Kitchen");
  return opened;
}
afterEach(async () => {
  await opened?.close();
  opened = undefined;
});

const hello = wish({ track: "hello", artist: "adele" });
const money = wish({ track: "money", artist: "pink floyd" });

describe("a play that is accepted and not yet applied", () => {
  it.each([
    ["soon, is found by one read", 500, true, ["GET player"]],
    ["later, is found by the second", 1500, true, ["GET player", "GET player"]],
    ["never, is not claimed", 600_000, false, ["GET player", "GET player"]],
  ])("%s", async (_, acceptedDelayMs, confirmed, reads) => {
    const world = await open({ settings: { player: { playReply: "accepted", acceptedDelayMs } } });
    world.spent();
    const played = await world.run((player) => player.play(money));
    expect(world.spent()).toEqual(["GET search", "PUT player/play", ...reads]);
    expect(played.confirmed).toBe(confirmed);
    expect(world.heard().playing).toBe(confirmed);
    // What is shown afterwards is what was read, not what was asked for.
    expect(played.state?.playing ?? false).toBe(confirmed);
  });

  it("is not taken for done because the same album was on already", async () => {
    const world = await open();
    await world.run((player) => player.play(wish({ track: "time", artist: "pink floyd" })));
    await world.pass(20_000);
    world.rehearsal.control.change({ player: { playReply: "accepted", acceptedDelayMs: 600_000 } });
    expect((await world.run((player) => player.play(money))).confirmed).toBe(false);
  });
});

/** Something of the catalogue is on in the kitchen, started by the bot and read back. */
async function playing(options?: Parameters<typeof openOrchestratorWorld>[0]): Promise<World> {
  const world = await open(options);
  await world.run((player) => player.play(wish({ album: "the dark side of the moon", artist: "pink floyd" })));
  await world.run((player) => player.state({ fresh: true }));
  world.spent();
  return world;
}

describe("the price of a command, as the platform counts it", () => {
  type Price = [string, (player: Player) => Promise<unknown>, string[]];
  const unknown: Price[] = [
    ["play X", (player) => player.play(money), ["GET search", "PUT player/play"]],
    ["state", (player) => player.state(), ["GET player"]],
    ["louder", (player) => player.volume({ by: 10 }), ["GET player", "PUT player/volume"]],
    ["volume 40", (player) => player.volume({ to: 40 }), ["PUT player/volume"]],
    ["devices", (player) => player.devices(), ["GET player/devices"]],
    ["a sleep timer", (player) => player.sleep({ inMs: 60_000 }), []],
  ];
  it.each(unknown)("%s, nothing known", async (_, command, calls) => {
    const world = await open();
    expect(await world.cost(command)).toEqual(calls);
  });

  const known: Price[] = [
    ["state", (player) => player.state(), []],
    ["pause", (player) => player.pause(), ["PUT player/pause"]],
    ["next", (player) => player.next(), ["POST player/next"]],
    [
      "next, and what it is",
      async (player) => [await player.next(), await player.state()],
      ["POST player/next", "GET player"],
    ],
    ["skip to the third", (player) => player.skipTo(3), ["GET player/queue", ...Array(3).fill("POST player/next")]],
    ["seek", (player) => player.seek({ byMs: 30_000 }), ["PUT player/seek"]],
    ["from the start", (player) => player.restart(), ["PUT player/seek"]],
    ["shuffle", (player) => player.shuffle(true), ["PUT player/shuffle"]],
    ["repeat", (player) => player.repeat("context"), ["PUT player/repeat"]],
    ["like", (player) => player.like(), ["PUT library"]],
    ["like, and like again", async (player) => [await player.like(), await player.like()], ["PUT library"]],
    ["transfer", (player) => player.transfer({ device: "desk" }), ["GET player/devices", "PUT player", "GET player"]],
    ["the queue", (player) => player.queue(), ["GET player/queue"]],
    [
      "a genre without a playlist of its name",
      (player) => player.play(wish({ genre: "jazz" })),
      ["GET me", "GET playlists", "GET search", "GET search", "PUT player/play"],
    ],
    ["queue a song", (player) => player.enqueue(hello, "last"), ["GET search", "POST player/queue"]],
    [
      "ten presses of louder",
      (player) => Promise.all(Array.from({ length: 10 }, () => player.volume({ by: 2 }))),
      ["PUT player/volume"],
    ],
    [
      "play it shuffled on another device",
      (player) => player.play(wish({ artist: "queen", shuffle: "on", device: "desk" }, { device: "desk" })),
      ["GET search", "GET player/devices", "PUT player/shuffle", "PUT player/play"],
    ],
  ];
  it.each(known)("%s, the state known", async (_, command, calls) => {
    const world = await playing();
    expect(await world.cost(command)).toEqual(calls);
  });

  it("is nothing for lists that only the platform's own app plays", async () => {
    const world = await open();
    await expect(world.run((player) => player.play(wish({ playlist: "Discover Weekly" })))).rejects.toMatchObject({
      code: "NotFound",
      details: { what: "editorial_playlist" },
    });
    expect(world.spent()).toEqual([]);
    const link = "https://open.spotify.com/playlist/37i9dQZF1DXcBWIGoYBM5M?si=x";
    await expect(world.run((player) => player.play(wish({ url: link })))).rejects.toMatchObject({
      details: { what: "editorial_playlist" },
    });
    expect(world.spent()).toEqual(["GET playlists/{playlist_id}"]);
  });

  it("of a decade is one search within its years, and plays nothing of another", async () => {
    const world = await open();
    const found = await world.run((player) => player.play(wish({ artist: "queen", decade: "1970s" })));
    expect(found.chosen).toMatchObject({ type: "artist", name: "Queen" });
    expect(world.spent()).toEqual(["GET search", "PUT player/play"]);
    const heard = await world.run((player) => player.state({ fresh: true }));
    expect(heard?.item?.type === "track" && heard.item.album?.releaseYear).toSatisfy(
      (year: number) => year >= 1970 && year < 1980,
    );
  });
});

describe("over time, with rows on disk", () => {
  it("hands its queue over one by one, through the end of the process, and asks once per song", async () => {
    const world = await playing();
    const { added } = await world.run((player) =>
      player.enqueue(wish({ album: "thriller", artist: "michael jackson" }), "last"),
    );
    expect(added).toBeGreaterThan(4);
    expect(world.spent()).toEqual(["GET search", "GET albums/{id}", "POST player/queue"]);
    const view = await world.run((player) => player.queue());
    const own = view.own.map((row) => row.uri);
    expect([view.handed.length, own.length]).toEqual([1, added - 1]);
    expect(view.upNext.map((item) => item.uri)).not.toContain(view.handed[0]?.uri);

    const heard = new Set<string>();
    world.spent();
    for (let step = 0; step < 40 && !heard.has(own[2] ?? ""); step++) {
      if (step === 12) await world.restart();
      await world.pass(30_000);
      heard.add(world.heard().uri ?? "");
    }
    const all = [view.handed[0]?.uri, ...own];
    expect([...heard].filter((uri) => all.includes(uri))).toEqual(all.slice(0, 4));
    expect(world.spent()).toEqual(Array(4).fill(["GET player", "POST player/queue"]).flat());
  });

  it("pauses when the timer is over, after a restart too, with one call", async () => {
    const world = await playing();
    await world.run((player) => player.sleep({ inMs: 120_000 }));
    await world.restart();
    await world.pass(119_000);
    expect(world.heard().playing).toBe(true);
    expect(world.spent()).toEqual([]);
    await world.pass(3_000);
    expect(world.heard().playing).toBe(false);
    expect(world.spent()).toEqual(["PUT player/pause"]);
  });

  it("pauses at the end of the song, which it looks at once", async () => {
    const world = await playing();
    const { uri } = world.heard();
    const { at } = await world.run((player) => player.sleep({ after: "track" }));
    await world.pass((at ?? 0) - world.clock.now() + 5_000);
    expect(world.heard()).toMatchObject({ playing: false, uri });
    expect(world.spent()).toEqual(["GET player", "PUT player/pause"]);
  });

  it("takes the last thing back to the second, with one call", async () => {
    const world = await playing();
    await world.pass(45_000);
    const before = world.heard();
    await world.run((player) => player.play(hello));
    world.spent();
    const undone = await world.run((player) => player.undo());
    expect(undone).toMatchObject({ act: "play", item: { uri: before.uri } });
    expect(world.spent()).toEqual(["PUT player/play"]);
    expect(world.heard()).toMatchObject({ uri: before.uri, contextUri: before.contextUri, playing: true });
    expect(Math.abs(world.heard().progressMs - before.progressMs)).toBeLessThan(3_000);
  });

  it("sees a device wake within a minute, with as many looks as that took", async () => {
    const world = await open();
    const { devices } = world.rehearsal.control;
    for (const { name } of devices.list(LISTENER)) devices.remove(LISTENER, name);
    world.spent();
    await expect(world.run((player) => player.play(money))).rejects.toMatchObject({ code: "NoActiveDevice" });
    expect(world.spent()).toEqual(["GET search", "PUT player/play", "GET player/devices"]);
    await world.settle(world.orchestrator.watchForDevice("ann"));
    await world.pass(10_000);
    devices.add(LISTENER, { name: "Phone", type: "Smartphone" });
    await world.restart();
    await world.pass(15_000);
    const woken = world.happenings.filter(({ type }) => type === "device.woke");
    expect(woken).toEqual([{ type: "device.woke", personId: "ann", deviceId: devices.list(LISTENER)[0]?.id }]);
    await world.pass(300_000);
    expect(world.spent()).toEqual(["GET player/devices", "GET player/devices"]);
    // The wish is carried on with the device that woke: what was searched is known.
    const deviceId = devices.list(LISTENER)[0]?.id ?? "";
    await world.run((player) => player.play({ ...money, deviceId }));
    expect(world.spent()).toEqual(["PUT player/play"]);
    expect(world.heard().playing).toBe(true);
  });
});
