import { describe, expect, it, onTestFinished } from "vitest";
import { createSlots, type SlotsPart } from "../../src/accounts/slots.ts";
import { SegueError } from "../../src/contracts/errors.ts";
import { createScheduler } from "../../src/jobs/scheduler.ts";
import { grant } from "../contract/store-rows.ts";
import { startConversation } from "../support/conversation.ts";
import { silentLog } from "../support/log.ts";
import { createScriptedAccounts } from "../support/scripted-accounts.ts";
import { createTunes } from "../unit/accounts/tunes.ts";

const HOUR = 3_600_000;

/** A provider with so many places; "boss" runs the bot. */
async function open(places = 1) {
  let part: SlotsPart | undefined;
  const stops: (() => unknown)[] = [];
  const talk = await startConversation({
    provider: (house) => createTunes(house.clock),
    accounts: ({ events }) => createScriptedAccounts(events),
    free({ store, events, clock }) {
      part = createSlots({
        places: new Map([["test", places]]),
        providers: new Map([["test", { name: "Testify" }]]),
        store,
        events,
        clock,
        log: silentLog,
      });
      const scheduler = createScheduler({ clock, log: silentLog });
      part.start();
      scheduler.add(part.job);
      stops.push(() => scheduler.stop(0));
      return { slots: part.slots };
    },
  });
  onTestFinished(async () => {
    for (const stop of stops) await stop();
  });
  const [boss, ada, ben] = [talk.user("boss"), talk.user("ada"), talk.user("ben")];
  await boss.says("hello");
  const idOf = async (user: typeof ada) => (await talk.store.people.find(user.ref))?.id ?? "";
  await talk.store.people.setOperator(await idOf(boss));
  await ada.says("hello");
  const told = (prefix: string) =>
    talk.adapter.shown.filter(({ key }) => key.startsWith(prefix)).map(({ reply, place }) => [place.id, reply.text]);
  return {
    talk,
    boss,
    ada,
    ben,
    idOf,
    link: async (user: typeof ada) => {
      const personId = await idOf(user);
      const { row } = await talk.store.accounts.putGrant(
        { ...grant(personId, personId), provider: "test" },
        talk.clock.now(),
      );
      talk.events.emit({ type: "link.created", personId, accountId: row.id, provider: "test", granted: [] });
      await talk.clock.advance(1);
      return row.id;
    },
    settle: async () => talk.clock.advance(1),
    asked: () => told("slot:"),
    ready: () => told("slot-ready:"),
    part: () => part?.slots,
  };
}

