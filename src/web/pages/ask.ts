import type { Asking } from "../../accounts/links/browser.ts";
import { html } from "../html.ts";
import { icon, identity, layout, type Page } from "./layout.ts";

const MINUTE_MS = 60_000;

/** Before anything happens: who is linked to what, what the bot will do with it, and the question. */
export function askPage(
  page: Page,
  asking: Asking,
  form: { action: string; csrf: string; where: string; now: number },
): string {
  const { t } = page.words;
  const provider = asking.link.providerName;
  const minutes = Math.max(1, Math.ceil((asking.expiresAt - form.now) / MINUTE_MS));
  return layout(page, {
    title: t("ask.title", { provider }),
    tone: "plain",
    body: html`
<p class="lead">${t("ask.lead", { provider })}</p>
<div class="pair">
${identity({ userName: asking.link.userName, where: form.where })}
<p class="join">${icon("link")}</p>
<p class="identity">${icon("note")}<span><bdi>${t("ask.account", { provider })}</bdi>
<small>${t("ask.choose", { provider })}</small></span></p>
</div>
<p class="doubt">${t("ask.not_you")}</p>
<div class="terms">
<section>
<h2>${t("ask.will")}</h2>
<ul class="ticks">${asking.needs.map((need) => html`<li>${icon("tick")}<span>${t(`needs.${need}`, { provider })}</span></li>`)}</ul>
</section>
<section>
<h2>${t("ask.never")}</h2>
<ul class="crosses">${["password", "others", "unasked"].map(
      (what) => html`<li>${icon("cross")}<span>${t(`never.${what}`, { provider })}</span></li>`,
    )}</ul>
</section>
</div>
<form method="post" action="${form.action}">
<input type="hidden" name="csrf" value="${form.csrf}">
<button type="submit">${t("ask.continue", { provider })}</button>
</form>
<p class="fine">${t("ask.once", { minutes })} ${t("ask.undo")}</p>`,
  });
}
