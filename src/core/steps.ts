import type { Clock } from "../contracts/clock.ts";
import { isSegueError, SegueError } from "../contracts/errors.ts";
import type { Place } from "../contracts/incoming.ts";
import type { Log } from "../contracts/log.ts";
import type { EventRow, EventStore } from "../contracts/message-store.ts";
import type { Orchestrator } from "../contracts/player.ts";
import { type Reply, say } from "../contracts/reply.ts";
import type { Command } from "../contracts/vocabulary.ts";
import type { Answering } from "./answering.ts";
import type { Asking } from "./asking.ts";
import type { Tally } from "./bot-parts.ts";
import { type Failures, wishNote } from "./failures.ts";
import type { I18n } from "./i18n.ts";
import { type Intake, isUnsure } from "./intake.ts";
import type { Done, Memory } from "./memory.ts";
import type { Misses } from "./misses.ts";
import { placeVisibility } from "./permission.ts";
import type { Places } from "./places.ts";
import type { Registry } from "./registry.ts";
import type { Run, Runner } from "./run.ts";
import { type Notes, type Wishes, wishIntents } from "./wishes.ts";

/** The reason of an abort that leaves the event as it is, for the next start to take up. */
export class Stopping extends Error {
  override readonly name = "Stopping";
}

/** One event on its way through its commands. `row` is kept equal to what the store holds. */
type Work = {
  row: EventRow;
  asking: Asking;
  answering: Answering;
  /** Slots of the first command that were never written down. */
  secret: Command["slots"] | undefined;
  signal: AbortSignal;
};

/** Runs what is left of an event's commands, in order, until one fails or asks. Resolves with the commands done, and with where it was. */
export type Steps = (work: Work) => Promise<{ done: Done[]; seated: Asking }>;

export function createSteps(parts: {
  store: EventStore;
  intake: Intake;
  registry: Registry;
  i18n: I18n;
  wishes: Wishes;
  orchestrator: Orchestrator;
  run: Runner;
  failures: Failures;
  places: Pick<Places, "of" | "meant">;
  memory: Pick<Memory, "recall">;
  /** Absent: nothing is kept of what was not understood. */
  misses?: Misses;
  tally?: Pick<Tally, "heard" | "command">;
  clock: Clock;
  log: Log;
}): Steps {
  const { store, intake, registry, i18n, wishes, failures, places, memory, misses, clock, log } = parts;

  async function planned({ row, asking }: Work): Promise<Command[]> {
    if (row.commands.length > 0) return row.commands;
    const commands = await intake.plan(row.event, asking);
    await misses?.note(row.event, commands, asking.locale);
    const [first] = commands;
    // A command as it came can be read from the event again: nothing to write down.
    if (row.event.type === "command" && first?.intent === row.event.intent) return commands;
    await store.plan(row.id, commands);
    return commands;
  }

  /** The place that is meant, where it is another than the event's: that of the message pressed, or of the question answered. */
  async function meant({ row: { event, commands }, asking: { person } }: Work): Promise<Place | undefined> {
    if (!event.direct) return undefined;
    if (event.target) return places.meant(event.target, person.id);
    if (event.type !== "text") return undefined;
    const { shownBy, choices, confirm, deny } = await memory.recall(person.id, event.place);
    if (!shownBy) return undefined;
    const offered = [...choices, confirm, deny].map((each) => each && sayable(each));
    return commands.every((each) => offered.includes(sayable(each))) ? places.meant(shownBy, person.id) : undefined;
  }

  /** The asker where they are meant to be; or why they may not be there. */
  async function seatedIn(work: Work): Promise<{ asking: Asking; barred?: SegueError }> {
    const { asking } = work;
    try {
      const place = await meant(work);
      return { asking: place ? { ...asking, place, direct: false, local: false } : asking };
    } catch (barred) {
      if (!isSegueError(barred)) throw barred;
      return { asking, barred };
    }
  }

  /** The commands a continued wish stands for take its place in the plan, before the wish's own step counts as done. */
  async function unfold(run: Run, work: Work, at: number): Promise<undefined> {
    const { commands, planAgain } = await wishes.take(run.command.slots, run.asking.person.id, run.notes);
    if (planAgain) await parts.orchestrator.checkPlanAgain(run.asking.person.id);
    work.row.commands = [...work.row.commands.slice(0, at), run.command, ...commands];
    await store.plan(work.row.id, work.row.commands);
    return undefined;
  }

  async function step(work: Work & { barred?: SegueError }, at: number, done: Done): Promise<Reply | undefined> {
    const { command } = done;
    const { row, asking, answering, signal } = work;
    const resumed = row.begun;
    const notes = notesOf(row, at, store);
    const run: Run = {
      command,
      asking,
      notes,
      resumed,
      signal,
      progress: (reply) => answering.interim(reply),
      cameTo(outcome) {
        done.outcome = outcome;
      },
    };
    if (!resumed) await store.begin(row.id);
    row.begun = true;
    // The earlier run failed and kept a wish; this run is that wish's second chance, and must stay its only one.
    if (resumed && notes.has(wishNote)) await wishes.forget(await notes.once(wishNote, async () => ""));
    const handler = registry.handler(command.intent);
    answering.expect(handler ? placeVisibility(handler, await places.of(asking.place)) : "private");
    const { secret } = work;
    try {
      if (work.barred) throw work.barred;
      if (command.intent === wishIntents.continue) return await unfold(run, work, at);
      if (command.intent === wishIntents.drop) {
        await wishes.drop(command.slots, asking.person.id);
        return say(i18n.translator("core", asking.locale)("wish.dropped"));
      }
      // Only the skill itself sees what was never written down: wishes, buttons and memory are made from `run`.
      const live =
        secret && at === 0 ? { ...run, command: { ...command, slots: { ...command.slots, ...secret } } } : run;
      return await unlessAborted(parts.run(live), signal);
    } catch (error) {
      if (signal.aborted && signal.reason instanceof Stopping) throw signal.reason;
      const rest = row.commands.slice(at + 1);
      const failure = signal.aborted ? new SegueError("Unconfirmed", { action: command.intent }) : error;
      done.failed = isSegueError(failure) ? failure.code : "fault";
      return failures(failure, run, rest);
    }
  }

  return async (given) => {
    const { row } = given;
    log.debug({ event: row.id, platform: row.event.place.platform, type: row.event.type }, "an event is worked on");
    row.commands = await planned(given);
    const work = { ...given, ...(await seatedIn(given)) };
    const all: Done[] = [];
    for (let at = row.done; at < row.commands.length && !row.replies.some(stops); at = row.done) {
      const command = row.commands[at];
      if (!command) break;
      const startedAt = clock.now();
      const done: Done = { command };
      const reply = await step(work, at, done);
      await store.advance(row.id, reply && asKept(reply));
      row.done = at + 1;
      row.begun = false;
      if (reply) row.replies.push(reply);
      if (reply && reply.kind !== "error") all.push(done);
      const { intent } = command;
      const outcome = reply?.kind ?? "answer";
      const { failed } = done;
      log.info({ intent, outcome, ...(failed ? { failed } : {}), tookMs: clock.now() - startedAt }, "command done");
      // A label for each intent there is, and one for what only core knows.
      parts.tally?.command(registry.handler(intent) ? intent : "core", failed ?? outcome);
    }
    if (row.event.type === "text") parts.tally?.heard(understood(row), work.asking.locale);
    return { done: all, seated: work.asking };
  };
}

