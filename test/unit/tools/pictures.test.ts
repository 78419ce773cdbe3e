import { mkdtempSync, readdirSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { crc32, deflateSync } from "node:zlib";
import { createCanvas, loadImage } from "@napi-rs/canvas";
import fc from "fast-check";
import { describe, expect, it, onTestFinished } from "vitest";
import type { Picture } from "../../../src/contracts/pictures.ts";
import { createArtFetch } from "../../../src/net/art.ts";
import { draw } from "../../../src/tools/pictures/draw.ts";
import { openPictureFolder } from "../../../src/tools/pictures/folder.ts";
import { drawablePart, fontsFor } from "../../../src/tools/pictures/fonts.ts";
import { createPainter } from "../../../src/tools/pictures/painter.ts";
import { cleanName, createPen, type Written } from "../../../src/tools/pictures/pen.ts";
import { createPictures } from "../../../src/tools/pictures/pictures.ts";
import { pixelsOf } from "../../../src/tools/pictures/pixels.ts";
import { ink } from "../../../src/tools/pictures/theme.ts";
import { createFakeClock } from "../../fakes/clock.ts";
import { silentLog } from "../../support/log.ts";

const frame = { tone: "week", title: "Top songs", subtitle: "16 – 22 November 2026", footer: "Spotify" } as const;
const top = (names: readonly (readonly [title: string, detail?: string])[], art?: string): Picture => ({
  kind: "top",
  ...frame,
  newly: "new",
  rows: names.map(([title, detail], at) => ({
    title,
    ...(detail === undefined ? {} : { detail }),
    value: `${40 - at}×`,
    share: (40 - at) / 40,
    moved: at === 0 ? ("new" as const) : { by: 1 - at },
    ...(art === undefined ? {} : { art: [{ url: art, width: 300, height: 300 }] }),
  })),
});

type Area = { x: number; y: number; width: number; height: number };

/** How much of an area is not its ground. */
async function inked(picture: Picture, area: Area, covers = new Map<string, Uint8Array>()): Promise<number> {
  const canvas = await draw(picture, covers);
  const { data } = canvas.getContext("2d").getImageData(area.x, area.y, area.width, area.height);
  const ground = [1, 3, 5].map((at) => Number.parseInt(ink.ground.slice(at, at + 2), 16));
  let count = 0;
  for (let at = 0; at < data.length; at += 4)
    if (ground.some((value, channel) => Math.abs((data[at + channel] ?? 0) - value) > 24)) count += 1;
  return count;
}

/** Where the title of the first row stands. */
const firstTitle = { x: 256, y: 214, width: 560, height: 46 };

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), "segue-pictures-"));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

const scripts = {
  Latin: "Bohemian Rhapsody – Ñandú ßøæ Žižek",
  Greek: "Ελληνικά",
  Cyrillic: "Группа крови",
  Devanagari: "हिन्दी गाना",
  Vietnamese: "Đặng Việt",
  Japanese: "夜に駆ける",
  Korean: "방탄소년단",
  Chinese: "七里香",
  Arabic: "نسم علينا الهوى",
  emoji: "👨‍👩‍👧‍👦🎉🇩🇪",
  Hebrew: "ירושלים של זהב",
  Thai: "น้ำตา รักแรกพบ",
  Georgian: "თბილისო",
  Armenian: "Երևան",
  Bengali: "আমার সোনার বাংলা",
  Gujarati: "મોગલ",
  Gurmukhi: "ਪੰਜਾਬੀ ਗੀਤ",
  Tamil: "தமிழ் பாடல்",
  Telugu: "తెలుగు పాట",
  Kannada: "ಕನ್ನಡ",
  Malayalam: "മലയാളം",
  Sinhala: "සිංහල ගීත",
  Khmer: "ខ្មែរ ចម្រៀង",
  Lao: "ລາວ ເພງ",
  Burmese: "မြို့",
  Amharic: "አማርኛ ዘፈን",
  signs: "★ ♪ → ∞ ⓢ ✝ ⏏",
};

