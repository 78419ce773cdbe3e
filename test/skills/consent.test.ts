import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { type AccountsPart, createAccounts } from "../../src/accounts/accounts.ts";
import { loadKeyRing } from "../../src/accounts/key-ring.ts";
import { createVault } from "../../src/accounts/vault.ts";
import { SegueError } from "../../src/contracts/errors.ts";
import { personSettings } from "../../src/contracts/people-store.ts";
import type { Reply } from "../../src/contracts/reply.ts";
import { startConversation, type UserOptions } from "../support/conversation.ts";
import { createDeck } from "../support/deck.ts";
import { silentLog } from "../support/log.ts";
import { createScriptedLanguage, plainWords } from "../support/scripted-language.ts";
import { createScriptedOrchestrator, createWorld } from "../support/scripted-music.ts";
import { createTunes, type Tunes } from "../unit/accounts/tunes.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** The real accounts over a service whose consents live for 180 days. Ada is linked, and it is noon. */
async function open(options: UserOptions = {}) {
  const dataDir = mkdtempSync(join(tmpdir(), "segue-consent-"));
  onTestFinished(() => rmSync(dataDir, { recursive: true, force: true }));
  let tunes: Tunes | undefined;
  let part: AccountsPart | undefined;
  const world = createWorld();
  const talk = await startConversation({
    language: createScriptedLanguage(plainWords),
    orchestrator: () => createScriptedOrchestrator(world),
    only: ["account"],
    extra: [createDeck()],
    accounts({ store, events, clock }) {
      // What the scripted player plays is this service's.
      tunes ??= Object.assign(createTunes(clock), { id: "test" });
      const vault = createVault(loadKeyRing({ dataDir, log: silentLog }));
      const providers = new Map([[tunes.id, tunes]]);
      part = createAccounts({ store, vault, providers, clock, events, log: silentLog });
      return part.accounts;
    },
  });
  await part?.start();
  if (!tunes) throw new Error("no service");
  const service = tunes;
  const ada = talk.user("ada", options);
  const agree = async (asked: Reply | undefined) => {
    const url = asked?.blocks.find((block) => block.type === "link")?.url ?? "";
    return talk.user("ada").says(service.consent(url));
  };
  await agree(await ada.sends("account.link"));
  const endsAt = talk.clock.now() + 180 * DAY;
  const told = () => talk.adapter.shown.filter(({ key }) => /^(consent|link-lost):/.test(key));
  let seen = 0;

  async function round(name: string): Promise<void> {
    await part?.jobs.find((job) => job.name === name)?.run(new AbortController().signal);
    await talk.clock.advance(1);
    await talk.bot().idle();
  }
  return {
    talk,
    world,
    tunes: service,
    ada,
    agree,
    round,
    /** It is so long before the consent ends, and the calendar is looked at. */
    async at(beforeMs: number): Promise<void> {
      talk.clock.jumpTo(endsAt - beforeMs);
      await round("accounts.consent");
    },
    /** What was said unasked since this was last asked, and where. */
    told() {
      const before = seen;
      seen = told().length;
      return told().slice(before);
    },
    /** Asks for their token, as playing does. */
    token: async () => {
      const [row] = await talk.store.accounts.ofPerson((await talk.store.people.find(ada.ref))?.id ?? "");
      return part?.accounts.tokens(row?.id ?? "").token();
    },
    async restart(): Promise<void> {
      await talk.restart();
      await part?.start();
    },
  };
}

const day = "May 20, 2027";

