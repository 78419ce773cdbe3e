import { describe, expect, it } from "vitest";
import type { UserRef } from "../../src/contracts/incoming.ts";
import { personSettings } from "../../src/contracts/people-store.ts";
import { codeIn, MINUTE, twoChats } from "./identities-stage.ts";

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
