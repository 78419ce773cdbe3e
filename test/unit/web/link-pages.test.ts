import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { callbackPath } from "../accounts/tunes.ts";
import { ada, eve, of } from "../accounts/world.ts";
import { invite, statusOf, toProvider } from "./linking.ts";
import { type Answer, ask, createSite, csrf, plain, type Site, title } from "./site.ts";

let site: Site;
beforeEach(async () => {
  site = await createSite({ pagesPerMinute: 10_000 });
});
afterEach(() => site.close());

describe("linking in a browser", () => {
  it("asks first, naming the chat account and what will and will not be done; then links", async () => {
    const browser = site.browser();
    const { url, linkId, mode } = await invite(site);
    expect(mode).toBe("page");
    expect(url).toMatch(new RegExp(`^http://127\\.0\\.0\\.1:${site.port}/link/[\\w-]{43}$`));
    const page = await browser.get(url);
    expect(page.status).toBe(200);
    expect(title(page)).toBe("Link Tunes to your chat account?");
    for (const words of [
      "Ada Lovelace",
      "on Discord",
      "What the bot may do",
      "What it never does",
      "another 10 minutes",
    ]) {
      expect(plain(page)).toContain(words);
    }
    expect(await statusOf(site, linkId)).toBe("opened");
    const landed = await toProvider(site, browser, url);
    expect(await statusOf(site, linkId)).toBe("authorizing");
    const done = await browser.get(landed);
    expect(done.status).toBe(200);
    expect(title(done)).toBe("You are linked");
    expect(plain(done)).toContain("Ada&#39;s Tunes");
    expect(plain(done)).toContain("You can close this page");
    expect(plain(done)).toMatch(/until May 20, 2027/);
    expect(await statusOf(site, linkId)).toBe("done");
    expect(of(site.world, "link.created")).toHaveLength(1);
  });

  it("ties the attempt to the browser by a cookie that no script and no other site gets", async () => {
    const { url } = await invite(site);
    const [cookie = ""] = (await site.browser().get(url)).headers["set-cookie"] ?? [];
    expect(cookie).toMatch(/^segue-link-[0-9a-f]{8}=[\w-]{43}; Max-Age=600; Path=\/; HttpOnly; SameSite=Lax$/);
  });

  it("is not used up by whoever only looks: previews, HEAD, other browsers", async () => {
    const { url, linkId } = await invite(site);
    const path = new URL(url).pathname;
    for (const method of ["GET", "HEAD"]) {
      const visitors: Record<string, string>[] = [
        {},
        { "User-Agent": "Slackbot-LinkExpanding 1.0" },
        { "Sec-Fetch-Dest": "document", "Sec-Purpose": "prefetch" },
      ];
      for (const headers of visitors) {
        const answer = await ask(site.port, path, { method, headers });
        expect(answer.status).toBe(200);
        if (method === "HEAD") expect(answer.body).toBe("");
      }
    }
    expect(await statusOf(site, linkId)).toBe("waiting");
    const browser = site.browser();
    expect(title(await browser.get(await toProvider(site, browser, url)))).toBe("You are linked");
  });

  it("goes on after a restart at any step", async () => {
    const browser = site.browser();
    const { url } = await invite(site);
    const page = await browser.get(url);
    await site.restart();
    const sent = await browser.submit(url, { csrf: csrf(page) });
    expect(sent.status).toBe(303);
    await site.restart();
    expect(title(await browser.get(site.world.tunes.consent(String(sent.headers.location))))).toBe("You are linked");
  });

  it("shows how it ended to the same browser again, and to another one only that it was used", async () => {
    const browser = site.browser();
    const { url } = await invite(site);
    const landed = await toProvider(site, browser, url);
    await browser.get(landed);
    expect(title(await browser.get(landed))).toBe("You are linked");
    expect(title(await browser.get(url))).toBe("You are linked");
    for (const address of [landed, url]) {
      const other = await site.browser().get(address);
      expect(other.status).toBe(410);
      expect(title(other)).toBe("This link was used before");
      expect(other.body).not.toContain("Ada&#39;s Tunes");
    }
    expect(site.world.tunes.calls.exchange).toBe(1);
  });

  it("lets exactly one of many callbacks with the same state through", async () => {
    const browser = site.browser();
    const { url } = await invite(site);
    const landed = await toProvider(site, browser, url);
    const answers = await Promise.all(Array.from({ length: 12 }, () => browser.get(landed)));
    expect(site.world.tunes.calls.exchange).toBe(1);
    expect(of(site.world, "link.created")).toHaveLength(1);
    expect(answers.map(title).filter((words) => words === "You are linked").length).toBeGreaterThanOrEqual(1);
    for (const answer of answers) expect(["You are linked", "This link was used before"]).toContain(title(answer));
  });

  it("can begin again in the same browser, where the latest way counts", async () => {
    const browser = site.browser();
    const { url } = await invite(site);
    const early = await toProvider(site, browser, url);
    const late = await toProvider(site, browser, url);
    expect(title(await browser.get(early))).toBe("This link leads nowhere");
    expect(title(await browser.get(late))).toBe("You are linked");
  });

  it("belongs to the browser that agreed: another one with the same link gets nowhere", async () => {
    const { url } = await invite(site);
    const [mine, other] = [site.browser(), site.browser()];
    const stale = await other.get(url);
    const landed = await toProvider(site, mine, url);
    expect(title(await other.get(url))).toBe("This link was used before");
    expect(title(await other.submit(url, { csrf: csrf(stale) }))).toBe("This link was used before");
    expect(title(await mine.get(landed))).toBe("You are linked");
  });

  it("keeps two attempts in one browser apart", async () => {
    const browser = site.browser();
    const [first, second] = [await invite(site, ada), await invite(site, eve)];
    const landed = [
      await toProvider(site, browser, first.url, { as: "ada" }),
      await toProvider(site, browser, second.url, { as: "eve" }),
    ];
    for (const address of landed) expect(title(await browser.get(address))).toBe("You are linked");
  });
});

