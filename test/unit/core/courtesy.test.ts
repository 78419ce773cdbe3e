import { describe, expect, it } from "vitest";
import { createCourtesy } from "../../../src/core/courtesy.ts";
import { createChatAdapter } from "../../fakes/chat-adapter.ts";
import { createFakeClock } from "../../fakes/clock.ts";
import { talk } from "./support.ts";

function setUp() {
  const clock = createFakeClock();
  const courtesy = createCourtesy(clock);
  const { signal } = new AbortController();
  const waitFor = (ms: number, until = signal) => {
    const state = { gone: false };
    void courtesy.after(clock.now() + ms, until).then(() => {
      state.gone = true;
    });
    return state;
  };
  return { clock, courtesy, waitFor };
}

describe("what nobody waits for", () => {
  it("goes at once where nobody waits for anything", async () => {
    const { clock, waitFor } = setUp();
    const card = waitFor(100);
    await clock.advance(0);
    expect(card.gone).toBe(true);
  });

  it("goes behind everybody who waits", async () => {
    const { clock, courtesy, waitFor } = setUp();
    const one = courtesy.begin();
    const other = courtesy.begin();
    const card = waitFor(100);
    one();
    // Said twice it must not stand for the other.
    one();
    await clock.advance(50);
    expect(card.gone).toBe(false);
    other();
    await clock.advance(0);
    expect(card.gone).toBe(true);
  });

  it("goes in the end whoever waits, and when the program ends", async () => {
    const { clock, courtesy, waitFor } = setUp();
    courtesy.begin();
    const stop = new AbortController();
    const [card, stopped] = [waitFor(100), waitFor(100, stop.signal)];
    await clock.advance(99);
    stop.abort("over");
    await clock.advance(0);
    expect([card.gone, stopped.gone]).toEqual([false, true]);
    await clock.advance(1);
    expect(card.gone).toBe(true);
    const late = waitFor(0);
    await clock.advance(0);
    expect(late.gone).toBe(true);
  });
});

describe("a card that changes while somebody waits for an answer", () => {
  it("is drawn after the answer, but does not wait for one that never comes", async () => {
    let title = "One";
    const adapter = createChatAdapter({ limits: { editsPerMinute: 600 } });
    const held = await talk({ adapter, deck: { title: () => title } });
    const [ann, ben] = [held.user("ann"), held.user("ben")];
    await ann.sends("nowplaying.query");
    const key = `test:${(await held.store.people.find(ann.ref))?.id}`;
    const edits = () => adapter.shown[0]?.edits.length;
    const door = Promise.withResolvers<void>();
    adapter.onSend = (moment, what) => (moment === "before" && what !== "edit" ? door.promise : undefined);
    const asked = ben.sends("nowplaying.query");
    await held.clock.advance(0);
    title = "Two";
    held.events.emit({ type: "view.changed", kind: "card", key });
    await held.clock.advance(90);
    expect(edits()).toBe(0);
    await held.clock.advance(10);
    expect(edits()).toBe(1);
    // The place takes its next edit.
    await held.clock.advance(100);
    title = "Three";
    held.events.emit({ type: "view.changed", kind: "card", key });
    await held.clock.advance(0);
    expect(edits()).toBe(1);
    door.resolve();
    await asked;
    await held.clock.advance(0);
    expect(edits()).toBe(2);
  });
});
