import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { type AccountsPart, createAccounts } from "../../src/accounts/accounts.ts";
import { loadKeyRing } from "../../src/accounts/key-ring.ts";
import { createVault } from "../../src/accounts/vault.ts";
import type { UserRef } from "../../src/contracts/incoming.ts";
import { personSettings } from "../../src/contracts/people-store.ts";
import type { Reply } from "../../src/contracts/reply.ts";
import type { Store } from "../../src/contracts/store.ts";
import { createChatAdapter } from "../fakes/chat-adapter.ts";
import { type Conversation, startConversation } from "../support/conversation.ts";
import { type Crash, type CrashingStore, crashingStore } from "../support/crash.ts";
import { silentLog } from "../support/log.ts";
import { createTunes } from "../unit/accounts/tunes.ts";

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

/** Two platforms and the real accounts: Ada speaks on both. */
async function twoChats() {
  const dataDir = mkdtempSync(join(tmpdir(), "segue-joins-"));
  onTestFinished(() => rmSync(dataDir, { recursive: true, force: true }));
  const [here, there] = [createChatAdapter({ platform: "here" }), createChatAdapter({ platform: "there" })];
  let part: AccountsPart | undefined;
  let wrap = (store: Store) => store;
  let tunes: ReturnType<typeof createTunes> | undefined;
  const talk = await startConversation({
    adapter: here,
    others: [there],
    accounts({ store, events, clock }) {
      tunes ??= createTunes(clock);
      part = createAccounts({
        store: wrap(store),
        vault: createVault(loadKeyRing({ dataDir, log: silentLog })),
        providers: new Map([["tunes", tunes]]),
        clock,
        events,
        log: silentLog,
      });
      return part.accounts;
    },
  });
  const a = talk.user("ada");
  const b = talk.user("ada.l", { on: "there" });
  const people = () => Promise.all([a, b].map(async ({ ref }) => (await talk.store.people.find(ref))?.id));
  const settle = async () => {
    await talk.bot().idle();
    await talk.clock.advance(1);
  };

  return {
    talk,
    here,
    there,
    a,
    b,
    settle,
    people,
    same: async () => new Set(await people()).size === 1,
    /** An account of the provider, as linking leaves it. */
    async link(user: typeof a, subject: string, displayName: string): Promise<string> {
      const { id: personId } = await talk.store.people.ensure(user.ref, user.ref.id, 1);
      const { row } = await talk.store.accounts.putGrant(
        {
          personId,
          provider: "tunes",
          subject,
          displayName,
          status: "ok",
          scopes: ["state", "playback"],
          consentedAt: talk.clock.now(),
          accessToken: "v1.a",
          accessExpiresAt: 1,
          refreshToken: "v1.r",
          free: false,
        },
        1,
      );
      return row.id;
    },
    async code(): Promise<string> {
      const reply = await a.sends("account.join");
      return codeIn(reply);
    },
    async job(): Promise<void> {
      await part?.jobs.find(({ name }) => name === "accounts.joins")?.run(new AbortController().signal);
      await settle();
    },
    async restart(crash?: Crash): Promise<CrashingStore> {
      let crashing: CrashingStore | undefined;
      // Bot and accounts die together: both are given the one store that is killed.
      wrap = () => crashing?.store ?? talk.store;
      await talk.restart((store) => {
        crashing = crashingStore(store, crash);
        return crashing.store;
      });
      if (!crashing) throw new Error("not restarted");
      return crashing;
    },
    async revive(): Promise<void> {
      wrap = (store) => store;
      await talk.restart();
    },
  };
}
type Chats = Awaited<ReturnType<typeof twoChats>>;

function codeIn(reply: Reply | undefined): string {
  const code = /[A-Z0-9]{5}-[A-Z0-9]{5}/.exec(reply?.text ?? "")?.[0];
  if (code === undefined) throw new Error(`no code in ${reply?.text}`);
  return code;
}

/** Everything the database keeps, as text. */
async function written(talk: Conversation, key: string): Promise<string> {
  const row = await talk.store.events.find("there", key);
  return JSON.stringify(row);
}

