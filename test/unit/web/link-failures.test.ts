import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { SegueError } from "../../../src/contracts/errors.ts";
import { callbackPath } from "../accounts/tunes.ts";
import { eve } from "../accounts/world.ts";
import { invite, toProvider } from "./linking.ts";
import { type Answer, type Browser, createSite, csrf, loginPath, plain, type Site, title } from "./site.ts";

let site: Site;
beforeEach(async () => {
  site = await createSite({ pagesPerMinute: 10_000 });
});
afterEach(() => site.close());

describe("each failure has a page of its own", () => {
  const cases: [string, number, string, (browser: Browser) => Promise<Answer>][] = [
    [
      "access_denied",
      200,
      "Nothing was linked",
      async (browser) =>
        browser.get(await toProvider(site, browser, (await invite(site)).url, { error: "access_denied" })),
    ],
    [
      "expired",
      410,
      "This link has run out",
      async (browser) => {
        const { url } = await invite(site);
        await site.world.clock.advance(600_000);
        return browser.get(url);
      },
    ],
    [
      "expired on the way back",
      410,
      "This link has run out",
      async (browser) => {
        const landed = await toProvider(site, browser, (await invite(site)).url);
        await site.world.clock.advance(600_000);
        return browser.get(landed);
      },
    ],
    [
      "replaced",
      410,
      "There is a newer link",
      async (browser) => {
        const { url } = await invite(site);
        await invite(site);
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
        const { url } = await invite(site);
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
        return browser.get(await toProvider(site, browser, (await invite(site)).url, { as: "ada" }));
      },
    ],
  ];
  const failing = async (browser: Browser, step: "exchange" | "identify", error: SegueError) => {
    site.world.tunes.fail[step] = error;
    return browser.get(await toProvider(site, browser, (await invite(site)).url));
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
    const page = await browser.get(
      await toProvider(site, browser, (await invite(site)).url, { scopes: ["scope.state"] }),
    );
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
