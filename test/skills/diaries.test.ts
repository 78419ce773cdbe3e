import { describe, expect, it, onTestFinished } from "vitest";
import type { Clock } from "../../src/contracts/clock.ts";
import { listenerOf } from "../../src/contracts/listening.ts";
import { personSettings } from "../../src/contracts/people-store.ts";
import type { Reply } from "../../src/contracts/reply.ts";
import { createScheduler } from "../../src/jobs/scheduler.ts";
import { createLastFm } from "../../src/listening/diaries/lastfm/service.ts";
import { createListenBrainz } from "../../src/listening/diaries/listenbrainz/service.ts";
import { createDiariesPart } from "../../src/listening/diaries/part.ts";
import { createHistory } from "../../src/listening/history.ts";
import { createHttp } from "../../src/net/http.ts";
import { openLastFm } from "../doubles/lastfm.ts";
import { openListenBrainz } from "../doubles/listenbrainz.ts";
import { startConversation } from "../support/conversation.ts";
import { song, watched } from "../support/ledger.ts";
import { silentLog } from "../support/log.ts";
import { createTunes } from "../unit/accounts/tunes.ts";
import { rest } from "../unit/listening/diaries/world.ts";

const MINUTE = 60_000;
const TOKEN = "11111111-2222-3333-4444-555555555555";
const buttonsOf = (reply: Reply | undefined) =>
  (reply?.blocks ?? []).flatMap((block) => (block.type === "buttons" ? block.buttons.map(({ label }) => label) : []));

async function open() {
  let current: Clock = { now: () => Date.UTC(2026, 10, 21, 12), sleep: () => new Promise(() => {}) };
  const clock: Clock = { now: () => current.now(), sleep: (ms, signal) => current.sleep(ms, signal) };
  const [brainz, fm] = [await openListenBrainz(clock), await openLastFm(clock)];
  const stops: (() => unknown)[] = [];
  const started: Promise<void>[] = [];
  const talk = await startConversation({
    provider: (house) => createTunes(house.clock),
    free({ clock: own, store, events, history, histories }) {
      current = own;
      const http = createHttp({
        clock: own,
        log: silentLog,
        calls: store.calls,
        gates: store.gates,
        limits: () => ({ windowCalls: 1_000, windowMs: 10_000 }),
        random: () => 0,
      });
      const scheduler = createScheduler({ clock: own, log: silentLog });
      const part = createDiariesPart({
        services: [
          createListenBrainz({ http, clock: own, apiUrl: brainz.url }),
          createLastFm({ http, clock: own, apiUrl: fm.url, apiKey: fm.key, secret: fm.secret }),
        ],
        presences: ["discord"],
        music: new Set(["tunes"]),
        history,
        record: (personId, on) => histories.of(listenerOf.person(personId)).setRecording(on),
        store,
        safe: {
          seal: (id, secret) => `sealed for ${id}: ${secret}`,
          open: ({ id }, text) => text.replace(`sealed for ${id}: `, ""),
        },
        scheduler,
        events,
        clock: own,
        log: silentLog,
      });
      for (const job of part.jobs) scheduler.add(job);
      started.push(part.start());
      stops.push(
        () => part.stop(),
        () => scheduler.stop(0),
        () => http.close(),
      );
      return { diaries: part.diaries };
    },
  });
  await Promise.all(started);
  onTestFinished(async () => {
    for (const stop of stops) await stop();
  });
  const ada = talk.user("ada");
  async function passes(ms: number): Promise<void> {
    const end = talk.clock.now() + ms;
    await rest();
    for (let next = talk.clock.nextAt(); next !== undefined && next <= end; next = talk.clock.nextAt()) {
      await talk.clock.advance(Math.max(0, next - talk.clock.now()));
      await rest();
    }
    await talk.clock.advance(Math.max(0, end - talk.clock.now()));
    await rest();
  }
  const personOf = async (user = ada) => (await talk.store.people.find(user.ref))?.id ?? "";
  return {
    talk,
    ada,
    brainz,
    fm,
    passes,
    personOf,
    rows: async () => talk.store.diaries.ofPerson(await personOf()),
    recorded: async () =>
      (await talk.store.settings.get(personSettings.owner(await personOf()), personSettings.recording)) !== undefined,
    told: () => talk.adapter.shown.filter(({ key }) => key.startsWith("diary:")).map(({ reply }) => reply.text),
  };
}