describe("letters of drawn pictures", () => {
  it.each(Object.entries(scripts))("are there for %s, in both weights", (_script, text) => {
    for (const weight of ["regular", "bold"] as const) {
      const { families, lacks } = fontsFor(text, weight);
      expect(lacks.filter((letter) => letter !== "\u{200D}")).toEqual([]);
      expect(families).not.toBe("");
    }
  });

  it.each(Object.entries(scripts))("are drawn and are no boxes: %s", async (_script, text) => {
    // What no font has is drawn as a box by the library; nothing of these is.
    expect(drawablePart(text)).toBe(text);
    expect(await inked(top([[text]]), firstTitle)).toBeGreaterThan(300);
    const box = (letter: string) => {
      const canvas = createCanvas(60, 60);
      const context = canvas.getContext("2d");
      context.font = `40px ${fontsFor(letter, "regular").families}`;
      context.fillText(letter, 5, 45);
      return Buffer.from(context.getImageData(0, 0, 60, 60).data).toString("base64");
    };
    const missing = box("\u{10FFFE}");
    const letters = [...text].filter((letter) => /\p{L}/u.test(letter));
    expect(letters.filter((letter) => box(letter) === missing)).toEqual([]);
  });

  it("leave out what nothing can draw, and say so where that was all", () => {
    expect(cleanName("Song \u{10FFFE}\u{16F00}x")).toMatch(/^Song\s?x$/);
    expect(cleanName("\u{E000}\u{E001}")).toBe("–");
    expect(cleanName("")).toBe("–");
  });

  it("take no orders from names", () => {
    expect(cleanName("\u{202E}live\u{0000}\n  down\u{2066}")).toBe("live down");
    expect(cleanName("Z\u{0351}\u{036B}\u{0343}\u{036A}\u{0302}\u{036B}").length).toBeLessThanOrEqual(3);
    // Four marks on one letter are how Burmese and Hindi are written, and more than that is how nobody writes.
    for (const name of ["हिन्दी", "किं"]) expect(cleanName(name)).toBe(name);
    expect(cleanName(`ि${"ि".repeat(9)}`).length).toBeLessThanOrEqual(4);
    expect(cleanName(`${"a".repeat(1_000_000)}b`).length).toBeLessThanOrEqual(300);
    expect(cleanName("half \u{D83D}").isWellFormed()).toBe(true);
  });
});

describe("words that are too long for their place", () => {
  function written(text: string, how: Omit<Written, "color">) {
    const context = createCanvas(600, 100).getContext("2d");
    const said: string[] = [];
    const draw = context.fillText.bind(context);
    context.fillText = (shown, ...at) => {
      said.push(shown);
      draw(shown, ...at);
    };
    const width = createPen(context).write(text, 0, 60, { color: ink.text, ...how });
    return { said: said[0], width, font: context.font };
  }

  it("are written smaller, as far as they may be, before anything of them is left out", () => {
    const how = { size: 52, least: 34, weight: "bold", width: 300 } as const;
    expect(written("12 h", how)).toMatchObject({ said: "12 h", font: expect.stringContaining("52px") });
    const german = written("123 Std. 45 Min.", how);
    expect(german.said).toBe("123 Std. 45 Min.");
    expect(german.width).toBeLessThanOrEqual(300);
    expect(german.width).toBeGreaterThan(250);
    const long = written("Donaudampfschifffahrtsgesellschaft", how);
    expect(long.said).toMatch(/^Donau\p{L}+…$/u);
    expect(long.font).toContain("34px");
    expect(long.width).toBeLessThanOrEqual(300);
  });
});

