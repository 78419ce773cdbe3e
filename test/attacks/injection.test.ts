import { PassThrough } from "node:stream";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { encode as onDiscord } from "../../adapters/discord/encode.ts";
import { prepare } from "../../adapters/discord/prepare.ts";
import { loadWords, wordsFor } from "../../adapters/discord/words.ts";
import { encode as onSlack } from "../../adapters/slack/encode.ts";
import { encode as onTelegram } from "../../adapters/telegram/encode.ts";
import { createTerminalChat } from "../../adapters/terminal/index.ts";
import { encode as onWeb } from "../../adapters/web/encode.ts";
import { echo } from "../../src/core/clean-text.ts";
import { createLog } from "../../src/log.ts";
import { locales } from "../doubles/discord/chat.ts";
import { checkMessage } from "../doubles/discord/check-message.ts";
import { markdown } from "../doubles/discord/shown.ts";
import { messageBlocks, unfurlBlocks } from "../doubles/slack/block-kit.ts";
import { parseHtml } from "../doubles/telegram/markup.ts";
import { createFakeClock } from "../fakes/clock.ts";
import { hasChromium, launchChromium, needsChromium } from "../support/chromium.ts";
import { hostWith } from "../support/host.ts";
import { openWebChat } from "../support/web-chat.ts";
import { address, hostile, pieces, saying } from "./hostile-words.ts";

const runs = { numRuns: 400 };
/** Acts on a screen, or turns what stands around it. */
const acting = /(?![\n\t])[\p{Cc}\u202A-\u202E\u2066-\u2069]/u;
const web = /^https?:\/\//;

/** Every string of a value but what goes back to us as it is. */
function strings(value: unknown, key = ""): [key: string, text: string][] {
  if (typeof value === "string") return [[key, value]];
  if (Array.isArray(value)) return value.flatMap((each) => strings(each, key));
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]) =>
    ["command", "custom_id", "value", "action_id"].includes(name) ? [] : strings(inner, name),
  );
}

describe("words that would do something where they are shown", () => {
  const discordWords = wordsFor(loadWords(locales), "en");

  it("ring nobody, lead nowhere and mark nothing on Discord", async () => {
    const host = hostWith(async () => {});
    await fc.assert(
      fc.asyncProperty(hostile, address, async (text, url) => {
        const { body } = await prepare(saying(text, url), host, discordWords, 0);
        expect(body.allowed_mentions).toEqual({ parse: [] });
        checkMessage(JSON.parse(JSON.stringify(body)), []);
        for (const [key, said] of strings(body)) {
          expect(said).not.toMatch(acting);
          if (key === "url") expect(said).toMatch(web);
          if (key !== "content") continue;
          // What is left when our own links and every escaped sign are taken away: nothing that Discord reads as more than letters.
          const bare = said
            .replace(/\\[\s\S]/gu, "")
            .replace(/\[[^\]]*\]\(<https?:[^>\s]*>\)|: <https?:[^<>\s]*>$/g, "")
            .replace(/^(?:#{1,3} |-# |\d+\. |- )|\*\*/gm, "");
          expect(bare).not.toMatch(/[<>@`~|[\]]|:\/\//);
        }
      }),
      runs,
    );
  });

  it("show on Discord letter by letter", () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const [first] = onDiscord(saying(text, "https://a.example"), {
          words: discordWords,
          now: 0,
          data: new Map(),
          images: new Map(),
        });
        const content = strings(first).find(([key]) => key === "content")?.[1] ?? "";
        expect(markdown(content)).not.toMatch(acting);
      }),
      runs,
    );
  });

  it("ring nobody, lead nowhere and mark nothing on Slack", async () => {
    for (const surface of ["message", "unfurl"] as const)
      await fc.assert(
        fc.asyncProperty(hostile, address, async (text, url) => {
          const encoded = await onSlack(saying(text, url), {
            surface,
            button: async () => "x",
            reachable: async () => true,
          });
          (surface === "unfurl" ? unfurlBlocks : messageBlocks).parse(JSON.parse(JSON.stringify(encoded.blocks)));
          expect(encoded.text).not.toMatch(/[<>]|&(?!amp;|lt;|gt;)/);
          for (const [key, said] of strings(encoded)) {
            expect(said).not.toMatch(acting);
            if (/url$/.test(key)) expect(said).toMatch(web);
          }
          const marked = JSON.stringify(encoded.blocks, (_key, value) =>
            value?.type === "mrkdwn" ? { mrkdwn: value.text, verbatim: value.verbatim } : value,
          );
          for (const [key, said] of strings(JSON.parse(marked))) {
            if (key !== "mrkdwn") continue;
            const bare = said.replace(/<https?:[^<>|\s]*\|[^<>]*>/g, "");
            expect(bare).not.toMatch(/[<>*_~`]|&(?!amp;|lt;|gt;)/);
          }
          expect(marked).not.toContain('"verbatim":false');
        }),
        { numRuns: 200 },
      );
  });

  it("ring nobody, lead nowhere and mark nothing on Telegram", () => {
    fc.assert(
      fc.property(hostile, address, (text, url) => {
        const encoded = onTelegram(saying(text, url), () => "x");
        const { entities, text: shown } = parseHtml(encoded.html);
        for (const entity of entities) {
          expect(["bold", "italic", "code", "text_link"]).toContain(entity.type);
          if (entity.type === "text_link") expect(entity.url).toMatch(web);
        }
        expect(shown).not.toMatch(acting);
        for (const each of encoded.keyboard.flat()) {
          expect(each.text).not.toMatch(acting);
          if ("url" in each) expect(each.url).toMatch(web);
        }
      }),
      runs,
    );
  });

  it("move no cursor in the terminal", async () => {
    await fc.assert(
      fc.asyncProperty(hostile, address, async (text, url) => {
        const [input, output] = [new PassThrough(), new PassThrough()];
        const adapter = createTerminalChat({
          clock: createFakeClock(),
          input,
          output,
          user: "anna",
          locale: "en",
          onClose() {},
        });
        const ending = new AbortController();
        await adapter.start(
          hostWith(async () => {}),
          ending.signal,
        );
        output.read();
        const place = { platform: "terminal", tenant: "", id: "anna" };
        await adapter.send(place, saying(text, url), "key");
        // What readline itself moves is ours.
        // biome-ignore lint/complexity/useRegexLiterals: the pattern holds control characters.
        const shown = String(output.read() ?? "").replace(new RegExp("\\r|\\u001b\\[\\d*[A-Z]", "g"), "");
        expect(shown).not.toMatch(acting);
        ending.abort();
        await adapter.stop?.();
        input.end();
      }),
      { numRuns: 100 },
    );
  });

  it("move no cursor where somebody reads the log", () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const lines: string[] = [];
        const log = createLog({ level: "debug", write: (line) => void lines.push(line) });
        log.warn({ name: text, deep: { list: [text] }, error: new Error(text) }, "somebody said");
        for (const line of lines) {
          expect(line.trimEnd()).not.toMatch(/[\p{Cc}\u202A-\u202E\u2066-\u2069]/u);
          expect(() => JSON.parse(line)).not.toThrow();
        }
      }),
      runs,
    );
  });

  it("come back as one bounded line where they are repeated", () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const said = echo(text.repeat(50));
        expect(said).not.toMatch(/[\p{Cc}\u2028\u2029\u202A-\u202E\u2066-\u2069]/u);
        expect([...said].length).toBeLessThanOrEqual(80);
        expect(said.isWellFormed()).toBe(true);
      }),
      runs,
    );
  });

  it("go to the web chat as letters", () => {
    fc.assert(
      fc.property(hostile, address, (text, url) => {
        for (const [, said] of strings(onWeb(saying(text, url)))) expect(said).not.toMatch(acting);
      }),
      runs,
    );
  });
});

