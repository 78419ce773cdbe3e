import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { SegueError } from "../../../src/contracts/errors.ts";
import { callbackPath } from "../accounts/tunes.ts";
import { ada, eve, of } from "../accounts/world.ts";
import {
  type Answer,
  ask,
  type Browser,
  createSite,
  csrf,
  loginPath,
  plain,
  type Site,
  shownCode,
  title,
} from "./site.ts";

let site: Site;
beforeEach(async () => {
  site = await createSite({ pagesPerMinute: 10_000 });
});
afterEach(() => site.close());

const invite = (user = ada) => site.world.invite(user, { local: true, userName: "Ada Lovelace" });
const agree = async (browser: Browser, url: string): Promise<Answer> =>
  browser.submit(url, { csrf: csrf(await browser.get(url)) });
/** Up to the moment when the provider sends the browser back; resolves with that address. */
async function toProvider(
  browser: Browser,
  url: string,
  choice?: Parameters<typeof site.world.tunes.consent>[1],
): Promise<string> {
  const sent = await agree(browser, url);
  expect(sent.status).toBe(303);
  return site.world.tunes.consent(String(sent.headers.location), choice);
}
const statusOf = async (linkId: string) => (await site.world.accounts.progress(linkId))?.status;

describe("linking in a browser", () => {
  it("asks first, naming the chat account and what will and will not be done; then links", async () => {
    const browser = site.browser();
    const { url, linkId, mode } = await invite();
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
    expect(await statusOf(linkId)).toBe("opened");
    const landed = await toProvider(browser, url);
    expect(await statusOf(linkId)).toBe("authorizing");
    const done = await browser.get(landed);
    expect(done.status).toBe(200);
    expect(title(done)).toBe("You are linked");
    expect(plain(done)).toContain("Ada&#39;s Tunes");
    expect(plain(done)).toContain("You can close this page");
    expect(plain(done)).toMatch(/until May 20, 2027/);
    expect(await statusOf(linkId)).toBe("done");
    expect(of(site.world, "link.created")).toHaveLength(1);
  });

  it("ties the attempt to the browser by a cookie that no script and no other site gets", async () => {
    const { url } = await invite();
    const [cookie = ""] = (await site.browser().get(url)).headers["set-cookie"] ?? [];
    expect(cookie).toMatch(/^segue-link-[0-9a-f]{8}=[\w-]{43}; Max-Age=600; Path=\/; HttpOnly; SameSite=Lax$/);
  });

  it("is not used up by whoever only looks: previews, HEAD, other browsers", async () => {
    const { url, linkId } = await invite();
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
    expect(await statusOf(linkId)).toBe("waiting");
    const browser = site.browser();
    expect(title(await browser.get(await toProvider(browser, url)))).toBe("You are linked");
  });

  it("goes on after a restart at any step", async () => {
    const browser = site.browser();
    const { url } = await invite();
    const page = await browser.get(url);
    await site.restart();
    const sent = await browser.submit(url, { csrf: csrf(page) });
    expect(sent.status).toBe(303);
    await site.restart();
    expect(title(await browser.get(site.world.tunes.consent(String(sent.headers.location))))).toBe("You are linked");
  });

  it("shows how it ended to the same browser again, and to another one only that it was used", async () => {
    const browser = site.browser();
    const { url } = await invite();
    const landed = await toProvider(browser, url);
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
    const { url } = await invite();
    const landed = await toProvider(browser, url);
    const answers = await Promise.all(Array.from({ length: 12 }, () => browser.get(landed)));
    expect(site.world.tunes.calls.exchange).toBe(1);
    expect(of(site.world, "link.created")).toHaveLength(1);
    expect(answers.map(title).filter((words) => words === "You are linked").length).toBeGreaterThanOrEqual(1);
    for (const answer of answers) expect(["You are linked", "This link was used before"]).toContain(title(answer));
  });

  it("can begin again in the same browser, where the latest way counts", async () => {
    const browser = site.browser();
    const { url } = await invite();
    const early = await toProvider(browser, url);
    const late = await toProvider(browser, url);
    expect(title(await browser.get(early))).toBe("This link leads nowhere");
    expect(title(await browser.get(late))).toBe("You are linked");
  });

  it("belongs to the browser that agreed: another one with the same link gets nowhere", async () => {
    const { url } = await invite();
    const [mine, other] = [site.browser(), site.browser()];
    const stale = await other.get(url);
    const landed = await toProvider(mine, url);
    expect(title(await other.get(url))).toBe("This link was used before");
    expect(title(await other.submit(url, { csrf: csrf(stale) }))).toBe("This link was used before");
    expect(title(await mine.get(landed))).toBe("You are linked");
  });

  it("keeps two attempts in one browser apart", async () => {
    const browser = site.browser();
    const [first, second] = [await invite(ada), await invite(eve)];
    const landed = [
      await toProvider(browser, first.url, { as: "ada" }),
      await toProvider(browser, second.url, { as: "eve" }),
    ];
    for (const address of landed) expect(title(await browser.get(address))).toBe("You are linked");
  });
});

