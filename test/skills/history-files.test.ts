import { describe, expect, it } from "vitest";
import { SegueError } from "../../src/contracts/errors.ts";
import { listenerOf } from "../../src/contracts/listening.ts";
import type { Reply } from "../../src/contracts/reply.ts";
import { type ChatAdapter, createChatAdapter } from "../fakes/chat-adapter.ts";
import { type Conversation, type ConversationOptions, startConversation } from "../support/conversation.ts";
import { extendedRow, extendedRows, zipped } from "../support/listening-files.ts";
import { pressables } from "./stage.ts";

type Sent = { to: string; name: string; bytes: string; key: string };
type Platform = ChatAdapter & { posted: Map<string, Uint8Array | SegueError>; sent: Sent[] };

/** A platform on which people post files, and get some. */
function platformWithFiles({ most = 1_000_000 }: { most?: number } = {}): Platform {
  const posted = new Map<string, Uint8Array | SegueError>();
  const sent: Sent[] = [];
  const adapter = createChatAdapter({ limits: { fileBytes: most, editsPerMinute: 6_000 } });
  return Object.assign(adapter, {
    posted,
    sent,
    async fetchFile({ ref }: { ref: string }) {
      const file = posted.get(ref);
      if (!file) throw new SegueError("NotFound", { what: "file" });
      if (file instanceof SegueError) throw file;
      return new Blob([new Uint8Array(file)]).stream();
    },
    async sendFile(to: { id: string }, user: { id: string }, file: { name: string; bytes: Uint8Array }, key: string) {
      if (!sent.some((each) => each.key === key))
        sent.push({ to: user.id, name: file.name, bytes: Buffer.from(file.bytes).toString(), key });
      return { platform: adapter.platform, place: { platform: adapter.platform, tenant: "", id: to.id }, id: key };
    },
  });
}

const json = (rows: unknown) => Buffer.from(JSON.stringify(rows));
const labels = (reply: Reply | undefined) => (reply ? pressables(reply).map(({ label }) => label) : []);

async function begin(options: ConversationOptions & { most?: number } = {}) {
  const platform = platformWithFiles(options);
  const talk = await startConversation({
    only: ["history-files", "history", "recording"],
    ...options,
    adapter: platform,
  });
  const anna = talk.user("anna");
  /** Posts a file and says yes to it. */
  const brings = async (bytes: Uint8Array | SegueError, name = "my_data.zip") => {
    const ref = `file-${platform.posted.size + 1}`;
    platform.posted.set(ref, bytes);
    const asked = await anna.posts({ ref, name });
    expect(asked).toMatchObject({ kind: "question" });
    return anna.presses("Import it");
  };
  return { talk, platform, anna, brings };
}

describe("a file that nothing can be made of", () => {
  it("is said to be so, and why", async () => {
    for (const [bytes, name, why] of [
      [json({ hello: "world" }), "wrong.json", "wrong.json holds no history that I know."],
      [Buffer.from(""), "empty.json", "empty.json"],
      [Buffer.from([0x89, 0x50, 0x4e, 0x47]), "picture.json", "picture.json"],
      [
        await zipped({ "inner.zip": await zipped({ "a.json": "[]" }) }),
        "outer.zip",
        "inner.zip is an archive in an archive",
      ],
    ] as const) {
      const { talk, platform, brings } = await begin();
      await brings(bytes, name);
      await until(talk, new RegExp(`I cannot read “${name}”`));
      expect(platform.shown.map(({ reply }) => reply.text).join("\n")).toContain(why);
    }
  });
});

/** A zip as no tool would pack it: another name of the same length, or another size, for one of its files. */
function bent(archive: Uint8Array, name: string, change: { to?: string; size?: number }): Buffer {
  const bytes = Buffer.from(archive);
  const table = bytes.lastIndexOf(Buffer.from(name)) - 46;
  if (change.size !== undefined) bytes.writeUInt32LE(change.size, table + 24);
  for (let at = bytes.indexOf(name); change.to !== undefined && at >= 0; at = bytes.indexOf(name, at))
    at += bytes.write(change.to, at);
  return bytes;
}