describe("places", () => {
  it("are counted for everybody, and named for whoever runs the bot", async () => {
    const { boss, ada, ben, link } = await open(5);
    await link(ada);
    const seen = await ben.sends("slots.show");
    expect(seen?.text).toBe("1 of 5 places are taken, 4 are free. Nobody waits for one.");
    expect(seen?.text).not.toContain("ada");
    expect((await ada.sends("slots.show"))?.text).toMatch(/One of them is yours\./);
    expect((await boss.sends("slots.show"))?.text).toMatch(/ada: connected since/);
  });

  it("let people link while there is one", async () => {
    const { ada } = await open(1);
    expect((await ada.sends("account.link"))?.text).not.toMatch(/taken/);
  });

  it("are asked for when none is free: the operator gets the exact step, once, and the person hears when it is done", async () => {
    const { talk, boss, ada, ben, link, settle, asked, ready } = await open(1);
    await link(ada);
    const full = await ben.sends("account.link");
    expect(full?.text).toMatch(/^All 1 places with Testify are taken\.[\s\S]*you are the next[\s\S]*\/join/);
    await settle();
    expect(asked()).toHaveLength(1);
    expect(asked()[0]?.[0]).toBe("direct-boss");
    expect(asked()[0]?.[1]).toMatch(
      /^ben would like to connect their Testify account\. All 1 places are taken[\s\S]*User Management/,
    );
    await ben.sends("account.link");
    await settle();
    await talk.clock.advance(3 * HOUR);
    expect(asked()).toHaveLength(1);
    const [entry] = await talk.store.slots.of("test");
    expect((await ben.sends("slots.let_in", { entry: entry?.id }))?.kind).toBe("error");
    expect((await ada.sends("slots.leave", { entry: entry?.id }))?.kind).toBe("error");
    expect(ready()).toEqual([]);
    expect((await boss.presses("They are on the list now"))?.text).toBe("I have told ben that they can connect now.");
    await settle();
    expect(ready()).toEqual([
      ["direct-ben", "There is a place for you with Testify now: you can connect your account."],
    ]);
    expect((await boss.presses("They are on the list now"))?.text).toMatch(/done before/);
    expect((await ben.presses("Connect Testify"))?.text).not.toMatch(/taken/);
    await link(ben);
    expect(await talk.store.slots.of("test")).toEqual([]);
  });

  it("are given in the order of asking; a place that becomes free is told to the operator", async () => {
    const { talk, ada, ben, boss, link, idOf, settle, asked } = await open(1);
    const account = await link(ada);
    const cleo = talk.user("cleo");
    await ben.sends("account.link");
    await talk.clock.advance(HOUR);
    expect((await cleo.sends("account.link"))?.text).toMatch(/one person is before you/);
    await settle();
    expect(asked()).toHaveLength(2);
    await talk.store.accounts.erase(account);
    talk.events.emit({ type: "link.removed", personId: await idOf(ada), accountId: account, provider: "test" });
    await settle();
    expect(asked()).toHaveLength(3);
    expect(asked()[2]?.[1]).toMatch(/^ben would like to connect their Testify account\. 0 of 1 places are taken/);
    // The one that is free is not snatched by whoever comes by first once it was given.
    await boss.sends("slots.let_in", { entry: (await talk.store.slots.of("test"))[0]?.id });
    expect((await cleo.sends("account.link"))?.text).toMatch(/taken/);
    expect((await cleo.presses("Take me off the list"))?.text).toBe("You are off the list.");
    expect(await talk.store.slots.of("test")).toHaveLength(1);
  });

  it("given to somebody who cannot be told are told later, also after the place was asked for twice", async () => {
    const { talk, boss, ada, ben, link, idOf, settle, ready, part } = await open(1);
    await link(ada);
    await ben.sends("account.link");
    await settle();
    const { sendPrivate } = talk.adapter;
    talk.adapter.sendPrivate = async () => {
      throw new SegueError("Unavailable", { service: "test", why: "offline" });
    };
    await boss.presses("They are on the list now");
    await settle();
    expect(ready()).toEqual([]);
    if (sendPrivate) talk.adapter.sendPrivate = sendPrivate;
    await talk.clock.advance(HOUR + 1_000);
    await settle();
    expect(ready()).toHaveLength(1);
    await talk.clock.advance(3 * HOUR);
    expect(ready()).toHaveLength(1);
    // The provider turned them away all the same.
    await part()?.ask(await idOf(ben), "test");
    await settle();
    await boss.presses("They are on the list now");
    await settle();
    expect(ready()).toHaveLength(2);
  });

  it("that were given are not offered to the next one, and whoever linked just before a crash waits for none", async () => {
    const { talk, boss, ada, ben, link, idOf, settle, asked } = await open(2);
    const cleo = talk.user("cleo");
    const [account] = [await link(ada), await link(boss)];
    await ben.sends("account.link");
    await cleo.sends("account.link");
    await settle();
    await boss.sends("slots.let_in", { entry: (await talk.store.slots.of("test"))[0]?.id });
    const before = asked().length;
    // One place is free by then, and Ben's.
    await talk.store.accounts.erase(account);
    talk.events.emit({ type: "link.removed", personId: await idOf(ada), accountId: account, provider: "test" });
    await settle();
    expect(asked()).toHaveLength(before);
    const personId = await idOf(ben);
    await talk.store.accounts.putGrant({ ...grant(personId, personId), provider: "test" }, talk.clock.now());
    await talk.clock.advance(HOUR + 1_000);
    expect((await talk.store.slots.of("test")).map((row) => row.personId)).toEqual([await idOf(cleo)]);
  });

  it("waited for outlive a restart, and an operator who could not be reached is asked later", async () => {
    const { talk, ada, ben, link, settle, asked } = await open(1);
    await link(ada);
    const { sendPrivate } = talk.adapter;
    talk.adapter.sendPrivate = async () => {
      throw new SegueError("Unavailable", { service: "test", why: "offline" });
    };
    await ben.sends("account.link");
    await settle();
    expect(asked()).toEqual([]);
    await talk.restart();
    if (sendPrivate) talk.adapter.sendPrivate = sendPrivate;
    await talk.user("boss").says("hello there");
    await talk.clock.advance(HOUR + 1_000);
    await settle();
    expect(asked()).toHaveLength(1);
    expect((await ben.sends("slots.show"))?.text).toMatch(/You are on the list, and the next one/);
  });

  it("are asked for when the provider itself turns somebody away, though one is free", async () => {
    const { ben, part, idOf, settle, asked } = await open(5);
    await ben.says("hello");
    expect(await part()?.ask(await idOf(ben), "test")).toEqual({ before: 0 });
    await settle();
    expect(asked()[0]?.[1]).toMatch(/0 of 5 places are taken/);
    const [entry] = (await part()?.standings())?.[0]?.waiting ?? [];
    await part()?.letIn(entry?.id ?? "");
    await part()?.ask(await idOf(ben), "test");
    await settle();
    expect(asked()).toHaveLength(2);
  });
});
