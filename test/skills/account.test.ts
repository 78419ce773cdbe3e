import { describe, expect, it } from "vitest";
import { SegueError } from "../../src/contracts/errors.ts";
import { startConversation } from "../support/conversation.ts";
import { createScriptedAccounts, type ScriptedAccounts } from "../support/scripted-accounts.ts";
import { createScriptedLanguage } from "../support/scripted-language.ts";
import { createScriptedOrchestrator, createWorld } from "../support/scripted-music.ts";

async function talk() {
  let accounts: ScriptedAccounts | undefined;
  const held = await startConversation({
    language: createScriptedLanguage(() => undefined),
    orchestrator: () => createScriptedOrchestrator(createWorld()),
    accounts: ({ events }) => {
      accounts = createScriptedAccounts(events);
      return accounts;
    },
    only: ["account"],
  });
  if (!accounts) throw new Error("no accounts");
  return { ...held, ann: held.user("ann", { local: false }), accounts };
}

describe("linking", () => {
  it("hands a person at this machine one private link to the page", async () => {
    const { user } = await talk();
    const reply = await user("ann", { local: true, place: "hall" }).sends("account.link");
    expect(reply?.visibility).toBe("private");
    expect(reply?.text).toBe(
      "Open this page to connect your Testify account. It is for you alone, works once, and ends at 13:10. I tell you here when it is done.\nhttps://link.example/link-1",
    );
    expect(reply?.blocks).toContainEqual({
      type: "link",
      label: "Connect Testify",
      url: "https://link.example/link-1",
    });
  });

  it("says everything the page would where there is none, before anything is agreed to", async () => {
    const { ann } = await talk();
    const reply = await ann.sends("account.link");
    expect(reply?.text).toMatch(
      /^You are about to connect[\s\S]*I will see[\s\S]*I will never see your password[\s\S]*paste it here/,
    );
    const link = reply?.blocks.findIndex((block) => block.type === "link") ?? 0;
    const promise =
      reply?.blocks.findIndex((block) => block.type === "text" && block.text.startsWith("I will never")) ?? 99;
    expect(promise).toBeLessThan(link);
  });

  it.each(["waiting", "opened", "authorizing", "needs_code", "exchanging"] as const)(
    "follows the attempt in its own message: %s",
    async (status) => {
      const { ann, accounts, events, clock, adapter } = await talk();
      await ann.sends("account.link");
      const link = accounts.links.get("link-1");
      if (link) link.status = status;
      events.emit({ type: "view.changed", kind: "link", key: "link-1" });
      await clock.advance(5_000);
      expect(adapter.shown[0]?.edits).toHaveLength(1);
      expect(adapter.shown[0]?.reply.text).not.toContain("https://");
    },
  );

  it("ends its message with the account's name, and what was withheld", async () => {
    const { ann, accounts, clock, adapter } = await talk();
    await ann.sends("account.link");
    const link = accounts.links.get("link-1");
    if (link) Object.assign(link, { failure: "scope_withheld", withheld: ["playback"] });
    accounts.finish("link-1");
    await clock.advance(5_000);
    expect(adapter.shown[0]?.reply.text).toBe(
      "Connected to Testify as “Ann T.”. Tell me what to play.\nYou left out controlling playback, so that will not work. Connect again to add it.",
    );
  });

  it("shows an attempt to nobody but its person", async () => {
    const { ann, user, accounts, store, clock, events, adapter } = await talk();
    await ann.sends("account.link");
    await user("bob").sends("account.status");
    const bob = await store.people.find(user("bob").ref);
    const sent = { platform: "test", place: { platform: "test", tenant: "", id: "direct-bob" }, id: "m2" };
    await store.views.put({
      id: "v",
      kind: "link",
      key: "link-1",
      personId: bob?.id ?? "",
      locale: "en",
      sent,
      createdAt: 0,
      expiresAt: clock.now() + 1e6,
    });
    accounts.finish("link-1");
    events.emit({ type: "view.changed", kind: "link", key: "link-1" });
    await clock.advance(10_000);
    expect(adapter.shown[1]?.edits).toEqual([]);
  });
});

