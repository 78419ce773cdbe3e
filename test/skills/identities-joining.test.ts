import { describe, expect, it } from "vitest";
import { buttonOf, DAY, halfWay, MINUTE, twoChats } from "./identities-stage.ts";

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
