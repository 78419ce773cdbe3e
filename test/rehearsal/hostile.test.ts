import { connect } from "node:net";
import { beforeEach, describe, expect, it } from "vitest";
import { type Stand, stand } from "./stand.ts";

let spotify: Stand;
beforeEach(async () => {
  spotify = await stand();
});

/** Sends bytes as they are and gives back what came before the other side closed. */
function raw(bytes: string): Promise<string> {
  const { port } = new URL(spotify.server.url);
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), "127.0.0.1", () => socket.write(bytes));
    let answer = "";
    socket.on("data", (data) => {
      answer += data.toString("latin1");
    });
    socket.on("close", () => resolve(answer));
    socket.on("error", reject);
  });
}

const stillThere = async () => expect((await spotify.call("GET", "/me")).status).toBe(200);

describe("hostile requests", () => {
  it.each([
    "/tracks/..%2F..%2Fme",
    "/tracks/%00",
    "/tracks/%",
    "/tracks/%zz",
    "/tracks/__proto__",
    "/tracks/constructor",
    `/tracks/${"a".repeat(5_000)}`,
    "/playlists/__proto__/items",
    "/artists/0123456789abcdefABCDEF/albums?limit=1e3",
    "/search?q=%F0%9F%92%A9&type=track&limit=NaN",
    "/me/tracks?offset=-1",
    "/me/tracks?offset=99999999999999999999",
    "/me/following?type=artist&limit=0x10",
    "/me/top/tracks?time_range=__proto__",
    "//me",
    "/me/",
    "/ME",
  ])("GET %s is refused in the usual shape", async (path) => {
    const answer = await spotify.call("GET", path);
    expect([400, 404]).toContain(answer.status);
    await stillThere();
  });

  it.each([
    "null",
    "[]",
    '"text"',
    "5",
    "{",
    '{"device_ids":null}',
    '{"device_ids":[{}]}',
    '{"__proto__":{"device_ids":["x"]}}',
    "\u0000",
    `{"device_ids":["${"x".repeat(1000)}"]}`,
    `${"[".repeat(10_000)}`,
  ])("a transfer of %s is refused", async (body) => {
    const answer = await spotify.call("PUT", "/me/player", { body });
    expect([400, 404]).toContain(answer.status);
    await stillThere();
  });

  it("refuses a body that is no UTF-8", async () => {
    const response = await fetch(`${spotify.server.apiUrl}/me/playlists`, {
      method: "POST",
      headers: { authorization: `Bearer ${spotify.token()}`, "content-type": "application/json" },
      body: Buffer.from([0x7b, 0xff, 0xfe, 0x7d]),
    });
    expect(response.status).toBe(400);
  });

  it("reads no body without end", async () => {
    const answer = await raw(
      `POST /v1/me/playlists HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: 600000\r\n\r\n${"x".repeat(600_000)}`,
    );
    expect(answer).toMatch(/^HTTP\/1.1 413 /);
    await stillThere();
  });

  it("wants a length on a write without a body", async () => {
    const head = `Host: 127.0.0.1\r\nAuthorization: Bearer ${spotify.token()}\r\nConnection: close\r\n`;
    expect(await raw(`PUT /v1/me/player/pause HTTP/1.1\r\n${head}\r\n`)).toMatch(/^HTTP\/1.1 411 /);
    expect(await raw(`PUT /v1/me/player/pause HTTP/1.1\r\n${head}Content-Length: 0\r\n\r\n`)).toMatch(
      /^HTTP\/1.1 404 /,
    );
  });

  it.each([
    "GET http://evil.example/v1/me HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n",
    "GET  HTTP/1.1\r\n\r\n",
    "NONSENSE\r\n\r\n",
    "OPTIONS * HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
  ])("survives %o", async (bytes) => {
    expect(await raw(bytes)).toMatch(/^HTTP\/1.1 4\d\d /);
    await stillThere();
  });

  it("survives a client that leaves in the middle of its body", async () => {
    const { port } = new URL(spotify.server.url);
    await new Promise<void>((resolve) => {
      const socket = connect(Number(port), "127.0.0.1", () => {
        socket.write("POST /api/token HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 100\r\n\r\ngrant");
        socket.destroy();
      });
      socket.on("close", () => resolve());
    });
    await stillThere();
  });

  it("takes odd tokens for what they are: unknown", async () => {
    for (const authorization of ["Bearer", "Bearer ", "Basic abc", "bearer x y", "__proto__", "Bearer constructor"]) {
      const response = await fetch(`${spotify.server.apiUrl}/me`, { headers: { authorization } });
      expect(response.status, authorization).toBe(401);
    }
  });
});