describe("drawn pictures", () => {
  it("are as high as what they show, and show each row", async () => {
    const one = await draw(top([["Cobalt", "The Pale"]]), new Map());
    const ten = await draw(top(Array.from({ length: 14 }, (_, at) => [`Song ${at}`, "Band"] as const)), new Map());
    expect(one.width).toBe(1080);
    expect(ten.height - one.height).toBe(9 * 116);
    const row = (at: number) => ({ ...firstTitle, y: 214 + at * 116 });
    const names = top(Array.from({ length: 10 }, (_, at) => [`Song ${at}`, "Band"] as const));
    for (const at of [0, 5, 9]) expect(await inked(names, row(at))).toBeGreaterThan(300);
  });

  it("decode as pictures, every kind, with nothing on them too", async () => {
    const rows = [{ title: "Low Water", detail: "Mara Venn" }];
    const pictures: Picture[] = [
      top([["Low Water"]]),
      top([]),
      { kind: "albums", ...frame, rows },
      { kind: "albums", ...frame, rows: [] },
      { kind: "albums", ...frame, rows: Array.from({ length: 30 }, (_, at) => ({ title: `Album ${at}` })) },
      { kind: "clock", ...frame, hours: Array(24).fill(0), labels: [], middle: ["0 min", ""] },
      { kind: "clock", ...frame, hours: [5], labels: ["0", "12"], middle: ["3 h", "most at 0:00"] },
      {
        kind: "year",
        ...frame,
        figure: { value: "31,402", label: "minutes" },
        months: [],
        lists: [{ title: "Songs", rows }],
        facts: [],
      },
    ];
    for (const picture of pictures) {
      const image = await loadImage(await (await draw(picture, new Map())).encode("png"));
      expect([image.width, image.height > 300 && image.height < 3_000], picture.kind).toEqual([1080, true]);
    }
  });

  it("show covers whole, also those that are not square, and a tile where there is none that can be read", async () => {
    const wide = createCanvas(400, 200);
    const context = wide.getContext("2d");
    context.fillStyle = "#ff0000";
    context.fillRect(0, 0, 400, 200);
    context.fillStyle = "#00ff00";
    context.fillRect(0, 0, 40, 200);
    context.fillRect(360, 0, 40, 200);
    const url = "https://covers.example/a";
    const picture: Picture = { kind: "albums", ...frame, rows: [{ title: "Wide", art: [{ url }] }] };
    const drawn = await draw(picture, new Map([[url, await wide.encode("png")]]));
    const pixel = (x: number, y: number) => [...drawn.getContext("2d").getImageData(x, y, 1, 1).data.slice(0, 3)];
    const middle = 214 + 952 / 2;
    // Both ends of it are there, so that nothing is cut off, and above it is the ground.
    expect(pixel(64 + 20, middle)).toEqual([0, 255, 0]);
    expect(pixel(64 + 952 - 20, middle)).toEqual([0, 255, 0]);
    expect(pixel(540, middle)).toEqual([255, 0, 0]);
    expect(pixel(540, 214 + 100)).toEqual([0x14, 0x15, 0x1c]);
    const broken = await draw(picture, new Map([[url, Buffer.from("<html>no picture</html>")]]));
    expect([...broken.getContext("2d").getImageData(540, middle, 1, 1).data.slice(0, 3)]).not.toEqual([
      0x14, 0x15, 0x1c,
    ]);
  });
});

/** One colour, one bit for each pixel: hardly any bytes. */
function vastPng(side: number): Uint8Array {
  const part = (type: string, data: Buffer) => {
    const named = Buffer.concat([Buffer.from(type), data]);
    const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
    length.writeUInt32BE(data.length);
    sum.writeUInt32BE(crc32(named));
    return Buffer.concat([length, named, sum]);
  };
  const head = Buffer.alloc(13);
  head.writeUInt32BE(side, 0);
  head.writeUInt32BE(side, 4);
  head[8] = 1;
  const rows = deflateSync(Buffer.alloc((Math.ceil(side / 8) + 1) * side));
  const mark = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  return Buffer.concat([mark, part("IHDR", head), part("IDAT", rows), part("IEND", Buffer.alloc(0))]);
}

