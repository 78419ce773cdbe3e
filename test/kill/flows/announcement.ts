import type { Deed, Flow } from "../flow.ts";

/** After it, a session is over and its card a line. */
const pauseMs = 20 * 60_000;

/** Somebody whom a place sees begins to play: one card for everybody there. */
export const announcement: Flow = {
  name: "announcement",
  async prepare(world) {
    const { room } = world;
    room.runs("announce", { what: "on" });
    await world.until(() => room.seen().some((text) => text.includes("Announcements are on here")), "announcements");
    room.runs("announce", { what: "me" });
    await world.until(
      () => room.seen().some((text) => text.includes("Shall this place see")),
      "the question to be shown",
    );
    room.presses("Yes, show it here");
    await world.until(
      () => room.seen().some((text) => text.includes("This place now sees")),
      "the word that it is shown",
    );
  },
  async begin(world): Promise<Deed> {
    const { mia } = world.people;
    world.hums(mia);
    // A session that is known to be over.
    await world.asks(mia, `play ${world.song().url}`).drive();
    await world.asks(mia, "pause").drive();
    await world.passes(pauseMs, pauseMs / 4);
    world.watch(mia);
    const asked = world.asks(mia, `play ${world.song().url}`);
    const cards = world.grows(world.room.cards);
    const { underWay, unconfirmed } = world.owed("announce", world.clock.now());
    let lost = false;
    let unsure = 0;
    return {
      async drive() {
        await asked.drive();
        await world.until(() => cards().length > 0, "a card");
      },
      async settle() {
        await asked.settle();
        await world.eventually(() => cards().length > 0 || unconfirmed() > 0);
        await world.eventually(() => !underWay());
        unsure = unconfirmed();
        lost = cards().length + unsure === 0;
      },
      findings: () => [
        ...(lost ? [{ kind: "lost" as const, what: "no card was posted" }] : []),
        ...(cards().length > 1 ? [{ kind: "doubled" as const, what: `cards: ${cards().join(" | ")}` }] : []),
        ...(unsure > 0 ? [{ kind: "unconfirmed" as const, what: `a card, of which ${cards().length} are there` }] : []),
      ],
    };
  },
};