describe("/join", () => {
  it("offers the ways there are, and asks for the name where none was said", async () => {
    const { ada, rows } = await open();
    const ways = await ada.sends("diary.join");
    expect(buttonsOf(ways)).toEqual(["By what Discord shows of me", "By my ListenBrainz name", "By my Last.fm name"]);
    const asked = await ada.presses("By my Last.fm name");
    expect(asked?.text).toMatch(/What are you called on Last\.fm\?/);
    expect((await ada.sends("diary.join", { service: "myspace", name: "x" }))?.text).toMatch(/I do not know “myspace”/);
    expect(await rows()).toEqual([]);
  });

  it("says plainly that there is no such user, or that they hide it", async () => {
    const { ada, fm, brainz, rows } = await open();
    fm.user("shy").hidden = true;
    expect(await ada.sends("diary.join", { service: "LastFM", name: "nobody at all" })).toMatchObject({
      kind: "error",
      text: "Last.fm knows nobody called “nobody at all”. Look at the address of your page there: your name is its last part.",
    });
    expect((await ada.sends("diary.join", { service: "last fm", name: "shy" }))?.text).toMatch(/“shy” hides/);
    brainz.faults.push(...Array.from({ length: 5 }, () => ({ status: 404 })));
    expect((await ada.sends("diary.join", { service: "listenbrainz", name: "../../x?y" }))?.kind).toBe("error");
    expect(await rows()).toEqual([]);
  });

  it("reads what the person said yes to, and nothing before", async () => {
    const { talk, ada, brainz, passes, rows, recorded } = await open();
    const rob = brainz.user("Rob");
    const now = Math.floor(talk.clock.now() / 1_000);
    rob.listens = [9, 5, 1].map((back) => ({
      listened_at: now - back * 600,
      track_metadata: { artist_name: "Nina", track_name: `Tune ${back}`, additional_info: { duration_ms: 200_000 } },
    }));
    const asked = await ada.sends("diary.join", { service: "listenbrainz", name: "rob" });
    expect(asked).toMatchObject({ kind: "question" });
    expect((await ada.says("/join listenbrainz rob"))?.text).toBe(asked?.text);
    expect(asked?.text).toContain("ListenBrainz knows Rob; heard last there: Tune 1 – Nina.");
    await passes(20 * MINUTE);
    expect([await rows(), await recorded()]).toEqual([[], false]);
    expect((await ada.presses("Yes, that’s me"))?.text).toMatch(/^You take part now/);
    expect(await rows()).toMatchObject([{ diary: "listenbrainz", userName: "Rob", reads: true, forwards: "off" }]);
    expect(await recorded()).toBe(true);
    await passes(MINUTE);
    rob.playing = { artist_name: "Nina", track_name: "Tune now" };
    expect((await ada.sends("nowplaying.query"))?.text).toBe("You hear Tune now – Nina, as ListenBrainz shows.");
    delete rob.playing;
    expect((await ada.sends("nowplaying.query"))?.text).toBe("ListenBrainz shows nothing that you hear now.");
    const recent = await ada.presses("What I heard last");
    expect(recent?.text).toMatch(/Tune 1[\s\S]*Tune 5[\s\S]*Tune 9/);
    rob.listens.push({
      listened_at: Math.floor(talk.clock.now() / 1_000) - 30,
      track_metadata: { artist_name: "Nina", track_name: "Tune 0" },
    });
    await passes(11 * MINUTE);
    expect((await ada.sends("history.recent"))?.text).toMatch(/Tune 0/);
  });

  it("ends with all of it: nothing is read any more, and what came from there is deleted", async () => {
    const { talk, ada, fm, passes, rows, recorded } = await open();
    const rj = fm.user("RJ");
    rj.scrobbles = [{ artist: "Nina", track: "Tune", timestamp: Math.floor(talk.clock.now() / 1_000) - 600 }];
    await ada.sends("diary.join", { service: "lastfm", name: "RJ" });
    await ada.presses("Yes, that’s me");
    await passes(MINUTE);
    expect((await ada.sends("history.recent"))?.text).toMatch(/Tune/);
    const shown = await ada.sends("diary.show");
    expect(shown?.text).toMatch(/Last\.fm: RJ\. What you hear there is read here\./);
    await ada.presses("End it");
    expect((await ada.presses("End it and delete them"))?.text).toBe("It is over with Last.fm; 1 play was deleted.");
    expect([await rows(), await recorded()]).toEqual([[], false]);
    rj.scrobbles.push({ artist: "Nina", track: "Later", timestamp: Math.floor(talk.clock.now() / 1_000) });
    await passes(30 * MINUTE);
    expect((await ada.sends("history.recent"))?.text).not.toMatch(/Tune|Later/);
    expect((await ada.sends("diary.leave", { service: "lastfm" }))?.text).toBe("There is nothing to end.");
  });

  it("asks before it looks at what a platform shows", async () => {
    const { ada, rows, recorded } = await open();
    const asked = await ada.sends("diary.presence", { state: "on" });
    expect(asked).toMatchObject({ kind: "question" });
    expect(await rows()).toEqual([]);
    await ada.presses("Yes, that’s me");
    expect(await rows()).toMatchObject([{ diary: "presence", reads: true }]);
    expect(await recorded()).toBe(true);
    expect((await ada.sends("diary.show"))?.text).toMatch(/Discord: what it shows of your listening is read/);
    await ada.presses("Stop reading");
    expect([await rows(), await recorded()]).toEqual([[], false]);
  });

  it("does not begin to write down again what the person stopped, when one of several sources ends", async () => {
    const { talk, ada, fm, recorded, rows } = await open();
    fm.user("RJ");
    await ada.sends("diary.join", { service: "lastfm", name: "RJ", sure: "yes" });
    await ada.sends("diary.presence", { state: "on", sure: "yes" });
    expect(await recorded()).toBe(true);
    // Whoever has no account can stop it, too.
    await ada.sends("recording.set", { state: "off" });
    expect(await recorded()).toBe(false);
    await ada.sends("diary.presence", { state: "off" });
    expect(await rows()).toMatchObject([{ diary: "lastfm", reads: true }]);
    expect(await recorded()).toBe(false);
    expect(await ada.sends("recording.set", { state: "on" })).toMatchObject({ kind: "question" });
    await ada.sends("recording.set", { state: "on", sure: "yes" });
    expect(await recorded()).toBe(true);
    // One without anything that tells of them has nothing to be written down.
    expect((await talk.user("ben").sends("recording.set", { state: "on" }))?.text).toMatch(/not connected/);
  });

  it("neither reads nor writes another user's diary than the one that was agreed to", async () => {
    const { ada, brainz, rows, recorded } = await open();
    brainz.user("ann", TOKEN.replaceAll("1", "9"));
    brainz.user("rob", TOKEN);
    await ada.sends("diary.join", { service: "listenbrainz", name: "ann", sure: "yes" });
    expect((await ada.says(TOKEN))?.kind).toBe("question");
    expect(await rows()).toMatchObject([{ userName: "rob", reads: false, forwards: "off" }]);
    expect(await recorded()).toBe(false);
  });

  it("leaves what is written to a diary alone when only the reading ends", async () => {
    const { ada, brainz, rows } = await open();
    brainz.user("rob", TOKEN);
    await ada.says(TOKEN);
    await ada.presses("Yes, write them");
    await ada.sends("diary.join", { service: "listenbrainz", name: "rob", sure: "yes" });
    expect(await rows()).toMatchObject([{ reads: true, forwards: "on" }]);
    await ada.sends("diary.show");
    await ada.presses("Stop reading");
    expect(await rows()).toMatchObject([{ reads: false, forwards: "on" }]);
  });
});

