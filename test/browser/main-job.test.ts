import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createCanvas } from "@napi-rs/canvas";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { systemClock } from "../../src/clock.ts";
import { loadConfig } from "../../src/config.ts";
import { type Segue, startSegue } from "../../src/main.ts";
import { hasChromium, launchChromium, needsChromium, pictures } from "../support/chromium.ts";
import { silentLog } from "../support/log.ts";

/** The whole program as `npm start` makes it, and a person in front of a real browser. */
describe.skipIf(!hasChromium)(`the main job in a browser${needsChromium}`, () => {
  let browser: Browser;
  let dataDir: string;
  let segue: Segue;
  let context: BrowserContext;
  const complaints: string[] = [];

  const start = () =>
    startSegue(loadConfig({ PORT: "0", DATA_DIR: dataDir }, "/nonexistent/.env"), {
      clock: systemClock,
      log: silentLog,
    });

  beforeAll(async () => {
    dataDir = mkdtempSync(join(tmpdir(), "segue-browser-"));
    [browser, segue] = await Promise.all([launchChromium(), start()]);
  });
  afterEach(async () => {
    await context?.close();
    expect(complaints.splice(0)).toEqual([]);
  });
  afterAll(async () => {
    await browser?.close();
    await segue?.stop();
    rmSync(dataDir, { recursive: true, force: true });
  });

  async function open(user: string, options: Parameters<Browser["newContext"]>[0] = {}): Promise<Page> {
    context = await browser.newContext({
      viewport: { width: 1100, height: 820 },
      locale: "en-GB",
      reducedMotion: "reduce",
      ...options,
    });
    const page = await context.newPage();
    page.on("console", (message) => {
      if (message.type() === "error") complaints.push(message.text());
    });
    page.on("pageerror", (error) => complaints.push(error.message));
    await page.goto(`${segue.url}/?user=${user}`);
    return page;
  }

  const picture = async (page: Page, name: string) => {
    if (pictures) await page.screenshot({ path: join(pictures, `${name}.png`) });
  };
  const last = (page: Page) => page.locator("#log > li.bot:not(.waiting)").last();

  /** Types, and waits until the answer is there. */
  async function say(page: Page, text: string): Promise<string> {
    const before = await page.locator("#log > li.bot:not(.waiting)").count();
    await page.getByRole("textbox", { name: "Message" }).fill(text);
    await page.keyboard.press("Enter");
    await page.locator("#log > li.bot:not(.waiting)").nth(before).waitFor();
    await expect.poll(() => page.locator(".waiting").count()).toBe(0);
    return (await last(page).textContent()) ?? "";
  }

  async function link(page: Page, person: string): Promise<void> {
    await say(page, "connect my account");
    await last(page)
      .getByRole("link", { name: /Connect Spotify/ })
      .click();
    await picture(page, `link-page-${page.viewportSize()?.width}`);
    await page.getByRole("button", { name: /Spotify/ }).click();
    await page.getByRole("button", { name: new RegExp(person) }).click();
    await page.getByRole("button", { name: "Agree" }).waitFor();
    await picture(page, `consent-${page.viewportSize()?.width}`);
    await page.getByRole("button", { name: "Agree" }).click();
    await page.getByRole("heading", { name: /[Cc]onnected|[Ll]inked/ }).waitFor();
    await picture(page, `linked-${page.viewportSize()?.width}`);
  }

  it("links an account and does two things in one sentence", async () => {
    const page = await open("anna");
    await picture(page, "empty-chat");
    await link(page, "Mia Lindqvist");
    await page.goto(`${segue.url}/?user=anna`);
    // The message that carried the link says by itself how it ended.
    await page
      .locator("#log")
      .getByText(/Connected to Spotify/)
      .waitFor();
    const answer = await say(page, "play bohemian rhapsody on the kitchen speaker, then turn it down a bit");
    expect(answer).toMatch(/Playing Bohemian Rhapsody.* by Queen on Kitchen speaker/);
    expect(answer).toMatch(/Quieter: 35%/);
    await picture(page, "played");

    const card = await say(page, "what's playing?");
    expect(card).toMatch(/Bohemian Rhapsody/);
    // By its own name: other messages may come below it.
    const row = page.locator(`#${await last(page).getAttribute("id")}`);
    await row.locator("img.art").waitFor();
    expect(await row.locator("img.art").getAttribute("alt")).toMatch(/Cover of Bohemian Rhapsody/);
    const rows = await page.locator("#log > li").count();
    await row.getByRole("button", { name: "Pause" }).click();
    // The card follows by an edit: its pause button has become a resume button. That is the answer; the words are only read out.
    await row.getByRole("button", { name: "Resume" }).waitFor();
    await expect.poll(() => page.locator("#said").textContent()).toMatch(/Paused/);
    expect(await page.locator("#log > li").count()).toBe(rows);
    // A number typed means none of what a card offers.
    expect(await row.locator(".number").count()).toBe(0);
    await picture(page, "paused-card");
  });

  it("asks when several fit, and takes the answer by press, number or words", async () => {
    const page = await open("anna");
    await say(page, "search for hello");
    const options = last(page).locator("fieldset button");
    expect(await options.count()).toBeGreaterThan(3);
    await picture(page, "picker");
    const before = await page.locator("#log > li.bot:not(.waiting)").count();
    await options.first().focus();
    await page.keyboard.press("Enter");
    await page.locator("#log > li.bot:not(.waiting)").nth(before).waitFor();
    expect(await last(page).textContent()).toMatch(/Playing Hello/);
    await say(page, "search for yesterday");
    expect(await say(page, "the second one")).toMatch(/Playing/);
  });

  it("is usable by keyboard alone and names its parts to a screen reader", async () => {
    const page = await open("keys");
    expect(await page.locator("#text").evaluate((node) => node === document.activeElement)).toBe(true);
    await page.keyboard.type("help");
    await page.keyboard.press("Enter");
    await last(page).waitFor();
    await page.keyboard.press("ArrowUp");
    expect(await page.locator("#text").inputValue()).toBe("help");
    const tree = await page.locator("body").ariaSnapshot();
    for (const part of ['heading "Segue"', 'list "Conversation with Segue"', 'textbox "Message"', 'button "Send"']) {
      expect(tree.replace("log ", "list ")).toContain(part.replace("log ", "list "));
    }
  });

  it("shows titles and words as text, whatever they hold", async () => {
    const page = await open("mallory");
    const hostile = "<img src=x onerror=\"document.title='owned'\"> **bold** \u202Ereversed @everyone";
    await say(page, hostile);
    expect(await page.locator("#log img").count()).toBe(0);
    expect(await page.title()).toBe("Segue");
    expect(await page.locator(".person .bubble").last().textContent()).toContain("<img src=x");
    for (const text of ["", "🎵🎶", "volume 900", "seek to 99:99", "x".repeat(10_000)]) {
      if (text !== "") expect((await say(page, text)).length).toBeGreaterThan(0);
    }
    await picture(page, "hostile");
  });

  it("keeps the conversation over a reload, and says when a message did not arrive", async () => {
    const page = await open("rita");
    await say(page, "help");
    await page.reload();
    await page.locator("#log").getByText("What I can do").first().waitFor();
    await page.route("**/chat/messages", (route) => route.abort());
    await page.getByRole("textbox", { name: "Message" }).fill("pause");
    await page.keyboard.press("Enter");
    await page.getByRole("alert").waitFor();
    await page.unroute("**/chat/messages");
    await page.getByRole("button", { name: "Send again" }).click();
    await page
      .locator("#log")
      .getByText(/not connected a Spotify account/)
      .first()
      .waitFor();
    expect(complaints.filter((text) => !text.includes("Failed to load resource"))).toEqual([]);
    complaints.length = 0;
  });

  it("asks for the answer that a reload cut off, once, and does nothing twice", async () => {
    const page = await open("rosa");
    const reached = Promise.withResolvers<void>();
    let posts = 0;
    await page.route("**/chat/messages", async (route) => {
      posts++;
      // The program has it and does it; the page goes away before it hears.
      await route.fetch();
      reached.resolve();
    });
    await page.getByRole("textbox", { name: "Message" }).fill("help");
    await page.keyboard.press("Enter");
    await reached.promise;
    await page.unroute("**/chat/messages");
    await page.reload();
    await page.locator("#log").getByText("What I can do").first().waitFor();
    expect(await page.locator("#log > li.bot").count()).toBe(1);
    await page.reload();
    await page.locator("#log").getByText("What I can do").first().waitFor();
    expect([posts, await page.locator("#log > li").count()]).toEqual([1, 2]);
  });

  it("greets where nothing was said, and clears only what somebody means to", async () => {
    const page = await open("nora");
    const hello = page.getByText(/^Hello! I play music when you ask me/);
    await hello.waitFor();
    const asked: string[] = [];
    let sure = false;
    page.on("dialog", (dialog) => {
      asked.push(dialog.message());
      void (sure ? dialog.accept() : dialog.dismiss());
    });
    const clear = page.getByRole("button", { name: "Clear this conversation" });
    await clear.click();
    expect(asked).toEqual([]);
    await say(page, "help");
    expect(await hello.isVisible()).toBe(false);
    await clear.click();
    expect(asked).toEqual([expect.stringContaining("cannot be brought back")]);
    expect(await page.locator("#log > li").count()).toBeGreaterThan(1);
    sure = true;
    await clear.click();
    await hello.waitFor();
    expect(await page.locator("#log > li").count()).toBe(0);
  });

  it.each([
    ["light", 1100],
    ["dark", 1100],
    ["light", 390],
    ["dark", 390],
  ] as const)("fits and can be read: %s, %i wide", async (colorScheme, width) => {
    const page = await open("anna", { colorScheme, viewport: { width, height: width < 600 ? 844 : 820 } });
    await say(page, "play yesterday by the beatles on the office computer");
    await say(page, "my devices");
    await say(page, "what's playing");
    await picture(page, `chat-${colorScheme}-${width}`);
    const rows = await last(page)
      .locator(".buttons:has(svg)")
      .first()
      .locator("button")
      .evaluateAll((buttons) => new Set(buttons.map((each) => each.getBoundingClientRect().top)).size);
    expect(rows).toBe(1);
    const overflow = await page.evaluate(
      () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
    );
    expect(overflow).toBe(0);
  });

  it("does not claim to know what became of a message whose answer was lost, until that comes", async () => {
    const page = await open("lost");
    await page.close();
    const lost = await context.newPage();
    let sent: { id: string } | undefined;
    await lost.route("**/chat/messages", (route) => {
      sent = route.request().postDataJSON();
      return route.abort();
    });
    // The stream breaks off as the program does, and its next one brings the answer.
    await lost.route("**/chat/events*", (route) => {
      const answer = {
        id: "answer",
        now: Date.now(),
        answers: sent?.id,
        reply: { kind: "answer", text: "Done.", blocks: [] },
      };
      const body = sent ? `event: post\ndata: ${JSON.stringify(answer)}\n\n` : "";
      return route.fulfill({ contentType: "text/event-stream", body: `retry: 300\n\n${body}` });
    });
    await lost.goto(`${segue.url}/?user=lost`);
    await lost.getByRole("textbox", { name: "Message" }).fill("pause");
    await lost.keyboard.press("Enter");
    await lost.getByText("It may have been done, or not.").waitFor();
    await lost.getByText("Done.").first().waitFor();
    await expect.poll(() => lost.getByRole("alert").count()).toBe(0);
    expect(await lost.getByRole("button", { name: "Send again" }).count()).toBe(0);
  });

  it("counts the options on over all menus of a message", async () => {
    const page = await open("numbers");
    const menu = (...labels: string[]) => ({
      type: "select",
      label: "Which?",
      options: labels.map((label) => ({ label, command: { intent: "help", slots: {} } })),
    });
    const blocks = [menu("a", "b"), { type: "text", text: "and" }, menu("c")];
    const views = [undefined, { kind: "card", key: "k" }, { kind: "card", key: "k", from: 2 }];
    const replies = views.map((view) => ({ id: "m", kind: "answer", text: "", blocks, ...(view ? { view } : {}) }));
    // As words: what the tests are built with would put its own import in place of the browser's.
    const numbers = await page.evaluate(`import("/chat/assets/blocks.js").then(({ renderReply }) =>
      ${JSON.stringify(replies)}.map((reply) =>
        [...renderReply(reply, { words: {}, press() {} }).querySelectorAll(".number")].map((each) => each.textContent)))`);
    expect(numbers).toEqual([["1", "2", "3"], [], ["1", "2"]]);
  });

  it("shows a drawn picture so that it can be read, and whole when it is pressed", async () => {
    const page = await open("reader");
    const drawn = `${segue.url}/favicon.svg?drawn`;
    const png = createCanvas(1_080, 1_500).toBuffer("image/png");
    await context.route(drawn, (route) => route.fulfill({ contentType: "image/png", body: png }));
    const image = { type: "image", url: drawn, alt: "Top songs: Hello", large: true };
    const answer = { id: "answer", kind: "answer", text: "x", blocks: [image, { type: "text", text: "Below" }] };
    await page.route("**/chat/messages", (route) => route.fulfill({ json: { replies: [answer], now: 0 } }));
    await say(page, "picture");
    const shown = last(page).getByRole("img", { name: "Top songs: Hello" });
    await shown.waitFor();
    await expect.poll(() => shown.evaluate((each) => (each as HTMLImageElement).naturalWidth)).toBe(1_080);
    const box = await shown.boundingBox();
    expect(box?.width).toBeGreaterThan(500);
    expect((box?.height ?? 0) / (box?.width ?? 1)).toBeCloseTo(1_500 / 1_080, 1);
    await picture(page, "drawn-picture");
    await page.setViewportSize({ width: 360, height: 740 });
    const [narrow, bubble] = await Promise.all([shown.boundingBox(), last(page).boundingBox()]);
    const right = (each: typeof narrow) => (each?.x ?? 0) + (each?.width ?? 0);
    expect(right(narrow)).toBeLessThan(right(bubble));
    expect(right(bubble)).toBeLessThanOrEqual(360);
    const [whole] = await Promise.all([context.waitForEvent("page"), shown.click()]);
    expect(whole.url()).toBe(drawn);
  });

  it("goes on after a restart: links and cards are still there", async () => {
    const page = await open("anna");
    await say(page, "what's playing");
    const { port } = new URL(segue.url);
    await segue.stop();
    segue = await startSegue(loadConfig({ PORT: port, DATA_DIR: dataDir }, "/nonexistent/.env"), {
      clock: systemClock,
      log: silentLog,
    });
    // The page itself noticed that nobody answered for a while.
    complaints.length = 0;
    await page.reload();
    const cover = last(page).locator("img.art");
    await cover.waitFor();
    await expect
      .poll(() => cover.evaluate((image) => image instanceof HTMLImageElement && image.naturalWidth))
      .toBeGreaterThan(0);
    expect(await say(page, "play 1999 by prince on the kitchen speaker")).toMatch(/Playing 1999/);
  });

  it("does without a picture that is not there, and without a complaint", async () => {
    const page = await open("anna");
    const seen = await page.evaluate(
      () =>
        new Promise((resolve) => {
          const image = new Image();
          image.addEventListener("error", () => resolve("nothing"));
          image.addEventListener("load", () => resolve("a picture"));
          image.src = "/pictures/box/none";
        }),
    );
    expect(seen).toBe("nothing");
  });
});
