import { randomBytes } from "node:crypto";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { systemClock } from "../../src/clock.ts";
import { sealedColumns } from "../../src/contracts/sealed.ts";
import { createPrograms, type Program, type Programs } from "../support/program.ts";
import { addressIn, linkByPage, openServices, publicUrl, type Services } from "./platforms/services.ts";

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

/**
 * The whole program with secrets planted wherever there are any, through what people do and what goes wrong, and then all that it
 * has given out, searched for each of them.
 */
const planted = {
  clientSecret: "planted-client-secret-31337",
  chatToken: "planted-chat-token-4711-4711",
  mpdPassword: "planted-mpd-password",
  lastfmSecret: "planted-lastfm-secret-00",
  databasePassword: "planted-database-password",
  encryptionKey: randomBytes(32).toString("base64"),
  diaryToken: "0f5dbb2e-aaaa-4bbb-8ccc-00000badcafe",
};
const mia = 41;

let services: Services;
let programs: Programs;
let program: Program;
let settings: Record<string, string>;
const fronts: { close(): void }[] = [];
/** Secrets that came into being on the way: tokens, codes, verifiers. */
const found = new Map<string, string>();
const given: { where: string; text: string }[] = [];
let echo: number | undefined;

const secretFields = /^(access_token|refresh_token|code|code_verifier|client_secret)$/;
function learn(text: string): void {
  for (const [name, value] of new URLSearchParams(text)) if (secretFields.test(name)) found.set(value, name);
  for (const [, name, value] of text.matchAll(/"(access_token|refresh_token)":"([^"]+)"/g))
    if (name !== undefined && value !== undefined) found.set(value, name);
}

