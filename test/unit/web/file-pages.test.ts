import { once } from "node:events";
import net from "node:net";
import { Readable } from "node:stream";
import { afterEach, describe, expect, it } from "vitest";
import { extendedRow, extendedRows } from "../../support/listening-files.ts";
import { createFileSite, type FileSite } from "./file-site.ts";
import { ask, csrf, plain, title } from "./site.ts";

let site: FileSite;
const begin = async (options: Parameters<typeof createFileSite>[0] = {}) => {
  site = await createFileSite(options);
  return site;
};
afterEach(() => site?.close());

const html = { Accept: "text/html", "Sec-Fetch-Dest": "document" };
const boundary = "----a-boundary";

/** A form with a file, as a browser sends it. */
function form(fields: Record<string, string>, file?: { name: string; text: string }): string {
  const parts = Object.entries(fields).map(
    ([name, value]) => `--${boundary}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`,
  );
  if (file)
    parts.push(
      `--${boundary}\r\nContent-Disposition: form-data; name="file"; filename="${file.name}"\r\n` +
        `Content-Type: application/json\r\n\r\n${file.text}\r\n`,
    );
  return `${parts.join("")}--${boundary}--\r\n`;
}

/** Opens the page, and sends its form back with the file. */
async function visitor(path: string) {
  const page = await ask(site.port, path, { headers: html });
  const cookie = String(page.headers["set-cookie"]?.[0] ?? "").split(";")[0] ?? "";
  return {
    page,
    cookie,
    upload: (text: string, { name = "history.json", token = csrf(page), headers = {} } = {}) =>
      ask(site.port, path, {
        method: "POST",
        headers: {
          ...html,
          Cookie: cookie,
          "Sec-Fetch-Site": "same-origin",
          "Content-Type": `multipart/form-data; boundary=${boundary}`,
          ...headers,
        },
        body: form({ csrf: token }, { name, text }),
      }),
    post: (to: string, fields: Record<string, string>) =>
      ask(site.port, to, {
        method: "POST",
        headers: { ...html, Cookie: cookie, "Content-Type": "application/x-www-form-urlencoded" },
        body: new URLSearchParams({ csrf: csrf(page), ...fields }).toString(),
      }),
    now: () => ask(site.port, path, { headers: { ...html, Cookie: cookie } }),
  };
}

const rows = (count: number) => JSON.stringify(extendedRows(count));

