import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Words } from "./words.ts";

/** The files that the page loads. Anything else under /chat/assets/ does not exist. */
const assetTypes: Readonly<Record<string, string>> = {
  "chat.css": "text/css; charset=utf-8",
  "chat.js": "text/javascript; charset=utf-8",
  "icons.js": "text/javascript; charset=utf-8",
  "blocks.js": "text/javascript; charset=utf-8",
  "progress.js": "text/javascript; charset=utf-8",
  "transcript.js": "text/javascript; charset=utf-8",
  "icon.svg": "image/svg+xml",
};

export const assets: ReadonlyMap<string, { type: string; body: Buffer }> = new Map(
  Object.entries(assetTypes).map(([name, type]) => [
    name,
    { type, body: readFileSync(join(import.meta.dirname, "browser", name)) },
  ]),
);

type Spoken = { language: string; words: Words };

const escapeHtml = (text: string) => text.replace(/[&<>"']/g, (mark) => `&#${mark.codePointAt(0)};`);
/** Changes with the files, so that a browser never mixes an old script with a new page. */
const version = createHash("sha256")
  .update(Buffer.concat([...assets.values()].map((asset) => asset.body)))
  .digest("base64url")
  .slice(0, 10);

function page(language: string, title: string, head: string, body: string): string {
  return `<!doctype html>
<html lang="${escapeHtml(language)}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover">
<meta name="color-scheme" content="light dark">
<title>${escapeHtml(title)}</title>
<link rel="icon" href="/chat/assets/icon.svg" type="image/svg+xml">
<link rel="stylesheet" href="/chat/assets/chat.css?${version}">
${head}
</head>
${body}
</html>
`;
}

/** The chat itself; its script fills the log. */
export function shellPage({ language, words }: Spoken, badge: string | undefined): string {
  // A data block is not run; "<" is escaped so that no word can end it.
  const data = JSON.stringify(words).replaceAll("<", "\\u003c");
  return page(
    language,
    words.title,
    `<script type="module" src="/chat/assets/chat.js?${version}"></script>`,
    `<body>
<script type="application/json" id="words">${data}</script>
<header class="top">
<img src="/chat/assets/icon.svg" alt="" width="28" height="28">
<h1>${escapeHtml(words.title)}</h1>
${badge === undefined ? "" : `<span class="badge">${escapeHtml(badge)}</span>`}
<span class="connection" id="connection" role="status"></span>
<button type="button" class="quiet" id="clear" title="${escapeHtml(words.clear)}" aria-label="${escapeHtml(words.clear)}">⌫</button>
</header>
<main>
<ol id="log" role="log" aria-label="${escapeHtml(words.conversation)}" tabindex="0"></ol>
<button type="button" id="newest" hidden>${escapeHtml(words.newest)} ↓</button>
<p class="unseen" id="said" role="status" aria-live="polite"></p>
</main>
<footer>
<p id="hello">${escapeHtml(words.hello)}</p>
<div id="suggestions" role="group" aria-label="${escapeHtml(words.suggestions)}"></div>
<form id="composer">
<label class="unseen" for="text">${escapeHtml(words.message)}</label>
<textarea id="text" rows="1" maxlength="20000" placeholder="${escapeHtml(words.placeholder)}" autocomplete="off" enterkeyhint="send" autofocus></textarea>
<button type="submit">${escapeHtml(words.send)}</button>
</form>
</footer>
</body>`,
  );
}

export function entrancePage({ language, words }: Spoken, problem?: "wrong" | "slow_down"): string {
  const { token } = words;
  return page(
    language,
    `${token.title} · ${words.title}`,
    "",
    `<body class="plain"><main><h1>${escapeHtml(token.title)}</h1>
${problem === undefined ? "" : `<p role="alert" class="problem">${escapeHtml(token[problem])}</p>`}
<p>${escapeHtml(token.explain)}</p>
<form method="post" action="/chat/session"><label for="token">${escapeHtml(token.label)}</label>
<input id="token" name="token" type="password" autocomplete="current-password" required autofocus><button type="submit">${escapeHtml(token.enter)}</button></form></main></body>`,
  );
}

export function loopbackOnlyPage({ language, words }: Spoken): string {
  const { loopback } = words;
  return page(
    language,
    `${loopback.title} · ${words.title}`,
    "",
    `<body class="plain"><main><h1>${escapeHtml(loopback.title)}</h1><p>${escapeHtml(loopback.explain)}</p></main></body>`,
  );
}
