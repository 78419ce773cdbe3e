import { describe, expect, it } from "vitest";
import type { Happening, HappeningOf } from "../../../src/contracts/events.ts";
import { createWatchdog } from "../../../src/listening/health/watchdog.ts";
import type { RecordedStanding } from "../../../src/listening/recorder/recorder.ts";
import { createFakeClock } from "../../fakes/clock.ts";
import { createFakeSettings } from "../../fakes/settings.ts";
import { silentLog } from "../../support/log.ts";

const HOUR = 60 * 60_000;

function open(hidden: readonly string[] = []) {
  const clock = createFakeClock();
  const settings = createFakeSettings();
  const said: Happening[] = [];
  const standings: RecordedStanding[] = [];
  const job = createWatchdog({
    standings: () => standings,
    hidden: (listener) => hidden.includes(listener),
    settings,
    events: { emit: (happening) => void said.push(happening) },
    silentMs: 12 * HOUR,
    clock,
    log: silentLog,
  });
  const person = (name: string, change: Partial<RecordedStanding> = {}): RecordedStanding => {
    const listener = `person:${name}`;
    return { accountId: name, listener, provider: "fake", knownAt: clock.now(), expired: false, ...change };
  };
  const of = <T extends Happening["type"]>(type: T) =>
    said.filter((each): each is HappeningOf<T> => each.type === type);
  return { clock, settings, standings, person, of, look: () => job.run(new AbortController().signal) };
}

describe("a watchdog over what is recorded", () => {
  it("tells the person and the operator once nothing was learnt for too long, and nobody else", async () => {
    const { clock, standings, person, of, look } = open();
    standings.push(person("ann"));
    await clock.advance(11 * HOUR);
    standings.push(person("bob"));
    await look();
    expect(of("person.needed")).toEqual([]);
    await clock.advance(HOUR);
    await look();
    expect(of("person.needed")).toMatchObject([{ personId: "ann", words: { key: "silent", values: { hours: 12 } } }]);
    expect(of("operator.needed")).toMatchObject([{ problem: "recording_silent", detail: { provider: "fake" } }]);
  });

  it("says it again until it arrived, and then not before it was well in between", async () => {
    const { clock, standings, person, of, look } = open();
    const ann = person("ann");
    standings.push(ann);
    await clock.advance(13 * HOUR);
    await look();
    await look();
    expect(of("person.needed")).toHaveLength(2);
    await of("person.needed")[1]?.told?.();
    await look();
    expect(of("person.needed")).toHaveLength(2);
    ann.knownAt = clock.now();
    await look();
    await clock.advance(12 * HOUR);
    await look();
    expect(of("person.needed")).toHaveLength(3);
  });

  it("is quiet about whoever was told by other means, or hides", async () => {
    const { clock, standings, person, of, look } = open(["person:hid"]);
    standings.push(person("gone", { expired: true }), person("hid"));
    await clock.advance(20 * HOUR);
    await look();
    expect(of("person.needed")).toEqual([]);
    expect(of("operator.needed")).toEqual([]);
  });

  it("looks after the others where one person's rows cannot be read", async () => {
    const { clock, settings, standings, person, of, look } = open();
    standings.push(person("broken"), person("ann"));
    const { get } = settings;
    settings.get = (owner, name) => (owner === "person:broken" ? Promise.reject(new Error("torn")) : get(owner, name));
    await clock.advance(12 * HOUR);
    await look();
    expect(of("person.needed")).toMatchObject([{ personId: "ann" }]);
  });
});
