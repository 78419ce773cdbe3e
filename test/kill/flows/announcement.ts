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
    const before = world.room.cards().length;
    const cards = () => world.room.cards().slice(before);
    const since = world.clock.now();
    const unconfirmed = () =>
      world.rows(
        "select 1 from outbox where key like 'announce:%' and status = 'unconfirmed' and updated_at >= ?",
        since,
      ).length;
    let atLast: { cards: string[]; unconfirmed: number } = { cards: [], unconfirmed: 0 };
    return {
      async drive() {
        await asked.drive();
        await world.until(() => cards().length > 0, "a card");
      },
      async settle() {
        await asked.settle();
        await world.eventually(() => cards().length > 0 || unconfirmed() > 0);
        atLast = { cards: cards(), unconfirmed: unconfirmed() };
      },
      findings: () => [
        ...(atLast.cards.length === 0 && atLast.unconfirmed === 0
          ? [{ kind: "lost" as const, what: "no card was posted" }]
          : []),
        ...(atLast.cards.length > 1 ? [{ kind: "doubled" as const, what: `cards: ${atLast.cards.join(" | ")}` }] : []),
        ...(atLast.unconfirmed > 0
          ? [{ kind: "unconfirmed" as const, what: `a card, of which ${atLast.cards.length} are there` }]
          : []),
      ],
    };
  },
};
