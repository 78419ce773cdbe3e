import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { type ErrorCode, SegueError } from "../../../src/contracts/errors.ts";
import type { Post } from "../../../src/contracts/posts.ts";
import { say } from "../../../src/contracts/reply.ts";
import { defineSkill } from "../../../src/contracts/skill.ts";
import type { Store } from "../../../src/contracts/store.ts";
import { type ChatAdapter, createChatAdapter } from "../../fakes/chat-adapter.ts";
import { type Conversation, type ConversationOptions, startConversation } from "../../support/conversation.ts";
import { type Crash, crashingStore } from "../../support/crash.ts";

const minuteMs = 60_000;
const hall = { platform: "test", tenant: "", id: "hall" };
const post = (key = "news", place = hall): Post => ({ place, view: { kind: "board", key } });

/** A board that says what a test writes on it; what is wiped off is nothing to show. */
function board() {
  const words = new Map<string, string>([["news", "One"]]);
  const drawing: Drawing = {};
  const skill = defineSkill({
    name: "board",
    intents: { "board.show": z.object({}) },
    needs: [],
    visibility: "private",
    run: async () => say("none"),
    views: {
      board: async (ctx, key) => {
        await drawing.slow;
        if (drawing.fault) throw drawing.fault;
        const text = words.get(key);
        return text === undefined ? undefined : say(`${text} ${ctx.t("said", { at: new Date(ctx.now) })}`);
      },
    },
  });
  const words_ = { help: { title: "Board", order: 1 }, replies: { said: "at {at, time, short}" } };
  return { words, drawing, extra: { skill, words: words_ } };
}

/** What it takes to draw the board. */
type Drawing = { slow?: Promise<void> | undefined; fault?: Error | undefined };
type Held = Conversation & { words: Map<string, string>; drawing: Drawing };

async function open(options: Pick<ConversationOptions, "adapter" | "others" | "bot"> = {}): Promise<Held> {
  const { words, drawing, extra } = board();
  const held = await startConversation({ only: ["help"], extra: [extra], announcing: true, ...options });
  return Object.assign(held, { words, drawing });
}

/** What is settled is on the disk, which takes real time. */
const pass = ({ clock }: Held, ms: number) => clock.until(clock.sleep(ms), { withinMs: 2 * ms + minuteMs, realMs: 1 });
const texts = ({ shown }: ChatAdapter) => shown.map(({ reply }) => reply.text.replace(/ at .*/, ""));
const refusal = <C extends ErrorCode>(code: C, details: ConstructorParameters<typeof SegueError<C>>[1]) =>
  new SegueError(code, details);