describe("one bad file among good ones", () => {
  it.each([
    ["../../evil1.json", "evil1.json asks to be put outside of the folder it is unpacked to"],
    ["/etc/cron/b.json", "b.json asks to be put outside of the folder it is unpacked to"],
    ["C:/windows/c.json", "c.json asks to be put outside of the folder it is unpacked to"],
  ])("is left closed where its name is %s, and the good ones are read", async (evil, why) => {
    const { talk, brings } = await begin();
    const plain = evil.replace(/[^/]/g, "x").replace(/\//g, "y");
    const name = `${plain.slice(0, -5)}.json`;
    const archive = await zipped({
      "a.json": json(extendedRows(5)),
      [name]: json(extendedRows(5, 100)),
      "z.json": json(extendedRows(5, 50)),
    });
    await brings(bent(archive, name, { to: evil }));
    await until(talk, /10 plays are new/);
    const text = talk.last()?.reply.text;
    expect(text).toContain(`${why}, as no honest file does. I left it closed; the other files are read.`);
    expect(text).not.toContain("damaged");
    expect(await playsOf(talk, "anna")).toHaveLength(10);
  });

  it("is read as far as its archive says that it goes, and the others whole", async () => {
    const { talk, brings } = await begin();
    const archive = await zipped({ "a.json": json(extendedRows(500)), "z.json": json(extendedRows(5, 1_000)) });
    await brings(bent(archive, "a.json", { size: 1_000 }));
    await until(talk, /plays are new/);
    const text = talk.last()?.reply.text;
    expect(text).toContain(
      "a.json unpacks to more than its archive says, so I stopped there; what I had read until then is kept.",
    );
    expect(text).not.toContain("damaged");
    expect((await playsOf(talk, "anna")).length).toBeGreaterThanOrEqual(5);
  });
});

const personOf = async (talk: Conversation, name: string) => {
  const person = await talk.store.people.find({ platform: "test", tenant: "", id: name });
  if (!person) throw new Error(`nobody is called ${name}`);
  return person.id;
};
const listenerFor = async (talk: Conversation, name: string) => listenerOf.person(await personOf(talk, name));
const playsOf = async (talk: Conversation, name: string) =>
  talk.store.playPages.page(await listenerFor(talk, name), undefined, 2_000);

/** Once the newest message of an import says so. */
const until = (talk: Conversation, words: RegExp) =>
  expect
    .poll(
      async () => {
        await talk.clock.advance(500);
        return talk.last()?.reply.text ?? "";
      },
      { timeout: 10_000, interval: 10 },
    )
    .toMatch(words);

describe("a file that is posted", () => {
  it("is asked about before anything of it is fetched, and left alone on a no", async () => {
    const { talk, platform, anna } = await begin();
    platform.posted.set("f", new SegueError("Unavailable", { service: "test", why: "offline" }));
    const asked = await anna.posts({ ref: "f", name: "my_spotify_data.zip", bytes: 1_000 });
    expect(asked).toMatchObject({ kind: "question", visibility: "private" });
    expect(asked?.text).toContain("my_spotify_data.zip");
    expect(asked?.text).toContain("only you see it");
    expect(labels(asked)).toEqual(["Import it", "No"]);
    expect((await anna.presses("No"))?.text).toBe("Okay, I do not touch that file.");
    expect(await playsOf(talk, "anna")).toEqual([]);
  });

  it("is read, and its message ends with counts that add up", async () => {
    const { talk, brings } = await begin();
    const rows = [
      ...extendedRows(30),
      extendedRow(3),
      extendedRow(40, { incognito_mode: true }),
      extendedRow(41, { ms_played: 4_000 }),
      extendedRow(42, { ms_played: "?" }),
    ];
    const begun = await brings(await zipped({ "Streaming_History_Audio_2023.json": json(rows) }));
    expect(begun?.text).toContain("I am reading");
    await until(talk, /30 plays are new/);
    const reply = talk.last()?.reply;
    const fields = reply?.blocks.flatMap((block) => (block.type === "fields" ? block.fields : [])) ?? [];
    const numbers = new Map(fields.map(({ name, value }) => [name, Number(value)]));
    expect(Object.fromEntries(numbers)).toEqual({
      Read: 34,
      New: 30,
      "New, too short to count": 1,
      "Known already": 1,
      "Left out: heard privately": 1,
      "Not to be understood": 1,
    });
    const [read = 0, ...others] = numbers.values();
    expect(others.reduce((sum, each) => sum + each, 0)).toBe(read);
    expect(labels(reply)).toEqual(["Recently played"]);
    expect(await playsOf(talk, "anna")).toHaveLength(31);
  });

  it("shows how far it is in its message, no faster than the platform takes edits", async () => {
    const { talk, platform, brings } = await begin();
    platform.limits.editsPerMinute = 60;
    const ticking = setInterval(() => void talk.clock.advance(500), 1);
    await brings(json(extendedRows(400)), "history.json");
    await until(talk, /400 plays are new/);
    clearInterval(ticking);
    const edits = talk.last()?.edits ?? [];
    const shares = edits.flatMap(({ text }) => /(\d+) %/.exec(text)?.[1] ?? []).map(Number);
    expect(shares).toEqual(shares.toSorted((a, b) => a - b));
    expect(edits.at(-1)?.text).toContain("400 plays are new");
    expect(labels(edits.find(({ text }) => text.includes("I am reading")))).toEqual(["Stop the import"]);
  });

  it.each(["holiday.jpg", "letter.pdf", "song.mp3"])("is no history when it is called %s", async (name) => {
    const { anna } = await begin();
    const reply = await anna.posts({ ref: "f", name });
    expect(reply).toMatchObject({ kind: "error" });
    expect(reply?.text).toContain("zip, JSON or CSV");
  });

  it("is heard among others only when the bot is spoken to, and answered to the asker alone", async () => {
    const { talk, anna } = await begin();
    const file = { ref: "f", name: "my_data.zip" };
    expect(await anna.posts(file, { place: "room", addressed: false })).toBeUndefined();
    await anna.posts(file, { place: "room" });
    expect(talk.last()).toMatchObject({ to: { id: "anna" }, reply: { visibility: "private" } });
  });

  it("that is gone by then, or too large for the chat, says what to do instead", async () => {
    const { brings } = await begin();
    expect((await brings(new SegueError("NotFound", { what: "file" })))?.kind).toBe("error");
    const large = await brings(new SegueError("InvalidInput", { field: "file", why: "too_large" }));
    expect(large?.text).toMatch(/segue import FILE --person \S+$/);
  });

  it("that is too large goes over a page where one reaches the person", async () => {
    const { anna } = await begin({ pages: { publicUrl: "https://segue.example" } });
    const large = await anna.posts({ ref: "f", name: "my_data.zip", bytes: 30_000_000 });
    expect(large?.kind).toBe("error");
    const page = await anna.presses("Upload on a page");
    expect(page?.text).toMatch(/https:\/\/segue\.example\/history\/import\/[\w-]{43}/);
    expect(page?.text).toContain("until");
  });
});

describe("a file on a slow line", () => {
  const slow = async () => {
    const begun = await begin();
    const gate = Promise.withResolvers<void>();
    begun.platform.fetchFile = async ({ ref }, signal) => {
      const bytes = begun.platform.posted.get(ref);
      if (!(bytes instanceof Uint8Array)) throw new Error("nothing was posted");
      return new ReadableStream({
        async start(controller) {
          signal.addEventListener("abort", () => gate.reject(new Error("nobody waits")));
          controller.enqueue(bytes.subarray(0, 100));
          await gate.promise;
          controller.enqueue(bytes.subarray(100));
          controller.close();
        },
      });
    };
    begun.platform.posted.set("slow", json(extendedRows(5)));
    await begun.anna.posts({ ref: "slow", name: "slow.json" });
    const answer = begun.anna.presses("Import it");
    await expect
      .poll(async () => {
        await begun.talk.clock.advance(1_000);
        return begun.talk.last()?.reply.text;
      })
      .toContain("on its way");
    await answer;
    return { ...begun, gate };
  };

  it("is said to be on its way, and its message goes on with it", async () => {
    const { talk, anna, gate } = await slow();
    expect((await anna.sends("history.import", { action: "status" }))?.text).toContain("on its way");
    gate.resolve();
    await until(talk, /5 plays are new/);
  });

  it("can be stopped, and says so when it is lost", async () => {
    const stopped = await slow();
    await stopped.anna.sends("history.import", { action: "cancel" });
    await until(stopped.talk, /is stopped/);
    const lost = await slow();
    lost.gate.reject(new Error("the line went dead"));
    await until(lost.talk, /did not arrive/);
    expect(await playsOf(lost.talk, "anna")).toEqual([]);
  });

  it("is fetched again after kill -9, twice, under the same message", async () => {
    const { talk, platform } = await slow();
    const messages = talk.adapter.shown.length;
    const whole = platform.posted.get("slow");
    let tries = 0;
    platform.fetchFile = async ({ ref }) => {
      tries++;
      if (tries === 1) return new Promise<never>(() => {});
      // The platform is reached only a while after the start.
      if (tries === 2) throw new SegueError("Unavailable", { service: "test", why: "offline" });
      expect(ref).toBe("slow");
      return new Blob([new Uint8Array(whole as Uint8Array)]).stream();
    };
    await talk.restart();
    await expect.poll(() => tries).toBe(1);
    await talk.restart();
    await until(talk, /5 plays are new/);
    expect(await playsOf(talk, "anna")).toHaveLength(5);
    expect(talk.adapter.shown.length).toBe(messages);
    await talk.restart();
    expect(tries).toBe(3);
  });

  it("that is gone after kill -9 is said to be lost", async () => {
    const { talk, platform, anna } = await slow();
    platform.fetchFile = async () => {
      throw new SegueError("NotFound", { what: "file" });
    };
    await talk.restart();
    await until(talk, /did not arrive/);
    expect((await anna.sends("history.import", { action: "status" }))?.text).not.toContain("on its way");
  });

  it("is not taken any more once its person deletes what they have, also where it comes again", async () => {
    const { talk, gate } = await slow();
    const person = await personOf(talk, "anna");
    await talk.files().forget(person);
    gate.resolve();
    expect(talk.files().running()).toEqual([]);
    await talk.restart();
    expect(talk.files().running()).toEqual([]);
    expect(await playsOf(talk, "anna")).toEqual([]);
  });
});

describe("bad files", () => {
  it("cut off in the middle: the whole rows are kept, and it is said", async () => {
    const { talk, brings } = await begin();
    const whole = await zipped({ "a.json": json(extendedRows(50)), "b.json": json(extendedRows(50, 100)) });
    await brings(whole.subarray(0, whole.length - 200));
    await until(talk, /plays are new/);
    expect(talk.last()?.reply.text).toMatch(/ends in the middle|damaged/);
  });

  it("that unpack to far more than a history can be are stopped", async () => {
    const { talk, brings } = await begin();
    const rows = Buffer.from(JSON.stringify(extendedRows(2)).slice(0, -1));
    await brings(await zipped({ "a.json": Buffer.concat([rows, Buffer.alloc(64 * 1024 ** 2, " ")]) }));
    await until(talk, /unpacks to far more/);
    expect(await playsOf(talk, "anna")).toHaveLength(2);
  });

  it("with something else in them say so", async () => {
    const { talk, brings } = await begin();
    await brings(json([{ recipe: "soup" }]), "recipes.json");
    await until(talk, /holds no history that I know/);
  });
});

describe("a file in somebody else's name", () => {
  const others = json([extendedRow(1, { username: "bob.b" }), extendedRow(2, { username: "bob.b" })]);

  it("is asked about once, and read after a yes", async () => {
    const { talk, anna, brings } = await begin();
    await brings(others, "endsong_0.json");
    await until(talk, /in the name of “bob\.b”/);
    expect(await playsOf(talk, "anna")).toEqual([]);
    expect((await anna.presses("It is mine"))?.text).toContain("I am reading");
    await until(talk, /2 plays are new/);
    await brings(json([extendedRow(3, { username: "bob.b" })]), "endsong_1.json");
    await until(talk, /1 play is new|endsong_1\.json” is read\. 1/);
  });

  it("has the next file wait for the answer", async () => {
    const { talk, brings } = await begin();
    await brings(others, "endsong_0.json");
    await until(talk, /in the name of/);
    expect(await brings(json([extendedRow(3)]), "mine.json")).toMatchObject({
      kind: "question",
      text: expect.stringContaining("in the name of “bob.b”"),
    });
  });

  it("is thrown away on a no", async () => {
    const { talk, anna, brings } = await begin();
    await brings(others, "endsong_0.json");
    await until(talk, /in the name of/);
    await anna.presses("Do not import it");
    await until(talk, /is stopped/);
    expect(await playsOf(talk, "anna")).toEqual([]);
    expect(talk.files().running()).toEqual([]);
  });

  it("is nobody's to answer for but the one who brought it", async () => {
    const { talk, anna, brings } = await begin();
    await brings(others, "endsong_0.json");
    await until(talk, /in the name of/);
    const last = talk.last()?.reply;
    const [yes, no] = last ? pressables(last).map(({ command }) => command) : [];
    if (!yes || !no) throw new Error("nobody is asked");
    for (const { intent, slots } of [yes, no]) await talk.user("eve").sends(intent, slots);
    expect(await playsOf(talk, "anna")).toEqual([]);
    expect(talk.files().running()).toHaveLength(1);
    await anna.presses("It is mine");
    await until(talk, /plays are new/);
  });

  it("is thrown away when nobody answers for a day", async () => {
    const { talk, brings } = await begin();
    await brings(others, "endsong_0.json");
    await until(talk, /in the name of/);
    await talk.clock.advance(25 * 60 * 60_000);
    await expect.poll(() => talk.files().running()).toEqual([]);
    expect(await playsOf(talk, "anna")).toEqual([]);
  });

  it("is not asked about where it is the person's own", async () => {
    const { talk, brings } = await begin();
    await brings(json([extendedRow(1, { username: "Anna" })]), "endsong_0.json");
    await until(talk, /1 play is new/);
  });
});

describe("an import that runs", () => {
  it("is one at a time, and can be stopped and gone on with", async () => {
    const { talk, anna, brings } = await begin();
    // Held by a question, it is on its way all the same.
    await brings(json([extendedRow(1, { username: "bob" })]), "a.json");
    await until(talk, /in the name of/);
    const second = await brings(json(extendedRows(5)), "b.json");
    expect(second?.text).toContain("a.json");
    await anna.sends("history.import", { action: "cancel" });
    expect((await anna.sends("history.import", { action: "cancel" }))?.text).toBe("No import is running.");
    await brings(json(extendedRows(5)), "b.json");
    await until(talk, /5 plays are new/);
    const status = await anna.sends("history.import", { action: "status" });
    expect(status?.text).toContain("5 plays are new");
    expect(labels(status)).toContain("Recently played");
  });

  it("goes on after kill -9, and its message with it", async () => {
    const { talk, brings } = await begin();
    let left = 2;
    // Dies in the middle of writing down.
    const dying = (store: Conversation["store"]): Conversation["store"] => ({
      ...store,
      imports: {
        ...store.imports,
        advance: (...args) => (left-- > 0 ? store.imports.advance(...args) : new Promise(() => {})),
      },
    });
    await talk.restart(dying);
    await brings(json(extendedRows(300)), "history.json");
    await expect.poll(() => left, { timeout: 5_000 }).toBeLessThan(0);
    expect(talk.last()?.reply.text).toContain("I am reading");
    await talk.restart();
    await until(talk, /plays are new/);
    expect(await playsOf(talk, "anna")).toHaveLength(300);
    expect(talk.adapter.shown.filter(({ reply }) => reply.text.includes("history.json"))).toHaveLength(2);
  });

  it.each(["before its file is gone", "before its message says so"])(
    "is said to be read, with its counts, where a kill -9 comes after its last row and %s",
    async (moment) => {
      const { talk, platform, brings } = await begin();
      let done = false;
      const answered = Promise.withResolvers<void>();
      platform.onSend = (_, what) => (done && what === "edit" ? new Promise(() => {}) : undefined);
      const dying = (store: Conversation["store"]): Conversation["store"] => ({
        ...store,
        imports: {
          ...store.imports,
          async advance(row, now) {
            if (row.status === "done") await answered.promise;
            const kept = await store.imports.advance(row, now);
            done ||= row.status === "done";
            return done && moment.startsWith("before its file") ? new Promise(() => {}) : kept;
          },
        },
      });
      await talk.restart(dying);
      expect((await brings(json(extendedRows(300)), "history.json"))?.text).toContain("I am reading");
      answered.resolve();
      await expect.poll(() => done, { timeout: 5_000 }).toBe(true);
      const reading = moment.startsWith("before its file") ? 1 : 0;
      await expect.poll(() => talk.files().running().length, { timeout: 5_000 }).toBe(reading);
      await talk.clock.advance(1_000);
      await talk.restart();
      platform.onSend = () => {};
      // Before the edit that hangs would be tried again by who is dead.
      await talk.clock.advance(2_000);
      await expect.poll(() => talk.last()?.reply.text, { timeout: 5_000 }).toMatch(/300 plays are new/);
      expect(await playsOf(talk, "anna")).toHaveLength(300);
    },
  );

  it("ends with the person's history, and nothing that they brought is left", async () => {
    const { talk, anna, brings } = await begin({ pages: { publicUrl: "https://segue.example" } });
    await brings(json([extendedRow(1, { username: "bob" })]), "a.json");
    await until(talk, /in the name of/);
    const page = await anna.sends("history.import", { page: "yes" });
    const token = /import\/([\w-]{43})/.exec(page?.text ?? "")?.[1] ?? "";
    expect(await talk.files().pages.find(token)).toBeDefined();
    await talk.files().forget(await personOf(talk, "anna"));
    expect(talk.files().running()).toEqual([]);
    expect(await talk.files().pages.find(token)).toBeUndefined();
  });
});

describe("how to bring a history", () => {
  it("is explained with a page for each place that has one", async () => {
    const { anna } = await begin();
    const reply = await anna.sends("history.import");
    const list = reply?.blocks.find((block) => block.type === "list");
    expect(list?.items.map(({ title }) => title)).toEqual([
      "Spotify",
      "ListenBrainz",
      "Last.fm",
      "Maloja",
      "Your Spotify",
    ]);
    expect(list?.items.every(({ url }) => url?.startsWith("https://"))).toBe(true);
    expect(reply?.text).toMatch(/segue import FILE --person \S+$/);
  });

  it("speaks of posting a file only where the chat hands files over", async () => {
    const { anna } = await begin();
    expect((await anna.sends("history.import"))?.text).toContain("Send me the file right here");
    const without = await startConversation({ only: ["history-files"], adapter: createChatAdapter() });
    const reply = await without.user("anna").sends("history.import", {}, { local: true });
    expect(reply?.text).toMatch(/Files come to me over a page of mine\.$/);
  });

  it("names a page only where one reaches the person", async () => {
    const { anna } = await begin();
    expect((await anna.sends("history.import", { page: "yes" }))?.kind).toBe("error");
    const here = await anna.sends("history.import", { page: "yes" }, { local: true });
    expect(here?.text).toContain("http://127.0.0.1:8765/history/import/");
  });
});

describe("an export", () => {
  it("comes as a file to the person alone, and makes the same history again", async () => {
    const { talk, platform, anna, brings } = await begin();
    await brings(json(extendedRows(20)), "history.json");
    await until(talk, /20 plays are new/);
    for (const [format, name] of [
      ["json", "history.jsonl"],
      ["csv", "history.csv"],
    ] as const) {
      const reply = await anna.sends("history.export", { format }, { place: "room" });
      expect(reply).toMatchObject({ visibility: "private" });
      expect(reply?.text).toContain("a file with 20 plays");
      expect(platform.sent.at(-1)).toMatchObject({ to: "anna", name });
    }
    const ben = talk.user("ben");
    platform.posted.set("own", Buffer.from(platform.sent.at(-1)?.bytes ?? ""));
    await ben.posts({ ref: "own", name: "history.csv" });
    await ben.presses("Import it");
    await until(talk, /20 plays are new/);
    const what = async (name: string) =>
      (await playsOf(talk, name)).map(({ play, heard }) => [play.startedAt, play.listenedMs, heard.title, heard.uri]);
    expect(await what("ben")).toEqual(await what("anna"));
  });

  it("is sent once though the command runs twice", async () => {
    const { talk, platform, anna, brings } = await begin();
    await brings(json(extendedRows(3)), "history.json");
    await until(talk, /3 plays are new/);
    await talk.restart((store) => ({
      ...store,
      events: { ...store.events, advance: () => new Promise<never>(() => {}) },
    }));
    void talk.send(talk.event("anna", { intent: "history.export", slots: {} }));
    await expect.poll(() => platform.sent.length).toBe(1);
    await talk.restart();
    expect(platform.sent).toHaveLength(1);
    expect(talk.last()?.reply.text).toContain("a file with 3 plays");
    expect(anna.ref.id).toBe("anna");
  });

  it("that is too large for the chat is on a page for one time, or one command away", async () => {
    const reachable = await begin({ most: 500, pages: { publicUrl: "https://segue.example/" } });
    await reachable.brings(json(extendedRows(20)), "history.json");
    await until(reachable.talk, /20 plays are new/);
    const page = await reachable.anna.sends("history.export");
    const token = /https:\/\/segue\.example\/history\/export\/([\w-]{43})/.exec(page?.text ?? "")?.[1] ?? "";
    const taken = await reachable.talk.files().pages.take(token);
    let lines = 0;
    let plays = 0;
    for await (const text of taken?.texts ?? [])
      for (const line of text.trimEnd().split("\n")) {
        lines += 1;
        if (!line.startsWith('{"about":')) plays += 1;
      }
    expect(plays).toBe(20);
    expect(lines).toBeGreaterThan(plays);
    expect(await reachable.talk.files().pages.take(token)).toBeUndefined();
    // What opens it is nowhere written down.
    const event = await reachable.talk.store.events.find("test", "e3");
    expect(JSON.stringify(event)).not.toContain(token);

    const apart = await begin({ most: 500 });
    await apart.brings(json(extendedRows(20)), "history.json");
    await until(apart.talk, /20 plays are new/);
    expect((await apart.anna.sends("history.export", { format: "csv" }))?.text).toMatch(
      /segue export --out history\.csv --person \S+$/,
    );
  });

  it("of nothing says so", async () => {
    const { anna } = await begin();
    expect((await anna.sends("history.export"))?.text).toContain("nothing to take away");
  });
});