describe("the upload page", () => {
  it("says whose history it is, and lets nothing but our own script run", async () => {
    await begin();
    const { page } = await visitor(await site.invite());
    expect(page.status).toBe(200);
    expect(title(page)).toBe("Upload your history");
    expect(plain(page)).toContain("Ada Lovelace");
    expect(plain(page)).toContain("another 30 minutes");
    const policy = String(page.headers["content-security-policy"]);
    expect(policy).toContain("default-src 'none'; script-src 'self'; connect-src 'self'");
    expect(policy).not.toContain("unsafe");
    expect(page.headers["cache-control"]).toBe("no-store");
    expect(page.headers["referrer-policy"]).toBe("no-referrer");
    expect(page.body).not.toMatch(/ on[a-z]+=|<script(?! src="\/pages\/)/);
  });

  it("takes one file, shows what came of it, and takes no other", async () => {
    await begin();
    const path = await site.invite();
    const ada = await visitor(path);
    const sent = await ada.upload(rows(30));
    expect([sent.status, sent.headers.location]).toEqual([303, path]);
    await expect.poll(async () => title(await ada.now())).toBe("Your file is read");
    const done = plain(await ada.now());
    expect(done).toMatch(/Read<\/dt><dd>30<[\s\S]*New in your history<\/dt><dd>30</);
    expect(await site.plays()).toBe(30);
    expect(site.lying()).toEqual([]);
    expect((await ada.upload(rows(40))).status).toBe(404);
    expect(await site.plays()).toBe(30);
  });

  it("is over after half an hour, when a newer one was asked for, and for whoever made it up", async () => {
    await begin();
    const first = await site.invite();
    const second = await site.invite();
    expect((await visitor(first)).page.status).toBe(404);
    expect((await visitor(second)).page.status).toBe(200);
    expect((await visitor(`/history/import/${"A".repeat(43)}`)).page.status).toBe(404);
    expect((await visitor("/history/import/short")).page.status).toBe(404);
    // A page for the one is none for the other.
    expect((await visitor(second.replace("import", "export"))).page.status).toBe(404);
    await site.world.clock.advance(31 * 60_000);
    const late = await visitor(second);
    expect([late.page.status, title(late.page)]).toEqual([404, "This page is over"]);
  });

  it("takes nothing from another site, from a browser without its cookie, or without its form's secret", async () => {
    await begin();
    const path = await site.invite();
    const ada = await visitor(path);
    const other = await visitor(path);
    for (const attempt of [
      ada.upload(rows(3), { headers: { "Sec-Fetch-Site": "cross-site" } }),
      ada.upload(rows(3), { headers: { Cookie: "" } }),
      ada.upload(rows(3), { token: csrf(other.page) }),
      ada.upload(rows(3), { token: "" }),
    ])
      expect((await attempt).status).toBe(303);
    expect(plain(await ada.now())).toContain("did not arrive whole");
    expect(await site.plays()).toBe(0);
    expect(site.lying()).toEqual([]);
    await ada.upload(rows(3));
    await expect.poll(() => site.plays()).toBe(3);
  });

  it("survives a line that goes dead in the middle", async () => {
    await begin();
    const path = await site.invite();
    const ada = await visitor(path);
    const socket = net.connect(site.port, "127.0.0.1");
    const body = form({ csrf: csrf(ada.page) }, { name: "a.json", text: rows(50) });
    socket.write(
      `POST ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: ${ada.cookie}\r\nContent-Length: ${body.length + 10_000}\r\n` +
        `Content-Type: multipart/form-data; boundary=${boundary}\r\n\r\n${body.slice(0, 5_000)}`,
    );
    await expect.poll(() => site.lying().length).toBe(1);
    expect(title(await ada.now())).toBe("Your file is on its way");
    socket.destroy();
    await once(socket, "close");
    await expect.poll(() => site.lying()).toEqual([]);
    await expect.poll(async () => title(await ada.now())).toBe("Upload your history");
    await ada.upload(rows(50));
    await expect.poll(() => site.plays()).toBe(50);
  });

  it("ends a line on which nothing comes any more", async () => {
    await begin();
    const path = await site.invite();
    const ada = await visitor(path);
    const body = form({ csrf: csrf(ada.page) }, { name: "a.json", text: rows(50) });
    const socket = net.connect(site.port, "127.0.0.1");
    socket.on("error", () => undefined);
    socket.write(
      `POST ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: ${ada.cookie}\r\nContent-Length: ${body.length}\r\n` +
        `Content-Type: multipart/form-data; boundary=${boundary}\r\n\r\n${body.slice(0, 5_000)}`,
    );
    await expect.poll(() => site.lying().length).toBe(1);
    await site.world.clock.advance(59_000);
    socket.write(body.slice(5_000, 6_000));
    await new Promise((resolve) => setTimeout(resolve, 50));
    await site.world.clock.advance(59_000);
    expect(socket.destroyed).toBe(false);
    const closed = once(socket, "close");
    await site.world.clock.advance(120_000);
    await closed;
    await expect.poll(() => site.lying()).toEqual([]);
  });

  it("takes no more than the disk has room for, and no more than 2 GB", async () => {
    await begin({ importer: { freeBytes: async () => 100 * 1024 ** 2 } });
    const ada = await visitor(await site.invite());
    expect((await ada.upload(rows(3))).headers.connection).toBe("close");
    expect(plain(await ada.now())).toContain("not enough room");
    expect(site.lying()).toEqual([]);
    const socket = net.connect(site.port, "127.0.0.1");
    const path = ada.page.body.match(/action="([^"]+)"/)?.[1];
    socket.write(
      `POST ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: ${ada.cookie}\r\nContent-Length: 3000000000\r\n` +
        `Content-Type: multipart/form-data; boundary=${boundary}\r\n\r\n`,
    );
    await once(socket, "data");
    socket.destroy();
    expect(plain(await ada.now())).toContain("larger than 2 GB");
  });

  it("asks whose the file is, and does as it is told there", async () => {
    await begin();
    for (const [answer, plays] of [
      ["not_mine", 0],
      ["mine", 1],
    ] as const) {
      const path = await site.invite();
      const ada = await visitor(path);
      await ada.upload(JSON.stringify([extendedRow(1, { username: "eve" })]));
      await expect.poll(async () => title(await ada.now())).toBe("Is this file yours?");
      expect(plain(await ada.now())).toContain("“eve”");
      // Without the page's secret nobody answers for her.
      expect((await ada.post(`${path}/answer`, { csrf: "x", answer: "mine" })).status).toBe(404);
      expect((await ada.post(`${path}/answer`, { answer })).status).toBe(303);
      await expect.poll(async () => title(await ada.now())).toBe(plays ? "Your file is read" : "The import is stopped");
      expect(await site.plays()).toBe(plays);
    }
  });

  it("goes on after kill -9, and its page shows it", async () => {
    await begin();
    const path = await site.invite();
    const ada = await visitor(path);
    await ada.upload(JSON.stringify([extendedRow(1, { username: "eve" })]));
    await expect.poll(async () => title(await ada.now())).toBe("Is this file yours?");
    await site.again();
    await expect.poll(async () => title(await ada.now())).toBe("Is this file yours?");
    await ada.post(`${path}/answer`, { answer: "mine" });
    await expect.poll(() => site.plays()).toBe(1);
  });

  it("is nobody's any more when the person has gone", async () => {
    await begin();
    const path = await site.invite();
    await site.files.forget(site.personId);
    expect((await visitor(path)).page.status).toBe(404);
  });

  it("takes nothing any more once the person deletes what they have, though its last bytes are still to come", async () => {
    await begin();
    const path = await site.invite();
    const ada = await visitor(path);
    const socket = net.connect(site.port, "127.0.0.1").resume();
    socket.on("error", () => undefined);
    const body = form({ csrf: csrf(ada.page) }, { name: "a.json", text: rows(50) });
    socket.write(
      `POST ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: ${ada.cookie}\r\nContent-Length: ${Buffer.byteLength(body)}\r\n` +
        `Content-Type: multipart/form-data; boundary=${boundary}\r\n\r\n${body.slice(0, -200)}`,
    );
    await expect.poll(() => site.lying().length).toBe(1);
    await site.files.forget(site.personId);
    expect(site.lying()).toEqual([]);
    if (!socket.destroyed) socket.end(body.slice(-200));
    await once(socket, "close");
    expect(site.files.running()).toEqual([]);
    expect(await site.plays()).toBe(0);
  });

  it("holds other paths to their time for a request all the same", async () => {
    await begin({ server: { slowClientMs: 300 } });
    const drip = (path: string) => {
      const socket = net.connect(site.port, "127.0.0.1");
      socket.on("error", () => undefined);
      socket.write(
        `POST ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 1000\r\n` +
          `Content-Type: application/x-www-form-urlencoded\r\n\r\na=`,
      );
      return socket;
    };
    const slow = drip(`/link/${"A".repeat(43)}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(slow.destroyed).toBe(false);
    const closed = once(slow, "close");
    await site.world.clock.advance(1_000);
    await closed;
    expect(slow.destroyed).toBe(true);
  });
});

describe("the page to take a history away", () => {
  it("is good again where the line went dead before the first row", async () => {
    await begin();
    await site.imports(extendedRows(30));
    const token = (await site.export("csv")).split("/").at(-1) ?? "";
    const first = await site.files.pages.take(token);
    expect(await site.files.pages.take(token)).toBeUndefined();
    Readable.from(first?.texts ?? []).destroy();
    await expect.poll(async () => (await site.files.pages.take(token)) !== undefined).toBe(true);
  });

  it("gives it once, to whoever presses the button, and not to a preview", async () => {
    await begin();
    await site.imports(extendedRows(30));
    const path = await site.export("csv");
    expect((await visitor(path)).page.status).toBe(200);
    const ada = await visitor(path);
    expect((await ada.post(path, { csrf: "x" })).status).toBe(404);
    const file = await ada.post(path, {});
    expect(file.status).toBe(200);
    expect(file.headers["content-disposition"]).toBe('attachment; filename="history.csv"');
    expect(file.headers["content-type"]).toContain("text/csv");
    expect(file.body.trim().split("\n")).toHaveLength(31);
    expect((await ada.post(path, {})).status).toBe(404);
    expect((await visitor(path)).page.status).toBe(404);
  });
});
