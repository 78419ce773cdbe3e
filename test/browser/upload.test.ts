import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { hasChromium, launchChromium, needsChromium, pictures } from "../support/chromium.ts";
import { extendedRow, extendedRows, zipped } from "../support/listening-files.ts";
import { createFileSite, type FileSite } from "../unit/web/file-site.ts";

/** Runs in the page. */
const poorContrast = readFileSync(new URL("./link-pages-contrast.js", import.meta.url), "utf8");
const file = (rows: unknown[], name = "Streaming_History_Audio_2023.json") => ({
  name,
  mimeType: "application/json",
  buffer: Buffer.from(JSON.stringify(rows)),
});

describe.skipIf(!hasChromium)(`bringing a file in a browser${needsChromium}`, () => {
  let browser: Browser;
  let site: FileSite;
  const complaints: string[] = [];

  beforeAll(async () => {
    site = await createFileSite();
    browser = await launchChromium();
    if (pictures) mkdirSync(pictures, { recursive: true });
  });
  afterAll(async () => {
    await browser?.close();
    await site?.close();
  });

  const looks = (["light", "dark"] as const).flatMap((colorScheme) =>
    [1280, 390].map((width) => ({ colorScheme, width })),
  );
  const heading = (page: Page) => page.locator("h1").textContent();
  const becomes = (page: Page, words: string) =>
    expect.poll(() => heading(page).catch(() => ""), { timeout: 20_000 }).toBe(words);

  for (const { colorScheme, width } of looks) {
    it(`is clear from the first page to the last: ${width} px, ${colorScheme}`, { timeout: 90_000 }, async () => {
      const context = await browser.newContext({ colorScheme, viewport: { width, height: 844 } });
      const page = await context.newPage();
      page.on("console", (message) => {
        if (!message.text().startsWith("Failed to load resource")) complaints.push(message.text());
      });
      const check = async (name: string) => {
        expect(await page.evaluate(poorContrast), `${name}: contrast`).toEqual([]);
        expect(
          await page.evaluate("document.documentElement.scrollWidth - window.innerWidth"),
          `${name}: overflow`,
        ).toBeLessThanOrEqual(0);
        expect(await page.locator("h1").count()).toBe(1);
        if (pictures)
          await page.screenshot({ path: join(pictures, `upload-${name}-${width}-${colorScheme}.png`), fullPage: true });
      };
      await page.goto(site.origin + (await site.invite()));
      expect(await heading(page)).toBe("Upload your history");
      await check("ask");
      const size = await page.locator("button").boundingBox();
      expect(size?.height).toBeGreaterThanOrEqual(48);

      // What is sent slowly is seen on its way.
      await page.route("**/history/import/*", async (route) => {
        if (route.request().method() !== "POST") return route.continue();
        await new Promise((resolve) => setTimeout(resolve, 700));
        return route.continue();
      });
      await page.setInputFiles("#file", file([extendedRow(1, { username: "somebody.else" })]));
      await page.click("button");
      await page.locator(".sending").waitFor({ state: "visible" });
      expect(await page.locator("button").isDisabled()).toBe(true);
      await check("sending");
      await becomes(page, "Is this file yours?");
      await page.unroute("**/history/import/*");
      await check("asked");
      await page.click("text=Do not import it");
      await becomes(page, "The import is stopped");
      await check("stopped");

      await page.goto(site.origin + (await site.invite()));
      const first = width * (colorScheme === "dark" ? 10 : 1);
      const whole = await zipped({
        "a.json": JSON.stringify(extendedRows(600, first)),
        "b.json": JSON.stringify([...extendedRows(40, first), { ts: "?", ms_played: 1, episode_name: null }]),
      });
      await page.setInputFiles("#file", { name: "my_data.zip", mimeType: "application/zip", buffer: whole });
      await page.click("button");
      await expect
        .poll(() => heading(page).catch(() => ""), { timeout: 20_000 })
        .toMatch(/Reading your file|Your file is read/);
      if ((await heading(page)) === "Reading your file") await check("reading");
      await becomes(page, "Your file is read");
      await check("read");
      const counts = (await page.locator(".counts dd").allTextContents()).map((text) => Number(text.replace(",", "")));
      expect(counts[0]).toBe(641);
      expect(counts.slice(1).reduce((sum, each) => sum + each, 0)).toBe(counts[0]);

      await page.goto(site.origin + (await site.export("csv")));
      await check("take");
      const [download] = await Promise.all([page.waitForEvent("download"), page.click("button")]);
      expect(download.suggestedFilename()).toBe("history.csv");
      expect(readFileSync(await download.path(), "utf8").split("\n").length).toBeGreaterThan(600);

      await page.goto(`${site.origin}/history/import/${"A".repeat(43)}`);
      await check("over");
      await context.close();
      // The content policy would complain here about anything it stopped.
      expect(complaints).toEqual([]);
    });
  }

  it("needs no script, and can be done by keyboard alone", { timeout: 60_000 }, async () => {
    const context = await browser.newContext({ javaScriptEnabled: false });
    const page = await context.newPage();
    await page.goto(site.origin + (await site.invite()));
    await page.setInputFiles("#file", file(extendedRows(10, 90_000)));
    await page.focus("#file");
    await page.keyboard.press("Tab");
    const answered = page.waitForResponse((response) => response.request().method() === "POST");
    await page.keyboard.press("Enter");
    await answered;
    await page.waitForLoadState();
    await expect
      .poll(
        async () => {
          await page.reload();
          return heading(page);
        },
        { timeout: 30_000 },
      )
      .toBe("Your file is read");
    await context.close();
  });

  it("shows why a file did not arrive, and takes the next one", { timeout: 60_000 }, async () => {
    const context = await browser.newContext();
    const page = await context.newPage();
    await page.goto(site.origin + (await site.invite()));
    await context.clearCookies();
    await page.setInputFiles("#file", file(extendedRows(10, 91_000)));
    await page.click("button");
    await expect.poll(() => page.locator("[role=alert]").count(), { timeout: 20_000 }).toBe(1);
    expect(await page.locator("[role=alert]").textContent()).toContain("did not arrive whole");
    if (pictures) await page.screenshot({ path: join(pictures, "upload-failed.png"), fullPage: true });
    await page.setInputFiles("#file", file(extendedRows(10, 91_000)));
    await page.click("button");
    await becomes(page, "Your file is read");
    await context.close();
  });
});
