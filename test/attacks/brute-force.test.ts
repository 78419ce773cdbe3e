import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { joinCode, randomToken, shortCode } from "../../src/accounts/random.ts";
import type { UserRef } from "../../src/contracts/incoming.ts";
import type { JoinParty } from "../../src/contracts/people-store.ts";
import { ada, createWorld, eve, type World } from "../unit/accounts/world.ts";
import { createFileSite } from "../unit/web/file-site.ts";
import { ask, createSite, csrf, shownCode } from "../unit/web/site.ts";

const MINUTE = 60_000;
let world: World;
beforeEach(async () => {
  world = await createWorld();
});
afterEach(() => world.close());

/** Somebody who makes up as many accounts of a platform as they like. */
const sybil = (at: number): UserRef => ({ platform: "telegram", tenant: "", id: `9${at}` });
async function party(user: UserRef): Promise<JoinParty> {
  const place = { platform: user.platform, tenant: user.tenant, id: `dm-${user.id}` };
  return { personId: await world.personOf(user), user, userName: "somebody", place, direct: true, locale: "en" };
}

describe("the operator's code", () => {
  it("has 59 bits, is tried five times in a quarter of an hour, and not even then by the right one", async () => {
    const code = (await world.part.operator.ensureOperatorCode()) ?? "";
    expect(code.replace(/\W/g, "")).toHaveLength(12);
    const personId = await world.personOf(eve);
    for (let count = 0; count < 5; count++)
      expect(await world.accounts.claimOperator(personId, shortCode(12))).toBe(false);
    const until = world.clock.now() + 15 * MINUTE;
    await expect(world.accounts.claimOperator(personId, code)).rejects.toMatchObject({
      code: "RateLimited",
      retryAt: until,
    });
    expect(await world.accounts.hasOperator()).toBe(false);
  });

  it("is not shut to its owner by others who try, and their tries stand in the audit", async () => {
    const code = (await world.part.operator.ensureOperatorCode()) ?? "";
    for (let at = 0; at < 40; at++)
      expect(await world.accounts.claimOperator(await world.personOf(sybil(at)), shortCode(12))).toBe(false);
    const refused = (await world.store.audit.recent(100)).filter(({ act }) => act === "operator.refused");
    expect(refused).toHaveLength(40);
    expect(JSON.stringify(refused)).not.toContain(code);
    expect(await world.accounts.claimOperator(await world.personOf(ada), code)).toBe(true);
    // The second to type it saw it over a shoulder.
    expect(await world.accounts.claimOperator(await world.personOf(eve), code)).toBe(false);
  });

  it("of an earlier start is worth nothing", async () => {
    const early = (await world.part.operator.ensureOperatorCode()) ?? "";
    await world.restart();
    const late = (await world.part.operator.ensureOperatorCode()) ?? "";
    const personId = await world.personOf(ada);
    expect(await world.accounts.claimOperator(personId, early)).toBe(false);
    expect(await world.accounts.claimOperator(personId, late)).toBe(true);
  });
});

describe("a code that joins two chat accounts", () => {
  it("is tried ten times in ten minutes, each identity for itself, and outlives what others try", async () => {
    const { code } = await world.accounts.joins.code(await party(ada));
    for (let at = 0; at < 8; at++) {
      const guest = await party(sybil(at));
      for (let count = 0; count < 10; count++)
        expect(await world.accounts.joins.redeem(guest, joinCode())).toEqual({ refused: "unknown" });
      await expect(world.accounts.joins.redeem(guest, code)).rejects.toMatchObject({ code: "RateLimited" });
    }
    expect(await world.accounts.joins.redeem(await party(eve), code)).toMatchObject({ status: "done" });
  });

  it("works once, for ten minutes, and not at all once it was typed where others read it", async () => {
    const first = await world.accounts.joins.code(await party(ada));
    expect(await world.accounts.joins.redeem(await party(eve), first.code)).toMatchObject({ status: "done" });
    expect(await world.accounts.joins.redeem(await party(sybil(1)), first.code)).toHaveProperty("refused");
    const late = await world.accounts.joins.code(await party(ada));
    await world.clock.advance(10 * MINUTE);
    expect(await world.accounts.joins.redeem(await party(sybil(2)), late.code)).toHaveProperty("refused");
    const open = await world.accounts.joins.code(await party(ada));
    expect(await world.accounts.joins.spoil(open.code)).toBe(true);
    expect(await world.accounts.joins.redeem(await party(sybil(3)), open.code)).toHaveProperty("refused");
  });

  it("takes a yes from the two it is about and from nobody else", async () => {
    await world.link(ada, { as: "ada" });
    await world.link(eve, { as: "eve" });
    const { code } = await world.accounts.joins.code(await party(ada));
    const row = await world.accounts.joins.redeem(await party(eve), code);
    if ("refused" in row) throw new Error(row.refused);
    expect(row.status).toBe("guest_asked");
    const stranger = await world.personOf(sybil(1));
    for (const yes of [true, false])
      await expect(world.accounts.joins.answer(stranger, row.id, yes)).rejects.toMatchObject({
        details: { why: "other_person" },
      });
    // The host cannot say yes for the guest.
    await world.accounts.joins.answer(await world.personOf(ada), row.id, true);
    expect(await world.accounts.joins.progress(row.id)).toMatchObject({ status: "guest_asked" });
  });
});

