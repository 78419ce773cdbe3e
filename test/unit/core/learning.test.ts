import { describe, expect, it } from "vitest";
import type { Answer } from "../../../src/contracts/adapter.ts";
import type { Told } from "../../../src/contracts/incoming.ts";
import { createChatAdapter } from "../../fakes/chat-adapter.ts";
import { talk } from "./support.ts";

/** A platform that has to be asked who somebody is. */
function asked(told: () => Promise<Told>) {
  const adapter = createChatAdapter();
  const order: string[] = [];
  const { answerTo } = adapter;
  adapter.answerTo = (event) => {
    const answer: Answer = {
      ...answerTo(event),
      accepted: () => void order.push("accepted"),
      told: () => {
        order.push("told");
        return told();
      },
    };
    return answer;
  };
  return { adapter, order };
}
const german = /\b(Musik|deine?|du|mich|nicht)\b/;
const text = { type: "text", text: "help" } as const;

describe("what a platform has to be asked for", () => {
  it("is learnt once the event is kept, and then holds for it and for the next", async () => {
    const { adapter, order } = asked(async () => ({ userName: "Ann of the Hall", locale: "de-DE" }));
    const held = await talk({ adapter });
    const shown = await held.user("ann").says("help");
    expect(order).toEqual(["accepted", "told"]);
    expect(shown?.text).toMatch(german);
    const [person] = await held.store.people.called("Ann of the Hall");
    expect(person).toBeDefined();
    const row = await held.store.events.find("test", held.event("ann", text).key);
    expect(row?.event.locale).not.toBe("de-DE");
  });

  it("is gone without after a second, however the platform behaves", async () => {
    const { adapter } = asked(() => new Promise(() => {}));
    const held = await talk({ adapter });
    const sending = held.send(held.event("ann", text));
    await held.clock.advance(900);
    expect(held.last()).toBeUndefined();
    await held.clock.advance(200);
    await sending;
    expect(held.last()?.reply.kind).toBe("answer");
  });

  it("is gone without where asking fails, and nobody loses the name they had", async () => {
    let fails = false;
    const { adapter } = asked(async () => {
      if (fails) throw new Error("no");
      return { userName: "Ann" };
    });
    const held = await talk({ adapter });
    await held.user("ann").says("help");
    fails = true;
    const { user, ...rest } = held.event("ann", text);
    await held.send({ ...rest, user, userName: user.id });
    expect(held.last()?.reply.kind).toBe("answer");
    expect(await held.store.people.called("Ann")).toHaveLength(1);
  });

  it("is understood in the same way after a crash", async () => {
    let asking = 0;
    const { adapter } = asked(async () => {
      asking += 1;
      return { locale: "de-DE" };
    });
    const held = await talk({ adapter });
    // Killed right after what was learnt had been noted.
    await held.restart((store) => ({ ...store, events: { ...store.events, plan: () => new Promise(() => {}) } }));
    void held.send(held.event("ann", text));
    await held.clock.advance(10);
    expect(asking).toBe(1);
    await held.restart();
    expect(held.last()?.reply.text).toMatch(german);
    expect(asking).toBe(1);
  });
});