describe("what is owed to a place", () => {
  it("is posted once, in the place's language and zone, and shows what becomes of it", async () => {
    const held = await open();
    await held.store.settings.put("place:test::hall", "place.choices", { timeZone: "Asia/Tokyo" });
    expect(await held.bot().posts.owe("a", post())).toBe(true);
    expect(await held.bot().posts.owe("a", post())).toBe(false);
    await pass(held, 1_000);
    // Noon UTC.
    expect(held.adapter.shown).toMatchObject([{ place: hall, reply: { text: "One at 21:00", visibility: "public" } }]);
    expect(await held.bot().posts.state("a")).toMatchObject({ status: "sent", sent: { id: "m1" } });
    held.words.set("news", "Two");
    held.events.emit({ type: "view.changed", kind: "board", key: "news" });
    await pass(held, 1_000);
    expect(texts(held.adapter)).toEqual(["Two"]);
  });

  it("follows its subject after a restart, for as long as it can be taken back", async () => {
    const held = await open();
    await held.bot().posts.owe("a", post());
    await pass(held, 1_000);
    await held.restart();
    await pass(held, 20 * 24 * 60 * minuteMs);
    held.words.set("news", "Two");
    held.events.emit({ type: "view.changed", kind: "board", key: "news" });
    await pass(held, 1_000);
    expect(texts(held.adapter)).toEqual(["Two"]);
  });

  it("waits for its time", async () => {
    const held = await open();
    await held.bot().posts.owe("a", post(), { dueAt: held.clock.now() + 10 * minuteMs });
    await pass(held, 9 * minuteMs);
    expect(held.adapter.shown).toEqual([]);
    expect(await held.bot().posts.state("a")).toEqual({ status: "waiting" });
    await pass(held, 2 * minuteMs);
    expect(texts(held.adapter)).toEqual(["One"]);
  });

  it("is for one person alone where it names one", async () => {
    const held = await open();
    await held.user("ann", { place: "hall" }).sends("help");
    const personId = (await held.store.people.find(held.user("ann").ref))?.id ?? "";
    await held.bot().posts.owe("a", { ...post(), personId });
    await pass(held, 1_000);
    expect(held.last()).toMatchObject({ to: { id: "ann" }, reply: { visibility: "private" } });
    await held.bot().posts.owe("b", { ...post(), personId: "stranger" });
    await pass(held, 1_000);
    expect(await held.bot().posts.state("b")).toEqual({ status: "dead", why: "NotFound" });
  });

  it("is not said where there is nothing to say any more", async () => {
    const held = await open();
    held.words.delete("news");
    await held.bot().posts.owe("a", post());
    await pass(held, minuteMs);
    expect(held.adapter.shown).toEqual([]);
    expect(await held.bot().posts.state("a")).toEqual({ status: "dead", why: "NotFound" });
  });

  it("refuses a key that is none", async () => {
    const held = await open();
    await expect(held.bot().posts.owe("", post())).rejects.toMatchObject({ code: "InvalidInput" });
    await expect(held.bot().posts.owe("x".repeat(201), post())).rejects.toMatchObject({ code: "InvalidInput" });
    expect(await held.bot().posts.state("never")).toBeUndefined();
  });
});