describe("words without an end", () => {
  /** Long runs of what patterns like to try again and again. */
  const long = [
    "\n",
    " ",
    "\t",
    "a",
    "(",
    "[",
    "<",
    "<t:",
    "@",
    "\\",
    "&",
    "&amp;",
    "1.",
    "http://",
    "a.b",
    "_*",
    "\u0301",
    "🎵",
    "\u200d",
    ". ",
    "ab ",
    "'",
  ];

  it.each(long)("of %j take no time anywhere", async (piece) => {
    const text = piece.repeat(20_000 / piece.length);
    const reply = saying(text, "https://a.example", "x");
    const host = hostWith(async () => {});
    const words = wordsFor(loadWords(locales), "en");
    const begun = process.cpuUsage();
    await prepare(reply, host, words, 0);
    await onSlack(reply, { surface: "unfurl", button: async () => "x", reachable: async () => true });
    onTelegram(reply, () => "x");
    onWeb(reply);
    echo(text);
    // Linear work on this takes some milliseconds; to try everything twice takes seconds.
    expect(process.cpuUsage(begun).user / 1_000).toBeLessThan(500);
  });
});

describe.skipIf(!hasChromium)(`in a browser${needsChromium}`, () => {
  let browser: Awaited<ReturnType<typeof launchChromium>>;
  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterAll(() => browser?.close());

  it("nothing of it runs, and nothing of it is asked for", { timeout: 60_000 }, async () => {
    const clock = createFakeClock();
    const chat = await openWebChat({ clock });
    const text = pieces.filter((piece) => !/\p{Cc}/u.test(piece)).join(" ");
    const bad = ["javascript:document.title='owned'", "data:text/html,<script>parent.owned=1</script>"];
    await chat.adapter.start(
      hostWith(async (_event, answer) => {
        for (const url of [...bad, "https://a.example/x"]) await answer.reply(saying(text, url));
      }),
      new AbortController().signal,
    );
    try {
      const page = await browser.newPage();
      const asked: string[] = [];
      const dialogs: string[] = [];
      page.on("request", (request) => asked.push(request.url()));
      page.on("dialog", (dialog) => {
        dialogs.push(dialog.message());
        void dialog.dismiss();
      });
      await page.route(/^https:/, (route) => route.abort());
      await page.goto(`${chat.url}/?user=ada`);
      await page.locator("#text").fill("<img src=x onerror=alert(1)>");
      await page.locator("#text").press("Enter");
      await page.locator("#log > li.bot:not(.waiting)").nth(2).waitFor();
      for (const button of await page.locator("#log a").all()) {
        const href = (await button.getAttribute("href")) ?? "";
        expect(href).toMatch(web);
      }
      expect(
        await page.locator("#log script, #log svg[onload], #log img[onerror], #log [onmouseover], #log iframe").count(),
      ).toBe(0);
      expect(await page.title()).not.toContain("owned");
      expect(dialogs).toEqual([]);
      expect(asked.filter((url) => !url.startsWith(chat.url) && !url.startsWith("https://a.example/"))).toEqual([]);
      expect(await page.locator("#log").textContent()).toContain("<script>alert(1)</script>");
    } finally {
      await chat.stop();
    }
  });
});