/** Both have an account of the same provider, and B has said yes. */
async function halfWay(chats: Chats) {
  const [kept, given] = [await chats.link(chats.a, "ada", "Ada"), await chats.link(chats.b, "lovelace", "Lovelace")];
  await chats.talk.store.queue.append(
    given,
    [{ uri: "u", title: "T", artist: "A", durationMs: 1, addedBy: "x" }],
    "last",
  );
  const code = await chats.code();
  const asked = await chats.b.says(code);
  const yes = await chats.b.presses("Yes, join them");
  await chats.settle();
  return { kept, given, asked, yes };
}

describe("a second chat account", () => {
  it("becomes the same person by a code typed there, at once where it has nothing of its own", async () => {
    const chats = await twoChats();
    const { a, b, talk, here } = chats;
    const account = await chats.link(a, "ada", "Ada");
    const reply = await a.sends("account.join");
    expect(reply).toMatchObject({ visibility: "private" });
    expect(reply?.text).toMatch(/^Type this code to me in your other chat account.*until 13:10\.\n/);
    const code = codeIn(reply);
    const done = await b.says(` ${code.toLowerCase()} `);
    expect(done?.text).toBe("Done: this chat account and ada (Here) are one person here now.");
    expect(await chats.same()).toBe(true);
    const [person = ""] = await chats.people();
    expect(await talk.accounts().status(person)).toMatchObject([{ accountId: account }]);
    expect((await b.sends("account.status"))?.text).toContain("as “Ada”");
    await chats.settle();
    expect(here.shown.at(-1)).toMatchObject({ to: a.ref, place: { id: "direct-ada" } });
    expect(here.shown.at(-1)?.reply.text).toBe(
      "ada.l (There) is you here now, and controls the same music. If that was not you, separate it again.",
    );
    await chats.job();
    expect(here.shown.filter(({ reply: each }) => each.text.includes("is you here now"))).toHaveLength(1);
  });

  it("whose code somebody else used is separated again by a press", async () => {
    const chats = await twoChats();
    await chats.b.says(await chats.code());
    await chats.settle();
    expect((await chats.a.presses("Separate it again"))?.text).toBe(
      "Separate ada.l (There)? It starts anew here, with nothing. What you have stays with ada (Here).",
    );
    await chats.a.presses("Separate it");
    expect(await chats.same()).toBe(false);
  });

  it("is offered by the slash command with the code, and by one typed where there are none", async () => {
    const chats = await twoChats();
    await chats.b.sends("account.join_code", { code: await chats.code() }, { place: "hall" });
    expect(await chats.same()).toBe(true);
    await chats.talk.store.people.leave((await chats.people())[0] ?? "", chats.b.ref, 1);
    await chats.b.says(`/also-me-code ${await chats.code()}`);
    expect(await chats.same()).toBe(true);
  });

  it("carries on with what it waited for a link for", async () => {
    const chats = await twoChats();
    await chats.link(chats.a, "ada", "Ada");
    const { id: personId } = await chats.talk.store.people.ensure(chats.b.ref, "ada.l", 1);
    const at = chats.talk.clock.now();
    await chats.talk.store.wishes.put({
      id: "waiting",
      personId,
      place: { platform: "there", tenant: "", id: "direct-ada.l" },
      user: chats.b.ref,
      userName: "ada.l",
      locale: "en",
      direct: true,
      local: false,
      waitsFor: "link",
      commands: [{ intent: "help", slots: {} }],
      createdAt: at,
      expiresAt: at + MINUTE,
    });
    await chats.b.says(await chats.code());
    await chats.settle();
    expect(chats.there.shown.at(-1)?.key).toBe("wish:waiting");
    expect(await chats.talk.store.wishes.get("waiting")).toBeUndefined();
  });
});

