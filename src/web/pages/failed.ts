import type { Failed } from "../../accounts/links/browser.ts";
import type { LinkFailure } from "../../contracts/accounts.ts";
import { html } from "../html.ts";
import { type IconName, icon, layout, type Page } from "./layout.ts";

const marks: Partial<Record<LinkFailure, IconName>> = {
  expired: "clock",
  reused: "clock",
  replaced: "clock",
  wrong_person: "person",
  other_account_linked: "person",
  allowlist: "person",
  wrong_client: "tool",
  redirect_mismatch: "tool",
};

/** Each way to fail has its own words: what happened, and what to do next. */
export function failedPage(page: Page, failed: Failed, reference?: string): string {
  const { t } = page.words;
  const values = { provider: failed.link?.providerName ?? t("failed.provider") };
  return layout(page, {
    title: t(`failures.${failed.failure}.title`, values),
    tone: failed.failure === "access_denied" ? "plain" : "bad",
    mark: marks[failed.failure] ?? (failed.failure === "access_denied" ? "cross" : "alert"),
    body: html`
<p class="lead">${t(`failures.${failed.failure}.what`, values)}</p>
<section class="note">
<h2>${t("failed.next")}</h2>
<p>${t(`failures.${failed.failure}.next`, values)}</p>
</section>
${failed.operatorTold === true && html`<p class="told">${icon("tick")}<span>${t("failed.operator_told")}</span></p>`}
${failed.operatorTold === false && html`<p class="fine">${t("failed.operator_missing")}</p>`}
${reference !== undefined && html`<p class="fine">${t("failed.reference", { reference })}</p>`}`,
  });
}

/** For addresses that lead nowhere and requests that cannot be served. */
export function plainPage(page: Page, kind: "not_found" | "too_many" | "bad_request"): string {
  const { t } = page.words;
  return layout(page, {
    title: t(`plain.${kind}.title`),
    tone: "bad",
    mark: kind === "too_many" ? "clock" : "alert",
    body: html`<p class="lead">${t(`plain.${kind}.what`)}</p>`,
  });
}

/** Where somebody lands who comes to link without a link. */
export function loginPage(page: Page, provider: string): string {
  const { t } = page.words;
  return layout(page, {
    title: t("login.title", { provider }),
    tone: "plain",
    body: html`
<p class="lead">${t("login.lead", { provider })}</p>
<ol class="steps">
<li>${t("login.step_write")}</li>
<li>${t("login.step_say")}</li>
<li>${t("login.step_open")}</li>
</ol>
<p class="fine">${t("login.why")}</p>`,
  });
}
