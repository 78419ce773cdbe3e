import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { SegueError } from "../../../src/contracts/errors.ts";
import { ada, eve } from "../accounts/world.ts";
import { invite, statusOf, toProvider } from "./linking.ts";
import { createSite, plain, type Site, shownCode, title } from "./site.ts";

let site: Site;
beforeEach(async () => {
  site = await createSite({ pagesPerMinute: 10_000 });
});
afterEach(() => site.close());

describe("a browser that lost the tie", () => {
  const lost = async () => {
    const { url, linkId } = await invite(site);
    const landed = await toProvider(site, site.browser(), url);
    const page = await site.browser().get(landed);
    expect(title(page)).toBe("One more step");
    return { page, landed, linkId };
  };

  it("shows a code; typed by the one who asked, it finishes", async () => {
    const { page, linkId } = await lost();
    const code = shownCode(page);
    expect(code).toMatch(/^[A-HJKMNP-Z2-9]{4}-[A-HJKMNP-Z2-9]{4}$/);
    expect(plain(page)).toContain("Ada Lovelace");
    expect(site.world.tunes.calls.exchange).toBe(0);
    expect(await statusOf(site, linkId)).toBe("needs_code");
    await site.restart();
    const typed = code.toLowerCase().replace("-", " ");
    expect(await site.world.accounts.confirm(ada, typed)).toMatchObject({ status: "done", accountName: "Ada's Tunes" });
  });

  it("keeps code and authorization code where nobody can read them", async () => {
    const { page, landed, linkId } = await lost();
    const row = JSON.stringify(await site.world.store.links.get(linkId));
    expect(row).not.toContain(shownCode(page));
    expect(row).not.toContain(shownCode(page).replace("-", ""));
    expect(row).not.toContain(new URL(landed).searchParams.get("code"));
    expect(site.world.logLines.join()).not.toContain(shownCode(page));
  });

  it("takes the code from nobody else: who is tricked into agreeing to another's link gives nothing away", async () => {
    const { page, linkId } = await lost();
    await site.world.personOf(eve);
    await expect(site.world.accounts.confirm(eve, shownCode(page))).rejects.toMatchObject({
      details: { why: "wrong_code" },
    });
    expect(await statusOf(site, linkId)).toBe("needs_code");
    expect(site.world.tunes.calls.exchange).toBe(0);
    expect(await site.world.accounts.confirm(ada, shownCode(page))).toMatchObject({ status: "done" });
  });

  it("ends after five wrong codes", async () => {
    const { page, linkId } = await lost();
    for (let count = 1; count < 5; count++) {
      expect(await site.world.accounts.confirm(ada, "AAAA-AAAA")).toMatchObject({
        status: "needs_code",
        failure: "wrong_code",
      });
    }
    expect(await site.world.accounts.confirm(ada, "AAAA-AAAA")).toMatchObject({
      status: "failed",
      failure: "wrong_code",
    });
    await expect(site.world.accounts.confirm(ada, shownCode(page))).rejects.toMatchObject({ code: "InvalidInput" });
    expect(await statusOf(site, linkId)).toBe("failed");
    expect(site.world.tunes.calls.exchange).toBe(0);
    expect((await site.world.store.links.get(linkId))?.pendingCode).toBeUndefined();
  });

  it("counts every one of many codes that are sent at once", async () => {
    const { page, linkId } = await lost();
    await Promise.allSettled(Array.from({ length: 8 }, () => site.world.accounts.confirm(ada, "BBBB-BBBB")));
    expect(await statusOf(site, linkId)).toBe("failed");
    await expect(site.world.accounts.confirm(ada, shownCode(page))).rejects.toMatchObject({ code: "InvalidInput" });
    expect(site.world.tunes.calls.exchange).toBe(0);
  });

  it("slows down whoever sends very much", async () => {
    let error: unknown;
    for (let count = 0; count < 25 && error === undefined; count++) {
      error = await site.world.accounts
        .confirm(eve, "AAAA-AAAA")
        .catch((caught: SegueError) => (caught.code === "RateLimited" ? caught : undefined));
    }
    expect(error).toMatchObject({ code: "RateLimited", details: { scope: "person" } });
  });

  it("shows a new code when loaded again; the earlier one is worth nothing", async () => {
    const { page, landed } = await lost();
    const again = await site.browser().get(landed);
    expect(shownCode(again)).not.toBe(shownCode(page));
    expect(await site.world.accounts.confirm(ada, shownCode(page))).toMatchObject({ failure: "wrong_code" });
    expect(await site.world.accounts.confirm(ada, shownCode(again))).toMatchObject({ status: "done" });
  });

  it("is not handed a code for another authorization code under the same state", async () => {
    const { page, landed } = await lost();
    const swapped = new URL(landed);
    swapped.searchParams.set("code", "CODE-of-somebody-else");
    expect(title(await site.browser().get(swapped.href))).toBe("This link was used before");
    expect(await site.world.accounts.confirm(ada, shownCode(page))).toMatchObject({ status: "done" });
  });

  it("may have its address pasted instead", async () => {
    const { landed } = await lost();
    expect(await site.world.accounts.finishByPaste(ada, landed)).toMatchObject({ status: "done" });
  });

  it("has ten minutes", async () => {
    const { page } = await lost();
    await site.world.clock.advance(600_000);
    expect(await site.world.accounts.confirm(ada, shownCode(page))).toMatchObject({
      status: "expired",
      failure: "expired",
    });
    expect(site.world.tunes.calls.exchange).toBe(0);
  });

  it("also gets a code when the link was meant for pasting, but this machine answered", async () => {
    const { url, mode } = await site.world.invite(ada);
    expect(mode).toBe("paste");
    const page = await site.browser().get(site.world.tunes.consent(url));
    expect(title(page)).toBe("One more step");
    expect(await site.world.accounts.confirm(ada, shownCode(page))).toMatchObject({ status: "done" });
  });
});