describe("the code", () => {
  it("is written down nowhere, whichever way it is shown or typed", async () => {
    const chats = await twoChats();
    const { talk } = chats;
    const code = await chats.code();
    const shown = chats.here.shown.at(-1);
    expect(shown?.reply.text).toContain(code);
    expect(JSON.stringify(await talk.store.events.find("here", shown?.key ?? ""))).not.toContain(code);
    for (const say of [() => chats.b.says(code), () => chats.b.says(`/also-me-code "${code}"`)]) {
      await say();
      expect(await written(talk, chats.there.shown.at(-1)?.key ?? "")).not.toContain(code);
    }
    await chats.b.sends("account.join_code", { code });
    expect(await written(talk, chats.there.shown.at(-1)?.key ?? "")).not.toContain(code);
    expect(talk.logLines.join()).not.toContain(code);
    expect(JSON.stringify(await talk.store.joins.ofGuest(chats.b.ref))).not.toContain(code);
  });

  it("works once, for ten minutes, and the newest only; each in plain words", async () => {
    const chats = await twoChats();
    const stranger = chats.talk.user("eve", { on: "there" });
    const [first, second] = [await chats.code(), await chats.code()];
    expect((await chats.b.says(first))?.text).toMatch(/^That code no longer counts\./);
    expect((await chats.b.says("AAAA2-AAAAA"))?.text).toMatch(/^I do not know that code\./);
    expect((await chats.a.says(second))?.text).toMatch(/^That is your own code/);
    await chats.b.says(second);
    expect((await stranger.says(second))?.text).toMatch(/^That code was used already/);
    const third = await chats.code();
    await chats.talk.clock.advance(10 * MINUTE);
    expect((await stranger.says(third))?.text).toMatch(/^That code has had its time/);
    expect(await chats.same()).toBe(true);
  });

  it("typed where others read it works no more, and what only looks like one is left alone", async () => {
    const chats = await twoChats();
    const code = await chats.code();
    const hall = chats.talk.user("ada.l", { on: "there", place: "hall", addressed: false });
    expect(await hall.says("AAAA2-AAAAA")).toBeUndefined();
    expect(await hall.says(code)).toMatchObject({ kind: "error", visibility: "private" });
    expect(chats.there.shown.at(-1)?.reply.text).toMatch(/^Others could read that code here/);
    expect((await chats.b.says(code))?.text).toMatch(/^That code was shown where others could read it/);
    expect(await chats.same()).toBe(false);
  });

  it("is taken out of use where the bot is switched off, too", async () => {
    const chats = await twoChats();
    const boss = chats.talk.user("boss", { on: "there", place: "hall" });
    const { id } = await chats.talk.store.people.ensure(boss.ref, "boss", 1);
    await chats.talk.store.people.setOperator(id);
    await boss.sends("place.set", { setting: "answers", value: "off" });
    const hall = chats.talk.user("ada.l", { on: "there", place: "hall", addressed: false });
    expect(await hall.says("AAAA2-AAAAA")).toBeUndefined();
    expect((await hall.sends("account.join"))?.text ?? "").not.toMatch(/[A-Z0-9]{5}-[A-Z0-9]{5}/);
    const code = await chats.code();
    expect((await hall.says(code))?.text).toMatch(/^Others could read that code here/);
    expect((await chats.b.says(code))?.text).toMatch(/^That code was shown where others could read it/);
  });

  it("can be made five times and tried ten times in ten minutes", async () => {
    const chats = await twoChats();
    for (let count = 0; count < 5; count++) await chats.code();
    expect((await chats.a.sends("account.join"))?.text).toMatch(/^That was a lot at once/);
    for (let count = 0; count < 10; count++) await chats.b.says("AAAA2-AAAAA");
    await chats.talk.clock.advance(MINUTE);
    expect((await chats.b.says("AAAA2-AAAAA"))?.text).toMatch(/^That was a lot at once/);
  });

  it("is no code of another kind, and those are none of these", async () => {
    const chats = await twoChats();
    expect((await chats.b.says("K7QM-2XHD"))?.text).not.toContain("other chat account");
    expect((await chats.b.says("K7QM-2XHD-AB23"))?.text).not.toContain("other chat account");
    expect((await chats.b.says("YEAHS-YEAHS"))?.text).not.toContain("other chat account");
    for (let count = 0; count < 5; count++) {
      const code = await chats.code();
      expect(code).toMatch(/^(?=.*\d)[A-HJKMNP-Z2-9]{5}-[A-HJKMNP-Z2-9]{5}$/);
    }
  });
});

