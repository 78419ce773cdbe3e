import type { Deed, Finding, Flow } from "../flow.ts";
import type { Someone } from "../someone.ts";
import type { World } from "../world.ts";

/** So much of the song passes at once, so that one may die anywhere in it. */
const stepMs = 20_000;
/** Between two readings of the list of recent plays, and more. */
const readingMs = 40 * 60_000;
const token = "11111111-2222-3333-4444-555555555555";

const recorded = new WeakSet<Someone>();

/** What they hear is written down from now on. */
export async function records(world: World, someone: Someone): Promise<void> {
  if (recorded.has(someone)) return;
  recorded.add(someone);
  await someone.says("/record");
  await world.until(() => someone.seen().at(-1)?.startsWith("Shall I write down"), "the question before recording");
  await someone.presses("Yes, write it down");
  await world.until(
    () => someone.seen().at(-1)?.startsWith("From now on I write down"),
    "the word that it is recorded",
  );
}

/** Somebody asks for a song and hears it to its end; what is known of it comes live and from the list of recent plays. */
function hears(world: World, someone: Someone) {
  const song = world.song();
  const asked = world.asks(someone, `play ${song.url}`);
  const kept = () =>
    world.rows(
      `select plays.started_at from plays join tracks on tracks.id = plays.track join listeners on listeners.id = plays.listener
       where tracks.title = ? and listeners.key like ? and plays.hidden is null`,
      song.name,
      `%${world.personOf(someone)}%`,
    ).length;
  const before = kept();
  return {
    song,
    plays: () => kept() - before,
    async drive() {
      await asked.drive();
      // Once, and then nothing.
      world.spotify.control.player.set(someone.account.id, { repeat: "off" });
      await world.passes(song.durationMs + 3 * 60_000, stepMs);
    },
    async settle() {
      await asked.settle();
      world.spotify.control.player.set(someone.account.id, { repeat: "off" });
      await world.eventually(() => kept() > before, { stepMs: readingMs / 20 });
      // Both ways tell of it by now.
      await world.passes(readingMs, readingMs / 8);
    },
  };
}

function of(
  name: string,
  someoneOf: (world: World) => Someone,
  more: {
    prepare(world: World): Promise<void>;
    findings(world: World, of: ReturnType<typeof hears>, who: Someone): Finding[];
    settled?(world: World, of: ReturnType<typeof hears>): boolean;
  },
): Flow {
  return {
    name,
    async prepare(world) {
      await records(world, someoneOf(world));
      await more.prepare(world);
    },
    async begin(world): Promise<Deed> {
      const who = someoneOf(world);
      world.hums(who);
      world.watch(who);
      const heard = hears(world, who);
      return {
        drive: heard.drive,
        async settle() {
          await heard.settle();
          await world.eventually(() => more.settled?.(world, heard) ?? true);
        },
        findings: () => more.findings(world, heard, who),
      };
    },
  };
}

const count = (times: number, what: string): Finding[] =>
  times === 1 ? [] : [{ kind: times === 0 ? "lost" : "doubled", what: `${what} ${times} times` }];

export const playRecorded = of("play recorded", ({ people }) => people.elif, {
  prepare: async () => {},
  findings: (_world, { song, plays }, who) => count(plays(), `${who.name}: ${song.name} is in the history`),
});

const listens = (world: World, title: string) =>
  world.diarist.listens.filter(({ track_metadata }) => track_metadata.track_name === title).length;

export const forward = of("forward", ({ people }) => people.mia, {
  async prepare(world) {
    const { mia } = world.people;
    await mia.says("/forward listenbrainz on");
    await world.until(() => mia.seen().at(-1)?.includes("user token"), "the question for a token");
    await mia.says(token);
    await world.until(
      () => mia.seen().at(-1)?.startsWith("Shall I write your plays"),
      "the question before forwarding",
    );
    await mia.presses("Yes, write them");
    await world.until(
      () => mia.seen().at(-1)?.startsWith("From now on I write your plays"),
      "the word that it is forwarded",
    );
  },
  settled: (world, { song }) => listens(world, song.name) > 0,
  findings: (world, { song, plays }, who) => [
    ...count(plays(), `${who.name}: ${song.name} is in the history`),
    ...count(listens(world, song.name), `${who.name}: ${song.name} is in the diary`),
  ],
});
