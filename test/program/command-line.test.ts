import { writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createPrograms, type Programs } from "../support/program.ts";

let programs: Programs;
let folder: string;
beforeEach(() => {
  programs = createPrograms("cli");
  folder = programs.folder;
});
afterEach(() => programs.close());
const segue: Programs["segue"] = (...parts) => programs.segue(...parts);
const address: Programs["address"] = (program) => programs.address(program);
const say = async (url: string, text: string, id?: string) => {
  const response = await fetch(`${url}/chat/messages`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ user: "anna", text, ...(id ? { id } : {}) }),
  });
  return ((await response.json()) as { replies: { text: string }[] }).replies.map((reply) => reply.text).join("\n");
};

describe("a start that cannot be", () => {
  it.each([
    ["an unknown command", ["dance"], {}, /"dance" is not a command of segue/],
    ["too many words", ["serve", "please"], {}, /takes no arguments; "please" is one too many/],
    [
      "a number that looks like an option",
      ["audit", "--limit", "-5"],
      {},
      /^Option '--limit'.*segue help shows how.*\n$/,
    ],
    [
      "a folder that is not there",
      ["backup", "/does/not/exist/"],
      {},
      /^There is no folder \/does\/not\/exist\/: make/,
    ],
    [
      "an unknown setting",
      ["serve"],
      { SPOTIFY_CLIENTID: "x" },
      /SPOTIFY_CLIENTID is not a setting.*Did you mean SPOTIFY_CLIENT_ID\?/,
    ],
    ["a malformed port", ["serve"], { PORT: "eighty" }, /^PORT: /],
    [
      "a public address that nobody can come back to",
      ["serve"],
      { PUBLIC_URL: "http://192.168.1.5" },
      /^PUBLIC_URL: must begin with https/,
    ],
    ["a zone that is none", ["serve"], { TIME_ZONE: "Mars/Base" }, /TIME_ZONE: is no time zone/],
    ["a short chat token", ["serve"], { CHAT_TOKEN: "short" }, /CHAT_TOKEN: needs at least 16/],
    [
      "a secret's file that is missing",
      ["serve"],
      { CHAT_TOKEN_FILE: "/nonexistent/token" },
      /CHAT_TOKEN_FILE: \/nonexistent\/token cannot be read/,
    ],
    [
      "a data folder that is a file",
      ["serve"],
      { DATA_DIR: "/dev/null/data" },
      /data folder \/dev\/null\/data\S* cannot be written/,
    ],
    ["keys that are none", ["serve"], { ENCRYPTION_KEYS: "abc" }, /ENCRYPTION_KEYS.*id:base64/],
    [
      "a database nobody listens at",
      ["serve"],
      { DATABASE_URL: "postgres://u:p4ssw0rd@127.0.0.1:1/x" },
      /database|postgres/i,
    ],
  ])("says so in one line and ends with 1: %s", async (_name, args, env, message) => {
    const { code, err } = await segue(args, env).ended;
    expect(err).toMatch(message);
    expect(code).toBe(1);
    expect(err).not.toMatch(/\n\s+at /);
    expect(err).not.toContain("p4ssw0rd");
    if (args[0] === "serve") expect(err.trim().split("\n")).toHaveLength(1);
  });

  it("names every fault at once", async () => {
    const { err } = await segue(["serve"], { PORT: "-1", LOG_LEVEL: "loud" }).ended;
    expect(err.trim().split("\n")).toHaveLength(2);
  });

  it("reads a .env file, and refuses a name in it that is no setting", async () => {
    writeFileSync(join(folder, ".env"), "HOTS=127.0.0.1\n");
    const { code, err } = await segue(["serve"]).ended;
    expect(err).toMatch(/HOTS is not a setting.*Did you mean HOST/);
    expect(code).toBe(1);
  });

  it("names the port that is taken", async () => {
    const other = createServer();
    const port = await new Promise<number>((resolve) => {
      other.listen(0, "127.0.0.1", () => resolve((other.address() as { port: number }).port));
    });
    const { code, err } = await segue(["serve"], { PORT: String(port) }).ended;
    await new Promise((resolve) => other.close(resolve));
    expect(err).toMatch(new RegExp(`${port}.*PORT`));
    expect(err.trim().split("\n")).toHaveLength(1);
    expect(code).toBe(1);
  });

  it("leaves the folder to the Segue that has it", async () => {
    const first = segue(["serve"]);
    await address(first);
    const { code, err } = await segue(["serve"]).ended;
    expect(err).toMatch(/Another Segue \(process \d+\) is using/);
    expect(code).toBe(1);
    first.child.kill("SIGTERM");
    expect((await first.ended).code).toBe(0);
  });

  it("names the Node that is too old", async () => {
    const old = "Object.defineProperty(process,'versions',{value:{...process.versions,node:'20.20.2'}})";
    const { code, err } = await segue(["serve"], {}, ["--import", `data:text/javascript,${encodeURIComponent(old)}`])
      .ended;
    expect(err).toBe(
      "Segue needs Node 24 or newer; this is Node 20.20.2. Run `npm ci` (it brings Node 24 along), then use `npm start`.\n",
    );
    expect(code).toBe(1);
  });
});

describe("a start with nothing set", () => {
  it("rehearses, says so, keeps to a folder of its own, and ends cleanly", async () => {
    const program = segue(["serve"]);
    const url = await address(program);
    expect((await fetch(`${url}/readyz`)).status).toBe(200);
    expect(await (await fetch(`${url}/metrics`)).text()).toContain("segue_people");
    program.child.kill("SIGTERM");
    const { code, out } = await program.ended;
    expect(code).toBe(0);
    expect(out).toMatch(/rehearsing/);
    expect(out).toContain(join(folder, "data", "rehearsal"));
    expect(out).toMatch(/Operator: +type [A-Z2-9-]+ to the bot/);
  });

  it("survives a kill: what was answered is answered the same when it is asked again", async () => {
    const first = segue(["serve"]);
    const url = await address(first);
    const answer = await say(url, "help", "m-1");
    first.child.kill("SIGKILL");
    await first.ended;
    const second = segue(["serve"]);
    expect(await say(await address(second), "help", "m-1")).toBe(answer);
  });
});

describe("segue parse --jsonl", () => {
  it("answers line by line, and goes on after a line that is none", async () => {
    const program = segue(["parse", "--jsonl"]);
    program.child.stdin?.end(
      '{"text":"turn it down a bit"}\nnot json\n{"no":"text"}\n[]\n{"text":"volume 30","locale":"en"}\n',
    );
    const { code, out, err } = await program.ended;
    const lines = out
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(lines).toHaveLength(5);
    expect(lines[0]).toMatchObject({ text: "turn it down a bit", intent: "volume.down", slots: { size: "small" } });
    for (const line of lines.slice(1, 4)) expect(Object.keys(line)).toEqual(["error"]);
    expect(lines[4]).toMatchObject({ intent: "volume.set", slots: { level: 30 } });
    expect(err).toBe("");
    expect(code).toBe(0);
  });

  it("says what it needs", async () => {
    expect((await segue(["parse"]).ended).err).toMatch(/needs --jsonl/);
    expect((await segue(["parse", "--jsonl", "--locale", "tlh"]).ended).err).toMatch(/no language "tlh"/);
    expect((await segue(["parse", "--loud"]).ended).err).toMatch(/--loud/);
  });
});