describe("/forward", () => {
  it("writes plays into ListenBrainz once a token was given in private and the person said yes", async () => {
    const { talk, ada, brainz, passes, rows, personOf } = await open();
    const rob = brainz.user("rob", TOKEN);
    expect((await ada.sends("diary.forward", { service: "ListenBrainz" }))?.text).toMatch(/copy your user token/);
    expect((await ada.says(TOKEN, { place: "hall" }))?.text).toMatch(/Others can read this/);
    expect((await ada.says("00000000-0000-0000-0000-000000000000"))?.text).toMatch(/does not know this token/);
    const asked = await ada.says(TOKEN);
    expect(asked).toMatchObject({ kind: "question" });
    expect(asked?.text).toMatch(/Shall I write your plays to ListenBrainz as rob\?/);
    const kept = JSON.stringify([await rows(), await talk.store.audit.recent(100)]);
    expect(kept).toContain("sealed for");
    expect(talk.logLines.join("\n")).not.toContain(TOKEN);
    const listener = listenerOf.person(await personOf());
    const { ledger } = createHistory({ store: talk.store, clock: talk.clock });
    const history = (endedAt: number, number: number) =>
      ledger.record(listener, [watched(song(number), endedAt - 3 * MINUTE, endedAt)]);
    await history(talk.clock.now(), 1);
    await passes(10 * MINUTE);
    expect(rob.listens).toEqual([]);
    const on = await ada.presses("Yes, write them");
    expect(on?.text).toMatch(/^From now on I write your plays/);
    await passes(4 * MINUTE);
    await history(talk.clock.now(), 2);
    await passes(10 * MINUTE);
    expect(rob.listens.map(({ track_metadata }) => track_metadata.track_name)).toEqual(["Song 2"]);
    await ada.presses("Older ones, too");
    await passes(10 * MINUTE);
    expect(rob.listens.map(({ track_metadata }) => track_metadata.track_name).sort()).toEqual(["Song 1", "Song 2"]);
    const status = await ada.sends("diary.forward");
    expect(status?.text).toBeDefined();
    expect((await ada.sends("diary.forward", { service: "listenbrainz" }))?.text).toMatch(
      /as rob, since [\s\S]*2 plays were written lately/,
    );
    expect((await ada.says("/forward listenbrainz on"))?.text).toMatch(/as rob, since/);
    await ada.presses("Stop writing");
    await history(talk.clock.now(), 3);
    await passes(10 * MINUTE);
    expect(rob.listens).toHaveLength(2);
  });

  it("warns before it doubles what somebody else writes, and does it only for who wants it so", async () => {
    const { talk, ada, brainz, personOf, rows } = await open();
    const rob = brainz.user("rob", TOKEN);
    await ada.says("hello");
    const { ledger } = createHistory({ store: talk.store, clock: talk.clock });
    const at = talk.clock.now() - 60 * MINUTE;
    await ledger.record(listenerOf.person(await personOf()), [watched(song(4), at, at + 3 * MINUTE)]);
    rob.listens.push({
      listened_at: at / 1_000 + 180,
      track_metadata: { artist_name: "Band 4", track_name: "Song 4" },
    });
    const asked = await ada.says(TOKEN);
    expect(asked?.text).toMatch(/^Careful: somebody already writes/);
    expect(buttonsOf(asked)).toEqual(["Write all the same", "No"]);
    expect(await rows()).toMatchObject([{ forwards: "off" }]);
    await ada.presses("Write all the same");
    expect(await rows()).toMatchObject([{ forwards: "on", doublesAgreed: true }]);
  });

  it("has Last.fm's page agree first", async () => {
    const { ada, fm, rows } = await open();
    fm.user("RJ");
    const begun = await ada.sends("diary.forward", { service: "last.fm", state: "on" });
    const url = begun?.blocks.flatMap((block) => (block.type === "link" ? [block.url] : []))[0] ?? "";
    expect((await ada.presses("I have agreed"))?.text).toMatch(/you have not agreed yet/);
    fm.agrees(url, "RJ");
    expect((await ada.presses("I have agreed"))?.text).toMatch(/Shall I write your plays to Last\.fm as RJ\?/);
    await ada.presses("Yes, write them");
    expect(await rows()).toMatchObject([{ diary: "lastfm", userName: "RJ", forwards: "on" }]);
    expect((await ada.presses("Those of the last 14 days, too"))?.text).toMatch(/last 14 days/);
  });

  it("tells once, privately, that leave has ended, and goes on where it was after new leave", async () => {
    const { talk, ada, brainz, passes, told, personOf, rows } = await open();
    const rob = brainz.user("rob", TOKEN);
    await ada.says(TOKEN);
    await ada.presses("Yes, write them");
    await passes(4 * MINUTE);
    rob.token = "99999999-2222-3333-4444-555555555555";
    const { ledger } = createHistory({ store: talk.store, clock: talk.clock });
    const at = talk.clock.now();
    await ledger.record(listenerOf.person(await personOf()), [watched(song(1), at - 3 * MINUTE, at)]);
    await passes(60 * MINUTE);
    expect(told()).toEqual([
      "ListenBrainz takes my leave to write no more, so your plays are not written there. Nothing is lost: connect anew, and what waits is written.",
    ]);
    expect(await rows()).toMatchObject([{ forwards: "invalid" }]);
    expect((await ada.presses("Connect anew"))?.text).toMatch(/copy your user token/);
    expect((await ada.says(rob.token))?.text).toMatch(/I write your plays to ListenBrainz as rob/);
    await passes(10 * MINUTE);
    expect(rob.listens).toHaveLength(1);
    expect(told()).toHaveLength(1);
  });

  it("says that a diary does not answer, in its name", async () => {
    const { ada, brainz } = await open();
    brainz.faults.push(...Array.from({ length: 10 }, () => ({ status: 429 })));
    expect((await ada.sends("diary.join", { service: "listenbrainz", name: "rob" }))?.text).toBe(
      "ListenBrainz does not answer right now. Please try again in a few minutes.",
    );
  });
});
