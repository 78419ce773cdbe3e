import { describe, expect, it } from "vitest";
import { SegueError } from "../../../src/contracts/errors.ts";
import { createChatAdapter } from "../../fakes/chat-adapter.ts";
import { type Crash, type CrashingStore, crashingStore } from "../../support/crash.ts";
import type { Talk } from "./support.ts";
import { talk } from "./support.ts";

/** What a person does before, and then during, the crash. */
type Story = {
  name: string;
  before?: (talk: Talk) => Promise<void>;
  text?: string;
  press?: string;
  acts: string[];
  says: RegExp;
};

const stories: Story[] = [
  { name: "one command", text: "play Hello", acts: ["play Hello"], says: /^Playing Hello\.$/ },
  {
    name: "two commands in one sentence",
    text: "play Hello, then pause",
    acts: ["play Hello", "pause"],
    says: /^Playing Hello\.\nPaused\.$/,
  },
  {
    name: "a choice among several",
    before: async ({ user, world }) => {
      const choices = [{ label: "The first", slots: { track: "First" } }];
      world.refusals.push({ error: new SegueError("Ambiguous", { what: "item", choices }) });
      await user("ann").says("play Hello, then pause");
    },
    press: "The first",
    acts: ["play First", "pause"],
    says: /^Playing First\.\nPaused\.$/,
  },
  { name: "a question and its wish", text: "play Refused", acts: [], says: /^Which one do you mean\?\n1\. The first$/ },
];

async function begin(story: Story): Promise<Talk> {
  const held = await talk();
  await story.before?.(held);
  if (story.name === "a question and its wish") refuse(held);
  return held;
}

function refuse({ world }: Talk): void {
  const choices = [{ label: "The first", slots: { track: "First" } }];
  const error = new SegueError("Ambiguous", { what: "item", choices });
  world.refusals.push({ error }, { error }, { error });
}

/** The restart before each story makes calls of its own: it looks for events left behind, and for wishes that wait. Told by the whole run. */
let callsOfRestart = 0;

/** Runs the story in a process that dies at one store call, then in one that starts anew; resolves with the bot's calls. */
async function run(story: Story, crash?: Crash): Promise<{ held: Talk; calls: string[] }> {
  const held = await begin(story);
  let crashing: CrashingStore | undefined;
  await held.restart((store) => {
    crashing = crashingStore(store, crash && { ...crash, at: crash.at + callsOfRestart });
    return crashing.store;
  });
  if (!crash) callsOfRestart = crashing?.calls.length ?? 0;
  const person = held.user("ann");
  const said = story.press ? person.presses(story.press) : person.says(story.text ?? "");
  await Promise.race([said, crashing?.died]);
  const calls = crashing?.calls.slice(callsOfRestart) ?? [];
  if (crash) {
    await new Promise((resolve) => setImmediate(resolve));
    await held.restart();
  }
  return { held, calls };
}

/** The answer to the event of the story: the newest message, and that it stands there once. */
function answers(held: Talk): string[] {
  const key = held.adapter.shown.at(-1)?.key;
  return held.adapter.shown.filter((message) => message.key === key).map((message) => message.reply.text);
}

describe.each(stories)("kill -9 during $name", (story) => {
  it("at any store call: done once, answered once", async () => {
    const whole = await run(story);
    expect(whole.held.world.acts).toEqual(story.acts);
    expect(whole.calls.length).toBeGreaterThan(5);

    for (let at = 0; at < whole.calls.length; at++) {
      for (const moment of ["before", "after"] as const) {
        const where = `${moment} ${at} ${whole.calls[at]}`;
        const { held, calls } = await run(story, { at, moment });
        // Calls that run side by side are all begun by the time one of them dies.
        expect(calls.slice(0, at + 1), where).toEqual(whole.calls.slice(0, at + 1));
        const accepted = at > 0 || moment === "after";
        expect(held.world.acts, where).toEqual(accepted ? story.acts : []);
        if (!accepted) continue;
        expect(answers(held), where).toEqual([expect.stringMatching(story.says)]);
        await held.redeliver();
        expect(held.world.acts, `redelivered after ${where}`).toEqual(story.acts);
      }
    }
  }, 60_000);
});

