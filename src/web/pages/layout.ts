import type { AssetName } from "../assets.ts";
import { type Child, type Html, html } from "../html.ts";
import type { Words } from "../words.ts";

export type Page = { words: Words; assets: Record<AssetName, string> };

/** Outlines on a 24 by 24 grid, drawn in the colour of the text around them; decoration only. */
const outlines = {
  chat: "M4 5.5h16v11H9.5L5 20v-3.5H4z",
  note: "M9 18.2a2.6 2.6 0 1 1-1.2-2.2V5.5l11-2.2v11.4a2.6 2.6 0 1 1-1.2-2.2",
  tick: "M4.5 12.8 9.6 18 19.5 6.8",
  cross: "M6 6l12 12M18 6 6 18",
  clock: "M12 3.5a8.5 8.5 0 1 1 0 17 8.5 8.5 0 0 1 0-17zM12 7.5V12l3 2",
  alert: "M12 4 3 20h18zM12 10v4.4M12 17.2v.2",
  person: "M12 4.2a3.6 3.6 0 1 1 0 7.2 3.6 3.6 0 0 1 0-7.2zM4.8 20c.6-3.9 3.4-6 7.2-6s6.6 2.1 7.2 6",
  tool: "M14.5 6.5a4 4 0 0 1 5-1l-2.7 2.7 1 2 2 .9 2.6-2.6M14.5 6.5a4.2 4.2 0 0 0-.6 4.5L4.6 18.8a1.7 1.7 0 0 0 2.6 2.6l7.8-9.3",
  link: "M9.5 14.5l5-5M8 11l-2.3 2.3a3.7 3.7 0 0 0 5 5L13 16M11 8l2.3-2.3a3.7 3.7 0 0 1 5 5L16 13",
} as const;
export type IconName = keyof typeof outlines;

export function icon(name: IconName): Html {
  return html`<svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false"><path d="${outlines[name]}"/></svg>`;
}

/**
 * A whole document. `tone` colours the mark above the heading. `script`: one of ours, which the page can do without; `againS`:
 * without scripts it is loaded anew so often.
 */
export function layout(
  page: Page,
  content: {
    title: string;
    tone: "plain" | "good" | "bad";
    mark?: IconName;
    body: Child;
    script?: AssetName;
    againS?: number;
  },
): string {
  const { words, assets } = page;
  return html`<!doctype html>
<html lang="${words.locale}" dir="${words.direction}">
<head>
<meta charset="utf-8">
<title>${content.title} · ${words.t("brand")}</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex, nofollow">
<meta name="color-scheme" content="light dark">
<meta name="theme-color" media="(prefers-color-scheme: light)" content="#f6f5fb">
<meta name="theme-color" media="(prefers-color-scheme: dark)" content="#121019">
<link rel="icon" type="image/svg+xml" href="${assets["icon.svg"]}">
<link rel="stylesheet" href="${assets["pages.css"]}">
${content.script !== undefined && html`<script src="${assets[content.script]}" defer></script>`}
${content.againS !== undefined && html`<noscript><meta http-equiv="refresh" content="${content.againS}"></noscript>`}
</head>
<body>
<header class="brand"><img src="${assets["icon.svg"]}" alt="" width="32" height="32"><span>${words.t("brand")}</span></header>
<main class="card ${content.tone}">
${content.mark && html`<p class="mark">${icon(content.mark)}</p>`}
<h1>${content.title}</h1>
${content.body}
</main>
<footer>${words.t("footer")}</footer>
</body>
</html>
`.markup;
}

/** Where somebody speaks: "in the web chat", "on Discord". Our own chats are called otherwise in each language. */
export function whereSpoken({ words }: Pick<Page, "words">, platform: string, name: string): string {
  const own = `where.${platform}`;
  return words.has(own) ? words.t(own) : words.t("where.on", { platform: name });
}

/** The chat account that all of this is about. Its name is somebody's own choice, so it is isolated and may break anywhere. */
export function identity(link: { userName: string; where: string }): Html {
  return html`<p class="identity">${icon("chat")}<span><bdi>${link.userName}</bdi>
<small>${link.where}</small></span></p>`;
}
