import { describe, expect, it } from "vitest";
import { createChatAdapter } from "../../fakes/chat-adapter.ts";
import { talk } from "./support.ts";

/** A platform that cannot whisper: what is private to somebody among others goes to their direct chat. */
function unwhispering() {
  const adapter = createChatAdapter();
  const { answerTo } = adapter;
  adapter.answerTo = (event) => {
    const { defer } = answerTo(event);
    return {
      defer,
      reply: (reply) =>
        answerTo(
          reply.visibility === "private" && !event.direct
            ? { ...event, direct: true, place: { ...event.place, id: `direct-${event.user.id}` } }
            : event,
        ).reply(reply),
    };
  };
  return adapter;
}

describe("a question that is shown to the person alone", () => {
  it("can be answered in words where it is shown, and where it was asked", async () => {
    const adapter = unwhispering();
    const held = await talk({ adapter });
    const ann = held.user("ann");
    await held.user("ann", { place: "hall" }).sends("search.query", { query: "Hello" });
    expect(adapter.shown.at(-1)?.place.id).toBe("direct-ann");
    expect((await ann.says("number 2"))?.text).toBe("Playing Hello Two.");
    await held.user("ann", { place: "hall" }).sends("search.query", { query: "Hello" });
    expect((await held.user("ann", { place: "hall" }).says("number 3"))?.text).toBe("Playing Hello Three.");
  });

  it("can be answered in words where its platform shows it only later", async () => {
    const held = await talk();
    const hall = held.user("ann", { place: "hall" });
    await hall.sends("search.query", { query: "Hello" });
    const ann = held.user("ann");
    expect((await ann.says("number 2"))?.kind).toBe("error");
    const at = held.event("ann", { text: "" }).place;
    const by = { platform: at.platform, place: at, id: "m9" };
    const asked = held.event("ann", { text: "" }, { place: "hall" }).place;
    await held.host().shownLater(ann.ref, asked, by);
    expect((await ann.says("number 2"))?.text).toBe("Playing Hello Two.");
    // Where nobody is known there is nothing to carry, and nothing fails.
    await held.host().shownLater({ ...ann.ref, id: "nobody" }, asked, by);
  });

  it("is nobody else's to answer", async () => {
    const held = await talk({ adapter: unwhispering() });
    await held.user("ann", { place: "hall" }).sends("search.query", { query: "Hello" });
    expect((await held.user("bob").says("number 2"))?.kind).toBe("error");
  });
});