describe("a platform that does not take it", () => {
  /** Fails so often, then works. */
  function failing(adapter: ChatAdapter, error: Error, times = Number.POSITIVE_INFINITY, when = "before") {
    let tries = 0;
    adapter.onSend = (moment, what) => {
      if (what !== "send" || moment !== when) return;
      if (++tries <= times) throw error;
    };
    return () => tries;
  }

  it("is asked again when it said so, ever more rarely otherwise", async () => {
    const held = await open();
    const retryAt = held.clock.now() + 30 * minuteMs;
    const limited = new SegueError("RateLimited", { scope: "service" }, { retryAt });
    failing(held.adapter, limited, 1);
    await held.bot().posts.owe("a", post());
    await pass(held, 29 * minuteMs);
    expect(held.adapter.shown).toEqual([]);
    expect(await held.bot().posts.state("a")).toEqual({ status: "waiting" });
    await pass(held, 2 * minuteMs);
    expect(texts(held.adapter)).toEqual(["One"]);
  });

  it("is given up after a day, and says why", async () => {
    const held = await open();
    const tries = failing(held.adapter, refusal("RateLimited", { scope: "service" }));
    await held.bot().posts.owe("a", post());
    await pass(held, 30 * 60 * minuteMs);
    expect(await held.bot().posts.state("a")).toEqual({ status: "dead", why: "RateLimited" });
    expect(tries()).toBeGreaterThan(50);
    expect(tries()).toBeLessThanOrEqual(100);
  });

  it.each(["Forbidden", "NotFound"] as const)("is not asked again after %s", async (code) => {
    const held = await open();
    const error = code === "Forbidden" ? refusal(code, { why: "removed" }) : refusal(code, { what: "chat" });
    const tries = failing(held.adapter, error);
    await held.bot().posts.owe("a", post());
    await pass(held, 60 * minuteMs);
    expect(tries()).toBe(1);
    expect(await held.bot().posts.state("a")).toEqual({ status: "dead", why: code });
  });

  it("gets plain words where it was the look that it refused", async () => {
    const held = await open();
    failing(held.adapter, refusal("InvalidInput", { why: "refused", field: "reply" }), 1);
    await held.bot().posts.owe("a", post());
    await pass(held, 1_000);
    expect(held.adapter.shown).toMatchObject([{ key: "a#other", reply: { visibility: "public" } }]);
    expect(await held.bot().posts.state("a")).toMatchObject({ status: "sent" });
  });

  it.each([
    ["key", ["One"], "sent"],
    ["never", ["One"], "unconfirmed"],
  ] as const)("resend %s: a send whose end nobody knows is not silently made twice", async (resend, shown, status) => {
    const adapter = createChatAdapter({ resend });
    const held = await open({ adapter });
    failing(adapter, refusal("Unavailable", { service: "test", why: "timeout" }), 1, "after");
    await held.bot().posts.owe("a", post());
    await pass(held, 10 * minuteMs);
    expect(texts(adapter)).toEqual(shown);
    expect(await held.bot().posts.state("a")).toMatchObject({ status });
  });

  it("knows the same key again for a while, and is asked again within it", async () => {
    const adapter = Object.assign(createChatAdapter({ resend: "never" }), { keyHoldsMs: minuteMs });
    const held = await open({ adapter });
    failing(adapter, refusal("Unavailable", { service: "test", why: "timeout" }), 1, "before");
    await held.bot().posts.owe("a", post());
    await pass(held, minuteMs);
    expect(texts(adapter)).toEqual(["One"]);
    const tries = failing(adapter, refusal("Unavailable", { service: "test", why: "timeout" }));
    await held.bot().posts.owe("b", post());
    await pass(held, 60 * minuteMs);
    // After 5 and 15 s; the next would come when the key may be forgotten.
    expect(tries()).toBe(4);
    expect(await held.bot().posts.state("b")).toEqual({ status: "unconfirmed", why: "Unavailable" });
  });

  it("is not asked for what may be there already, however the next try was refused or could not be drawn", async () => {
    for (const between of ["refused", "undrawn"] as const) {
      const adapter = Object.assign(createChatAdapter({ resend: "never" }), { keyHoldsMs: minuteMs });
      const held = await open({ adapter });
      failing(adapter, refusal("Unavailable", { service: "test", why: "timeout" }), 1, "after");
      await held.bot().posts.owe("a", post());
      await pass(held, 2_000);
      expect(texts(adapter)).toEqual(["One"]);
      const retryAt = held.clock.now() + 5 * minuteMs;
      const limited = new SegueError("RateLimited", { scope: "service" }, { retryAt });
      if (between === "refused") failing(adapter, limited, 1);
      else held.drawing.fault = limited;
      await pass(held, minuteMs);
      held.drawing.fault = undefined;
      await pass(held, 10 * minuteMs);
      expect(texts(adapter)).toEqual(["One"]);
      expect(await held.bot().posts.state("a")).toMatchObject({ status: "unconfirmed" });
    }
  });

  it("is not said to be nowhere where an earlier try may have arrived", async () => {
    const adapter = Object.assign(createChatAdapter({ resend: "never" }), { keyHoldsMs: minuteMs });
    const held = await open({ adapter });
    failing(adapter, refusal("Unavailable", { service: "test", why: "timeout" }), 1, "after");
    await held.bot().posts.owe("a", post());
    await pass(held, 2_000);
    failing(adapter, refusal("Forbidden", { why: "removed" }), 1);
    await pass(held, minuteMs);
    expect(texts(adapter)).toEqual(["One"]);
    expect(await held.bot().posts.state("a")).toEqual({ status: "unconfirmed", why: "Forbidden" });
  });

  it("is sent by one process alone where it took so long to be drawn that another one has it by now", async () => {
    const adapter = createChatAdapter({ resend: "never" });
    const held = await open({ adapter, bot: { alone: false } });
    const drawing = Promise.withResolvers<void>();
    held.drawing.slow = drawing.promise;
    await held.bot().posts.owe("a", post());
    await pass(held, 1_000);
    held.drawing.slow = undefined;
    await held.restart();
    await pass(held, 2 * minuteMs);
    expect(texts(adapter)).toEqual(["One"]);
    drawing.resolve();
    await pass(held, 2 * minuteMs);
    expect(texts(adapter)).toEqual(["One"]);
    expect(await held.bot().posts.state("a")).toMatchObject({ status: "sent" });
  });

  it("is not asked while it is known to be down, and takes what waited", async () => {
    let up = false;
    const adapter = Object.assign(createChatAdapter({ resend: "never" }), { healthy: () => up });
    const held = await open({ adapter });
    await held.bot().posts.owe("a", post());
    await pass(held, 10 * minuteMs);
    expect(adapter.shown).toEqual([]);
    expect(held.bot().posts.outage({ platform: "test", tenant: "" })).toBe("down");
    up = true;
    await pass(held, minuteMs);
    expect(texts(adapter)).toEqual(["One"]);
    expect(held.bot().posts.outage({ platform: "test", tenant: "" })).toBeUndefined();
    expect(held.bot().posts.outage({ platform: "elsewhere", tenant: "" })).toBe("not_started");
  });

  it("is reached tenant by tenant, where each has a connection of its own", async () => {
    let up = false;
    const adapter = Object.assign(createChatAdapter({ resend: "never" }), {
      healthy: () => false,
      reaches: (tenant: string) => up || tenant === "",
    });
    const held = await open({ adapter });
    const away = { platform: "test", tenant: "club", id: "hall" };
    await held.bot().posts.owe("a", post("news", away));
    await held.bot().posts.owe("b", post());
    await pass(held, 10 * minuteMs);
    expect(adapter.shown.map(({ place }) => place.tenant)).toEqual([""]);
    expect(held.bot().posts.outage(away)).toBe("down");
    expect(held.bot().posts.outage(hall)).toBeUndefined();
    up = true;
    await pass(held, 2 * minuteMs);
    expect(adapter.shown.map(({ place }) => place.tenant)).toEqual(["", "club"]);
  });

  const club = { platform: "test", tenant: "club", id: "hall" };
  const hourMs = 60 * minuteMs;

  it("is tried as often as any other once its tenant is there again, however long that was away", async () => {
    let up = false;
    const adapter = Object.assign(createChatAdapter({ resend: "never" }), { reaches: () => up });
    const held = await open({ adapter });
    await held.bot().posts.owe("a", post("news", club));
    await pass(held, 3 * hourMs);
    up = true;
    const tries = failing(adapter, refusal("RateLimited", { scope: "service" }), 60);
    await pass(held, 20 * minuteMs);
    expect(tries()).toBeGreaterThan(3);
    expect(await held.bot().posts.state("a")).toEqual({ status: "waiting" });
    await pass(held, 20 * hourMs);
    expect(texts(adapter)).toEqual(["One"]);
  });

  it("is looked for ever more rarely where its tenant stays away, and after a week no more", async () => {
    let looks = 0;
    const reaches = () => {
      looks += 1;
      return false;
    };
    const held = await open({ adapter: Object.assign(createChatAdapter({ resend: "never" }), { reaches }) });
    await held.bot().posts.owe("a", post("news", club));
    await pass(held, 10 * minuteMs);
    expect(looks).toBeGreaterThan(5);
    await pass(held, 6 * 24 * hourMs);
    expect(looks).toBeLessThan(700);
    expect(await held.bot().posts.state("a")).toEqual({ status: "waiting" });
    await pass(held, 25 * hourMs);
    expect(await held.bot().posts.state("a")).toEqual({ status: "dead", why: "offline" });
    const last = looks;
    await pass(held, 24 * hourMs);
    expect(looks).toBe(last);
  });

  it("stops no other, even when it never answers", async () => {
    const dead = createChatAdapter({ platform: "dead" });
    dead.onSend = () => new Promise(() => {});
    const held = await open({ others: [dead] });
    await held.bot().posts.owe("a", post("news", { ...hall, platform: "dead" }));
    await held.bot().posts.owe("b", post());
    await pass(held, 1_000);
    expect(texts(held.adapter)).toEqual(["One"]);
    expect(await held.bot().posts.state("a")).toEqual({ status: "sending" });
  });

  it("that is not started keeps what is owed to it", async () => {
    const held = await open();
    await held.bot().posts.owe("a", post("news", { ...hall, platform: "later" }));
    await pass(held, 24 * 60 * minuteMs);
    expect(await held.bot().posts.state("a")).toEqual({ status: "waiting" });
  });
});

