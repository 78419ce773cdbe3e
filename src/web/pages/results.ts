import type { Code, Linked } from "../../accounts/links/browser.ts";
import { html } from "../html.ts";
import { icon, identity, layout, type Page } from "./layout.ts";

/** It worked. */
export function linkedPage(page: Page, linked: Linked, where: string): string {
  const { t, date } = page.words;
  const provider = linked.link.providerName;
  const { withheld, consentEndsAt } = linked;
  return layout(page, {
    title: t("linked.title"),
    tone: "good",
    mark: "tick",
    body: html`
<p class="lead">${t("linked.lead", { provider })}</p>
<div class="pair">
${identity({ userName: linked.link.userName, where })}
<p class="join">${icon("link")}</p>
<p class="identity">${icon("note")}<span><bdi>${linked.accountName ?? t("ask.account", { provider })}</bdi>
<small>${t("where.on", { platform: provider })}</small></span></p>
</div>
${
  withheld.length > 0 &&
  html`<section class="note"><h2>${t("linked.withheld")}</h2>
<ul class="crosses">${withheld.map((need) => html`<li>${icon("cross")}<span>${t(`needs.${need}`, { provider })}</span></li>`)}</ul>
<p>${t("linked.withheld_next")}</p></section>`
}
<p class="next"><strong>${t("linked.close")}</strong></p>
${
  consentEndsAt !== undefined && html`<p class="fine">${t("linked.until", { provider, date: date(consentEndsAt) })}</p>`
}`,
  });
}

/** Nothing is linked before the chat account says itself that this is meant. */
export function codePage(page: Page, code: Code, options: { where: string; now: number }): string {
  const { t } = page.words;
  const minutes = Math.max(1, Math.round((code.expiresAt - options.now) / 60_000));
  return layout(page, {
    title: t("code.title"),
    tone: "plain",
    body: html`
<p class="lead">${t("code.lead")}</p>
<p class="code"><span class="unseen">${t("code.label")}</span><code translate="no">${code.code}</code></p>
<h2>${t("code.how")}</h2>
<ol class="steps">
<li>${t("code.step_open", { where: options.where })}</li>
<li>${t("code.step_type")}</li>
</ol>
<p class="fine">${t("code.lives", { minutes })}</p>
<section class="note">
<h2>${t("code.whose")}</h2>
${identity({ userName: code.link.userName, where: options.where })}
<p>${t("code.not_you")}</p>
</section>`,
  });
}
