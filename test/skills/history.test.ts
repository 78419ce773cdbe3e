import { describe, expect, it } from "vitest";
import { listenerOf, type Sighting } from "../../src/contracts/listening.ts";
import { createHistory } from "../../src/listening/history.ts";
import type { Conversation } from "../support/conversation.ts";
import { openStage } from "./stage.ts";

const stage = openStage();

const minute = 60_000;
const day = 24 * 60 * minute;

/** Songs as somebody heard them, the last one ending now. */
async function heard(
  talk: Conversation,
  name: string,
  songs: readonly [title: string, artist: string][],
  endedAt: number,
) {
  const { id: personId } = await talk.store.people.ensure(talk.user(name).ref, name, talk.clock.now());
  const history = createHistory({ store: talk.store, clock: talk.clock });
  const sightings = songs.map(([title, artist], at): Sighting => {
    const end = endedAt - (songs.length - 1 - at) * 4 * minute;
    return {
      source: { origin: "tunes", way: "observed" },
      key: `${end}`,
      heard: { kind: "track", uri: `tunes:${title}`, title, artists: [{ name: artist }], durationMs: 3 * minute },
      startedAt: end - 3 * minute,
      endedAt: end,
      exact: "both",
      listenedMs: 3 * minute,
    };
  });
  await history.ledger.record(listenerOf.person(personId), sightings);
}

const week: [string, string][] = [
  ["Low Water", "Mara Venn"],
  ["Tidal", "Mara Venn"],
  ["Low Water", "Mara Venn"],
  ["Cobalt", "The Pale"],
];

describe("what somebody heard", () => {
  it("is offered to be written down where nothing is", async () => {
    const { anna } = await stage.begin();
    expect((await anna.says("recently played")).text).toMatch(/do not write down what you hear/);
    const asked = await anna.presses("Write down what I hear");
    expect(asked.kind).toBe("question");
    expect(asked.text).toMatch(/Shall I write down what you hear on Spotify\? Kept: which song/);
    expect((await anna.says("yes")).text).toMatch(/From now on I write down/);
    expect((await anna.says("recently played")).text).toBe("I know of nothing that you heard yet.");
    expect((await anna.sends("recording.set", { state: "off" })).text).toMatch(/write nothing down any more/);
    expect((await anna.sends("recording.set", { state: "off" })).text).toBe("I write nothing down.");
  });

  it("is listed, the latest first, with when", async () => {
    const { talk, anna, person } = await stage.begin();
    await heard(talk, "anna", week, talk.clock.now());
    const reply = await anna.says("recently played");
    expect(reply.text.split("\n").map((line) => line.split(" · ")[0])).toEqual([
      "Heard last",
      "Cobalt by The Pale",
      "Low Water by Mara Venn",
      "Tidal by Mara Venn",
      "Low Water by Mara Venn",
    ]);
    expect((await anna.says("what did I listen to yesterday")).text).toBe(
      "I know of nothing that you heard yesterday.",
    );
    // Nobody else's.
    expect((await person("bob").says("recently played")).text).toMatch(/do not write down/);
  });

  it("is counted for the period that was asked for, in the asker's zone", async () => {
    const { talk, anna } = await stage.begin();
    await heard(talk, "anna", week, talk.clock.now());
    await heard(talk, "anna", [["Old Song", "Mara Venn"]], talk.clock.now() - 40 * day);
    expect((await anna.says("my top songs this week")).text.split("\n")).toEqual([
      "Most played songs, this week",
      "1. Low Water by Mara Venn · 2 plays · 6 minutes",
      "2. Tidal by Mara Venn · 1 play · 3 minutes",
      "3. Cobalt by The Pale · 1 play · 3 minutes",
    ]);
    const ever = await anna.sends("history.top", { type: "artists", period: "all_time" });
    expect(ever.text).toContain("1. Mara Venn · 4 plays · 12 minutes");
    expect((await anna.sends("history.totals", { period: "This  Week" })).text).toBe(
      "You listened for 12 minutes (this week): 4 plays, 3 songs, 2 artists.",
    );
    expect((await anna.sends("history.search", { query: "venn old" })).text).toContain("Old Song by Mara Venn");
    expect((await anna.sends("history.top", { period: "2019-13" })).text).toMatch(/cannot read that period/);
    expect((await anna.sends("history.top", { period: "<b>" })).text).toMatch(/cannot read that period/);
  });

  it("can be taken out of the sums and put back, and single plays deleted for good", async () => {
    const { talk, anna } = await stage.begin();
    await heard(talk, "anna", week, talk.clock.now());
    await anna.says("my top songs this week");
    const hidden = await anna.presses("Low Water by Mara Venn");
    expect(hidden.text).toMatch(/Hidden from your statistics, now and later: 2 plays so far/);
    expect((await anna.says("my top songs this week")).text).not.toContain("Low Water");
    expect((await anna.sends("history.hidden")).text).toMatch(/^1 thing is hidden/);
    expect((await anna.presses(/^A song, since/)).text).toBe("Counted again: 2 plays.");
    expect((await anna.says("my top songs this week")).text).toContain("Low Water");

    await anna.sends("history.delete");
    const sure = await anna.presses("Cobalt by The Pale");
    expect(sure.kind).toBe("question");
    expect((await anna.presses("Delete it")).text).toBe("Deleted.");
    expect((await anna.says("my top songs this week")).text).not.toContain("Cobalt");
    // No source brings it back.
    await heard(talk, "anna", week, talk.clock.now());
    expect((await anna.says("recently played")).text).not.toContain("Cobalt");
  });

  it("is left alone until the later end, and until somebody says that it is over", async () => {
    const { anna } = await stage.begin();
    expect((await anna.says("/private 2 hours")).text).toMatch(/until 15:00/);
    expect((await anna.says("/private 30")).text).toMatch(/until 15:00/);
    expect((await anna.says("/private 1e3")).kind).toBe("error");
    expect((await anna.says("/private off")).text).toMatch(/^Shown to others again .* I write nothing down\.$/);
    expect((await anna.says("/private 30")).text).toMatch(/until 13:30/);
    for (const none of ["/private 0", "/private 0 minutes"])
      expect(await anna.says(none)).toMatchObject({
        kind: "error",
        text: "The number of minutes must be at least 1; you said 0.",
      });
    expect((await anna.says("/private off")).text).toMatch(/^Shown to others again .* I write nothing down\.$/);
    expect((await anna.says("/private off")).text).toBe("Nothing was paused.");
    await anna.sends("recording.set", { state: "on", sure: "yes" });
    await anna.says("/private 30");
    expect((await anna.says("/private off")).text).toBe("Written down and shown again, as before.");
  });

  it("is not written down while somebody wants to be left alone", async () => {
    const { talk, anna, passes } = await stage.begin();
    expect((await anna.sends("recording.private", { minutes: 30 })).text).toMatch(/until 13:30/);
    await passes(20 * minute);
    await heard(talk, "anna", [["Secret", "Nobody"]], talk.clock.now());
    expect((await anna.presses("End it now")).text).toMatch(/^Shown to others again .* I write nothing down\.$/);
    await passes(20 * minute);
    await heard(talk, "anna", [["Public", "Everybody"]], talk.clock.now());
    const reply = await anna.says("recently played");
    expect(reply.text).toContain("Public");
    expect(reply.text).not.toContain("Secret");
  });
});
