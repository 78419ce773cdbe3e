import { mkdirSync, readFileSync } from "node:fs";
import http from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { SegueError } from "../../src/contracts/errors.ts";
import { hasChromium, launchChromium, needsChromium, pictures } from "../support/chromium.ts";
import { ada, eve } from "../unit/accounts/world.ts";
import { createSite, loginPath, type Site } from "../unit/web/site.ts";

/** Runs in the page. */
const poorContrast = readFileSync(new URL("./link-pages-contrast.js", import.meta.url), "utf8");

describe.skipIf(!hasChromium)(`link pages in a browser${needsChromium}`, () => {
  let browser: Browser;
  let site: Site;
  let signIn: http.Server;
  /** Who signs in, and what they allow; everything when undefined. */
  let who = "ada";
  let gives: string[] | undefined;
  const complaints: string[] = [];

  beforeAll(async () => {
    site = await createSite({ pagesPerMinute: 10_000 });
    // The provider's sign-in page on an origin of its own, where the person agrees at once.
    signIn = http.createServer((request, response) => {
      const back = site.world.tunes.consent(`http://127.0.0.1${request.url}`, {
        as: who,
        ...(gives && { scopes: gives }),
      });
      response.writeHead(302, { Location: back }).end();
    });
    await new Promise<void>((resolve) => signIn.listen(0, "127.0.0.1", resolve));
    site.world.tunes.authorizeAddress = `http://127.0.0.1:${(signIn.address() as AddressInfo).port}/authorize`;
    browser = await launchChromium();
    if (pictures) mkdirSync(pictures, { recursive: true });
  });
  afterAll(async () => {
    await browser?.close();
    signIn?.close();
    await site?.close();
  });

  const looks = (["light", "dark"] as const).flatMap((colorScheme) =>
    [1280, 390].map((width) => ({ colorScheme, width })),
  );

  async function visit(
    look: (typeof looks)[number],
  ): Promise<{ context: BrowserContext; page: Page; check: (name: string) => Promise<void> }> {
    const context = await browser.newContext({
      colorScheme: look.colorScheme,
      viewport: { width: look.width, height: look.width < 600 ? 844 : 900 },
    });
    const page = await context.newPage();
    page.on("console", (message) => {
      // The browser itself notes an answer of 4xx.
      if (!message.text().startsWith("Failed to load resource: the server responded with a status of"))
        complaints.push(message.text());
    });
    return {
      context,
      page,
      async check(name) {
        expect(await page.evaluate(poorContrast), `${name}: contrast`).toEqual([]);
        expect(
          await page.evaluate("document.documentElement.scrollWidth - window.innerWidth"),
          `${name}: overflow`,
        ).toBeLessThanOrEqual(0);
        expect(await page.locator("main").count()).toBe(1);
        expect(await page.locator("h1").count()).toBe(1);
        if (pictures)
          await page.screenshot({
            path: join(pictures, `${name}-${look.width}-${look.colorScheme}.png`),
            fullPage: true,
          });
      },
    };
  }

  /** The rate of links per person is not what is tested here. */
  async function invite(user: typeof ada, more: Parameters<typeof site.world.invite>[1] = {}) {
    await site.world.clock.advance(600_000);
    who = user === ada ? "ada" : "eve";
    return site.world.invite(user, { local: true, userName: "Ada Lovelace", ...more });
  }

  for (const look of looks) {
    it(`are whole, readable and unbroken: ${look.width} px, ${look.colorScheme}`, async () => {
      const { context, page, check } = await visit(look);
      await page.goto((await invite(ada, { needs: ["state", "playback", "library.write"] })).url);
      await check("ask");
      const size = await page.locator("button").boundingBox();
      expect(size?.height).toBeGreaterThanOrEqual(48);
      await page.click("button");
      await page.waitForURL(/callback/);
      expect(await page.locator("h1").textContent()).toBe("You are linked");
      await check("linked");

      const pasted = await invite(ada, { local: false });
      await page.goto(site.world.tunes.consent(pasted.url));
      expect(await page.locator("h1").textContent()).toBe("One more step");
      await check("code");

      const little = await invite(eve, { needs: ["state", "playback", "library.write"] });
      await page.goto(little.url);
      gives = ["scope.state"];
      await page.click("button");
      await page.waitForURL(/callback/);
      expect(await page.locator("h1").textContent()).toBe("You are linked");
      expect(await page.locator("h2").first().textContent()).toBe("You left something out");
      await check("withheld");
      gives = undefined;

      site.world.tunes.fail.identify = new SegueError("Forbidden", { why: "allowlist" });
      await page.goto(
        (await invite(eve, { userName: "\u202E👩‍🚀 Eve with a name that goes on and on and on, and on ".repeat(3) }))
          .url,
      );
      await check("ask-long-name");
      await page.click("button");
      await page.waitForURL(/callback/);
      expect(await page.locator("h1").textContent()).toBe("You are not on the list yet");
      await check("allowlist");
      delete site.world.tunes.fail.identify;

      await page.goto(`http://127.0.0.1:${site.port}/link/${"A".repeat(43)}`);
      await check("unknown");
      await page.goto(`http://127.0.0.1:${site.port}${loginPath}`);
      await check("login");
      await context.close();
      // The content policy would complain here about anything it stopped, the way to the provider included.
      expect(complaints).toEqual([]);
    });
  }

  it("need no script, and can be used by keyboard alone", async () => {
    const context = await browser.newContext({ javaScriptEnabled: false });
    const page = await context.newPage();
    await page.goto((await invite(ada)).url);
    await page.keyboard.press("Tab");
    const outline = await page.evaluate<string>(
      'getComputedStyle(document.querySelector("button:focus-visible")).outlineWidth',
    );
    expect(Number.parseFloat(outline)).toBeGreaterThanOrEqual(2);
    await page.keyboard.press("Enter");
    await page.waitForURL(/callback/);
    expect(await page.locator("h1").textContent()).toBe("You are linked");
    expect(await page.locator("body").textContent()).toContain("You can close this page");
    await context.close();
  });

  it("keep the browser's tie to themselves", async () => {
    const { context, page } = await visit({ colorScheme: "light", width: 1280 });
    await page.goto((await invite(ada)).url);
    expect(await page.evaluate("document.cookie")).toBe("");
    expect((await context.cookies()).map(({ httpOnly, sameSite }) => ({ httpOnly, sameSite }))).toEqual([
      { httpOnly: true, sameSite: "Lax" },
    ]);
    await context.close();
  });

  it("are shown in no other page's frame", async () => {
    const { context, page } = await visit({ colorScheme: "light", width: 1280 });
    const { url } = await invite(ada);
    await page.route("http://127.0.0.1/frame", (route) =>
      route.fulfill({ contentType: "text/html", body: `<iframe src="${url}"></iframe>` }),
    );
    await page.goto("http://127.0.0.1/frame");
    await page.waitForTimeout(300);
    const inside = page.frames()[1];
    expect(
      await inside
        ?.locator("form")
        .count()
        .catch(() => 0),
    ).toBe(0);
    await context.close();
    complaints.length = 0;
  });
});
