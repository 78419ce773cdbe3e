import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { callbackPath } from "../unit/accounts/tunes.ts";
import { ada, eve } from "../unit/accounts/world.ts";
import {
  type Answer,
  ask,
  type Browser,
  createSite,
  csrf,
  loginPath,
  type Site,
  shownCode,
  title,
} from "../unit/web/site.ts";

const publicUrl = "https://segue.example";
let site: Site;

/** A bot that everybody's browser reaches, behind a proxy that speaks https. */
async function openPublic(): Promise<void> {
  site = await createSite({ publicUrl, pagesPerMinute: 10_000 }, { publicUrl });
  site.world.tunes.linking.redirectUri = `${publicUrl}${callbackPath}`;
}
afterEach(() => site.close());

const statusOf = async (linkId: string) => (await site.world.accounts.progress(linkId))?.status;
const accountsOf = async (user = ada) => site.world.store.accounts.ofPerson(await site.world.personOf(user));

/** All the way to where the service sends the browser back to. */
async function toService(browser: Browser, url: string, as: string): Promise<string> {
  const sent = await browser.submit(url, { csrf: csrf(await browser.get(url)) });
  expect(sent.status).toBe(303);
  return site.world.tunes.consent(String(sent.headers.location), { as });
}

describe("somebody lured with another's link", () => {
  beforeEach(openPublic);

  it("sees whose chat account it is about, and gives nothing away by agreeing to all of it", async () => {
    const { url, linkId } = await site.world.invite(eve, { userName: "Eve" });
    const victim = site.browser();
    const asked = await victim.get(url);
    expect(asked.body).toContain("Eve");
    expect(asked.body).toContain("Is this not your chat account?");
    const page = await victim.get(await toService(victim, url, "victim"));
    expect(title(page)).toBe("One more step");
    expect(page.body).toContain("Eve");
    expect(page.body).toContain("somebody is trying to link your account to theirs");
    // The one who laid the lure has no code to say, and the one who has it is not the one who asked.
    await site.world.personOf(ada);
    await expect(site.world.accounts.confirm(ada, shownCode(page))).rejects.toMatchObject({
      details: { why: "wrong_code" },
    });
    expect(await site.world.accounts.confirm(eve, "AAAA-AAAA")).toMatchObject({ failure: "wrong_code" });
    expect(site.world.tunes.calls.exchange).toBe(0);
    await site.world.clock.advance(600_000);
    expect(await site.world.accounts.confirm(eve, shownCode(page))).toMatchObject({ status: "expired" });
    expect(site.world.tunes.calls.exchange).toBe(0);
    expect(await statusOf(linkId)).toBe("expired");
    expect(await accountsOf(eve)).toEqual([]);
  });

  it("does not stand in the way of whoever asked themselves: what the page shows, typed in the chat, links", async () => {
    const { url } = await site.world.invite(ada);
    const browser = site.browser();
    const landed = await toService(browser, url, "ada");
    const page = await browser.get(landed);
    expect(await site.world.accounts.confirm(ada, shownCode(page))).toMatchObject({ status: "done" });
    expect(title(await browser.get(landed))).toBe("You are linked");
  });

  it("has the same protection where the address is pasted: it counts from the one who asked alone", async () => {
    site.world.tunes.linking.redirectUri = `http://127.0.0.1:8765${callbackPath}`;
    const { url, mode } = await site.world.invite(eve);
    expect(mode).toBe("paste");
    const landed = site.world.tunes.consent(url, { as: "victim" });
    await site.world.personOf(ada);
    await expect(site.world.accounts.finishByPaste(ada, landed)).rejects.toMatchObject({
      details: { why: "wrong_person" },
    });
    expect(site.world.tunes.calls.exchange).toBe(0);
    const wrong = await site.world.store.audit.recent(50);
    expect(wrong.map(({ act }) => act)).toContain("link.wrong_person");
  });
});

