// @ts-check
import { icon } from "./icons.js";
import { progressBar } from "./progress.js";

/**
 * @typedef {{intent: string, slots: Record<string, unknown>}} Command
 * @typedef {{label: string, command: Command, style?: string, icon?: string, description?: string}} Button
 * @typedef {{type: string, [key: string]: any}} Block
 * @typedef {{id: string, kind: string, text: string, blocks: Block[], view?: {kind: string, key: string, from?: number}, passing?: boolean}} Reply
 * @typedef {{press: (command: Command, label: string) => void, words: Record<string, any>}} Surroundings
 */

/** Every string goes in as text, never as markup: a title that looks like HTML stays a title. */

/**
 * @template {keyof HTMLElementTagNameMap} T
 * @param {T} tag
 * @param {string} [className]
 * @param {string} [text]
 */
export function element(tag, className, text) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
}

/** Only addresses a browser may open: a link from data is never a script. @param {string} url */
function safe(url) {
  try {
    const parsed = new URL(url);
    return parsed.protocol === "https:" || parsed.protocol === "http:" ? parsed.href : undefined;
  } catch {
    return undefined;
  }
}

/** @param {string} label @param {string} url @param {Surroundings} around */
function link(label, url, around) {
  const href = safe(url);
  if (!href) return element("span", "", label);
  const made = element("a", "", label);
  made.href = href;
  made.rel = "noopener noreferrer";
  // An address of this very server goes on in this tab; everything else opens beside the chat.
  if (new URL(href).origin !== location.origin) {
    made.target = "_blank";
    made.append(element("span", "unseen", ` (${around.words.opens})`));
  }
  return made;
}

/** Pictures that turned out not to be there: a card is drawn anew with every change, and must not jump each time. @type {Set<string>} */
const missing = new Set();

/**
 * Undefined for a picture that is known to be missing; one that proves so later goes away, and `gone` closes its gap.
 * @param {string | undefined} url @param {string} alt @param {string} className @param {(made: HTMLElement) => void} [gone]
 */
function picture(url, alt, className, gone) {
  const href = safe(url ?? "");
  if (!href || missing.has(href)) return undefined;
  const made = element("img", className);
  made.alt = alt;
  made.loading = "lazy";
  made.decoding = "async";
  made.referrerPolicy = "no-referrer";
  made.addEventListener("error", () => {
    missing.add(href);
    gone?.(made);
    made.remove();
  });
  made.src = href;
  return made;
}

/** As wide as the conversation, and whole when it is pressed. @param {Block} block */
function largePicture(block) {
  const made = element("a", "drawing");
  const shown = picture(block.url, block.alt, "", () => made.remove());
  if (!shown) return undefined;
  made.href = shown.getAttribute("src") ?? "";
  made.target = "_blank";
  made.rel = "noopener noreferrer";
  made.append(shown);
  return made;
}

/** @param {Button} data @param {Surroundings} around */
function pressable(data, around) {
  const sign = data.icon ? icon(data.icon) : undefined;
  const made = element("button", data.style ?? "plain", sign ? undefined : data.label);
  if (sign) made.append(sign);
  made.type = "button";
  if (data.description) made.setAttribute("aria-label", data.description);
  made.addEventListener("click", () => around.press(data.command, data.description ?? data.label));
  return made;
}

/**
 * The menus of a card that follows its subject ask nothing, and a number typed means none of theirs.
 * @param {Reply} reply @param {number} at
 */
function asks({ view, kind }, at) {
  return !view || (view.from === undefined ? kind === "question" : at < view.from);
}

/** `first`: the number of a menu's first option; undefined where typed numbers mean others.
 * @type {Record<string, (block: Block, around: Surroundings, first?: number) => HTMLElement | undefined>} */
const renderers = {
  heading: (block) => element("h2", "", block.text),
  text: (block) => element("p", "", block.text),
  image: (block) => (block.large ? largePicture(block) : picture(block.url, block.alt, "art")),
  fields: (block) => {
    const made = element("dl");
    for (const field of block.fields) made.append(element("dt", "", field.name), element("dd", "", field.value));
    return made;
  },
  progress: (block, around) => progressBar(/** @type {any} */ (block), around.words.of),
  list: (block, around) => {
    const made = element(block.ordered ? "ol" : "ul", "items");
    for (const item of block.items) {
      const row = element("li");
      row.append(picture(item.imageUrl, "", "thumb") ?? "");
      const words = element("div");
      const title = element("span", "title", item.url ? undefined : item.title);
      if (item.url) title.append(link(item.title, item.url, around));
      words.append(title);
      if (item.detail) words.append(element("span", "detail", item.detail));
      row.append(words);
      made.append(row);
    }
    return made;
  },
  buttons: (block, around) => {
    const made = element("div", "buttons");
    made.append(...block.buttons.map((/** @type {Button} */ data) => pressable(data, around)));
    return made;
  },
  select: (block, around, first) => {
    const made = element("fieldset", "picker");
    made.append(element("legend", "", block.label));
    block.options.forEach((/** @type {any} */ option, /** @type {number} */ index) => {
      const choice = element("button", "option");
      choice.type = "button";
      const number = first === undefined ? "" : element("span", "number", String(first + index));
      choice.append(picture(option.imageUrl, "", "thumb", (made) => made.before(number)) ?? number);
      const words = element("span", "words");
      words.append(element("span", "title", option.label));
      if (option.detail) words.append(element("span", "detail", option.detail));
      choice.append(words);
      choice.addEventListener("click", () => around.press(option.command, option.label));
      made.append(choice);
    });
    return made;
  },
  link: (block, around) => {
    const made = element("p", "action");
    made.append(link(block.label, block.url, around));
    return made;
  },
  attribution: (block, around) => {
    const made = element("p", "attribution");
    made.append(block.url ? link(block.text, block.url, around) : element("span", "", block.text));
    return made;
  },
};

/** The content of one message of the bot. A kind of block this page does not know is left out; `text` says the same.
 * @param {Reply} reply @param {Surroundings} around */
export function renderReply(reply, around) {
  const body = element("div", "body");
  const known = reply.blocks.filter((block) => block.type in renderers);
  if (known.length === 0) {
    body.append(element("p", "", reply.text));
    return body;
  }
  const art = known.find((block) => block.type === "image" && !block.large);
  const cover = art && picture(art.url, art.alt, "art", () => body.classList.remove("with-art"));
  if (cover) {
    body.classList.add("with-art");
    body.append(cover);
  }
  const rest = element("div", "rest");
  // Counted on over all menus: a typed number means one option of the message.
  let next = 1;
  reply.blocks.forEach((block, at) => {
    if (block === art) return;
    const numbered = block.type === "select" && asks(reply, at);
    rest.append(renderers[block.type]?.(block, around, numbered ? next : undefined) ?? "");
    if (numbered) next += block.options.length;
  });
  body.append(rest);
  return body;
}
