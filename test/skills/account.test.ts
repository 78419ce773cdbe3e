import { describe, expect, it } from "vitest";
import { SegueError } from "../../src/contracts/errors.ts";
import type { ProgramStatus } from "../../src/contracts/status.ts";
import { type Conversation, startConversation } from "../support/conversation.ts";
import { createScriptedAccounts, type ScriptedAccounts } from "../support/scripted-accounts.ts";
import { createScriptedLanguage } from "../support/scripted-language.ts";
import { createScriptedOrchestrator, createWorld } from "../support/scripted-music.ts";

async function talk(status?: (talk: () => Conversation) => ProgramStatus | Promise<ProgramStatus>) {
  let accounts: ScriptedAccounts | undefined;
  const held: Conversation = await startConversation({
    language: createScriptedLanguage(() => undefined),
    orchestrator: () => createScriptedOrchestrator(createWorld()),
    accounts: ({ events }) => {
      accounts = createScriptedAccounts(events);
      return accounts;
    },
    only: ["account"],
    ...(status ? { status: async () => status(() => held) } : {}),
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
    expect(question?.text).toMatch(/every play that Testify alone told me of/);
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
    expect((await ann.sends("account.status"))?.text).toMatch(/^No music account is connected yet\.\n/);
    expect((await ann.presses("Connect Testify"))?.view?.kind).toBe("link");
  });

  it("of somebody says what is allowed and until when", async () => {
    const { ann, accounts } = await talk();
    await ann.sends("account.link");
    accounts.finish("link-1");
    const reply = await ann.sends("account.status");
    expect(reply?.text).toMatch(
      "Connected to Testify as “Ann T.”.\nConnected since: November 1, 2026\nConsent ends: May 1, 2027\nI may: seeing what is playing, controlling playback\n",
    );
    expect(reply?.text).toContain("I write down nothing of what you hear.");
  });

  const hour = 60 * 60_000;
  const busy = async (held: Conversation): Promise<ProgramStatus> => {
    const idOf = async (id: string) =>
      (await held.store.people.find({ platform: "test", tenant: "", id }))?.id ?? "nobody";
    const now = held.clock.now();
    return {
      calls: {
        used: 912,
        daily: 1_000,
        byLane: { controls: 200, now_playing: 700, history: 12 },
        looks: [
          { purpose: "live", standing: "stopped", calls: 5 },
          { purpose: "idle", standing: "widened", calls: 60 },
          { purpose: "end", standing: "full", calls: 600 },
        ],
        waiting: 3,
        closed: [{ group: "*", untilAt: now + 2 * hour }],
      },
      watched: [
        { personId: await idOf("ann"), name: "ann", state: "watching", known: "playing", nextLookAt: now + hour },
        { personId: await idOf("bob"), name: "bob", state: "covered", source: "a diary", known: "idle" },
      ],
      imports: [{ personId: await idOf("bob"), share: 0.421 }],
    };
  };

  it("says what calls went for, what waits, and until when in the reader's zone", async () => {
    const { ann, clock } = await talk((held) => busy(held()));
    const text = (await ann.sends("account.status"))?.text ?? "";
    const later = new Intl.DateTimeFormat("en", { timeStyle: "short", hourCycle: "h23", timeZone: "Europe/Berlin" });
    expect(text).toContain("912 of 1,000 calls to the music service in the last 24 hours, by everybody together.");
    expect(text).toContain("For commands: 200, what plays now: 700, history: 12");
    expect(text).toContain("3 calls wait a moment for their turn.");
    expect(text).toContain(`takes no calls until ${later.format(clock.now() + 2 * hour)}.`);
    expect(text).toContain(
      [
        "When calls run short, these give way, the first one first:",
        "1. following an open card: not for now (5)",
        "2. noticing that somebody begins: slower (60)",
        "3. the next song: as usual (600)",
      ].join("\n"),
    );
    expect(text).toContain(`You: followed; playing; next look ${later.format(clock.now() + hour)}`);
  });

  it("shows of others nothing but sums, save to the operator", async () => {
    const { ann, user, store } = await talk((held) => busy(held()));
    await user("bob").sends("account.status");
    const text = (await ann.sends("account.status"))?.text ?? "";
    expect(text).not.toMatch(/bob|diary|being read/);
    const person = await store.people.find(ann.ref);
    await store.people.setOperator(person?.id ?? "");
    const all = (await ann.sends("account.status"))?.text ?? "";
    expect(all).toContain("bob: told by a diary, without a call; silent");
    expect(all).toContain("A file is being read: 42 %");
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