describe("a link, a state, a code", () => {
  beforeEach(openPublic);
  const linked = async (browser: Browser) => {
    const { url, linkId } = await site.world.invite(ada);
    const landed = await toService(browser, url, "ada");
    const page = await browser.get(landed);
    await site.world.accounts.confirm(ada, shownCode(page));
    return { url, landed, linkId, code: shownCode(page) };
  };

  it("used once is used up, in every place it could be used again", async () => {
    const { url, landed, code } = await linked(site.browser());
    const other = site.browser();
    for (const address of [url, landed]) expect(title(await other.get(address))).toBe("This link was used before");
    expect((await other.submit(url, { csrf: "A".repeat(43) })).status).toBe(410);
    await expect(site.world.accounts.confirm(ada, code)).rejects.toMatchObject({ details: { why: "wrong_code" } });
    expect(await site.world.accounts.finishByPaste(ada, landed)).toMatchObject({ failure: "reused" });
    expect(site.world.tunes.calls.exchange).toBe(1);
  });

  it("run out after ten minutes, to the millisecond", async () => {
    const { url } = await site.world.invite(ada);
    await site.world.clock.advance(599_999);
    expect((await site.browser().get(url)).status).toBe(200);
    await site.world.clock.advance(1);
    const browser = site.browser();
    const late = await browser.get(url);
    expect(title(late)).toBe("This link has run out");
    expect(late.headers["set-cookie"]).toBeUndefined();
  });

  it("cannot be guessed: 256 bits, of which a wrong one tells nothing", async () => {
    const { url } = await site.world.invite(ada);
    const token = url.split("/").at(-1) ?? "";
    expect(token).toMatch(/^[\w-]{43}$/);
    const near = (token.startsWith("A") ? "B" : "A") + token.slice(1);
    const [wrong, made] = [
      await site.browser().get(`/link/${near}`),
      await site.browser().get(`/link/${"x".repeat(43)}`),
    ];
    expect(wrong.status).toBe(404);
    expect(wrong.body).toBe(made.body);
    expect(wrong.headers["set-cookie"]).toBeUndefined();
  });

  it("swapped between two people link neither", async () => {
    const [mine, theirs] = [await site.world.invite(ada), await site.world.invite(eve)];
    const [adas, eves] = [site.browser(), site.browser()];
    const landedA = new URL(await toService(adas, mine.url, "ada"));
    const landedE = new URL(await toService(eves, theirs.url, "eve"));
    // Eve's browser comes back with Ada's state, and with her own code under it.
    const swapped = new URL(landedA);
    swapped.searchParams.set("code", landedE.searchParams.get("code") ?? "");
    const page = await eves.get(swapped.href);
    // The service's code does not fit the verifier of that attempt, should Ada herself be talked into saying the short one.
    expect(await site.world.accounts.confirm(eve, shownCode(page)).catch(() => "refused")).toBe("refused");
    expect(await site.world.accounts.confirm(ada, shownCode(page))).toMatchObject({ failure: "expired" });
    expect(await accountsOf(ada)).toEqual([]);
    expect(await accountsOf(eve)).toEqual([]);
  });

  it("with a state of another provider's, or with none, find nothing", async () => {
    const { url } = await site.world.invite(ada);
    const landed = new URL(await toService(site.browser(), url, "ada"));
    const code = landed.searchParams.get("code") ?? "";
    for (const state of ["", "A".repeat(43), "null", "undefined", "%00", "__proto__", "' OR '1'='1"])
      expect((await site.browser().get(`${callbackPath}?code=${code}&state=${encodeURIComponent(state)}`)).status).toBe(
        404,
      );
    expect(site.world.tunes.calls.exchange).toBe(0);
  });
});

describe("at the machine itself", () => {
  beforeEach(async () => {
    site = await createSite({ pagesPerMinute: 10_000 });
  });

  it("a state brought by another browser links nothing by itself", async () => {
    const { url, linkId } = await site.world.invite(ada, { local: true });
    const landed = await toService(site.browser(), url, "ada");
    expect(title(await site.browser().get(landed))).toBe("One more step");
    expect(site.world.tunes.calls.exchange).toBe(0);
    expect(await statusOf(linkId)).toBe("needs_code");
  });

  it("login CSRF: an attacker's own code does not come under a victim's attempt", async () => {
    const victim = site.browser();
    const { url } = await site.world.invite(ada, { local: true });
    await victim.get(url);
    const theirs = await site.world.invite(eve, { local: true });
    const attackers = await toService(site.browser(), theirs.url, "eve");
    // The victim's browser is sent to the attacker's way back, as by a picture or a link.
    const page = await victim.get(attackers);
    expect(title(page)).toBe("One more step");
    await expect(site.world.accounts.confirm(ada, shownCode(page))).rejects.toMatchObject({
      details: { why: "wrong_code" },
    });
    expect(await accountsOf(ada)).toEqual([]);
  });
});

