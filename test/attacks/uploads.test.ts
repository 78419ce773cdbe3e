import { readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { extendedRow, extendedRows, zipped } from "../support/listening-files.ts";
import { createFileSite, type FileSite } from "../unit/web/file-site.ts";
import { ask, csrf, plain, title } from "../unit/web/site.ts";

let site: FileSite;
beforeEach(async () => {
  site = await createFileSite();
});
afterEach(() => site.close());

/** Brings a file by its page, as a browser would; resolves with the page once all is read. */
async function bring(bytes: Buffer, name = "history.zip") {
  const path = await site.invite();
  const html = { Accept: "text/html" };
  const page = await ask(site.port, path, { headers: html });
  const cookie = String(page.headers["set-cookie"]?.[0] ?? "").split(";")[0] ?? "";
  const form = new FormData();
  form.append("csrf", csrf(page));
  form.append("file", new File([new Uint8Array(bytes)], name));
  const sent = await fetch(`${site.origin}${path}`, {
    method: "POST",
    body: form,
    redirect: "manual",
    headers: { ...html, Cookie: cookie },
  });
  const now = () => ask(site.port, path, { headers: { ...html, Cookie: cookie } });
  await expect.poll(async () => title(await now()), { timeout: 10_000 }).not.toMatch(/Upload|Reading|on its way/);
  return { status: sent.status, page: await now() };
}

/** A zip whose names are what `zipped` would refuse to write: each is put in place of one as long. */
async function zipNamed(files: Record<string, string>): Promise<Buffer> {
  const names = Object.keys(files);
  const plainNames = names.map((name, at) => `${at}`.padEnd(name.length - 5, "x") + name.slice(-5));
  let bytes = await zipped(Object.fromEntries(names.map((name, at) => [plainNames[at] ?? "", files[name] ?? ""])));
  for (const [at, name] of names.entries()) {
    const text = bytes.toString("latin1").replaceAll(plainNames[at] ?? "", name);
    bytes = Buffer.from(text, "latin1");
  }
  return bytes;
}
const outside = () => readdirSync(tmpdir()).filter((name) => /evil|passwd/.test(name));

describe("a file that somebody brings", () => {
  it("is written nowhere but where files wait, whatever the names in it say", async () => {
    const rows = (at: number) => JSON.stringify(extendedRows(2, at));
    const zip = await zipNamed({
      "../../../evil-1.json": rows(0),
      "/tmp/absolute/evil-2.json": rows(2),
      "..\\..\\windows\\evil-3.json": rows(4),
      "a/../../../../evil-4.json": rows(6),
      "harmless-but-long/evil-5.json": rows(8),
    });
    const { status } = await bring(zip);
    expect(status).toBe(303);
    expect(outside()).toEqual([]);
    expect(site.lying()).toEqual([]);
  });

  it.each([
    "../../../../etc/passwd-evil.json",
    "..\\..\\evil.json",
    "/etc/evil.json",
    "C:\\evil.json",
    "<img src=x onerror=alert(1)>.json",
    "\u202Enosj.evil.json",
    `${"e".repeat(5_000)}.json`,
    ".json",
    "con.json",
  ])("may be called %s, and lies under a name of ours", async (name) => {
    const { page } = await bring(Buffer.from(JSON.stringify(extendedRows(1))), name);
    expect(page.body).not.toMatch(/<img src=x|\u202E|\.\.\/|\.\.\\/);
    expect(page.body.length).toBeLessThan(10_000);
    expect(outside()).toEqual([]);
    expect(site.lying()).toEqual([]);
    expect(await site.plays()).toBe(1);
  });

  it("does not unpack without an end", async () => {
    const bomb = `[${JSON.stringify(extendedRow(0))},${" ".repeat(40_000_000)}]`;
    const { page } = await bring(await zipped({ "bomb.json": bomb, "good.json": JSON.stringify(extendedRows(3, 5)) }));
    expect(title(page)).toBe("Your file is read");
    expect(await site.plays()).toBeGreaterThanOrEqual(3);
    expect(site.lying()).toEqual([]);
  });

  it("is not unpacked twice: a zip in a zip stays one", async () => {
    const inner = await zipped({ "a.json": JSON.stringify(extendedRows(5)) });
    await bring(await zipped({ "inner.zip": inner, "b.json": JSON.stringify(extendedRows(1, 9)) }));
    expect(await site.plays()).toBe(1);
  });

  it("reaches the prototype of nothing", async () => {
    const row = JSON.stringify(extendedRow(1)).slice(0, -1);
    const rows = `[${row},"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}},{"__proto__":${JSON.stringify(extendedRow(2))}}]`;
    const { page } = await bring(Buffer.from(rows), "rows.json");
    expect(plain(page)).toContain("Read");
    expect(await site.plays()).toBe(1);
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });

  it("ends where it is no file of listening, in plain words", async () => {
    for (const bytes of [
      Buffer.from("PK\u0003\u0004 no zip at all"),
      Buffer.alloc(100_000, 0xff),
      Buffer.from("[".repeat(200_000)),
      Buffer.from(""),
    ]) {
      const { page } = await bring(bytes, "x.json");
      expect(title(page)).toMatch(/cannot be read|is read|stopped/);
      expect(page.body).not.toMatch(/SyntaxError|at \w+ \(|ENOENT|\/tmp\//);
    }
    expect(await site.plays()).toBe(0);
  });
});