describe("a browser that lost the tie", () => {
  const lost = async () => {
    const { url, linkId } = await invite();
    const landed = await toProvider(site.browser(), url);
    const page = await site.browser().get(landed);
    expect(title(page)).toBe("One more step");
    return { page, landed, linkId };
  };

  it("shows a code; typed by the one who asked, it finishes", async () => {
    const { page, linkId } = await lost();
    const code = shownCode(page);
    expect(code).toMatch(/^[A-HJKMNP-Z2-9]{4}-[A-HJKMNP-Z2-9]{4}$/);
    expect(plain(page)).toContain("Ada Lovelace");
    expect(site.world.tunes.calls.exchange).toBe(0);
    expect(await statusOf(linkId)).toBe("needs_code");
    await site.restart();
    const typed = code.toLowerCase().replace("-", " ");
    expect(await site.world.accounts.confirm(ada, typed)).toMatchObject({ status: "done", accountName: "Ada's Tunes" });
  });

  it("keeps code and authorization code where nobody can read them", async () => {
    const { page, landed, linkId } = await lost();
    const row = JSON.stringify(await site.world.store.links.get(linkId));
    expect(row).not.toContain(shownCode(page));
    expect(row).not.toContain(shownCode(page).replace("-", ""));
    expect(row).not.toContain(new URL(landed).searchParams.get("code"));
    expect(site.world.logLines.join()).not.toContain(shownCode(page));
  });

  it("takes the code from nobody else: who is tricked into agreeing to another's link gives nothing away", async () => {
    const { page, linkId } = await lost();
    await site.world.personOf(eve);
    await expect(site.world.accounts.confirm(eve, shownCode(page))).rejects.toMatchObject({
      details: { why: "wrong_code" },
    });
    expect(await statusOf(linkId)).toBe("needs_code");
    expect(site.world.tunes.calls.exchange).toBe(0);
    expect(await site.world.accounts.confirm(ada, shownCode(page))).toMatchObject({ status: "done" });
  });

  it("ends after five wrong codes", async () => {
    const { page, linkId } = await lost();
    for (let count = 1; count < 5; count++) {
      expect(await site.world.accounts.confirm(ada, "AAAA-AAAA")).toMatchObject({
        status: "needs_code",
        failure: "wrong_code",
      });
    }
    expect(await site.world.accounts.confirm(ada, "AAAA-AAAA")).toMatchObject({
      status: "failed",
      failure: "wrong_code",
    });
    await expect(site.world.accounts.confirm(ada, shownCode(page))).rejects.toMatchObject({ code: "InvalidInput" });
    expect(await statusOf(linkId)).toBe("failed");
    expect(site.world.tunes.calls.exchange).toBe(0);
    expect((await site.world.store.links.get(linkId))?.pendingCode).toBeUndefined();
  });

  it("counts every one of many codes that are sent at once", async () => {
    const { page, linkId } = await lost();
    await Promise.allSettled(Array.from({ length: 8 }, () => site.world.accounts.confirm(ada, "BBBB-BBBB")));
    expect(await statusOf(linkId)).toBe("failed");
    await expect(site.world.accounts.confirm(ada, shownCode(page))).rejects.toMatchObject({ code: "InvalidInput" });
    expect(site.world.tunes.calls.exchange).toBe(0);
  });

  it("slows down whoever sends very much", async () => {
    let error: unknown;
    for (let count = 0; count < 25 && error === undefined; count++) {
      error = await site.world.accounts
        .confirm(eve, "AAAA-AAAA")
        .catch((caught: SegueError) => (caught.code === "RateLimited" ? caught : undefined));
    }
    expect(error).toMatchObject({ code: "RateLimited", details: { scope: "person" } });
  });

  it("shows a new code when loaded again; the earlier one is worth nothing", async () => {
    const { page, landed } = await lost();
    const again = await site.browser().get(landed);
    expect(shownCode(again)).not.toBe(shownCode(page));
    expect(await site.world.accounts.confirm(ada, shownCode(page))).toMatchObject({ failure: "wrong_code" });
    expect(await site.world.accounts.confirm(ada, shownCode(again))).toMatchObject({ status: "done" });
  });

  it("is not handed a code for another authorization code under the same state", async () => {
    const { page, landed } = await lost();
    const swapped = new URL(landed);
    swapped.searchParams.set("code", "CODE-of-somebody-else");
    expect(title(await site.browser().get(swapped.href))).toBe("This link was used before");
    expect(await site.world.accounts.confirm(ada, shownCode(page))).toMatchObject({ status: "done" });
  });

  it("may have its address pasted instead", async () => {
    const { landed } = await lost();
    expect(await site.world.accounts.finishByPaste(ada, landed)).toMatchObject({ status: "done" });
  });

  it("has ten minutes", async () => {
    const { page } = await lost();
    await site.world.clock.advance(600_000);
    expect(await site.world.accounts.confirm(ada, shownCode(page))).toMatchObject({
      status: "expired",
      failure: "expired",
    });
    expect(site.world.tunes.calls.exchange).toBe(0);
  });

  it("also gets a code when the link was meant for pasting, but this machine answered", async () => {
    const { url, mode } = await site.world.invite(ada);
    expect(mode).toBe("paste");
    const page = await site.browser().get(site.world.tunes.consent(url));
    expect(title(page)).toBe("One more step");
    expect(await site.world.accounts.confirm(ada, shownCode(page))).toMatchObject({ status: "done" });
  });
});

