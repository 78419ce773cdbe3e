import { describe, expect, it } from "vitest";
import type { Standing } from "../../src/contracts/adapter.ts";
import type { Reply } from "../../src/contracts/reply.ts";
import { createChatAdapter, type Shown } from "../fakes/chat-adapter.ts";
import { hall, openHall } from "./announce-stage.ts";

const standing = (manager: boolean): Standing => ({ manager, groups: [] });

/** A platform that cannot whisper: what is private to somebody among others goes to their direct chat. */
function unwhispering() {
  const adapter = createChatAdapter();
  const { answerTo } = adapter;
  const standings: Record<string, Standing> = {};
  adapter.standing = async (_place, { id }) => standings[id] ?? standing(false);
  adapter.answerTo = (event) => {
    const { defer } = answerTo(event);
    const alone = { ...event, direct: true, place: { ...event.place, id: `direct-${event.user.id}` } };
    return {
      defer,
      reply: (reply) => answerTo(reply.visibility === "private" && !event.direct ? alone : event).reply(reply),
    };
  };
  return { adapter, standings };
}

async function open() {
  const { adapter, standings } = unwhispering();
  const held = await openHall({ adapter, only: ["announce", "digest", "now-playing", "watch", "help", "place"] });
  const alone = (name: string) => held.event(name, { text: "" }).place;
  /** A press on the newest message that has the button, in the chat that shows it. */
  async function press(name: string, label: string | RegExp): Promise<Reply | undefined> {
    const has = ({ reply }: Shown) => reply.blocks.flatMap((block) => (block.type === "buttons" ? block.buttons : []));
    const matches = (text: string) => (typeof label === "string" ? text === label : label.test(text));
    const message = adapter.shown.findLast((each) => has(each).some((button) => matches(button.label)));
    const found = message && has(message).find((button) => matches(button.label));
    if (!message || !found) throw new Error(`there is no ${label}: ${JSON.stringify(adapter.shown.at(-1)?.reply)}`);
    expect(message.place).toEqual({ ...alone(name), id: `direct-${name}` });
    const pressed = {
      ...held.event(name, found.command),
      place: message.place,
      target: { platform: "test", place: message.place, id: message.id },
    };
    await held.send(pressed);
    return adapter.shown.find(({ key }) => key === pressed.key)?.reply;
  }
  return { held, press, standings };
}

describe("what was asked among others and answered alone", () => {
  it("is agreed to for the place it was asked in", async () => {
    const { held, press } = await open();
    await held.say("/announce on", "ola");
    const ann = await held.meet("ann");
    await held.say("/announce me", "ann");
    await press("ann", "Yes, show it here");
    expect(held.last()?.reply.text).not.toContain("about places with others");
    expect(await held.store.shares.of(ann)).toMatchObject([{ place: hall }]);
  });

  it("is agreed to in words, too", async () => {
    const { held } = await open();
    await held.say("/announce on", "ola");
    const ann = await held.meet("ann");
    await held.say("/announce me", "ann");
    const answer = held.event("ann", { text: "yes" });
    await held.send({ ...answer, place: { ...answer.place, id: "direct-ann" } });
    expect(await held.store.shares.of(ann)).toMatchObject([{ place: hall }]);
  });

  it("is done with the rights that the person has there now", async () => {
    const { held, press, standings } = await open();
    standings.ann = standing(true);
    await held.meet("ann");
    await held.say("/digest", "ann");
    await press("ann", "Switch daily on");
    expect(await held.store.digests.orders({ place: hall })).toHaveLength(1);
    const personId = (await held.store.people.find(held.user("ann").ref))?.id ?? "";
    expect(await held.store.digests.orders({ personId })).toEqual([]);
    standings.ann = { ...standing(false), absent: true };
    await held.clock.advance(61_000);
    expect((await press("ann", "Switch weekly on"))?.text).toContain("I cannot see you any more");
  });
});
