import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Reply } from "../../src/contracts/reply.ts";
import type { Command } from "../../src/contracts/vocabulary.ts";
import { coreIntents } from "../../src/core/intake.ts";
import { createBrowser } from "../program/platforms/browser.ts";
import { ask } from "../unit/web/site.ts";
import { openProgram } from "./door.ts";

let program: Awaited<ReturnType<typeof openProgram>>;
beforeAll(async () => {
  program = await openProgram();
}, 60_000);
afterAll(async () => {
  expect(program?.faults()).toEqual([]);
  await program?.close();
});

type Said = Reply & { id: string };
const json = { "Content-Type": "application/json" };

async function post(body: string): Promise<{ status: number; replies: Said[] }> {
  const answer = await ask(program.port, "/chat/messages", { method: "POST", headers: json, body });
  const { replies = [] } = JSON.parse(answer.body) as { replies?: Said[] };
  return { status: answer.status, replies };
}
const says = async (user: string, text: string) => (await post(JSON.stringify({ user, text }))).replies;
const presses = (user: string, command: Command, target?: string) =>
  post(JSON.stringify({ user, ...command, ...(target === undefined ? {} : { target }) }));
const words = (replies: readonly Reply[]) =>
  replies.map((reply) => JSON.stringify([reply.text, reply.blocks])).join("\n");

/** Every command that a reply's buttons and menus carry. */
function commandsOf({ blocks }: Reply): Command[] {
  return blocks.flatMap((block) => {
    if (block.type === "buttons") return block.buttons.map(({ command }) => command);
    return block.type === "select" ? block.options.map(({ command }) => command) : [];
  });
}

async function link(user: string, person: string): Promise<void> {
  const url = /http:\/\/\S+\/link\/[\w-]{43}/.exec(words(await says(user, "connect my account")))?.[0] ?? "";
  const browser = createBrowser();
  await browser.open(url);
  await browser.press(/Spotify/);
  await browser.press(new RegExp(person));
  expect((await browser.press(/^Agree$/)).status).toBe(200);
}

describe("somebody else's panel", () => {
  const mine: { id: string; command: Command }[] = [];
  const gather = (replies: readonly Said[]) => {
    for (const reply of replies) for (const command of commandsOf(reply)) mine.push({ id: reply.id, command });
  };
  /** What Ada has, as she sees it. */
  const standing = async () => {
    const [[account], [devices]] = [await says("ada", "/status"), await says("ada", "/devices")];
    return `${account?.text.split("\nCalls")[0]}\n${devices?.text}`;
  };

  beforeAll(async () => {
    await link("ada", "Mia Lindqvist");
    // Nothing plays anywhere yet: a question, and a wish of hers that waits for the answer.
    gather(await says("ada", "play bohemian rhapsody"));
    gather(await says("ada", "play yesterday on the kitchen speaker"));
    for (const text of [
      "search for yesterday",
      "move the music",
      "/unlink",
      "/delete-everything",
      "/privacy",
      "/now",
      "/queue",
      "/export",
      "/settings",
    ])
      gather(await says("ada", text));
  }, 60_000);

  it("does nothing to whom it belongs to, and shows nothing of them, whoever presses what", async () => {
    expect(mine.length).toBeGreaterThan(25);
    const before = await standing();
    expect(before).toContain("Mia Lindqvist");
    let wishes = 0;
    for (const [at, { id, command }] of mine.entries()) {
      // A new name each time: one of them alone would be told to go slower.
      const { status, replies } = await presses(`eve${at}`, command, id);
      expect(status, JSON.stringify(command)).toBe(200);
      const said = words(replies);
      // Eve has no account here: of an account, a device and what plays there is nothing to see.
      expect(said, JSON.stringify(command)).not.toMatch(/Mia Lindqvist|Kitchen speaker|a lot at once/);
      if (said.includes("That was asked by somebody else")) wishes += 1;
    }
    expect(wishes).toBeGreaterThan(0);
    expect(await standing()).toBe(before);
  }, 120_000);

  it("still does what it says for whom it belongs to", async () => {
    const keep = mine.find(({ command }) => command.intent === "account.unlink" && command.slots.confirm === "no");
    expect(keep).toBeDefined();
    if (keep) expect((await presses("ada", keep.command, keep.id)).status).toBe(200);
    expect(words(await says("ada", "/status"))).toContain("Mia Lindqvist");
  });
});