/** Passes everything on, until it answers instead with all that it was asked with: as proxies and broken servers do. */
async function front(upstream: string): Promise<string> {
  const server = createServer(async (request: IncomingMessage, response: ServerResponse) => {
    let body = "";
    for await (const chunk of request) body += String(chunk);
    learn(body);
    if (echo !== undefined) {
      const message = `${request.method} ${request.url} ${JSON.stringify(request.headers)} ${body}`;
      response.writeHead(echo, { "content-type": "application/json" });
      response.end(JSON.stringify({ error: { status: echo, message, reason: message }, error_description: message }));
      return;
    }
    const { host: _host, connection: _connection, "content-length": _length, ...headers } = request.headers;
    const answer = await fetch(`${upstream}${request.url}`, {
      method: request.method ?? "GET",
      headers: headers as Record<string, string>,
      redirect: "manual",
      ...(body === "" ? {} : { body }),
    });
    const text = await answer.text();
    learn(text);
    const passed = [...answer.headers].filter(
      ([name]) => !/^(content-(length|encoding)|transfer-encoding)$/.test(name),
    );
    response.writeHead(answer.status, Object.fromEntries(passed));
    response.end(text);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  fronts.push({
    close() {
      server.closeAllConnections();
      server.close();
    },
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const chat = (text: string) =>
  fetch(`${services.local}/chat/messages`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${planted.chatToken}` },
    body: JSON.stringify({ user: "anna", text }),
  }).then((response) => response.text());
async function keep(where: string, text: Promise<string> | string): Promise<string> {
  const kept = { where, text: await text };
  given.push(kept);
  return kept.text;
}
const page = (path: string) =>
  keep(
    path,
    fetch(`${services.local}${path}`, { redirect: "manual" }).then((each) => each.text()),
  );
const seenBy = (person: number) => services.telegram.sees(person).join("\n---\n");
/** What people said themselves is theirs. */
const answers = () =>
  services.telegram
    .sees(mia)
    .filter((text) => !text.split("\n").some((line) => line.trimEnd().endsWith(planted.diaryToken)));
const says = (text: string) => services.telegram.updates.confirmed(services.telegram.says(mia, mia, text));
const soon = (look: () => unknown) => expect.poll(look, { timeout: 20_000, interval: 20 });

beforeAll(async () => {
  programs = createPrograms("secrets");
  services = await openServices(
    { telegram: "poll", pages: true },
    { clock: systemClock, app: { clientSecret: planted.clientSecret } },
  );
  services.telegram.world.addUser({ id: mia, first_name: "Mia" });
  const keys = join(programs.folder, "keys");
  writeFileSync(keys, `planted:${planted.encryptionKey}\n`, { mode: 0o600 });
  settings = {
    ...services.settings,
    SPOTIFY_API_URL: await front(services.spotify.url),
    SPOTIFY_ACCOUNTS_URL: await front(services.spotify.accountsUrl),
    SPOTIFY_CLIENT_SECRET: planted.clientSecret,
    CHAT_TOKEN: planted.chatToken,
    MPD_URL: `mpd://${planted.mpdPassword}@127.0.0.1:1`,
    LASTFM_API_KEY: "0123456789abcdef0123456789abcdef",
    LASTFM_API_SECRET: planted.lastfmSecret,
    LASTFM_API_URL: await front(services.spotify.url),
    LISTENBRAINZ_API_URL: await front(services.spotify.url),
    ENCRYPTION_KEYS_FILE: keys,
    LOG_LEVEL: "debug",
  };
  found.set(services.settings.TELEGRAM_BOT_TOKEN ?? "", "platform token");
  for (const [name, value] of Object.entries(planted)) found.set(value, name);
  const crash = `process.on("SIGUSR2", () => { setImmediate(() => { throw Object.assign(new Error("GET https://api/bot" + process.env.TELEGRAM_BOT_TOKEN + "/x failed", { cause: new Error("Bearer " + process.env.CHAT_TOKEN) }), { config: { headers: { authorization: process.env.SPOTIFY_CLIENT_SECRET } } }); }); })`;
  program = programs.segue(["serve"], settings, [
    "--import",
    `data:text/javascript,${encodeURIComponent(crash)}`,
    "--report-on-signal",
    "--report-signal=SIGHUP",
    `--report-directory=${programs.folder}`,
  ]);
  await programs.address(program);
});
afterAll(async () => {
  programs?.close();
  for (const each of fronts) each.close();
  await services?.close();
});

describe("secrets", () => {
  it("are met on the way: linked by page and code, played, refused by services that answer with all they were told", async () => {
    await says("/link");
    await soon(() => seenBy(mia)).toMatch(/Open this page/);
    const link = addressIn(services.telegram.sees(mia).findLast((text) => /\/link\//.test(text)) ?? "");
    found.set(new URL(link).pathname.split("/").at(-1) ?? "", "link token");
    const own = link.replace(publicUrl, services.local);
    // Its own address is in its own form, and nowhere else.
    const shown = await fetch(own).then((each) => each.text());
    await keep("link page", shown.replaceAll(new URL(link).pathname, ""));
    await linkByPage(services.browser(), link, "Mia Lindqvist").then(
      (code) => says(code),
      () => undefined,
    );
    await soon(() => seenBy(mia)).toMatch(/Connected to Spotify/);
    await says("play yesterday on the kitchen speaker");
    await soon(() => seenBy(mia)).toMatch(/Playing Yesterday/);
    const before = services.telegram.world.messages.length;
    for (const status of [500, 400, 403, 401]) {
      echo = status;
      await says(status === 500 ? "volume 35" : "play hello by adele");
      await soon(() => services.telegram.world.messages.length).toBeGreaterThan(before);
    }
    await says(`my listenbrainz token is ${planted.diaryToken}`);
    await says(planted.diaryToken);
    await keep("chat", chat("play hello by adele"));
    await keep("chat", chat(`here is ${planted.diaryToken}`));
    echo = undefined;
    expect([...found.values()]).toEqual(
      expect.arrayContaining(["access_token", "refresh_token", "code", "code_verifier"]),
    );
  });

  it("are in nothing that it gives out", async () => {
    for (const path of [
      "/",
      "/metrics",
      "/readyz",
      "/healthz",
      "/link/none",
      "/nothing",
      "/v1/spotify/auth/callback?code=x&state=y",
    ])
      await page(path);
    program.child.kill("SIGHUP");
    const report = () => readdirSync(programs.folder).find((name) => /^report\..*\.json$/.test(name));
    await soon(report).toBeDefined();
    await soon(() =>
      readFileSync(join(programs.folder, report() ?? ""), "utf8")
        .trim()
        .endsWith("}"),
    ).toBe(true);
    await keep("diagnostic report", readFileSync(join(programs.folder, report() ?? ""), "utf8"));
    await keep("command line", readFileSync(`/proc/${program.child.pid}/cmdline`, "utf8"));
    const copy = join(programs.folder, "copy.sqlite");
    for (const args of [["doctor"], ["keys"], ["audit"], ["backup", copy]]) {
      const { out, err } = await programs.segue(args, settings).ended;
      await keep(`segue ${args.join(" ")}`, `${out}${err}`);
    }
    // What is answered is kept until nobody can ask for it again: an address that leads nowhere after ten minutes is one of these.
    await keep("the copy", readFileSync(copy, "latin1").replaceAll(/\/link\/[\w-]{43}/g, ""));
    const bad = {
      DATABASE_URL: `postgres://u:${planted.databasePassword}@127.0.0.1:1/x`,
      DATA_DIR: join(programs.folder, "other"),
    };
    for (const more of [bad, { SPOTIFY_CLIENT_SECRET: "x", ENCRYPTION_KEYS: planted.encryptionKey }])
      await keep(
        "a start that fails",
        programs.segue(["serve"], { ...settings, ...more }).ended.then(({ out, err }) => out + err),
      );

    program.child.kill("SIGUSR2");
    const { code, out, err } = await program.ended;
    expect(code).toBe(1);
    expect(out).toContain("ended by a fault of its own");
    await keep("log", out + err);
    await keep(
      "chat",
      answers()
        .join("\n")
        .replaceAll(/https?:\S+\/link\/\S+/g, ""),
    );

    // Whatever could not be searched would pass.
    for (const { where, text } of given) expect([where, text.length > 10]).toEqual([where, true]);
    const leaks = given.flatMap(({ where, text }) =>
      [...found].flatMap(([value, name]) =>
        [value, encodeURIComponent(value)].some((each) => text.includes(each)) ? `${name} in ${where}` : [],
      ),
    );
    expect(leaks).toEqual([]);
    expect(found.size).toBeGreaterThan(12);
  });

  it("lie sealed in the columns that a rotation knows, and in no other", () => {
    const database = new DatabaseSync(join(programs.folder, "copy.sqlite"), { readOnly: true });
    const sealed = new Set<string>();
    for (const { name: table } of database.prepare("select name from sqlite_master where type = 'table'").all())
      for (const row of database.prepare(`select * from "${table}"`).all())
        for (const [column, value] of Object.entries(row))
          if (/\bv1\.[\w-]{1,32}\.[\w-]{38,}/.test(String(value))) sealed.add(`${table}.${column}`);
    database.close();
    const known = sealedColumns.map(({ table, column }) => `${table}.${column}`);
    expect([...sealed].filter((each) => !known.some((one) => one === each))).toEqual([]);
    expect(sealed.size).toBeGreaterThan(1);
  });
});