describe("covers that are opened", () => {
  it("are not unpacked where they are larger than any cover", async () => {
    const url = "https://covers.example/a";
    const bomb = vastPng(24_000);
    expect(bomb.byteLength).toBeLessThan(100_000);
    const picture: Picture = { kind: "albums", ...frame, rows: [{ title: "Vast", art: [{ url }] }] };
    await draw(picture, new Map());
    const before = process.resourceUsage().maxRSS;
    await draw(picture, new Map([[url, bomb]]));
    expect(process.resourceUsage().maxRSS - before).toBeLessThan(200_000);
  });

  it("tell their size in every format that is drawn, and nothing where they are no picture", async () => {
    const canvas = createCanvas(123, 45);
    canvas.getContext("2d").fillRect(0, 0, 60, 20);
    const images = await Promise.all([
      canvas.encode("png"),
      canvas.encode("jpeg"),
      canvas.encode("webp", 80),
      canvas.encode("webp", 100),
      canvas.encode("gif"),
    ]);
    for (const image of images) {
      expect(pixelsOf(image)).toBe(123 * 45);
      for (let length = 0; length < 40; length += 1)
        expect(pixelsOf(image.subarray(0, length)) ?? 123 * 45).toBe(123 * 45);
    }
    expect(pixelsOf(Buffer.from('<?xml version="1.0"?><svg/>'))).toBe(0);
    expect(pixelsOf(Buffer.from("<html>no picture</html>"))).toBeUndefined();
    fc.assert(
      fc.property(fc.constantFrom("", "\xff\xd8\xff", "RIFF1234WEBPVP8 ", "GIF8"), fc.uint8Array(), (mark, rest) => {
        const pixels = pixelsOf(Buffer.concat([Buffer.from(mark, "latin1"), rest]));
        expect(pixels === undefined || pixels >= 0).toBe(true);
      }),
    );
  });
});