describe("how linking fails", () => {
  const failures = [
    "access_denied",
    "expired",
    "allowlist",
    "owner_not_premium",
    "wrong_client",
    "redirect_mismatch",
    "other_account_linked",
    "service_down",
    "replaced",
    "internal",
    "wrong_browser",
    "reused",
    "unknown",
    "wrong_person",
    "wrong_code",
  ] as const;

  it.each(failures)("%s has its own words and the next step", async (failure) => {
    const { ann, accounts, clock, events, adapter } = await talk();
    await ann.sends("account.link");
    const link = accounts.links.get("link-1");
    const ended = { access_denied: "refused", expired: "expired", replaced: "replaced" } as const;
    const status = failure in ended ? ended[failure as keyof typeof ended] : "failed";
    if (link) Object.assign(link, { status, failure });
    events.emit({ type: "view.changed", kind: "link", key: "link-1" });
    await clock.advance(5_000);
    const reply = adapter.shown[0]?.reply;
    expect(reply?.kind).toBe("error");
    const again = reply?.blocks.some((block) => block.type === "buttons");
    expect(
      again || /Use the newer one|told whoever|type it once more|shows where you stand/.test(reply?.text ?? ""),
    ).toBe(true);
  });

  it("keeps a mistyped code apart from too many", async () => {
    const { ann, accounts } = await talk();
    expect((await ann.says("ABCD-EFGH"))?.text).toBe(
      "That is not the code your page shows. Look again and type it once more.",
    );
    const retryAt = Date.UTC(2026, 10, 21, 12, 30);
    accounts.confirm = () => Promise.reject(new SegueError("RateLimited", { scope: "person" }, { retryAt }));
    expect((await ann.says("abcd-2fgh"))?.text).toBe("That was a lot at once. Please go on after 13:30.");
  });
});

describe("unlinking", () => {
  async function linked() {
    const held = await talk();
    await held.ann.sends("account.link");
    held.accounts.finish("link-1");
    return held;
  }

  it("asks first, deletes at a yes, and gives a receipt", async () => {
    const { ann, accounts } = await linked();
    const question = await ann.sends("account.unlink");
    expect(question?.kind).toBe("question");
    expect(question?.text).toMatch(/no listening history yet, so there is nothing to export/);
    expect(accounts.granted.size).toBe(1);
    const reply = await ann.presses("Disconnect Testify");
    expect(accounts.granted.size).toBe(0);
    expect(reply?.text).toBe(
      "Disconnected from Testify. 3 records were deleted on Nov 21, 2026 at 13:00. Your receipt: R-1.",
    );
  });

  it("changes nothing at a no", async () => {
    const { ann, accounts } = await linked();
    await ann.sends("account.unlink");
    expect((await ann.presses("Keep it"))?.text).toBe("Okay, everything stays as it is.");
    expect(accounts.granted.size).toBe(1);
  });

  it("says so when there is nothing to disconnect", async () => {
    const { ann } = await talk();
    expect((await ann.sends("account.unlink", { confirm: "yes" }))?.text).toMatch(/^No music account is connected/);
  });
});

describe("the status", () => {
  it("of nobody offers to connect", async () => {
    const { ann } = await talk();
    expect((await ann.sends("account.status"))?.text).toBe("No music account is connected yet.");
    expect((await ann.presses("Connect Testify"))?.view?.kind).toBe("link");
  });

  it("of somebody says what is allowed and until when", async () => {
    const { ann, accounts } = await talk();
    await ann.sends("account.link");
    accounts.finish("link-1");
    const reply = await ann.sends("account.status");
    expect(reply?.text).toBe(
      "Connected to Testify as “Ann T.”.\nConnected since: November 1, 2026\nConsent ends: May 1, 2027\nI may: seeing what is playing, controlling playback",
    );
  });
});

describe("the operator", () => {
  it("is the first to type the code, which is kept nowhere", async () => {
    const { ann, user, store, accounts } = await talk();
    expect((await ann.says("AAAA-BBBB-DDDD"))?.text).toMatch(/^That is not the code/);
    expect((await ann.says("AAAA-BBBB-CCCC"))?.text).toMatch(/^Welcome\. You are the operator/);
    expect(accounts.operators.size).toBe(1);
    expect((await user("bob").says("AAAA-BBBB-CCCC"))?.text).toBe("This bot has its operator already.");
    expect(JSON.stringify(await store.events.find("test", "e2"))).not.toContain("AAAA-BBBB-CCCC");
  });
});