describe("what no button of ours carries", () => {
  const forged: [name: string, command: unknown][] = [
    ...Object.values(coreIntents).map((intent): [string, unknown] => [
      intent,
      { intent, slots: { key: "error.unknown", values: {}, uri: "spotify:track:x", type: "track", pasted: "x" } },
    ]),
    ["a place that is joined", { intent: "place.joined", slots: {} }],
    ["somebody else's question", { intent: "account.join_answer", slots: { join: "x".repeat(43), answer: "yes" } }],
    ["a wish by number", { intent: "wish.continue", slots: { wishId: "1", set: {} } }],
    ["a file that is not theirs", { intent: "history.import", slots: { ref: "../../../etc/passwd", sure: "yes" } }],
    [
      "a file at an address",
      { intent: "history.import", slots: { ref: "http://169.254.169.254/latest/meta-data/", sure: "yes" } },
    ],
    ["the operator's hand", { intent: "slots.let_in", slots: { entry: "1" } }],
    ["another's import", { intent: "history.import", slots: { id: "1", mine: "yes" } }],
    ...[
      "__proto__",
      "constructor",
      "toString",
      "hasOwnProperty",
      "valueOf",
      "",
      " ",
      "a".repeat(2_000),
      "x.y\u0000z",
      "<script>",
    ].map((intent): [string, unknown] => [`the intent ${JSON.stringify(intent.slice(0, 20))}`, { intent, slots: {} }]),
    ["no slots but a list", { intent: "volume.set", slots: [1, 2] }],
    ["slots of a wrong kind", { intent: "volume.set", slots: { percent: { $gt: 0 } } }],
    ["a number that is none", { intent: "volume.set", slots: { percent: 1e308 } }],
    ["numbers past all bounds", { intent: "playback.seek", slots: { positionMs: -(2 ** 53) } }],
    ["an address of the file system", { intent: "playback.play", slots: { url: "file:///etc/passwd" } }],
    ["a URI that leads elsewhere", { intent: "playback.play", slots: { uri: "spotify:track:../../me/player/pause" } }],
    ["a device that is a path", { intent: "device.transfer", slots: { deviceId: "../../../v1/me" } }],
    ["fifty thousand letters", { intent: "playback.play", slots: { query: "a".repeat(50_000) } }],
  ];

  it.each(forged)("%s: a plain answer, and nothing breaks", async (name, command) => {
    const user = `mallory${forged.findIndex(([each]) => each === name)}`;
    const { status, replies } = await post(JSON.stringify({ user, ...(command as object) }));
    expect(status).toBeOneOf([200, 400]);
    expect(words(replies)).not.toMatch(/Something went wrong|root:x|SyntaxError|TypeError|a lot at once|at \w+ \(/);
  });

  it.each([
    ...["../../../etc/passwd", "__proto__", "constructor", "en-\u0000", "de_DE.UTF-8@x", "x".repeat(35)].map(
      (locale) => ({ locale }),
    ),
    ...["../../../etc/passwd", "__proto__", "Not/A_Zone", "+99:99", "<script>"].map((timeZone) => ({ timeZone })),
    ...["__proto__", "../1", "' OR 1=1 --"].map((target) => ({ target })),
    ...["\u202enosj", "<img src=x onerror=alert(1)>", "@everyone"].map((name) => ({ name })),
  ])("%j beside a message: it is answered", async (beside) => {
    const user = `m${Object.values(beside)[0]
      ?.replace(/[^a-z]/gi, "")
      .slice(0, 20)}${Object.keys(beside)[0]}`;
    const { status, replies } = await post(
      JSON.stringify({ user, text: "what time is it in my time zone, and help", ...beside }),
    );
    expect(status).toBe(200);
    expect(words(replies)).not.toMatch(/Something went wrong|RangeError|\u202e/);
    expect(replies.length).toBeGreaterThan(0);
  });

  it.each([
    ["a prototype", `{"user":"eve","text":"help","__proto__":{"polluted":1}}`],
    ["a prototype of slots", `{"user":"eve","intent":"volume.set","slots":{"__proto__":{"percent":50,"polluted":1}}}`],
    ["a constructor", `{"user":"eve","intent":"volume.set","slots":{"constructor":{"prototype":{"polluted":1}}}}`],
    ["a tower", `{"user":"eve","intent":"volume.set","slots":{"percent":${"[".repeat(20_000)}${"]".repeat(20_000)}}}`],
    ["a tower of words", `{"user":"eve","text":${"[".repeat(30_000)}`],
    ["no object", "[]"],
    ["nothing", "null"],
    ["half of one", `{"user":"eve","text":"hel`],
    ["bytes that are no text", "\u00ff\u00fe{}"],
  ])("%s in the body", async (_name, body) => {
    const answer = await ask(program.port, "/chat/messages", { method: "POST", headers: json, body });
    expect(answer.status).toBeOneOf([200, 400]);
    expect(answer.body).not.toMatch(/Something went wrong|at \w+ \(/);
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
    expect((await ask(program.port, "/healthz")).status).toBe(200);
  });
});