describe("forgery", () => {
  it("of the form needs the page's own token and its cookie", async () => {
    const { url, linkId } = await invite(site);
    const browser = site.browser();
    const page = await browser.get(url);
    const attempts: Promise<Answer>[] = [
      browser.submit(url, {}),
      browser.submit(url, { csrf: "" }),
      browser.submit(url, { csrf: "A".repeat(43) }),
      browser.submit(url, { csrf: csrf(page) }, { "Sec-Fetch-Site": "cross-site" }),
      browser.submit(url, { csrf: csrf(page) }, { "Sec-Fetch-Site": "same-site" }),
      site.browser().submit(url, { csrf: csrf(page) }),
    ];
    for (const answer of await Promise.all(attempts)) {
      expect(answer.status).toBe(403);
      expect(answer.headers.location).toBeUndefined();
    }
    const other = site.browser();
    const theirs = await other.get((await invite(site, eve)).url);
    expect((await browser.submit(url, { csrf: csrf(theirs) })).status).toBe(403);
    expect(await statusOf(site, linkId)).toBe("opened");
    expect((await browser.submit(url, { csrf: csrf(page) })).status).toBe(303);
  });

  it("of a state with doubled or overlong parameters finds nothing", async () => {
    const browser = site.browser();
    const landed = await toProvider(site, browser, (await invite(site)).url);
    const { state, code } = Object.fromEntries(new URL(landed).searchParams);
    for (const query of [
      `state=${state}&state=${state}&code=${code}`,
      `state=${state}&code=${"c".repeat(3_000)}`,
      `state=${state}`,
    ]) {
      expect(title(await browser.get(`${callbackPath}?${query}`))).toBe("This link leads nowhere");
    }
    expect(site.world.tunes.calls.exchange).toBe(0);
    expect(title(await browser.get(landed))).toBe("You are linked");
  });

  it("by reading ahead or asking for the headers alone uses nothing up", async () => {
    const browser = site.browser();
    const landed = await toProvider(site, browser, (await invite(site)).url);
    const path = landed.slice(landed.indexOf(callbackPath));
    expect((await browser.get(landed, { "Sec-Purpose": "prefetch;prerender" })).status).toBe(503);
    expect((await ask(site.port, path, { method: "HEAD" })).status).toBe(404);
    expect(title(await browser.get(landed))).toBe("You are linked");
  });
});

describe("hostile names", () => {
  const names = [
    `<script>alert(1)</script>`,
    `"><img src=x onerror=alert(1)>`,
    `\u202Egnp.exe\u2066`,
    "{provider} {0, plural, one {x}}",
    "n".repeat(10_000),
    "\u0301".repeat(5_000),
    "'; DROP TABLE links;--",
  ];
  for (const userName of names) {
    it(JSON.stringify(userName.slice(0, 40)), async () => {
      site.world.tunes.names.set("ada", userName);
      const browser = site.browser();
      const { url } = await site.world.invite(ada, { local: true, userName });
      const asked = await browser.get(url);
      const done = await browser.get(await toProvider(site, browser, url));
      expect(title(done)).toBe("You are linked");
      for (const page of [asked, done]) {
        expect(page.body).not.toMatch(/<(script|img src=x)/);
        expect(page.body).not.toMatch(/[\u202E\u2066]/);
        expect(page.body.length).toBeLessThan(10_000);
      }
    });
  }
});
