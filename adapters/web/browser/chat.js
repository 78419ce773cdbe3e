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
    send({ intent: command.intent, slots: command.slots, target: reply.id }, label, reply.view !== undefined),
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

/** Messages of which nobody knows what became of them, by id, with what takes the note of it away. @type {Map<string, () => void>} */
const unknown = new Map();

/**
 * `onCard`: pressed on a message that follows its subject, which may be answer enough; then nothing is added to the log.
 * @param {{text: string} | {intent: string, slots: Record<string, unknown>, target?: string}} what @param {string} shown @param {boolean} [onCard]
 */
function send(what, shown, onCard) {
  // Not randomUUID: it is missing where the page is neither on loopback nor on https.
  const id = [...crypto.getRandomValues(new Uint32Array(4))].map((part) => part.toString(36)).join("");
  const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
  const body = { user, id, locale: navigator.language, timeZone, ...what };
  /** @type {HTMLElement | undefined} */
  let row;
  const asked = () => {
    if (row) return row;
    transcript.add({ from: "person", id, text: shown, sent: body, at: Date.now() });
    row = showPerson(shown);
    return row;
  };
  if (onCard) {
    said.textContent = words.working;
    line = line.then(() => attempt(body, asked, undefined));
    return;
  }
  asked();
  const waiting = showWaiting();
  following = true;
  follow();
  line = line.then(() => attempt(body, asked, waiting));
}

function showWaiting() {
  const waiting = element("li", "bot waiting");
  waiting.append(element("span", "dots"), element("span", "unseen", words.working));
  log.append(waiting);
  return waiting;
}

/**
 * The same id is sent again on a retry, so nothing is done twice. `asked` gives the row of what was asked.
 * @param {{id: string}} body @param {() => HTMLElement} asked @param {HTMLElement | undefined} waiting
 */
async function attempt(body, asked, waiting) {
  try {
    const response = await fetch("/chat/messages", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(60_000),
    });
    const answer = await response.json();
    waiting?.remove();
    transcript.answered(body.id);
    if (!response.ok) return failed(body, asked, answer?.error?.message ?? words.failed);
    setServerTime(answer.now);
    for (const reply of answer.replies) {
      // The pressed message shows it; whoever does not see that hears it.
      if (reply.passing) {
        said.textContent = reply.text;
        continue;
      }
      asked();
      showReply(reply);
      keep(reply);
    }
  } catch {
    waiting?.remove();
    failed(body, asked, words.failed);
  }
}

/** @param {Reply} reply */
function keep(reply) {
  if (transcript.entries().some((entry) => entry.id === reply.id)) return;
  transcript.add({ from: "bot", id: reply.id, reply });
}

/** @param {{id: string}} body @param {() => HTMLElement} asked @param {string} why */
function failed(body, asked, why) {
  const note = element("div", "failed");
  note.setAttribute("role", "alert");
  const again = element("button", "plain", words.retry);
  again.type = "button";
  const settle = () => {
    unknown.delete(body.id);
    note.remove();
  };
  unknown.set(body.id, settle);
  again.addEventListener("click", () => {
    settle();
    const waiting = showWaiting();
    line = line.then(() => attempt(body, asked, waiting));
  });
  note.append(element("span", "", why), again);
  asked().append(note);
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
  // There is no way back, and one slip of the finger is enough for it.
  if (transcript.entries().length > 0 && !confirm(words.clear_sure)) return;
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
  const { id, reply, now, answers } = JSON.parse(event.data);
  setServerTime(now);
  unknown.get(answers)?.();
  transcript.answered(answers);
  showReply({ ...reply, id });
  keep({ ...reply, id });
});
events.addEventListener("edit", (event) => {
  const { id, reply, now } = JSON.parse(event.data);
  setServerTime(now);
  editReply({ ...reply, id });
  transcript.replace(id, { ...reply, id });
});

/** For so long a message is surely known by its id, and not done again. */
const surelyKnownMs = 10 * 60_000;
for (const entry of transcript.entries()) {
  if (entry.from === "bot") {
    showReply(entry.reply);
    continue;
  }
  const row = showPerson(entry.text);
  const { sent, at = 0 } = entry;
  // The page went away before the answer came: it is asked for again.
  if (sent === undefined) continue;
  if (Date.now() - at > surelyKnownMs) failed(sent, () => row, words.failed);
  else {
    const waiting = showWaiting();
    line = line.then(() => attempt(sent, () => row, waiting));
  }
}
suggestions.hidden = transcript.entries().length > 0;
text.focus();