describe("kill -9 while it is posted", () => {
  const keys = {
    always: { resend: "key" },
    "for a minute": { resend: "never", keyHoldsMs: minuteMs },
    never: { resend: "never" },
  } as const;
  type Known = keyof typeof keys;

  /** Owes one post in a process that dies at one store call, then starts anew; resolves with the calls of the first. */
  async function run(known: Known, crash?: Crash): Promise<{ held: Held; calls: string[] }> {
    const held = await open({ adapter: createChatAdapter(keys[known]) });
    let crashing: ReturnType<typeof crashingStore> | undefined;
    await held.restart((store: Store) => {
      crashing = crashingStore(store, crash && { ...crash, at: crash.at + before });
      return crashing.store;
    });
    await pass(held, 1);
    before = crash ? before : (crashing?.calls.length ?? 0);
    await Promise.race([held.bot().posts.owe("a", post()), crashing?.died]);
    await pass(held, 1_000);
    const calls = crashing?.calls.slice(before) ?? [];
    if (crash) {
      await held.restart();
      await pass(held, 5 * minuteMs);
    }
    return { held, calls };
  }
  /** Calls that the start makes by itself. */
  let before = 0;

  it.each(["always", "for a minute", "never"] as const)(
    "at any store call, where a key is known %s: there once, or it is known that nobody knows",
    async (known) => {
      const whole = await run(known);
      expect(texts(whole.held.adapter)).toEqual(["One"]);
      expect(whole.calls).toContain("outbox.begin");
      for (let at = 0; at < whole.calls.length; at++)
        for (const moment of ["before", "after"] as const) {
          const where = `${moment} ${at} ${whole.calls[at]}`;
          const { held } = await run(known, { at, moment });
          const state = await held.bot().posts.state("a");
          const count = held.adapter.shown.length;
          // Before it was owed there is nothing to remember.
          if (state === undefined) {
            expect([at, moment, count], where).toEqual([0, "before", 0]);
            continue;
          }
          expect(count, where).toBeLessThanOrEqual(1);
          if (state.status === "sent") expect(count, where).toBe(1);
          else expect([known, state.status], where).toEqual(["never", "unconfirmed"]);
          if (state.status !== "sent") continue;
          held.words.set("news", "Two");
          held.events.emit({ type: "view.changed", kind: "board", key: "news" });
          await pass(held, 1_000);
          expect(texts(held.adapter), where).toEqual(["Two"]);
        }
    },
    60_000,
  );
});

describe("how much is said below a message", () => {
  it("counts what others write in its place, and nothing else", async () => {
    const held = await open();
    const { posts } = held.bot();
    await posts.owe("a", post());
    await pass(held, 1_000);
    const state = await posts.state("a");
    if (state?.status !== "sent") throw new Error("not sent");
    expect(posts.buriedBy(state.sent)).toBe(0);
    const chat = fc.sample(fc.constantFrom("told", "heard", "elsewhere"), { numRuns: 30, seed: 7 });
    for (const kind of chat) {
      if (kind === "told") held.host().chatter?.(hall);
      else if (kind === "elsewhere") held.host().chatter?.({ ...hall, id: "attic" });
      else await held.send(held.event("bob", { text: "hm" }, { place: "hall", addressed: false }));
    }
    expect(posts.buriedBy(state.sent)).toBe(chat.filter((kind) => kind !== "elsewhere").length);
    await held.restart();
    expect(held.bot().posts.buriedBy(state.sent)).toBe(0);
  });
});