describe("a consent that ends by itself", () => {
  it("is told of 14 and 3 days before, once each, in private, and can be renewed from there", async () => {
    const { at, told, ada, agree, restart } = await open();
    await at(14 * DAY + HOUR);
    expect(told()).toEqual([]);
    for (const days of [14, 13, 4]) await at(days * DAY);
    await restart();
    await at(3 * DAY + HOUR);
    const [first, ...more] = told();
    expect(first).toMatchObject({ place: { id: "direct-ada" } });
    expect(first?.reply.text).toContain(`Your permission for Tunes ends on ${day}`);
    expect(more).toEqual([]);
    for (const days of [3, 2, 1]) await at(days * DAY);
    expect(told()).toHaveLength(1);
    expect((await agree(await ada.presses("Renew Tunes")))?.text).toContain("Connected to Tunes");
    await at(HOUR);
    await at(-150 * DAY);
    expect(told()).toEqual([]);
    await at(-170 * DAY);
    expect(told()).toHaveLength(1);
  });

  it("is told of once after the program was away over the day, and not of one that has passed", async () => {
    const { at, told, restart } = await open();
    await at(20 * DAY);
    await restart();
    await at(2 * DAY);
    expect(told()).toHaveLength(1);
    await at(DAY);
    await at(-DAY);
    expect(told()).toEqual([]);
  });

  it("that has passed while the program was away is no news of the calendar's: the service says what it is", async () => {
    const { at, told } = await open();
    await at(-DAY);
    expect(told()).toEqual([]);
  });

  it("is told of in the morning where they are, not at night", async () => {
    const { at, told, talk, ada } = await open();
    // Noon in the house is 21 o'clock in Tokyo.
    await talk.store.people.setTimeZone((await talk.store.people.find(ada.ref))?.id ?? "", "Asia/Tokyo");
    for (let hours = 0; hours < 11; hours++) await at(14 * DAY - hours * HOUR);
    expect(told()).toEqual([]);
    await at(14 * DAY - 11 * HOUR);
    expect(told()).toHaveLength(1);
  });

  it("is told in their language, also where they only ever spoke in a group", async () => {
    const { at, told, talk, ada } = await open({ place: "hall", locale: "de" });
    await talk.store.settings.remove(
      personSettings.owner((await talk.store.people.find(ada.ref))?.id ?? ""),
      personSettings.reach,
    );
    await at(13 * DAY);
    const [said] = told();
    expect(said?.place.id).not.toBe("hall");
    expect(said?.to).toEqual(ada.ref);
    expect(said?.reply.text).toContain("Deine Erlaubnis für Tunes endet am 20. Mai 2027");
  });

  it("is told of again until it has arrived", async () => {
    const { at, told, talk } = await open();
    const { sendPrivate } = talk.adapter;
    talk.adapter.sendPrivate = async () => {
      throw new SegueError("Unavailable", { service: "test", why: "offline" });
    };
    await at(13 * DAY);
    expect(told()).toEqual([]);
    if (sendPrivate) talk.adapter.sendPrivate = sendPrivate;
    await at(13 * DAY - HOUR);
    await at(13 * DAY - 2 * HOUR);
    expect(told()).toHaveLength(1);
  });

  it("goes on working until the new one is there, whatever comes of the attempt", async () => {
    const { at, talk, tunes, ada } = await open();
    await at(DAY);
    const id = (await talk.store.people.find(ada.ref))?.id ?? "";
    const [before] = await talk.store.accounts.ofPerson(id);
    const works = async () => {
      const [row] = await talk.store.accounts.ofPerson(id);
      return [row?.id, row?.status, row?.consentedAt];
    };
    const alive = [before?.id, "ok", before?.consentedAt];
    const offered = await ada.presses("Renew Tunes");
    const url = offered?.blocks.find((block) => block.type === "link")?.url ?? "";
    expect(await works()).toEqual(alive);
    await talk.user("ada").says(tunes.consent(url, { error: "access_denied" }));
    expect(await works()).toEqual(alive);
    const again = (await ada.sends("account.link"))?.blocks.find((block) => block.type === "link")?.url ?? "";
    await talk.user("ada").says(tunes.consent(again));
    expect(await works()).toEqual([before?.id, "ok", talk.clock.now()]);
  });
});

describe("a link that has ended", () => {
  it("is told of once, in private, and the button there connects again", async () => {
    const { told, token, talk, tunes, ada, agree, round } = await open();
    tunes.revoke("ada");
    await talk.clock.advance(HOUR);
    await expect(token()).rejects.toMatchObject({ code: "NeedsRelink" });
    for (let minute = 0; minute < 70; minute++) {
      await talk.clock.advance(60_000);
      await round("accounts.lapses");
    }
    expect(told().map(({ place, reply }) => [place.id, reply.text])).toEqual([
      ["direct-ada", "Your connection to Tunes has ended. Connect again, and everything is as it was."],
    ]);
    expect((await agree(await ada.presses("Connect Tunes again")))?.text).toContain("Connected to Tunes");
  });

  it("carries on with what was wished for once it is there again", async () => {
    const { token, talk, tunes, ada, agree, world } = await open();
    tunes.revoke("ada");
    await talk.clock.advance(HOUR);
    await expect(token()).rejects.toMatchObject({ code: "NeedsRelink" });
    expect((await ada.says("play Hello"))?.text).toMatch(/has ended/);
    await agree(await ada.presses(/^Connect .* again$/));
    await talk.clock.advance(2_000);
    expect(world.acts).toEqual(["play Hello"]);
  });

  it("that was none, and is there again by itself, begins nothing of what was wished for long ago", async () => {
    const { token, told, talk, tunes, ada, round, world } = await open();
    tunes.fail.refresh = new SegueError("NeedsRelink", { provider: "test" });
    await talk.clock.advance(HOUR);
    await expect(token()).rejects.toMatchObject({ code: "NeedsRelink" });
    expect((await ada.says("play Hello"))?.text).toMatch(/has ended/);
    delete tunes.fail.refresh;
    await talk.clock.advance(15 * 60_000);
    await round("accounts.lapses");
    await talk.clock.advance(2_000);
    expect(world.acts).toEqual([]);
    expect(told()).toEqual([]);
    await ada.says("play Hello");
    expect(world.acts).toEqual(["play Hello"]);
  });
});