describe("each failure has a page of its own", () => {
  const cases: [string, number, string, (browser: Browser) => Promise<Answer>][] = [
    [
      "access_denied",
      200,
      "Nothing was linked",
      async (browser) => browser.get(await toProvider(browser, (await invite()).url, { error: "access_denied" })),
    ],
    [
      "expired",
      410,
      "This link has run out",
      async (browser) => {
        const { url } = await invite();
        await site.world.clock.advance(600_000);
        return browser.get(url);
      },
    ],
    [
      "expired on the way back",
      410,
      "This link has run out",
      async (browser) => {
        const landed = await toProvider(browser, (await invite()).url);
        await site.world.clock.advance(600_000);
        return browser.get(landed);
      },
    ],
    [
      "replaced",
      410,
      "There is a newer link",
      async (browser) => {
        const { url } = await invite();
        await invite();
        return browser.get(url);
      },
    ],
    ["unknown link", 404, "This link leads nowhere", (browser) => browser.get(`/link/${"A".repeat(43)}`)],
    ["not even a link", 404, "This link leads nowhere", (browser) => browser.get("/link/A")],
    [
      "unknown state",
      404,
      "This link leads nowhere",
      (browser) => browser.get(`${callbackPath}?code=x&state=${"A".repeat(43)}`),
    ],
    ["no state", 404, "This link leads nowhere", (browser) => browser.get(`${callbackPath}?code=x`)],
    ["nothing", 404, "This link leads nowhere", (browser) => browser.get(callbackPath)],
    [
      "wrong browser",
      403,
      "Not the browser it began in",
      async (browser) => {
        const { url } = await invite();
        const page = await browser.get(url);
        browser.cookies.clear();
        return browser.submit(url, { csrf: csrf(page) });
      },
    ],
    [
      "allowlist",
      403,
      "You are not on the list yet",
      (browser) => failing(browser, "identify", new SegueError("Forbidden", { why: "allowlist" })),
    ],
    [
      "owner not premium",
      403,
      "The app is asleep",
      (browser) => failing(browser, "identify", new SegueError("Forbidden", { why: "owner_not_premium" })),
    ],
    [
      "wrong client",
      502,
      "The bot is set up wrongly",
      (browser) => failing(browser, "exchange", new SegueError("InvalidInput", { field: "client", why: "x" })),
    ],
    [
      "redirect mismatch",
      502,
      "The bot is set up wrongly",
      (browser) => failing(browser, "exchange", new SegueError("InvalidInput", { field: "redirect", why: "x" })),
    ],
    [
      "service down",
      503,
      "Tunes does not answer",
      (browser) => failing(browser, "exchange", new SegueError("Unavailable", { service: "tunes", why: "timeout" })),
    ],
    [
      "internal",
      500,
      "Something went wrong",
      (browser) => failing(browser, "exchange", new TypeError("a bug") as unknown as SegueError),
    ],
    [
      "other account",
      409,
      "That account is taken",
      async (browser) => {
        await site.world.link(eve, { as: "ada" });
        return browser.get(await toProvider(browser, (await invite()).url, { as: "ada" }));
      },
    ],
  ];
  const failing = async (browser: Browser, step: "exchange" | "identify", error: SegueError) => {
    site.world.tunes.fail[step] = error;
    return browser.get(await toProvider(browser, (await invite()).url));
  };

  for (const [name, status, words, act] of cases) {
    it(name, async () => {
      const page = await act(site.browser());
      expect(title(page)).toBe(words);
      expect(page.status).toBe(status);
      expect(page.body).toContain("What to do next");
      expect(page.body).not.toMatch(/\{\w+\}|undefined|null|\[object/);
    });
  }

  it("and the operator has been told only where there is one", async () => {
    const refused = () =>
      failing(site.browser(), "exchange", new SegueError("InvalidInput", { field: "client", why: "x" }));
    const alone = await refused();
    expect(alone.body).toContain("Nobody has been told: this bot has no operator yet.");
    expect(alone.body).not.toContain("The person who runs this bot has been told.");
    const { id } = await site.world.store.people.ensure({ platform: "web", tenant: "", id: "op" }, "Op", 1);
    await site.world.store.people.setOperator(id);
    const led = await refused();
    expect(led.body).toContain("The person who runs this bot has been told.");
    expect(led.body).not.toContain("Nobody has been told");
  });

  it("and a withheld permission is told on the page of success", async () => {
    const browser = site.browser();
    const page = await browser.get(await toProvider(browser, (await invite()).url, { scopes: ["scope.state"] }));
    expect(title(page)).toBe("You are linked");
    expect(page.body).toContain("You left something out");
    expect(page.body).toContain("Play, pause, skip");
  });

  it("and who comes without a link is sent to the chat, never elsewhere", async () => {
    for (const query of ["", "?next=https://evil.example", "?redirect_uri=//evil.example&state=x"]) {
      const page = await site.browser().get(loginPath + query);
      expect(page.status).toBe(200);
      expect(title(page)).toBe("Link Tunes from the chat");
      expect(page.body).not.toContain("evil.example");
      expect(page.headers.location).toBeUndefined();
    }
  });

  it("and after a fault of ours it shows a number that stands in the log beside what went wrong", async () => {
    const page = await failing(site.browser(), "exchange", new TypeError("a bug") as unknown as SegueError);
    const [, reference = ""] = /quote ([0-9a-f-]{36})/.exec(plain(page)) ?? [];
    expect(page.body).not.toContain("a bug");
    expect(site.world.logLines.filter((line) => line.includes(reference) && line.includes("a bug"))).toHaveLength(1);
  });
});

describe("forgery", () => {
  it("of the form needs the page's own token and its cookie", async () => {
    const { url, linkId } = await invite();
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
    const theirs = await other.get((await invite(eve)).url);
    expect((await browser.submit(url, { csrf: csrf(theirs) })).status).toBe(403);
    expect(await statusOf(linkId)).toBe("opened");
    expect((await browser.submit(url, { csrf: csrf(page) })).status).toBe(303);
  });

  it("of a state with doubled or overlong parameters finds nothing", async () => {
    const browser = site.browser();
    const landed = await toProvider(browser, (await invite()).url);
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
    const landed = await toProvider(browser, (await invite()).url);
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
      const done = await browser.get(await toProvider(browser, url));
      expect(title(done)).toBe("You are linked");
      for (const page of [asked, done]) {
        expect(page.body).not.toMatch(/<(script|img src=x)/);
        expect(page.body).not.toMatch(/[\u202E\u2066]/);
        expect(page.body.length).toBeLessThan(10_000);
      }
    });
  }
});
