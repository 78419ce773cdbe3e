// @ts-check
import { element, renderReply } from "./blocks.js";
import { setServerTime } from "./progress.js";
import { openTranscript, whoAmI } from "./transcript.js";

/** @typedef {import("./blocks.js").Reply} Reply */

/** @template {HTMLElement} T @param {string} id @returns {T} */
const byId = (id) => /** @type {T} */ (document.getElementById(id));

const words = JSON.parse(byId("words").textContent ?? "{}");
const log = byId("log");
const composer = /** @type {HTMLFormElement} */ (byId("composer"));
const text = /** @type {HTMLTextAreaElement} */ (byId("text"));
const newest = byId("newest");
const said = byId("said");
const connection = byId("connection");
const suggestions = byId("suggestions");
const user = whoAmI();
const transcript = openTranscript(user);
/** Messages sent earlier, for the arrow keys. @type {string[]} */
const sentBefore = [];
let recalled = 0;

// --- the log ---------------------------------------------------------------

let following = true;
log.addEventListener("scroll", () => {
  following = log.scrollHeight - log.scrollTop - log.clientHeight < 80;
  newest.hidden = following;
});
newest.addEventListener("click", () => {
  log.scrollTop = log.scrollHeight;
  text.focus();
});
function follow() {
  if (following) log.scrollTop = log.scrollHeight;
  else newest.hidden = false;
}
new ResizeObserver(() => following && follow()).observe(log);

/** @param {string} words_ */
function showPerson(words_) {
  const row = element("li", "person");
  const who = element("span", "unseen", `${words.you}: `);
  const bubble = element("div", "bubble", words_);
  bubble.prepend(who);
  row.append(bubble);
  log.append(row);
  suggestions.hidden = true;
  follow();
  return row;
}

/** @param {Reply} reply */
const around = (reply) => ({
  words,
  press: (/** @type {any} */ command, /** @type {string} */ label) =>
    send({ intent: command.intent, slots: command.slots, target: reply.id }, label),
});

/** @param {HTMLElement} row @param {Reply} reply */
function fill(row, reply) {
  row.className = `bot ${reply.kind}${reply.view ? ` ${reply.view.kind}` : ""}`;
  row.replaceChildren(renderReply(reply, around(reply)));
}

/** @param {Reply} reply */
function showReply(reply) {
  const earlier = document.getElementById(`m-${reply.id}`);
  if (earlier) return editReply(reply);
  const row = element("li");
  row.id = `m-${reply.id}`;
  fill(row, reply);
  log.append(row);
  for (const image of row.querySelectorAll("img")) image.addEventListener("load", follow);
  follow();
}

/** @param {Element} node */
const nameOf = (node) => node.getAttribute("aria-label") ?? node.textContent ?? "";

/** Edits keep the place and the focus; only a changed wording is read out. @param {Reply} reply */
function editReply(reply) {
  const row = document.getElementById(`m-${reply.id}`);
  if (!row) return;
  const held =
    document.activeElement && row.contains(document.activeElement) ? nameOf(document.activeElement) : undefined;
  const before = transcript.entries().find((entry) => entry.id === reply.id);
  row.setAttribute("aria-live", "off");
  fill(row, reply);
  if (held !== undefined) [...row.querySelectorAll("button")].find((node) => nameOf(node) === held)?.focus();
  if (before?.from === "bot" && before.reply.text !== reply.text) said.textContent = reply.text;
  follow();
}

// --- sending ---------------------------------------------------------------

/** One after the other, in the order typed. @type {Promise<unknown>} */
let line = Promise.resolve();

/** @param {{text: string} | {intent: string, slots: Record<string, unknown>, target?: string}} what @param {string} shown */
function send(what, shown) {
  // Not randomUUID: it is missing where the page is neither on loopback nor on https.
  const id = [...crypto.getRandomValues(new Uint32Array(4))].map((part) => part.toString(36)).join("");
  transcript.add({ from: "person", id, text: shown });
  const row = showPerson(shown);
  const waiting = element("li", "bot waiting");
  waiting.append(element("span", "dots"), element("span", "unseen", words.working));
  log.append(waiting);
  following = true;
  follow();
  const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
  line = line.then(() => attempt({ user, id, locale: navigator.language, timeZone, ...what }, row, waiting));
}

/** The same id is sent again on a retry, so nothing is done twice. @param {Record<string, unknown>} body @param {HTMLElement} row @param {HTMLElement} waiting */
async function attempt(body, row, waiting) {
  try {
    const response = await fetch("/chat/messages", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(60_000),
    });
    const answer = await response.json();
    waiting.remove();
    if (!response.ok) return failed(body, row, answer?.error?.message ?? words.failed);
    setServerTime(answer.now);
    for (const reply of answer.replies) {
      showReply(reply);
      transcript.add({ from: "bot", id: reply.id, reply });
    }
  } catch {
    waiting.remove();
    failed(body, row, words.failed);
  }
}

/** @param {Record<string, unknown>} body @param {HTMLElement} row @param {string} why */
function failed(body, row, why) {
  const note = element("div", "failed");
  note.setAttribute("role", "alert");
  const again = element("button", "plain", words.retry);
  again.type = "button";
  again.addEventListener("click", () => {
    note.remove();
    const waiting = element("li", "bot waiting");
    waiting.append(element("span", "dots"));
    log.append(waiting);
    line = line.then(() => attempt(body, row, waiting));
  });
  note.append(element("span", "", why), again);
  row.append(note);
  follow();
}

composer.addEventListener("submit", (event) => {
  event.preventDefault();
  const typed = text.value.trim();
  if (typed === "") return;
  sentBefore.push(typed);
  recalled = sentBefore.length;
  text.value = "";
  grow();
  send({ text: typed }, typed);
});

text.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
    event.preventDefault();
    composer.requestSubmit();
  } else if (event.key === "ArrowUp" && (text.value === "" || text.value === sentBefore[recalled]) && recalled > 0) {
    event.preventDefault();
    recalled -= 1;
    text.value = sentBefore[recalled] ?? "";
    grow();
  }
});
text.addEventListener("input", grow);
function grow() {
  text.style.height = "auto";
  text.style.height = `${Math.min(text.scrollHeight, 160)}px`;
}

byId("clear").addEventListener("click", () => {
  transcript.clear();
  log.replaceChildren();
  suggestions.hidden = false;
  text.focus();
});

for (const suggestion of words.try) {
  const chip = element("button", "chip", suggestion);
  chip.type = "button";
  chip.addEventListener("click", () => send({ text: suggestion }, suggestion));
  suggestions.append(chip);
}

// --- later posts and edits -----------------------------------------------------

const events = new EventSource(`/chat/events?user=${encodeURIComponent(user)}`);
events.addEventListener("open", () => {
  connection.textContent = words.connected;
  connection.dataset.state = "up";
});
events.addEventListener("error", () => {
  connection.textContent = words.reconnecting;
  connection.dataset.state = "down";
});
events.addEventListener("post", (event) => {
  const { id, reply, now } = JSON.parse(event.data);
  setServerTime(now);
  showReply({ ...reply, id });
  if (!transcript.entries().some((entry) => entry.id === id))
    transcript.add({ from: "bot", id, reply: { ...reply, id } });
});
events.addEventListener("edit", (event) => {
  const { id, reply, now } = JSON.parse(event.data);
  setServerTime(now);
  editReply({ ...reply, id });
  transcript.replace(id, { ...reply, id });
});

for (const entry of transcript.entries()) {
  if (entry.from === "person") showPerson(entry.text);
  else showReply(entry.reply);
}
suggestions.hidden = transcript.entries().length > 0;
text.focus();
