import type { BroughtState } from "../../contracts/history-files.ts";
import type { ImportCounts } from "../../contracts/imports.ts";
import { type Html, html } from "../html.ts";
import { type IconName, icon, identity, layout, type Page } from "./layout.ts";

const MINUTE_MS = 60_000;
/** Without a script the page is asked for anew this often. */
const AGAIN_S = 5;

/** What a page about one file needs to know of where it stands. */
export type FilePage = {
  /** Its own address. */
  action: string;
  csrf: string;
  userName: string;
  where: string;
  untilAt: number;
  now: number;
};

/** Why the last try to bring a file came to nothing; each has its own words. */
export const uploadFailures = ["too_large", "no_room", "import_running", "import_asked", "no_file", "broken"] as const;
export type UploadFailure = (typeof uploadFailures)[number];

const minutesLeft = ({ untilAt, now }: FilePage): number => Math.max(1, Math.ceil((untilAt - now) / MINUTE_MS));
const hidden = ({ csrf }: FilePage): Html => html`<input type="hidden" name="csrf" value="${csrf}">`;

/** Before anything is handed over: whose history it goes into, and the form. */
export function uploadPage(page: Page, about: FilePage, failure?: UploadFailure): string {
  const { t } = page.words;
  return layout(page, {
    title: t("upload.title"),
    tone: failure === undefined ? "plain" : "bad",
    script: "upload.js",
    body: html`
<p class="lead">${t("upload.lead")}</p>
${failure !== undefined && html`<p class="told failed" role="alert">${icon("alert")}<span>${t(`upload.failed.${failure}`)}</span></p>`}
<div class="pair">${identity(about)}</div>
<p class="doubt">${t("ask.not_you")}</p>
<form class="upload" method="post" action="${about.action}" enctype="multipart/form-data">
${hidden(about)}
<label for="file">${t("upload.choose")}</label>
<input id="file" type="file" name="file" required accept=".zip,.json,.jsonl,.ndjson,.csv,.tsv,application/zip,application/json,text/csv">
<button type="submit">${t("upload.send")}</button>
<div class="sending" hidden><progress max="100" aria-label="${t("upload.sending")}"></progress>
<p class="fine" aria-live="polite">${t("upload.sending")}</p></div>
</form>
<p class="fine">${t("upload.limits", { minutes: minutesLeft(about) })}</p>`,
  });
}

const looks: Partial<Record<BroughtState["status"], { tone: "plain" | "good" | "bad"; mark?: IconName }>> = {
  asked: { tone: "plain", mark: "person" },
  running: { tone: "plain" },
  arriving: { tone: "plain" },
  done: { tone: "good", mark: "tick" },
  unreadable: { tone: "bad", mark: "alert" },
  stopped: { tone: "bad", mark: "alert" },
};

/** How far the file is, and what came of it. It looks again by itself until that is known. */
export function broughtPage(page: Page, state: BroughtState, about: FilePage): string {
  const { t } = page.words;
  const { status, counts, share = 0 } = state;
  const moving = status === "running" || status === "arriving";
  const values = { name: state.name ?? "", owner: state.owner ?? "" };
  return layout(page, {
    title: t(`upload.state.${status}.title`),
    ...(looks[status] ?? { tone: "plain", mark: "cross" }),
    ...(moving ? { script: "upload.js", againS: AGAIN_S } : {}),
    body: html`
<div ${moving && html`data-moving`}>
<p class="lead">${t(`upload.state.${status}.what`, values)}</p>
${moving && html`<p class="reading"><progress max="100" value="${Math.floor(share * 100)}" aria-label="${t("upload.state.running.title")}"></progress></p>`}
${counts && counts.read > 0 && countsOf(page, counts)}
</div>
${status === "asked" && choice(about, "mine", t("upload.mine"), "not_mine", t("upload.not_mine"))}
${status === "running" && choice(about, "cancel", t("upload.cancel"))}
${!moving && status !== "asked" && html`<p class="next"><strong>${t("linked.close")}</strong></p>`}`,
  });
}

function choice(about: FilePage, first: string, label: string, second?: string, other?: string): Html {
  return html`<form class="choice" method="post" action="${about.action}/answer">${hidden(about)}
<button ${second === undefined && html`class="quiet" `}type="submit" name="answer" value="${first}">${label}</button>
${second !== undefined && html`<button class="quiet" type="submit" name="answer" value="${second}">${other}</button>`}</form>`;
}

/** Every row once: the first number is the sum of the others. */
function countsOf({ words }: Page, counts: ImportCounts): Html {
  const left = Object.values(counts.skipped).reduce((sum, rows) => sum + rows, 0);
  const rows: [string, number][] = [
    ["read", counts.read],
    ["fresh", counts.kept + counts.below],
    ["known", counts.duplicate],
    ["left", left],
    ["failed", counts.failed],
  ];
  return html`<dl class="counts">${rows.map(
    ([what, number]) =>
      html`<div><dt>${words.t(`upload.count.${what}`)}</dt><dd>${words.t("upload.count.rows", { number })}</dd></div>`,
  )}</dl>`;
}

/** Whose history is taken away, in which form, once. */
export function downloadPage(page: Page, about: FilePage, file: string): string {
  const { t } = page.words;
  return layout(page, {
    title: t("download.title"),
    tone: "plain",
    body: html`
<p class="lead">${t("download.lead")}</p>
<div class="pair">${identity(about)}</div>
<p class="doubt">${t("ask.not_you")}</p>
<form method="post" action="${about.action}">
${hidden(about)}
<button type="submit">${t("download.get", { file })}</button>
</form>
<p class="fine">${t("download.once", { minutes: minutesLeft(about) })}</p>`,
  });
}

/** The address leads nowhere, or not any more. */
export function overPage(page: Page): string {
  const { t } = page.words;
  return layout(page, {
    title: t("upload.over.title"),
    tone: "bad",
    mark: "clock",
    body: html`<p class="lead">${t("upload.over.what")}</p>`,
  });
}