describe("pictures on their way to a platform", () => {
  async function house(art: (url: string) => Promise<Uint8Array | undefined> = async () => undefined) {
    const clock = createFakeClock();
    const path = join(folder(), "pictures");
    const open = () =>
      createPictures({ folder: path, addressOf: (id) => `https://here.example/${id}`, art, clock, log: silentLog });
    const pictures = open();
    onTestFinished(() => pictures.close());
    return { clock, path, pictures, open };
  }
  const idOf = (url: string | undefined) => (url ?? "").slice("https://here.example/".length);

  it("are drawn in a process of its own, once for the same, and found after a restart", async () => {
    const { pictures, path, open } = await house();
    const of = { subject: "digest:a", slot: "top" };
    const [first, again] = await Promise.all([
      pictures.draw(of, top([["Cobalt"]])),
      pictures.draw(of, top([["Cobalt"]])),
    ]);
    expect(first).toMatch(/^https:\/\/here\.example\/[\w-]{43}$/);
    expect(again).toBe(first);
    expect(readdirSync(path).filter((name) => name.endsWith(".png"))).toHaveLength(1);
    const found = await open().find(idOf(first));
    expect(found?.mediaType).toBe("image/png");
    expect((await loadImage(Buffer.from(found?.bytes ?? []))).width).toBe(1080);
    if (process.platform !== "win32")
      for (const name of readdirSync(path)) expect(statSync(join(path, name)).mode & 0o077).toBe(0);
  });

  it("go when their subject is drawn anew or forgotten, and previews go all at once", async () => {
    const { pictures } = await house();
    const draw = (subject: string, slot: string, title: string) => pictures.draw({ subject, slot }, top([[title]]));
    const [old, clock, other, preview] = [
      await draw("a", "top", "Cobalt"),
      await draw("a", "clock", "Cobalt"),
      await draw("b", "top", "Cobalt"),
      await draw("preview:ada", "top", "Cobalt"),
    ];
    const there = async (url: string | undefined) => (await pictures.find(idOf(url))) !== undefined;
    const fresh = await draw("a", "top", "Tidal");
    expect([await there(old), await there(fresh), await there(clock), await there(other)]).toEqual([
      false,
      true,
      true,
      true,
    ]);
    await pictures.forgetPreviews();
    expect([await there(preview), await there(other)]).toEqual([false, true]);
    await pictures.forget("a");
    expect([await there(fresh), await there(clock), await there(other)]).toEqual([false, false, true]);
  });

  it("wait for no cover for ever, whoever was asked for it", async () => {
    const asked = Promise.withResolvers<void>();
    const { clock, pictures } = await house(() => {
      asked.resolve();
      return new Promise(() => {});
    });
    const drawing = pictures.draw({ subject: "a", slot: "top" }, top([["Cobalt"]], "https://covers.example/a"));
    await asked.promise;
    await clock.advance(5_000);
    expect(await drawing).toBeDefined();
  });

  it("are not kept where their subject is forgotten while they are drawn", async () => {
    let forgotten = async () => {};
    const { pictures, path } = await house(async () => {
      await forgotten();
      return undefined;
    });
    for (const subject of ["a", "preview:ada"]) {
      forgotten = () => (subject === "a" ? pictures.forget(subject) : pictures.forgetPreviews());
      expect(
        await pictures.draw({ subject, slot: "top" }, top([["Cobalt"]], "https://covers.example/a")),
      ).toBeUndefined();
    }
    expect(readdirSync(path).filter((name) => name !== "key")).toEqual([]);
    forgotten = async () => {};
    expect(await pictures.draw({ subject: "a", slot: "top" }, top([["Cobalt"]]))).toBeDefined();
  });

  it("leave nothing behind of a process that was killed while it wrote", async () => {
    const { pictures, path, open } = await house();
    await pictures.draw({ subject: "a", slot: "top" }, top([["Cobalt"]]));
    const [name = ""] = readdirSync(path).filter((each) => each.endsWith(".png"));
    writeFileSync(join(path, `${name}.part`), "half");
    open();
    expect(readdirSync(path).toSorted()).toEqual([name, "key"].toSorted());
  });

  it("are known by nothing but their address", async () => {
    const { pictures } = await house();
    await pictures.draw({ subject: "a", slot: "top" }, top([["Cobalt"]]));
    for (const id of ["", "key", "../key", "x".repeat(43), "..%2fkey"]) expect(await pictures.find(id)).toBeUndefined();
    // The same picture of another installation has another name.
    const { pictures: elsewhere } = await house();
    const of = { subject: "a", slot: "top" };
    expect(await elsewhere.draw(of, top([["Cobalt"]]))).not.toBe(await pictures.draw(of, top([["Cobalt"]])));
  });

  it("fetch each cover once in the size that fits, and do without those that do not come", async () => {
    const asked: string[] = [];
    const { pictures } = await house(async (url) => {
      asked.push(url);
      throw new Error("offline");
    });
    const art = [
      { url: "https://covers.example/640", width: 640, height: 640 },
      { url: "https://covers.example/64", width: 64, height: 64 },
      { url: "https://covers.example/300", width: 300, height: 300 },
    ];
    const rows = [
      { title: "A", share: 1, art },
      { title: "B", share: 1, art },
    ];
    const url = await pictures.draw({ subject: "a", slot: "top" }, { kind: "top", ...frame, newly: "new", rows });
    expect(url).toBeDefined();
    expect(asked).toEqual(["https://covers.example/300"]);
  });

  it("end nobody but the process that draws them, which is started anew, and rests when nothing is to be drawn", async () => {
    const clock = createFakeClock();
    const painter = createPainter({ clock });
    onTestFinished(() => painter.close());
    // No picture at all: what draws it must not be trusted to live.
    await expect(painter.paint({ kind: "top" } as Picture, [])).rejects.toThrow();
    expect((await painter.paint(top([["Cobalt"]]), [])).byteLength).toBeGreaterThan(1_000);
    await clock.advance(61_000);
    expect((await painter.paint(top([["Cobalt"]]), [])).byteLength).toBeGreaterThan(1_000);
    const left = painter.paint(top([["Cobalt"]]), []);
    const failed = expect(left).rejects.toThrow(/closed/);
    await painter.close();
    await failed;
    await expect(painter.paint(top([["Cobalt"]]), [])).rejects.toThrow(/closed/);
  });

  it("are kept within bounds, the newest", async () => {
    const clock = createFakeClock();
    const path = join(folder(), "pictures");
    const kept = openPictureFolder({ folder: path, clock });
    const ids = [];
    for (let at = 0; at < 503; at += 1) {
      const id = kept.idOf(at);
      ids.push(id);
      await kept.keep(id, { subject: `s${at}`, slot: "top" }, new Uint8Array(10));
      await clock.advance(1_000);
    }
    expect(ids.filter((id) => kept.has(id))).toHaveLength(500);
    expect([kept.has(ids[2] ?? ""), kept.has(ids[3] ?? ""), kept.has(ids[502] ?? "")]).toEqual([false, true, true]);
    await clock.advance(40 * 24 * 60 * 60_000);
    await kept.keep(kept.idOf("new"), { subject: "new", slot: "top" }, new Uint8Array(10));
    expect(ids.some((id) => kept.has(id))).toBe(false);
    expect(kept.has(kept.idOf("new"))).toBe(true);
    // What an earlier run left is bounded as well, and nothing else in the folder is touched.
    const stray = join(path, "note.txt");
    writeFileSync(stray, "mine");
    utimesSync(join(path, readdirSync(path).find((name) => name.endsWith(".png")) ?? ""), 1, 1);
    const reopened = openPictureFolder({ folder: path, clock });
    await reopened.keep(reopened.idOf("newer"), { subject: "newer", slot: "top" }, new Uint8Array(10));
    expect(reopened.has(reopened.idOf("new"))).toBe(false);
    expect(readdirSync(path)).toContain("note.txt");
  });
});

