import { expect } from "vitest";
import { ada } from "../accounts/world.ts";
import { type Answer, type Browser, csrf, type Site } from "./site.ts";

export const invite = (site: Site, user = ada) => site.world.invite(user, { local: true, userName: "Ada Lovelace" });

export const agree = async (browser: Browser, url: string): Promise<Answer> =>
  browser.submit(url, { csrf: csrf(await browser.get(url)) });

/** Up to the moment when the provider sends the browser back; resolves with that address. */
export async function toProvider(
  site: Site,
  browser: Browser,
  url: string,
  choice?: Parameters<Site["world"]["tunes"]["consent"]>[1],
): Promise<string> {
  const sent = await agree(browser, url);
  expect(sent.status).toBe(303);
  return site.world.tunes.consent(String(sent.headers.location), choice);
}

export const statusOf = async (site: Site, linkId: string) => (await site.world.accounts.progress(linkId))?.status;
