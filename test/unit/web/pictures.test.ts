import { afterEach, describe, expect, it } from "vitest";
import { pictureUrl, readPictureUrl } from "../../../src/web/pictures.ts";
import { createWebServer, type WebServer, type WebServerOptions } from "../../../src/web/server.ts";
import { createFakeClock } from "../../fakes/clock.ts";
import { silentLog } from "../../support/log.ts";
import { ask, locales } from "./site.ts";

const clock = createFakeClock();
const open: WebServer[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((server) => server.stop()));
});

async function serve(pictures: NonNullable<WebServerOptions["pictures"]>): Promise<number> {
  const nobody = () => Promise.resolve({ kind: "failed", failure: "unknown" } as const);
  const server = createWebServer({
    host: "127.0.0.1",
    port: 0,
    clock,
    log: silentLog,
    linkFlow: { look: nobody, begin: nobody, comeBack: nobody },
    callbacks: [],
    readiness: () => ({}),
    locales,
    pictures,
  });
  open.push(server);
  return (await server.start()).port;
}

describe("pictures of a provider", () => {
  it("come under the address that was made for them, and nothing in them can run", async () => {
    const asked: string[][] = [];
    const port = await serve(async (provider, id) => {
      asked.push([provider, id]);
      return { mediaType: "image/png", bytes: new Uint8Array([137, 80, 78, 71]) };
    });
    const answer = await ask(port, pictureUrl("", "box", "a/b ü"));
    expect(asked).toEqual([["box", "a/b ü"]]);
    expect(answer).toMatchObject({
      status: 200,
      headers: { "content-type": "image/png", "x-content-type-options": "nosniff" },
    });
    expect(answer.headers["content-security-policy"]).toContain("sandbox");
  });

  it("are not served when they are gone, or are no picture at all", async () => {
    const port = await serve(async (_provider, id) =>
      id === "page" ? { mediaType: "text/html", bytes: new TextEncoder().encode("<script>") } : undefined,
    );
    const none = await ask(port, "/pictures/box/none");
    expect(none).toMatchObject({ status: 204, headers: { "cache-control": "private, max-age=300" } });
    const page = await ask(port, "/pictures/box/page");
    expect(page.status).toBe(204);
    expect(page.body).not.toContain("script");
  });

  it("are given up when the player does not find them in time", async () => {
    const port = await serve(
      (_provider, _id, signal) =>
        new Promise((resolve) => signal.addEventListener("abort", () => resolve(undefined), { once: true })),
    );
    const asking = ask(port, "/pictures/box/slow");
    await expect.poll(() => clock.pending()).toBeGreaterThan(0);
    await clock.advance(10_000);
    expect(await asking).toMatchObject({ status: 204, headers: { "cache-control": "no-store" } });
  });

  it("are told from every other address", () => {
    const base = "http://127.0.0.1:8765";
    expect(readPictureUrl(base, pictureUrl(base, "box", "a/b ü"))).toEqual({ provider: "box", id: "a/b ü" });
    for (const other of [
      "http://127.0.0.1:8765/pictures/box",
      "http://evil.example/pictures/box/1",
      "http://127.0.0.1:8765/pictures/box/%E0%A4%A",
    ])
      expect(readPictureUrl(base, other)).toBeUndefined();
  });
});
