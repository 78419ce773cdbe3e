import { setTimeout as wait } from "node:timers/promises";
import type { Chat } from "./chat.ts";
import { type Arrival, personId } from "./false-spotify.ts";
import { progress } from "./figures.ts";
import { monotonicMs } from "./monotonic.ts";

/** What a person says next, and under which name it is counted. */
export type Script = (person: number, turn: number) => { kind: string; text: string };

export type Message = {
  kind: string;
  user: string;
  text: string;
  reply: string;
  outcome: "answer" | "question" | "error";
  sentAt: number;
  doneAt: number;
  calls: Arrival[];
};

/**
 * Sends `rate` messages a second on a schedule that waits for no answer, so that a slow bot gets no fewer. A person says
 * nothing more while waiting for an answer; another speaks instead, and with nobody left the message is late.
 */
export async function send(
  chat: Chat,
  options: { people: number; rate: number; seconds: number; script: Script; turns: number[] },
): Promise<Message[]> {
  const { people, rate, script, turns } = options;
  const total = Math.max(1, Math.round(rate * options.seconds));
  const idle = Array.from({ length: people }, (_, person) => person);
  const messages: Message[] = [];
  const open = new Set<Promise<void>>();
  const failures: unknown[] = [];
  let late = 0;

  async function speak(person: number): Promise<void> {
    const turn = turns[person] ?? 0;
    turns[person] = turn + 1;
    const { kind, text } = script(person, turn);
    const user = personId(person);
    const { sentAt, doneAt, answer } = await chat.say(user, text);
    messages.push({ kind, user, text, reply: answer.text, outcome: answer.kind, sentAt, doneAt, calls: [] });
    idle.push(person);
  }

  const startAt = monotonicMs();
  for (let index = 0; index < total; index++) {
    const dueAt = startAt + (index * 1000) / rate;
    const early = dueAt - monotonicMs();
    if (early > 0) await wait(early);
    if (idle.length === 0) {
      late++;
      await Promise.race(open);
    }
    const person = idle.shift();
    if (person === undefined) break;
    const speaking: Promise<void> = speak(person)
      .catch((error: unknown) => void failures.push(error))
      .finally(() => open.delete(speaking));
    open.add(speaking);
  }
  await Promise.all(open);
  if (failures.length > 0) throw failures[0];
  const refused = messages.filter(({ outcome }) => outcome === "error");
  progress(`  ${messages.length} messages at ${rate}/s: ${refused.length} answered with an error, ${late} late`);
  for (const { text, reply } of refused.slice(0, 3)) progress(`    "${text}": ${reply}`);
  return messages;
}

/** Gives every message the calls that its person caused until the next one. Returns how many belong to none. */
export function attribute(messages: readonly Message[], arrivals: readonly Arrival[]): number {
  const byUser = Map.groupBy(messages, ({ user }) => user);
  for (const list of byUser.values()) list.sort((a, b) => a.sentAt - b.sentAt);
  let strays = 0;
  for (const arrival of arrivals) {
    const message = byUser.get(arrival.user ?? "")?.findLast(({ sentAt }) => sentAt <= arrival.at);
    if (message) message.calls.push(arrival);
    else strays++;
  }
  return strays;
}

/** From sending to the arrival of the first call made before the answer; undefined for a message that needed none. */
export function firstCallMs({ calls, sentAt, doneAt }: Message): number | undefined {
  const first = calls[0]?.at;
  return first === undefined || first > doneAt ? undefined : first - sentAt;
}
