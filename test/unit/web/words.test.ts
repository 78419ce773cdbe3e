import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { linkFailures } from "../../../src/contracts/accounts.ts";
import { needs } from "../../../src/contracts/music.ts";
import { escapeHtml, html } from "../../../src/web/html.ts";
import { whereSpoken } from "../../../src/web/pages/layout.ts";
import { loadWords } from "../../../src/web/words.ts";
import { locales } from "./site.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "segue-words-"));
  const write = (language: string, words: unknown) => {
    mkdirSync(join(folder, language));
    writeFileSync(join(folder, language, "pages.json"), JSON.stringify(words));
  };
  write("en", { brand: "Segue", deep: { one: "One", left: "{minutes, plural, one {# minute} other {# minutes}}" } });
  write("de", { brand: "Segue", deep: { one: "Eins" } });
  write("pt-BR", { deep: { one: "Um" } });
  write("he", { deep: { one: "אחת" } });
  mkdirSync(join(folder, "fr"));
});
afterAll(() => rmSync(folder, { recursive: true }));

describe("the pages' words", () => {
  it("are in the language the browser likes best among those there are", () => {
    const words = loadWords(folder);
    const chosen = (header?: string) => words.choose(header).t("deep.one");
    expect(chosen()).toBe("One");
    expect(chosen("de")).toBe("Eins");
    expect(chosen("de-CH, en;q=0.5")).toBe("Eins");
    expect(chosen("fr, es;q=0.9")).toBe("One");
    expect(chosen("en;q=0.3, de;q=0.7")).toBe("Eins");
    expect(chosen("de;q=0, en")).toBe("One");
    expect(chosen("pt-br")).toBe("Um");
    expect(chosen("*;q=0.1, ;;;, =, \u0000")).toBe("One");
    expect(chosen("x".repeat(100_000))).toBe("One");
    expect(words.choose("he").direction).toBe("rtl");
  });

  it("fall back to English where a language lacks them, and never silently", () => {
    const words = loadWords(folder).choose("de");
    expect(words.t("deep.left", { minutes: 1 })).toBe("1 minute");
    expect(words.t("deep.left", { minutes: 3 })).toBe("3 minutes");
    expect(() => words.t("deep.nothing")).toThrow("deep.nothing");
  });

  it("keep a name of another direction in its place, and take nothing in it for markup or a pattern", () => {
    const words = loadWords(locales).choose("en");
    expect(words.t("where.on", { platform: "<b>{x}'" })).toBe("on \u2068<b>{x}'\u2069");
  });

  it.each([
    ["en", "in the web chat", "in the terminal", "on \u2068Discord\u2069"],
    ["de", "im Webchat", "im Terminal", "auf \u2068Discord\u2069"],
    ["es", "en el chat web", "en la terminal", "en \u2068Discord\u2069"],
    ["fr", "sur le chat web", "dans le terminal", "sur \u2068Discord\u2069"],
  ])("say in %s where somebody speaks", (language, web, terminal, discord) => {
    const page = { words: loadWords(locales).choose(language) };
    const said = ["web", "terminal", "discord"].map((platform) => whereSpoken(page, platform, "Discord"));
    expect(said).toEqual([web, terminal, discord]);
  });

  it("are there for every failure and every permission", () => {
    const words = loadWords(locales).choose("en");
    const values = { provider: "Tunes" };
    const titles = linkFailures.map((failure) => {
      for (const part of ["title", "what", "next"]) {
        expect(words.t(`failures.${failure}.${part}`, values).length).toBeGreaterThan(8);
      }
      return words.t(`failures.${failure}.what`, values);
    });
    expect(new Set(titles).size).toBe(linkFailures.length);
    for (const need of needs) expect(words.t(`needs.${need}`, values).length).toBeGreaterThan(8);
  });

  it("name no provider and no platform", () => {
    expect(readFileSync(join(locales, "en/pages.json"), "utf8")).not.toMatch(/spotify|discord|slack|telegram/i);
  });
});

describe("html", () => {
  it("escapes whatever is put in, in text and in attributes, and nothing twice", () => {
    const evil = `<script>"'&`;
    expect(html`<p title="${evil}">${evil}</p>`.markup).toBe(
      `<p title="&lt;script&gt;&quot;&#39;&amp;">&lt;script&gt;&quot;&#39;&amp;</p>`,
    );
    expect(html`<ul>${["<", html`<li>${">"}</li>`, undefined, false, 0]}</ul>`.markup).toBe(
      "<ul>&lt;<li>&gt;</li>0</ul>",
    );
    expect(escapeHtml("&amp;")).toBe("&amp;amp;");
  });
});
