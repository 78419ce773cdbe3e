import { afterEach, describe, expect, it } from "vitest";
import { type Line, openAt, type Said, startScripted } from "./scripted-daemon.ts";

const closers: (() => Promise<unknown> | undefined)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

const turn = () => new Promise((resolve) => setTimeout(resolve, 2));

async function open(answer?: (said: Said) => Line | "usual", greeting?: string, password = "", idle?: string) {
  const daemon = await startScripted(answer, greeting, idle);
  closers.push(() => daemon.close());
  const opened = openAt(`mpd://${password}127.0.0.1:${daemon.port}`);
  closers.push(() => opened.provider.stop?.());
  return { daemon, ...opened };
}
const only = (name: string, line: Line) => (said: Said) => (said.command.startsWith(name) ? line : ("usual" as const));
const refusal = (promise: Promise<unknown>) =>
  promise.then(
    () => "no refusal",
    (error: unknown) => error,
  );
const unavailable = (why: string) => ({ code: "Unavailable", details: { service: "mpd", why } });

describe("a daemon that fails", () => {
  it("that is not there is said to be so, by every call", async () => {
    const { provider, session } = openAt("mpd://127.0.0.1:1");
    closers.push(() => provider.stop?.());
    for (const call of [() => session.state(), () => session.pause(), () => session.search("a", ["track"])])
      expect(await refusal(call())).toMatchObject(unavailable("connection"));
    expect(provider.healthy?.()).toBe(false);
    expect(provider.trouble?.()).toBe("the daemon is not heard (connection)");
  });

  it.each([
    ["never answers", undefined, "timeout"],
    [
      "hangs up inside its answer",
      (socket: Parameters<Extract<Line, (s: never) => void>>[0]) => void socket.end("volume: 5"),
      "connection",
    ],
    ["talks nonsense", "<html>\n", "malformed"],
    ["sends an answer that is not of this question", "OK\nOK\n", "malformed"],
    [
      "says OK to half a list",
      (socket: Parameters<Extract<Line, (s: never) => void>>[0]) => void socket.write("OK\n"),
      "malformed",
    ],
  ] as [string, Line, string][])("that %s costs the calls in flight and hangs none", async (_, line, why) => {
    let rude = true;
    const { session } = await open((said) => (rude && said.command === "status" ? line : "usual"));
    const calls = [session.state(), session.state(), session.pause()];
    for (const each of await Promise.all(calls.map(refusal))) expect(each).toMatchObject({ code: "Unavailable" });
    expect(await refusal(session.state())).toMatchObject(unavailable(why));
    rude = false;
    expect((await session.state())?.item?.title).toBe("A");
  });

  it("is never told twice to do something", async () => {
    const { session, daemon } = await open(only("pause", (socket) => void socket.destroy()));
    expect(await refusal(session.pause())).toMatchObject({ code: "Unconfirmed" });
    await session.state();
    expect(daemon.heard.filter((command) => command.startsWith("pause"))).toEqual(['pause "1"']);
  });

  it("that closed a silent connection is asked again for what only reads", async () => {
    let calls = 0;
    const { session } = await open((said) =>
      said.command === "status" && ++calls === 2 ? (socket) => void socket.destroy() : "usual",
    );
    await session.state();
    expect((await session.state())?.playing).toBe(true);
    expect(calls).toBe(3);
  });

  it("that takes another password is the operator's to mend, and the password is not in the log", async () => {
    const { session, warnings } = await open(
      only("password", "ACK [3@0] {password} incorrect password\n"),
      undefined,
      "hunter2@",
    );
    expect(await refusal(session.state())).toMatchObject(unavailable("credentials"));
    expect(JSON.stringify(warnings)).not.toContain("hunter2");
  });

  it("that is too old, or no MPD, is refused", async () => {
    expect(await refusal((await open(undefined, "OK MPD 0.21.0\n")).session.state())).toMatchObject(
      unavailable("status"),
    );
    expect(await refusal((await open(undefined, "220 smtp ready\n")).session.state())).toMatchObject(
      unavailable("malformed"),
    );
    expect(await refusal((await open(undefined, "")).session.state())).toMatchObject(unavailable("timeout"));
  });

  it("that stops half way through an insertion has what went in taken out again", async () => {
    const { session, daemon } = await open((said) => {
      if (said.command.startsWith("playlistinfo")) return `${"file: a.flac\nPos: 0\nId: 1\n"}`;
      if (said.command.includes("gone.flac")) return "ACK [50@1] {addid} No such song\n";
      return said.command.startsWith("addid") ? "Id: 77\n" : "usual";
    });
    const insert = session.queue?.edit?.insert(["mpd:track:a.flac", "mpd:track:gone.flac"], "next");
    expect(await refusal(insert ?? Promise.resolve())).toMatchObject({ code: "NotFound", details: { what: "track" } });
    // The library is read at its side.
    expect(daemon.heard.findLast((command) => command.includes("id "))).toBe("deleteid 77");
  });

  it("whose songs another client takes away first still loses ours, and the first error is told", async () => {
    const there = [70, 71, 72];
    let next = 70;
    const { session } = await open(({ command }) => {
      const [name, id] = command.split(" ");
      if (command.includes("gone.flac")) {
        there.splice(there.indexOf(71), 1);
        return "ACK [50@3] {addid} No such song\n";
      }
      if (name === "addid") return `Id: ${next++}\n`;
      if (name === "plchangesposid") return there.map((each, at) => `cpos: ${at}\nId: ${each}\n`).join("");
      if (name !== "deleteid") return "usual";
      const at = there.indexOf(Number(id));
      if (at < 0) return "ACK [50@0] {deleteid} No such song\n";
      there.splice(at, 1);
      return "";
    });
    const uris = ["a", "b", "c", "gone"].map((title) => `mpd:track:${title}.flac`);
    expect(await refusal(session.queue?.edit?.insert(uris, "next") ?? Promise.resolve())).toMatchObject({
      code: "NotFound",
      details: { what: "track" },
    });
    expect(there).toEqual([]);
  });

  it.each([
    ["hangs up", (socket: Parameters<Extract<Line, (s: never) => void>>[0]) => void socket.destroy()],
    ["says nothing", undefined],
    ["talks nonsense", "<html>\n"],
    ["says OK to half of it", (socket: Parameters<Extract<Line, (s: never) => void>>[0]) => void socket.write("OK\n")],
  ] as [string, Line][])("that %s when it was told to do something may have done it", async (_, line) => {
    const { session } = await open(only("repeat", line));
    expect(await refusal(session.repeat?.("track") ?? Promise.resolve())).toMatchObject({ code: "Unconfirmed" });
  });

  it("is not said to have been told what never left", async () => {
    const { session, daemon } = await open();
    await session.state();
    await daemon.close();
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(await refusal(session.shuffle?.(true) ?? Promise.resolve())).toMatchObject(unavailable("connection"));
  });

  it("may have done what a caller gave up", async () => {
    const { session, daemon } = await open(only("random", undefined));
    const giving = new AbortController();
    const given = refusal(session.shuffle?.(true, { signal: giving.signal }) ?? Promise.resolve());
    while (!daemon.heard.some((command) => command.startsWith("random"))) await turn();
    giving.abort();
    expect(await given).toMatchObject({ code: "Unconfirmed" });
  });

  it("is found to be dead though every caller gives up before it could be known", async () => {
    let dead: unknown;
    const { session } = await open(({ command, socket }) => {
      if (command === "status") dead ??= socket;
      return socket === dead ? undefined : "usual";
    });
    // Waits of ours take a fifth of their time here: an answer is awaited for one second.
    const outcomes: unknown[] = [];
    while (outcomes.length < 30 && outcomes.at(-1) !== "no refusal")
      outcomes.push(await refusal(session.state({ signal: AbortSignal.timeout(100) })));
    expect(outcomes.at(-1)).toBe("no refusal");
  });

  it("that lets in only with a password is asked ever more slowly, and it is said what is missing", async () => {
    const permission = (command: string) => `ACK [4@0] {${command}} you don't have permission\n`;
    const { session, daemon, provider, warnings } = await open(({ command }) => {
      const [name = ""] = command.split(" ");
      return name === "commands" ? "command: commands\ncommand: password\n" : permission(name);
    });
    expect(await refusal(session.state())).toMatchObject(unavailable("credentials"));
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    // 200 ms, 1, 3 and 10 s, at a fifth: four of the ears within this second at most, and one or two of the lines.
    expect(daemon.connections()).toBeLessThanOrEqual(6);
    expect(provider.healthy?.()).toBe(false);
    expect(warnings.filter(({ message }) => message.includes("not heard"))).toEqual([
      { fields: { service: "mpd", why: "credentials" }, message: "the player is not heard" },
    ]);
  });

  it("whose idle is refused each time is asked ever more slowly too", async () => {
    const { daemon } = await open(undefined, undefined, "", "ACK [4@0] {idle} you don't have permission\n");
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    expect(daemon.heard.filter((command) => command.startsWith("idle")).length).toBeLessThanOrEqual(4);
  });

  it("answers a caller who gave up with nothing, and the next one rightly", async () => {
    const { session } = await open();
    await session.state();
    const giving = new AbortController();
    const given = refusal(session.state({ signal: giving.signal }));
    giving.abort();
    expect(await given).toMatchObject(unavailable("timeout"));
    expect((await session.state())?.item?.title).toBe("A");
    expect(await refusal(session.state({ deadlineAt: 1 }))).toMatchObject(unavailable("timeout"));
  });

  it("leaves no failure unseen when it is stopped, whatever is under way and whoever has left", async () => {
    const unseen: unknown[] = [];
    const note = (error: unknown) => void unseen.push(error);
    process.on("unhandledRejection", note);
    closers.push(async () => void process.off("unhandledRejection", note));
    for (const silent of ["commands", "stats", "find", "status", "pause", "readpicture", "never"]) {
      const { session, provider } = await open(only(silent, undefined));
      const picture = ((await session.state().catch(() => undefined))?.item?.art[0]?.url ?? "").split("/").at(-1) ?? "";
      for (const ms of [0, 1, 20, 60_000]) {
        const leaving = new AbortController();
        const options = { signal: leaving.signal, deadlineAt: Date.now() + ms };
        const calls = [
          session.state(options),
          session.pause(options),
          session.search("a", ["track"], options),
          session.play({ uris: ["mpd:track:a.flac"] }, options),
          provider.picture?.(picture, leaving.signal),
          session.watch?.(() => undefined, leaving.signal),
        ];
        const settled = Promise.allSettled(calls);
        if (ms < 60_000) {
          await turn();
          leaving.abort(new Error("left"));
          await settled;
        }
      }
      await provider.stop?.();
    }
    for (let turns = 0; turns < 10; turns++) {
      const { provider } = await open();
      for (let each = 0; each < turns; each++) await turn();
      await provider.stop?.();
    }
    for (let each = 0; each < 10; each++) await turn();
    expect(unseen).toEqual([]);
  });

  it("ends a watch when it is no longer heard", async () => {
    const { session, daemon, provider } = await open();
    while (!provider.healthy?.()) await new Promise((resolve) => setTimeout(resolve, 2));
    const seen: unknown[] = [];
    const ending = refusal(
      session.watch?.((state) => seen.push(state), new AbortController().signal) ?? Promise.resolve(),
    );
    while (seen.length === 0) await new Promise((resolve) => setTimeout(resolve, 2));
    await daemon.close();
    expect(await ending).toMatchObject(unavailable("connection"));
    expect(provider.healthy?.()).toBe(false);
  });

  it("begins a watch as soon as it is heard, and not before", async () => {
    const { session, provider, daemon, warnings } = await open();
    expect(provider.healthy?.()).toBe(false);
    const seen: unknown[] = [];
    const ending = new AbortController();
    const watching = refusal(session.watch?.((state) => seen.push(state), ending.signal) ?? Promise.resolve());
    while (seen.length === 0) await turn();
    expect(provider.healthy?.()).toBe(true);
    ending.abort();
    expect(await watching).toBe("no refusal");
    expect(warnings).toEqual([]);
    // The other way round: nobody is there yet, and nobody is told of a loss.
    await daemon.close();
    while (provider.healthy?.()) await turn();
    const late = new AbortController();
    const waiting = refusal(session.watch?.((state) => seen.push(state), late.signal) ?? Promise.resolve());
    expect(await Promise.race([waiting, new Promise((resolve) => setTimeout(() => resolve("waits"), 500))])).toBe(
      "waits",
    );
    late.abort();
    expect(await waiting).toBe("no refusal");
  });

  it("keeps no likes where it has no stickers", async () => {
    const { session, provider } = await open(only("commands", "command: idle\ncommand: playlistadd\n"));
    while (!provider.healthy?.()) await new Promise((resolve) => setTimeout(resolve, 2));
    expect(session.library).toBeUndefined();
    expect(session.playlists).toBeDefined();
  });

  it("has no volume where it has no mixer", async () => {
    const { session } = await open(
      only("status", "state: play\nsong: 0\nsongid: 1\nplaylistlength: 1\naudio: 1:1:1\n"),
    );
    expect((await session.state())?.device).toMatchObject({ hasVolume: false });
    expect(await refusal(session.volume?.(10) ?? Promise.resolve())).toMatchObject({
      details: { reason: "no_volume" },
    });
  });

  it("gives up a picture that is larger than it may be, or no picture", async () => {
    const { session, provider } = await open(only("readpicture", "size: 99999999\ntype: image/png\nbinary: 3\nabc\n"));
    const id = ((await session.search("a", ["track"])).tracks[0]?.art[0]?.url ?? "").split("/").at(-1) ?? "";
    expect(id).toMatch(/^[\w-]{22}$/);
    const { signal } = new AbortController();
    expect(await provider.picture?.(id, signal)).toBeUndefined();
    expect(await provider.picture?.("../../etc/passwd", signal)).toBeUndefined();
    expect((await session.search("a", ["track"])).tracks[0]?.art).toEqual([]);
  });
});