describe("two who both have something", () => {
  it("are joined when both have said yes to exactly what that does", async () => {
    const chats = await twoChats();
    const { a, talk, here, there } = chats;
    const { kept, given, asked, yes } = await halfWay(chats);
    const effect =
      "ada (Here) has Tunes already, so that stays. The Tunes account “Lovelace” of ada.l (There) is disconnected, and its queue, timers and settings here are deleted.";
    expect(asked?.kind).toBe("question");
    expect(asked?.text.split("\n")).toEqual([
      "You have things of your own here. Shall this chat account belong to ada (Here) from now on?",
      effect,
      "Whoever uses one of these chat accounts then controls the same music. Nothing happens until both sides have said yes, within a day.",
    ]);
    expect(yes?.text).toBe("I have asked ada (Here). I tell you here what they say, within a day.");
    expect(await chats.same()).toBe(false);
    const question = here.shown.at(-1);
    expect(question).toMatchObject({ to: a.ref, reply: { kind: "question" } });
    expect(question?.reply.text.split("\n").slice(0, 2)).toEqual([
      "ada.l (There) typed your code, has things of their own here and has said yes. Shall the two be one person?",
      effect,
    ]);
    expect(await talk.store.accounts.get(given)).toBeDefined();

    await a.presses("Yes, join them");
    await chats.settle();
    expect(await chats.same()).toBe(true);
    const [person = ""] = await chats.people();
    expect((await talk.store.accounts.ofPerson(person)).map(({ id }) => id)).toEqual([kept]);
    expect(await talk.store.queue.list(given)).toEqual([]);
    const told = there.shown.at(-1);
    expect(told?.to).toEqual(chats.b.ref);
    const receipt = (await talk.store.audit.recent(1))[0]?.detail.receipt;
    expect(told?.reply.text).toBe(
      `Done: this chat account and ada (Here) are one person here now.\nWhat was given up is deleted. The receipt: ${receipt}.`,
    );
    expect(receipt).toMatch(/^[A-Z2-9]{4}-[A-Z2-9]{4}$/);
    // The question does not look open any more, on either side.
    expect(question?.reply.text).toMatch(/is you here now/);
    expect(there.shown.flatMap(({ reply }) => JSON.stringify(reply.blocks)).join()).not.toContain("Yes, join them");
  });

  it("bring an account that the other lacks", async () => {
    const chats = await twoChats();
    const given = await chats.link(chats.b, "lovelace", "Lovelace");
    const asked = await chats.b.says(await chats.code());
    expect(asked?.text).toContain("The Tunes account “Lovelace” of ada.l (There) comes along.");
    await chats.b.presses("Yes, join them");
    await chats.settle();
    await chats.a.presses("Yes, join them");
    expect((await chats.a.sends("account.status"))?.text).toContain("as “Lovelace”");
    const [person = ""] = await chats.people();
    expect(await chats.talk.accounts().status(person)).toMatchObject([{ accountId: given }]);
  });

  it("make an operator of the other where one is", async () => {
    const chats = await twoChats();
    await chats.b.sends("help");
    await chats.talk.store.people.setOperator((await chats.people())[1] ?? "");
    const asked = await chats.b.says(await chats.code());
    expect(asked?.text).toContain("ada.l (There) is an operator of this bot, so ada (Here) becomes one.");
    await chats.b.presses("Yes, join them");
    await chats.settle();
    await chats.a.presses("Yes, join them");
    expect(await chats.talk.store.people.operators()).toMatchObject([{ id: (await chats.people())[0] }]);
  });

  it("stay two when the first says no; the other is not asked", async () => {
    const chats = await twoChats();
    await chats.link(chats.b, "lovelace", "Lovelace");
    await chats.b.says(await chats.code());
    const before = chats.here.shown.length;
    expect((await chats.b.presses("No, keep them apart"))?.text).toMatch(/^One side said no/);
    await chats.job();
    expect(chats.here.shown).toHaveLength(before);
    expect(await chats.same()).toBe(false);
  });

  it("stay two when the second says no, and the first hears of it", async () => {
    const chats = await twoChats();
    const { given } = await halfWay(chats);
    expect((await chats.a.presses("No, keep them apart"))?.text).toMatch(/^One side said no/);
    await chats.settle();
    expect(chats.there.shown.at(-1)).toMatchObject({
      to: chats.b.ref,
      reply: { text: expect.stringMatching(/^One side said no/) },
    });
    expect(await chats.talk.store.accounts.get(given)).toBeDefined();
    expect(await chats.same()).toBe(false);
  });

  it("stay two when the first takes the yes back, whatever the second says then", async () => {
    const chats = await twoChats();
    await halfWay(chats);
    const { command } = buttonOf(chats.here.shown.at(-1)?.reply, "Yes, join them");
    await chats.b.presses("Never mind");
    expect((await chats.a.sends(command.intent, command.slots))?.text).toMatch(/^One side said no/);
    expect(await chats.same()).toBe(false);
  });

  it("stay two after a day, and a late yes is told so", async () => {
    const chats = await twoChats();
    await halfWay(chats);
    const { command } = buttonOf(chats.here.shown.at(-1)?.reply, "Yes, join them");
    await chats.talk.clock.advance(DAY - 5 * MINUTE);
    await chats.job();
    expect(chats.here.shown.at(-1)?.reply.text).toMatch(/^A day has passed/);
    expect((await chats.a.sends(command.intent, command.slots))?.text).toMatch(/^A day has passed/);
    expect(await chats.same()).toBe(false);
  });

  it("are asked anew when what a yes would do has changed since", async () => {
    const chats = await twoChats();
    await chats.link(chats.b, "lovelace", "Lovelace");
    await chats.b.says(await chats.code());
    await chats.b.presses("Yes, join them");
    await chats.settle();
    await chats.link(chats.a, "ada", "Ada");
    expect((await chats.a.presses("Yes, join them"))?.text).toMatch(/^ada.l \(There\) is being asked first/);
    await chats.settle();
    expect(chats.there.shown.at(-1)?.reply).toMatchObject({ kind: "question" });
    expect(chats.there.shown.at(-1)?.reply.text).toContain("ada (Here) has Tunes already, so that stays.");
    expect(await chats.same()).toBe(false);
    await chats.b.presses("Yes, join them");
    await chats.settle();
    await chats.a.presses("Yes, join them");
    expect(await chats.same()).toBe(true);
  });

  it("are answered for by nobody else", async () => {
    const chats = await twoChats();
    await halfWay(chats);
    const { command } = buttonOf(chats.here.shown.at(-1)?.reply, "Yes, join them");
    const eve = chats.talk.user("eve");
    expect((await eve.sends(command.intent, command.slots))?.text).toMatch(/^That was asked by somebody else/);
    expect((await chats.b.sends(command.intent, command.slots))?.text).toMatch(/^I have asked ada/);
    expect((await eve.sends(command.intent, { join: "none", answer: "yes" }))?.text).toMatch(/no longer open/);
    expect(await chats.same()).toBe(false);
  });

  it("are joined though the bot restarts in the middle and the platform was away when the other was to be asked", async () => {
    const chats = await twoChats();
    chats.here.onSend = (moment, what) => {
      if (moment === "before" && what === "send") throw new Error("away");
    };
    await halfWay(chats);
    expect(chats.here.shown.at(-1)?.reply.kind).not.toBe("question");
    await chats.revive();
    chats.here.onSend = () => {};
    await chats.job();
    await chats.job();
    expect(chats.here.shown.filter(({ reply }) => reply.kind === "question")).toHaveLength(1);
    await chats.a.presses("Yes, join them");
    expect(await chats.same()).toBe(true);
  });
});

