import { describe, expect, it } from "vitest";
import type { Crash } from "../support/crash.ts";
import { buttonOf, type Chats, halfWay, twoChats } from "./identities-stage.ts";

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