describe("a short code of a link page", () => {
  it("has 39 bits and five tries, however they are sent, and none of them is somebody else's", async () => {
    const site = await createSite({ pagesPerMinute: 10_000 });
    try {
      const { url } = await site.world.invite(ada, { local: true });
      const browser = site.browser();
      const sent = await browser.submit(url, { csrf: csrf(await browser.get(url)) });
      // Came back in another browser, so that a code is asked for.
      const page = await site.browser().get(site.world.tunes.consent(String(sent.headers.location)));
      const code = shownCode(page);
      expect(code.replace("-", "")).toHaveLength(8);
      await site.world.personOf(eve);
      for (let count = 0; count < 20; count++)
        await expect(site.world.accounts.confirm(eve, shortCode(8))).rejects.toMatchObject({
          details: { why: "wrong_code" },
        });
      await expect(site.world.accounts.confirm(eve, shortCode(8))).rejects.toMatchObject({ code: "RateLimited" });
      const tries = await Promise.all(Array.from({ length: 5 }, () => site.world.accounts.confirm(ada, shortCode(8))));
      expect(tries.map(({ status }) => status).sort()).toEqual(["failed", ...Array(4).fill("needs_code")]);
      await expect(site.world.accounts.confirm(ada, code)).rejects.toMatchObject({ details: { why: "wrong_code" } });
      expect(site.world.tunes.calls.exchange).toBe(0);
    } finally {
      await site.close();
    }
  });
});

describe("addresses that are secrets", () => {
  it("of link pages: sixty a minute from one address, and nothing about which of them was near", async () => {
    const site = await createSite();
    try {
      await site.world.invite(ada, { local: true });
      const answers: { status: number; body: string }[] = [];
      for (let count = 0; count < 61; count++)
        answers.push(await ask(site.port, `/link/${randomToken()}`, { headers: { Accept: "text/html" } }));
      expect(answers.slice(0, 60).every(({ status }) => status === 404)).toBe(true);
      expect(new Set(answers.slice(0, 60).map(({ body }) => body)).size).toBe(1);
      expect(answers[60]?.status).toBe(429);
      expect(answers[60]?.body).toContain("Too fast");
    } finally {
      await site.close();
    }
  });

  it("of pages for files: the same, by whatever method, and no file is read on the way", async () => {
    const site = await createFileSite({ server: { pagesPerMinute: 60 } });
    try {
      await site.invite();
      const statuses: number[] = [];
      for (let count = 0; count < 61; count++) {
        const kind = count % 2 === 0 ? "import" : "export";
        const { status } = await ask(site.port, `/history/${kind}/${randomToken()}`, {
          method: count % 3 === 0 ? "POST" : "GET",
        });
        statuses.push(status);
      }
      // Counted for each page and method by itself; no guess is answered by anything but "over".
      expect(new Set(statuses)).toEqual(new Set([404]));
      expect(site.lying()).toEqual([]);
      let status = 0;
      for (let count = 0; count < 61; count++) ({ status } = await ask(site.port, `/history/import/${randomToken()}`));
      expect(status).toBe(429);
    } finally {
      await site.close();
    }
  });
});