describe("open redirect and injection", () => {
  beforeEach(async () => {
    site = await createSite({ pagesPerMinute: 10_000 });
  });
  const hostile = [
    "https://evil.example",
    "//evil.example",
    "\\\\evil.example",
    "javascript:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    `"><script>alert(1)</script>`,
    `'-alert(1)-'`,
    "</title><img src=x onerror=alert(1)>",
    "{{7*7}}<%= 7*7 %>#{7*7}",
    "a\r\nSet-Cookie: x=1\r\n\r\n<html>",
    "'; DROP TABLE links;--",
    "../../../../etc/passwd",
    "$(id)`id`;id|id",
    "\u0000\u001b[2J\u202e",
    "A".repeat(4_000),
  ];
  const parameters = [
    "state",
    "code",
    "error",
    "error_description",
    "next",
    "redirect",
    "redirect_uri",
    "return_to",
    "url",
    "lang",
    "token",
  ];
  const harmless = (answer: Answer, value: string) => {
    expect(answer.status).toBeLessThan(500);
    expect(answer.headers.location).toBeUndefined();
    expect(answer.headers["set-cookie"]?.join() ?? "").not.toContain("x=1");
    expect(answer.headers.refresh).toBeUndefined();
    expect(answer.body).not.toMatch(/<script|onerror=|evil\.example|javascript:|\b49\b/);
    if (value.length > 30) expect(answer.body).not.toContain(value);
  };

  it.each(hostile.map((value) => [value.slice(0, 30), value]))(
    "%j in every parameter of every page",
    async (_name, value) => {
      const said = encodeURIComponent(value);
      const browser = site.browser();
      const pages = [callbackPath, loginPath, `/link/${said}`, `/link/${"A".repeat(43)}`, "/nothing"];
      for (const path of pages) {
        const query = parameters.map((name) => `${name}=${said}`).join("&");
        harmless(await browser.get(`${path}?${query}`), value);
        harmless(
          await browser.submit(path, Object.fromEntries([...parameters, "csrf"].map((name) => [name, value]))),
          value,
        );
      }
      const { url } = await site.world.invite(ada, { local: true });
      harmless(await browser.submit(url, { csrf: value, next: value }), value);
      const headers = Buffer.from(value)
        .toString("latin1")
        .replace(/[^\x20-\x7e]/g, "")
        .slice(0, 2_000);
      for (const name of [
        "Accept-Language",
        "Referer",
        "User-Agent",
        "Cookie",
        "X-Forwarded-Host",
        "X-Original-URL",
        "X-HTTP-Method-Override",
      ])
        harmless(await ask(site.port, loginPath, { headers: { Accept: "text/html", [name]: headers } }), value);
    },
  );

  it("the only way out is to the service, whatever the form says", async () => {
    const browser = site.browser();
    const { url } = await site.world.invite(ada, { local: true });
    const page = await browser.get(`${url}?next=https://evil.example`);
    const sent = await browser.submit(`${url}?next=https://evil.example`, {
      csrf: csrf(page),
      next: "https://evil.example",
      redirect_uri: "https://evil.example",
    });
    const to = new URL(String(sent.headers.location));
    expect(to.origin).toBe("https://accounts.tunes.example");
    expect(to.searchParams.get("redirect_uri")).toBe(`http://127.0.0.1:${site.port}${callbackPath}`);
    expect(to.href).not.toContain("evil");
  });

  it("a form or a query that would reach the prototype of things reaches nothing", async () => {
    const browser = site.browser();
    const { url } = await site.world.invite(ada, { local: true });
    for (const body of [
      "__proto__[polluted]=1&csrf=x",
      "constructor[prototype][polluted]=1",
      "csrf[__proto__][polluted]=1",
      "__proto__=1&toString=1",
    ]) {
      const form = { "Content-Type": "application/x-www-form-urlencoded" };
      expect((await ask(site.port, new URL(url).pathname, { method: "POST", headers: form, body })).status).toBe(403);
      harmless(await browser.get(`${callbackPath}?${body}`), body);
    }
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });
});
