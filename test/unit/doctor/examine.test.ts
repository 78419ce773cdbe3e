import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { examine, print } from "../../../src/doctor/examine.ts";
import { dataFolder, encryptionKeys, ownPort, usualLanguage } from "../../../src/doctor/machine.ts";
import { createFakeClock } from "../../fakes/clock.ts";

const clock = createFakeClock();
const never = new AbortController().signal;
const sound = async () => undefined;
let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "segue-doctor-"));
});
afterEach(() => rmSync(dir, { recursive: true }));

describe("doctor", () => {
  it("gives every line in order, one that fails and one that hangs included", async () => {
    const looking = examine(
      [
        { name: "First", check: async () => [{ name: "First", status: "ok", found: "well" }] },
        {
          name: "Breaks",
          check: async () => {
            throw new TypeError("fetch failed", { cause: Object.assign(new Error("x"), { code: "ECONNREFUSED" }) });
          },
        },
        { name: "Hangs", check: () => new Promise(() => {}) },
      ],
      clock,
    );
    await clock.advance(10_000);
    const lines = await looking;
    expect(lines.map(({ name, status, found }) => [name, status, found])).toEqual([
      ["First", "ok", "well"],
      ["Breaks", "failed", "no connection (ECONNREFUSED)"],
      ["Hangs", "failed", "no answer within 10 s"],
    ]);
    expect(print(lines)).toBe(
      [
        "✓ First   well",
        "✗ Breaks  no connection (ECONNREFUSED)",
        "          → Check the network between this machine and it (firewall, proxy, DNS), and try again.",
        "✗ Hangs   no answer within 10 s",
        "          → Check the network between this machine and it (firewall, proxy, DNS), and try again.",
      ].join("\n"),
    );
  });

  it("sees keys that others could read", async () => {
    expect(await encryptionKeys(dir, {}, sound)(never)).toMatchObject([{ status: "ok" }]);
    const path = join(dir, "encryption-keys");
    writeFileSync(path, "a:b", { mode: 0o600 });
    expect(await encryptionKeys(dir, {}, sound)(never)).toMatchObject([{ status: "warning" }]);
    chmodSync(path, 0o644);
    expect(await encryptionKeys(dir, {}, sound)(never)).toMatchObject([
      { status: "failed", todo: `Run: chmod 600 ${path}` },
    ]);
    expect(await encryptionKeys(join(dir, "data"), { setting: "a:b", file: path }, sound)(never)).toMatchObject([
      { status: "ok", found: path },
    ]);
    expect(await encryptionKeys(dir, { setting: "a:b" }, sound)(never)).toMatchObject([{ status: "ok" }]);
  });

  it("takes a data folder that is not there yet, and refuses what is no folder", async () => {
    expect(await dataFolder(join(dir, "a", "b"))(never)).toMatchObject([{ status: "ok" }]);
  });

  it("refuses a data folder in which nothing can be made, whatever its room", async () => {
    writeFileSync(join(dir, "file"), "");
    for (const nowhere of ["/proc/nowhere", join(dir, "file", "data")])
      expect(await dataFolder(nowhere)(never), nowhere).toMatchObject([{ status: "failed" }]);
  });

  it("knows the languages that there are words in", async () => {
    for (const locale of ["de", "de-AT", "EN"])
      expect(await usualLanguage(locale, ["de", "en"])(never)).toMatchObject([{ status: "ok" }]);
    expect(await usualLanguage("xx", ["de", "en"])(never)).toMatchObject([
      { status: "failed", found: expect.stringContaining("xx"), todo: "Set LOCALE to one of de, en." },
    ]);
  });

  it("sees that its port is taken, and by whom", async () => {
    const answers = { status: 404, body: "{}" };
    const server = createServer((_request, response) => response.writeHead(answers.status).end(answers.body));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const address = server.address();
    const port = typeof address === "object" && address ? address.port : 0;
    expect(await ownPort("127.0.0.1", port)(never)).toMatchObject([
      { status: "failed", found: `another program listens on ${port}` },
    ]);
    Object.assign(answers, { status: 200, body: JSON.stringify({ status: "ok" }) });
    expect(await ownPort("127.0.0.1", port)(never)).toMatchObject([{ status: "ok", found: `Segue runs on ${port}` }]);
    await new Promise((resolve) => server.close(resolve));
    expect(await ownPort("127.0.0.1", port)(never)).toMatchObject([{ status: "ok", found: `${port} is free` }]);
    expect(await ownPort("203.0.113.9", port)(never)).toMatchObject([{ status: "failed" }]);
    expect(await ownPort("127.0.0.1", 0)(never)).toMatchObject([{ status: "ok" }]);
  });
});
