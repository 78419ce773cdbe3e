import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { root } from "../house/source.ts";
import { extendedRows, zipped } from "../support/listening-files.ts";

/** A file that is uploaded to the program as it runs, on its page, while the program is killed without a word. */
describe("an upload and kill -9", () => {
  const rows = 30_000;
  let folder: string;
  let port: number;
  let child: ChildProcess | undefined;
  const origin = () => `http://127.0.0.1:${port}`;

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), "segue-upload-"));
    const probe = createServer().listen(0, "127.0.0.1");
    await once(probe, "listening");
    const address = probe.address();
    port = typeof address === "object" && address ? address.port : 0;
    probe.close();
  });
  afterEach(async () => {
    await kill();
    rmSync(folder, { recursive: true, force: true });
  });

  async function start(): Promise<void> {
    child = spawn(process.execPath, [join(root, "bin/segue.js"), "serve"], {
      stdio: "ignore",
      cwd: folder,
      env: {
        PATH: process.env.PATH ?? "",
        HOME: folder,
        DATA_DIR: join(folder, "data"),
        PORT: String(port),
        LOG_LEVEL: "silent",
      },
    });
    const ready = () =>
      fetch(`${origin()}/readyz`).then(
        ({ status }) => status,
        () => 0,
      );
    await expect.poll(ready, { timeout: 30_000, interval: 100 }).toBe(200);
  }
  async function kill(): Promise<void> {
    const running = child;
    child = undefined;
    if (running?.exitCode !== null || running.signalCode !== null) return;
    const gone = once(running, "exit");
    running.kill("SIGKILL");
    await gone;
  }
  async function says(intent: string, slots: Record<string, unknown> = {}): Promise<string> {
    const response = await fetch(`${origin()}/chat/messages`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ user: "ada", intent, slots }),
    });
    const { replies } = (await response.json()) as { replies: { text: string }[] };
    return replies.map(({ text }) => text).join("\n");
  }
  const number = (text: string, what: string) =>
    Number((new RegExp(`^${what}: ([\\d,]+)$`, "m").exec(text)?.[1] ?? "0").replaceAll(",", ""));

  it("loses nothing and keeps nothing twice", { timeout: 120_000 }, async () => {
    await start();
    const url = /http:\S+\/history\/import\/\S+/.exec(await says("history.import", { page: "yes" }))?.[0] ?? "";
    const page = await fetch(url, { headers: { Accept: "text/html" } });
    const cookie = (page.headers.get("set-cookie") ?? "").split(";")[0] ?? "";
    const form = new FormData();
    form.set("csrf", /name="csrf" value="([^"]+)"/.exec(await page.text())?.[1] ?? "");
    const archive = await zipped({ "Streaming_History_Audio_2023.json": JSON.stringify(extendedRows(rows)) });
    form.set("file", new File([new Uint8Array(archive)], "my_spotify_data.zip"));
    const sent = await fetch(url, { method: "POST", body: form, headers: { Cookie: cookie }, redirect: "manual" });
    expect([sent.status, sent.headers.get("location")]).toEqual([303, new URL(url).pathname]);
    await expect
      .poll(async () => number(await says("history.import", { action: "status" }), "Read"), {
        timeout: 20_000,
        interval: 50,
      })
      .toBeGreaterThan(0);
    await kill();
    expect(readdirSync(join(folder, "data/rehearsal/imports"))).toHaveLength(2);

    await start();
    // The page that it was uploaded on tells of it still.
    const shown = await fetch(url, { headers: { Accept: "text/html", Cookie: cookie } });
    expect(await shown.text()).toContain("my_spotify_data.zip");
    await expect
      .poll(() => says("history.import", { action: "status" }), { timeout: 60_000, interval: 200 })
      .toContain("is read");
    const status = await says("history.import", { action: "status" });
    const counts = ["New", "Known already", "Not to be understood"].map((what) => number(status, what));
    expect(number(status, "Read")).toBe(rows);
    expect(counts.reduce((sum, each) => sum + each, 0)).toBe(rows);
    await expect.poll(() => readdirSync(join(folder, "data/rehearsal/imports"))).toEqual([]);

    const take = /http:\S+\/history\/export\/\S+/.exec(await says("history.export", { format: "json" }))?.[0] ?? "";
    const ask = await fetch(take, { headers: { Accept: "text/html" } });
    const secret = /name="csrf" value="([^"]+)"/.exec(await ask.text())?.[1] ?? "";
    const file = await fetch(take, {
      method: "POST",
      headers: { Cookie: (ask.headers.get("set-cookie") ?? "").split(";")[0] ?? "" },
      body: new URLSearchParams({ csrf: secret }),
    });
    const all = (await file.text()).trimEnd().split("\n");
    const lines = all.filter((line) => !("about" in JSON.parse(line)));
    expect(new Set(lines).size).toBe(rows);
    expect(lines).toHaveLength(rows);
  });
});