function buttonOf(reply: Reply | undefined, label: string) {
  const found = reply?.blocks
    .flatMap((block) => (block.type === "buttons" ? block.buttons : []))
    .find((each) => each.label === label);
  if (!found) throw new Error(`no button ${label}`);
  return found;
}

/** After a read the database is as it was before it. */
function momentsOf(call = ""): Crash["moment"][] {
  return /\.(get|of|find|ofGuest|ofPerson|identities|operators|owing|waiting)$/.test(call)
    ? ["before"]
    : ["before", "after"];
}

describe("kill -9", () => {
  /** What is done before the crash, and then in it; `lost` is what a person types again when the code died with the process. */
  const stories = [
    {
      name: "while a code joins",
      before: async (chats: Chats) => ({ code: await chats.code() }),
      act: (chats: Chats, code: string) => chats.b.says(code),
      ends: /^Done: this chat account/,
      platform: "there" as const,
    },
    {
      name: "at the last yes",
      before: async (chats: Chats) => {
        await halfWay(chats);
        return { code: "" };
      },
      act: (chats: Chats) => chats.a.presses("Yes, join them"),
      ends: /^ada\.l \(There\) is you here now/,
      platform: "here" as const,
    },
  ];

  it.each(stories)(
    "$name, at any store call: joined once, told once",
    async ({ before, act, ends, platform }) => {
      async function run(crash?: Crash) {
        const chats = await twoChats();
        const { code } = await before(chats);
        const skipped = (await chats.restart()).calls.length;
        const crashing = await chats.restart(crash && { ...crash, at: crash.at + skipped });
        const acting = act(chats, code);
        await Promise.race([acting.then(() => chats.settle()), crashing.died]);
        const calls = crashing.calls.slice(skipped);
        if (crash) {
          await new Promise((resolve) => setImmediate(resolve));
          await chats.revive();
          await chats.settle();
        }
        await chats.job();
        return { chats, code, calls };
      }
      const whole = await run();
      expect(whole.calls).toContain(platform === "there" ? "joins.redeem" : "joins.settle");
      expect(await whole.chats.same()).toBe(true);
      for (let at = 0; at < whole.calls.length; at++) {
        for (const moment of momentsOf(whole.calls[at])) {
          const where = `${moment} ${at} ${whole.calls[at]}`;
          const { chats, code } = await run({ at, moment });
          const shown = platform === "there" ? chats.there.shown : chats.here.shown;
          // What was never accepted, and a code that died with the process, are typed once more.
          if (!(await chats.same())) {
            const again = shown.at(-1)?.reply.text ?? "";
            if (code !== "" && shown.length > 0) expect(again, where).toMatch(/^I was interrupted/);
            await act(chats, code);
            await chats.settle();
          }
          expect(await chats.same(), where).toBe(true);
          expect(shown.at(-1)?.reply.text ?? "", where).toMatch(ends);
          const [person = ""] = await chats.people();
          expect(await chats.talk.store.people.identities(person), where).toHaveLength(2);
          const joined = (await chats.talk.store.audit.recent(50)).filter(({ act: each }) => each === "people.joined");
          expect(joined, where).toHaveLength(1);
          await chats.job();
          const other = platform === "there" ? chats.here.shown : chats.there.shown;
          const told = other.filter(({ key, reply }) => key.startsWith("join:") && reply.kind === "answer");
          expect(
            told.map(({ reply }) => reply.text),
            where,
          ).toEqual([expect.stringMatching(platform === "there" ? /is you here now/ : /^Done: this/)]);
        }
      }
    },
    120_000,
  );

  it("at the first yes, at any store call: the other is asked, once", async () => {
    async function run(crash?: Crash) {
      const chats = await twoChats();
      await chats.link(chats.b, "lovelace", "Lovelace");
      await chats.b.says(await chats.code());
      const yes = buttonOf(chats.there.shown.at(-1)?.reply, "Yes, join them").command;
      const skipped = (await chats.restart()).calls.length;
      const crashing = await chats.restart(crash && { ...crash, at: crash.at + skipped });
      await Promise.race([chats.b.sends(yes.intent, yes.slots).then(() => chats.settle()), crashing.died]);
      const calls = crashing.calls.slice(skipped);
      await new Promise((resolve) => setImmediate(resolve));
      await chats.revive();
      await chats.settle();
      await chats.job();
      return { chats, calls, yes };
    }
    const whole = await run();
    expect(whole.calls).toContain("joins.told");
    for (let at = 0; at < whole.calls.length; at++) {
      for (const moment of momentsOf(whole.calls[at])) {
        const where = `${moment} ${at} ${whole.calls[at]}`;
        const { chats, yes } = await run({ at, moment });
        if (at === 0 && moment === "before") await chats.b.sends(yes.intent, yes.slots);
        await chats.settle();
        await chats.job();
        const questions = chats.here.shown.filter(({ reply }) => reply.kind === "question");
        expect(questions, where).toHaveLength(1);
        expect(chats.there.shown.at(-1)?.reply.text, where).toMatch(/^I have asked ada/);
        await chats.a.presses("Yes, join them");
        expect(await chats.same(), where).toBe(true);
      }
    }
  }, 120_000);
});

