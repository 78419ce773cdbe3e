import { describe, expect, it } from "vitest";
import { MINUTE, twoChats, written } from "./identities-stage.ts";

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

  it("may follow the command that asks for one, typed or as its option", async () => {
    for (const say of [
      (chats: Awaited<ReturnType<typeof twoChats>>, code: string) => chats.b.says(`/also-me ${code}`),
      (chats: Awaited<ReturnType<typeof twoChats>>, code: string) => chats.b.says(`/also-me ${code.replace("-", "")}`),
      (chats: Awaited<ReturnType<typeof twoChats>>, code: string) => chats.b.sends("account.join", { code }),
    ]) {
      const chats = await twoChats();
      const code = await chats.code();
      const reply = await say(chats, code);
      expect(reply?.text).toMatch(/^Done: this chat account and/);
      expect(await chats.same()).toBe(true);
      expect(await written(chats.talk, chats.there.shown.at(-1)?.key ?? "")).not.toContain(code);
    }
    const chats = await twoChats();
    expect((await chats.b.sends("account.join", { code: "AAAA2-AAAAA" }))?.text).toMatch(/^I do not know that code\./);
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