function understood({ commands, replies }: EventRow): "understood" | "asked_back" | "not_understood" {
  if (commands.some(isUnsure)) return "not_understood";
  return replies.at(-1)?.kind === "question" ? "asked_back" : "understood";
}

function sayable({ intent, slots }: Command): string {
  return JSON.stringify([intent, slots]);
}

/** An error and a question both leave the rest undone (a question's rest waits in its wish). */
function stops(reply: Reply): boolean {
  return reply.kind !== "answer";
}

/** A reply as it may be written down. */
export function asKept(reply: Reply): Reply {
  // The moments were those of the words that go.
  const { unkept, times: _gone, ...rest } = reply;
  return unkept === undefined ? reply : { ...rest, text: unkept, blocks: [{ type: "text", text: unkept }] };
}

/** Notes are wrapped: what a step noted as undefined must come back as noted. */
function notesOf(row: EventRow, at: number, store: EventStore): Notes {
  const nameOf = (key: string) => `${at}:${key}`;
  return {
    has: (key) => nameOf(key) in row.notes,
    async once<T>(key: string, compute: () => Promise<T>): Promise<T> {
      const name = nameOf(key);
      // Written by this very command in an earlier run, so it has the type that this command computes.
      if (name in row.notes) return (row.notes[name] as { value: T }).value;
      const value = await compute();
      await store.note(row.id, name, { value });
      row.notes[name] = { value };
      return value;
    },
  };
}

/** A skill that does not listen to the signal is left behind: its calls end by their own deadlines. */
function unlessAborted<T>(task: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(signal.reason);
    if (signal.aborted) onAbort();
    signal.addEventListener("abort", onAbort, { once: true });
    task.then(resolve, reject).finally(() => signal.removeEventListener("abort", onAbort));
  });
}