describe("a follow-up whose conversation is forgotten by the crash", () => {
  it("is done as it was understood before", async () => {
    const held = await talk();
    let dying: CrashingStore | undefined;
    await held.restart((store) => {
      dying = crashingStore(store);
      return dying.store;
    });
    await held.user("ann").sends("search.query", { query: "Song" });
    await held.user("ann").says("number 2");
    const at = dying?.calls.lastIndexOf("events.begin") ?? -1;

    const again = await talk();
    await again.restart((store) => {
      dying = crashingStore(store, { at, moment: "before" });
      return dying.store;
    });
    await again.user("ann").sends("search.query", { query: "Song" });
    void again.user("ann").says("number 2");
    await dying?.died;
    await again.restart();
    expect(again.world.acts).toEqual(["play Song Two"]);
  });
});

describe("a command that failed, was killed, and works the second time", () => {
  it("does not come true again when its device wakes", async () => {
    const held = await talk();
    held.world.refusals.push({ error: new SegueError("NoActiveDevice", { devices: [] }) });
    let crashing: CrashingStore | undefined;
    await held.restart((store) => {
      crashing = crashingStore(store);
      return crashing.store;
    });
    await held.user("ann").says("play Hello");
    const at = crashing?.calls.indexOf("events.advance") ?? -1;

    const again = await talk();
    again.world.refusals.push({ error: new SegueError("NoActiveDevice", { devices: [] }) });
    let dying: CrashingStore | undefined;
    await again.restart((store) => {
      dying = crashingStore(store, { at, moment: "before" });
      return dying.store;
    });
    void again.user("ann").says("play Hello");
    await dying?.died;
    await again.restart();
    expect(again.world.acts).toEqual(["play Hello"]);
    const person = await again.store.people.find(again.user("ann").ref);
    again.events.emit({ type: "device.woke", personId: person?.id ?? "", deviceId: "kitchen" });
    await again.clock.advance(1_000);
    expect(again.world.acts).toEqual(["play Hello"]);
  });
});

describe("kill -9 at the player", () => {
  it.each(["before", "after"] as const)("%s the write takes effect: done once", async (moment) => {
    const held = await talk();
    const never = new Promise<void>(() => {});
    let reached = () => {};
    const there = new Promise<void>((resolve) => {
      reached = resolve;
    });
    held.world.onAct = (when) => {
      if (when !== moment) return;
      held.world.onAct = () => {};
      // The write has left and the process with it: what it did to the world stays.
      if (when === "after") held.world.current = "test:track:hello";
      reached();
      return never;
    };
    void held.user("ann").says("play Hello");
    await there;
    await held.restart();
    expect(held.world.acts).toEqual(["play Hello"]);
    expect(held.last()?.reply.text).toBe("Playing Hello.");
  });
});

describe("kill -9 at the answer", () => {
  const cases = (["key", "never"] as const).flatMap((resend) =>
    (["before", "after"] as const).map((moment) => ({ resend, moment })),
  );

  it.each(cases)("resend $resend, $moment it is shown: never silently twice", async ({ resend, moment }) => {
    const adapter = createChatAdapter({ resend });
    const held = await talk({ adapter });
    let reached = () => {};
    const there = new Promise<void>((resolve) => {
      reached = resolve;
    });
    adapter.onSend = (when, what) => {
      if (when !== moment || what !== "reply") return;
      adapter.onSend = () => {};
      reached();
      return new Promise<void>(() => {});
    };
    void held.user("ann").says("play Hello");
    await there;
    await held.restart();
    const texts = adapter.shown.map((message) => message.reply.text);
    const marked = "(I was interrupted and cannot tell whether you saw this, so here it is again.)\nPlaying Hello.";
    if (resend === "key") expect(texts).toEqual(["Playing Hello."]);
    else expect(texts).toEqual(moment === "before" ? [marked] : ["Playing Hello.", marked]);
    expect(held.world.acts).toEqual(["play Hello"]);
  });
});