describe("covers that are fetched", () => {
  async function server(answer: Parameters<typeof createServer>[1]) {
    const seen: { url: string; headers: NodeJS.Dict<string | string[]> }[] = [];
    const running = createServer((request, response) => {
      seen.push({ url: request.url ?? "", headers: request.headers });
      answer?.(request, response);
    });
    await new Promise<void>((resolve) => running.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => new Promise<void>((resolve) => running.close(() => resolve())));
    onTestFinished(() => running.closeAllConnections());
    return { origin: `http://127.0.0.1:${(running.address() as AddressInfo).port}`, seen };
  }
  const signal = new AbortController().signal;

  it("come from the named origins alone, once, with nothing that tells who asks", async () => {
    const { origin, seen } = await server((_request, response) => {
      response.writeHead(200, { "content-type": "image/png" }).end("bytes");
    });
    const fetchArt = createArtFetch({ origins: [origin], clock: createFakeClock(), log: silentLog });
    const read = async (url: string) => Buffer.from((await fetchArt(url, signal)) ?? []).toString();
    expect(await read(`${origin}/a`)).toBe("bytes");
    expect(await read(`${origin}/a`)).toBe("bytes");
    expect(seen.map(({ url }) => url)).toEqual(["/a"]);
    expect(Object.keys(seen[0]?.headers ?? {})).not.toContain("cookie");
    for (const url of [
      "http://169.254.169.254/latest",
      "file:///etc/passwd",
      `${origin.replace("http://", "http://me:secret@")}/a`,
      "no address",
    ])
      expect(await fetchArt(url, signal), url).toBeUndefined();
    expect(seen).toHaveLength(1);
  });

  it("are none where they are too large, lead elsewhere, or are no pictures", async () => {
    const { origin, seen } = await server((request, response) => {
      if (request.url === "/large")
        response.writeHead(200, { "content-type": "image/jpeg" }).end(Buffer.alloc(3 * 1024 * 1024));
      else if (request.url === "/page") response.writeHead(200, { "content-type": "text/html" }).end("<p>");
      else if (request.url === "/gone") response.writeHead(404).end();
      else response.writeHead(302, { location: "/large" }).end();
    });
    // None of it is a reason to ask that server for no other cover.
    const fetchArt = createArtFetch({ origins: [origin], clock: createFakeClock(), log: silentLog });
    const paths = ["/large", "/page", "/gone", "/elsewhere", "/gone"];
    for (const path of paths) expect(await fetchArt(`${origin}${path}`, signal), path).toBeUndefined();
    expect(seen.map(({ url }) => url)).toEqual(paths);
  });

  it("are not asked for again while their server is silent", async () => {
    const clock = createFakeClock();
    let calls = 0;
    const { origin } = await server((request) => {
      calls += 1;
      request.socket.destroy();
    });
    const fetchArt = createArtFetch({ origins: [origin], clock, log: silentLog });
    expect(await fetchArt(`${origin}/a`, signal)).toBeUndefined();
    const once = calls;
    expect(await fetchArt(`${origin}/b`, signal)).toBeUndefined();
    expect(calls).toBe(once);
    await clock.advance(61_000);
    await fetchArt(`${origin}/b`, signal);
    expect(calls).toBeGreaterThan(once);
  });
});