const slotsOf = ({ platform, tenant, id: user }: UserRef) => ({ platform, tenant, user });

describe("separating", () => {
  async function joined() {
    const chats = await twoChats();
    await chats.link(chats.a, "ada", "Ada");
    await chats.b.says(await chats.code());
    await chats.settle();
    return chats;
  }

  it("lists who one is and gives the chat account a person of its own, without anything", async () => {
    const chats = await joined();
    const list = await chats.b.sends("account.identities");
    expect(list?.text).toBe("These chat accounts are you here:\nada (Here)\nada.l (There) (you are here)");
    const ask = await chats.b.presses("Separate ada.l (There)");
    expect(ask).toMatchObject({ kind: "question" });
    expect((await chats.b.presses("Keep it"))?.text).toBe("Okay, everything stays as it is.");
    expect(await chats.same()).toBe(true);
    await chats.b.presses("Separate it");
    expect(await chats.same()).toBe(false);
    expect((await chats.b.sends("account.status"))?.text).toBe("No music account is connected yet.");
    expect((await chats.a.sends("account.status"))?.text).toContain("as “Ada”");
    expect((await chats.b.sends("account.identities"))?.text).toMatch(/^This is the only chat account/);
    expect((await chats.b.sends("account.leave", { confirm: "yes" }))?.text).toMatch(/nothing to separate/);
  });

  it("says what places there see no more", async () => {
    const chats = await joined();
    const { talk, b } = chats;
    const [personId = ""] = await chats.people();
    const place = { platform: "there", tenant: "", id: "hall" };
    for (const use of ["announce", "compare"] as const)
      await talk.store.shares.put({ personId, use, place, sinceAt: 1 });
    await talk.store.shares.put({ personId, use: "compare", place: { ...place, platform: "here" }, sinceAt: 1 });
    await b.sends("account.leave");
    const done = await b.presses("Separate it");
    expect(done?.text.split("\n")[1]).toBe(
      "What you let places there see has ended: what you play now (There), comparisons (There).",
    );
    expect(await talk.store.shares.of(personId)).toHaveLength(1);
  });

  it("ends what was asked of the earlier person: a yes of the new one means nothing", async () => {
    const chats = await joined();
    await chats.b.sends("account.unlink");
    await chats.a.sends("account.leave", { ...slotsOf(chats.b.ref), confirm: "yes" });
    expect((await chats.b.says("yes"))?.text).toMatch(/^I did not get that/);
    expect((await chats.b.presses("Disconnect Tunes"))?.text).toMatch(/^No music account is connected/);
    expect((await chats.a.sends("account.status"))?.text).toContain("as “Ada”");
  });

  it.each(["before", "after"] as const)("is done once though the bot is killed %s it is written", async (moment) => {
    const chats = await joined();
    const crashing = await chats.restart();
    await chats.b.sends("account.leave");
    const asked = crashing.calls.length;
    await chats.b.presses("Separate it");
    const at = crashing.calls.indexOf("people.leave", asked);

    const again = await joined();
    const dying = await again.restart({ at, moment });
    await again.b.sends("account.leave");
    void again.b.presses("Separate it");
    await dying.died;
    expect(dying.calls.at(at)).toBe("people.leave");
    await again.revive();
    await again.settle();
    expect(await again.same()).toBe(false);
    expect(again.there.shown.at(-1)?.reply.text).toMatch(moment === "before" ? /^Done: ada\.l/ : /nothing to separate/);
    expect((await again.a.sends("account.status"))?.text).toContain("as “Ada”");
  });

  it("is not for accounts of others", async () => {
    const chats = await joined();
    const eve = chats.talk.user("eve");
    const reply = await eve.sends("account.leave", { ...slotsOf(chats.b.ref), confirm: "yes" });
    expect(reply?.text).toMatch(/^That chat account is not one of yours/);
    expect(await chats.same()).toBe(true);
  });

  it("leaves no trace of the one with the other: conversation, notices, cards", async () => {
    const chats = await joined();
    const { b, talk } = chats;
    await b.sends("home.show");
    const [person = ""] = await chats.people();
    expect(await talk.store.views.of("home", person, talk.clock.now())).toHaveLength(1);
    await b.sends("account.leave");
    await b.presses("Separate it");
    expect(await talk.store.views.of("home", person, talk.clock.now())).toEqual([]);
    expect(await talk.store.settings.get(personSettings.owner(person), personSettings.reach)).toBeUndefined();
    const before = chats.there.shown.length;
    const words = { skill: "core", key: "error.NeedsRelink", values: { provider: "Tunes" } };
    talk.events.emit({ type: "person.needed", personId: person, key: "x", words });
    await chats.settle();
    expect(chats.there.shown).toHaveLength(before);
    expect(chats.here.shown.at(-1)?.reply.text).toMatch(/has ended/);
  });
});
