import { DateTime } from "luxon";
import type { Deed, Flow } from "../flow.ts";
import type { World } from "../world.ts";
import { records } from "./heard.ts";

const dueHour = 9;
const shortBeforeMs = 30_000;
const stepMs = 5_000;

/** The day's digest of a place falls due. */
export const digest: Flow = {
  name: "digest",
  async prepare(world) {
    const { room, people } = world;
    await records(world, people.mia);
    room.runs("digest", { every: "day", state: "on", hour: dueHour });
    await world.until(() => room.seen().some((text) => text.includes("Every day from now on")), "digests");
    room.runs("digest-join");
    const asked = /Take part in the digests of this place\?/;
    await world.until(() => room.seen().some((text) => asked.test(text)), "the question to take part");
    room.presses("Yes, I take part");
    await world.until(
      () => room.seen().some((text) => text.startsWith("You take part")),
      "the word that they take part",
    );
  },
  async begin(world): Promise<Deed> {
    const { mia } = world.people;
    world.hums(mia);
    // Something of this day is to be told.
    await world.asks(mia, `play ${world.song().url}`).drive();
    await world.passes(6 * 60_000, 60_000);
    await goToShortBefore(world);
    const posted = world.grows(world.room.digests);
    const since = world.clock.now();
    const { underWay, unconfirmed } = world.owed("digest", since);
    let lost = false;
    let unsure = 0;
    return {
      async drive() {
        await world.passes(2 * shortBeforeMs, stepMs);
        await world.until(() => posted().length > 0, "a digest");
      },
      async settle() {
        await world.eventually(
          () => world.clock.now() > since + shortBeforeMs && (posted().length > 0 || unconfirmed() > 0),
        );
        await world.eventually(() => !underWay());
        unsure = unconfirmed();
        lost = posted().length + unsure === 0;
      },
      findings: () => [
        ...(lost ? [{ kind: "lost" as const, what: "no digest was posted" }] : []),
        ...(posted().length > 1 ? [{ kind: "doubled" as const, what: `${posted().length} digests of one day` }] : []),
        ...(unsure > 0
          ? [{ kind: "unconfirmed" as const, what: `a digest, of which ${posted().length} are there` }]
          : []),
      ],
    };
  },
};

async function goToShortBefore(world: World): Promise<void> {
  const now = DateTime.fromMillis(world.clock.now(), { zone: world.settings.TIME_ZONE ?? "utc" });
  const due = now.plus({ days: 1 }).set({ hour: dueHour, minute: 0, second: 0, millisecond: 0 });
  await world.passes(due.toMillis() - shortBeforeMs - world.clock.now(), 3 * 60 * 60_000);
}
