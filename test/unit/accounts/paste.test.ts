import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { SegueError } from "../../../src/contracts/errors.ts";
import { callbackPath } from "./tunes.ts";
import { ada, createWorld, eve, of, type World } from "./world.ts";

let world: World;
beforeEach(async () => {
  world = await createWorld();
});
afterEach(() => world.close());

const why = async (promise: Promise<unknown>) => {
  const error = await promise.then(
    () => undefined,
    (caught: unknown) => caught,
  );
  if (!(error instanceof SegueError) || error.code !== "InvalidInput") throw error ?? new Error("was accepted");
  return (error as SegueError<"InvalidInput">).details;
};
const accountsOf = async (user: typeof ada) => world.accounts.status(await world.personOf(user));

describe("linking by pasting the address back", () => {
  it("offers the provider's own address, with S256 and a state nobody can guess", async () => {
    const invitation = await world.invite(ada);
    const asked = new URL(invitation.url).searchParams;
    expect(invitation.mode).toBe("paste");
    expect(invitation.expiresAt).toBe(world.clock.now() + 600_000);
    expect(asked.get("code_challenge_method")).toBe("S256");
    expect(asked.get("code_challenge")).toMatch(/^[\w-]{43}$/);
    expect(asked.get("state")).toMatch(/^[\w-]{43}$/);
    expect(asked.get("scope")).toBe("scope.state scope.playback");
  });

  it("links the account and tells everybody who shows it", async () => {
    const { url, linkId } = await world.invite(ada);
    const progress = await world.accounts.finishByPaste(ada, world.tunes.consent(url));
    expect(progress).toMatchObject({ linkId, status: "done", accountName: "Ada's Tunes", withheld: [], mode: "paste" });
    expect(progress.failure).toBeUndefined();
    expect(progress.consentEndsAt).toBe(world.clock.now() + 180 * 86_400_000);
    expect(await accountsOf(ada)).toMatchObject([
      {
        provider: "tunes",
        providerName: "Tunes",
        displayName: "Ada's Tunes",
        status: "ok",
        granted: ["state", "playback"],
        free: false,
      },
    ]);
    expect(of(world, "link.created")).toMatchObject([{ provider: "tunes", granted: ["state", "playback"] }]);
    expect(of(world, "view.changed").filter(({ key }) => key === linkId).length).toBeGreaterThanOrEqual(2);
  });

  it("understands the address however people paste it", async () => {
    const ways: ((address: string) => string)[] = [
      (address) => `<${address}>`,
      (address) => `  ${address}\n`,
      (address) => `here you go: ${address} thanks!`,
      (address) => `\`${address}\``,
      (address) => `"${address}"`,
      (address) => `[the page](${address})`,
      (address) => `<${address}|127.0.0.1:8765>`,
      (address) => address.replaceAll("&", "&amp;"),
      (address) => address.replace(/(.{40})/g, "$1\n"),
      (address) => address.replace(/(.{25})/g, "$1 "),
      (address) => new URL(address).search,
      (address) => new URL(address).search.slice(1),
      (address) => address.replace("http://", ""),
      (address) => `\u200b${address}\u2060`,
      (address) => {
        const { searchParams } = new URL(address);
        return `https://elsewhere.example/?state=${searchParams.get("state")}&code=${searchParams.get("code")}#_=_`;
      },
    ];
    for (const way of ways) {
      const { url } = await world.invite(ada);
      const pasted = way(world.tunes.consent(url));
      expect(world.accounts.isPastedAddress(pasted)).toBe(true);
      expect(await world.accounts.finishByPaste(ada, pasted)).toMatchObject({ status: "done" });
      await world.clock.advance(600_000);
    }
  });

  it("takes nothing else for an address", async () => {
    const { url } = await world.invite(ada);
    const texts = [
      "",
      "play state of mind",
      "what is the code=",
      "state=open&code=1",
      "https://music.example/track/1?si=abc&code=12",
      "error=404",
      "x".repeat(10_000),
      "?".repeat(7_000),
    ];
    for (const text of texts) expect(world.accounts.isPastedAddress(text), text.slice(0, 40)).toBe(false);
    expect(world.accounts.isPastedAddress(`${callbackPath}?code=abc`)).toBe(true);
    expect(world.accounts.isPastedAddress(url)).toBe(true);
  });

  it("is harmed by no text at all", async () => {
    await world.invite(ada);
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: "binary", maxLength: 300 }), async (junk) => {
        world.accounts.isPastedAddress(junk);
        world.accounts.isPastedAddress(`?state=${junk}&code=${junk}&error=%`);
      }),
    );
    for (const junk of [
      "?state=%00&code=%ff",
      `?code=x&state=${"'; DROP TABLE links;--".padEnd(43, "x")}`,
      "%".repeat(5_000),
    ]) {
      expect((await why(world.accounts.finishByPaste(ada, junk))).why).toBe("unknown");
    }
    expect(world.tunes.calls.exchange).toBe(0);
  });

  it("says so, and loses nothing, when the address of the sign-in page itself is pasted", async () => {
    const { url } = await world.invite(ada);
    expect(await world.accounts.finishByPaste(ada, url)).toMatchObject({ status: "authorizing" });
    expect(await world.accounts.finishByPaste(ada, world.tunes.consent(url))).toMatchObject({ status: "done" });
  });

  it("hears a refusal", async () => {
    const { url } = await world.invite(ada);
    const progress = await world.accounts.finishByPaste(ada, world.tunes.consent(url, { error: "access_denied" }));
    expect(progress).toMatchObject({ status: "refused", failure: "access_denied" });
    expect(await accountsOf(ada)).toEqual([]);
    expect(of(world, "operator.needed")).toEqual([]);
  });

  it("counts only from the identity that owns the state, and harms the owner in no way", async () => {
    const { url, linkId } = await world.invite(ada);
    const landed = world.tunes.consent(url);
    expect(await why(world.accounts.finishByPaste(eve, landed))).toEqual({ field: "link", why: "wrong_person" });
    expect(world.tunes.calls.exchange).toBe(0);
    expect(await world.accounts.progress(linkId)).toMatchObject({ status: "authorizing" });
    const elsewhere = { ...ada, tenant: "another" };
    expect((await why(world.accounts.finishByPaste(elsewhere, landed))).why).toBe("wrong_person");
    expect(await world.accounts.finishByPaste(ada, landed)).toMatchObject({ status: "done" });
    expect((await accountsOf(eve)).length).toBe(0);
  });

  it("works once: a second paste is told, and the account stays", async () => {
    const { url } = await world.invite(ada);
    const landed = world.tunes.consent(url);
    await world.accounts.finishByPaste(ada, landed);
    expect(await world.accounts.finishByPaste(ada, landed)).toMatchObject({ status: "done", failure: "reused" });
    expect(world.tunes.calls.exchange).toBe(1);
  });

  it("exchanges once when the same address arrives many times at once", async () => {
    const { url } = await world.invite(ada);
    const landed = world.tunes.consent(url);
    const all = await Promise.all(Array.from({ length: 10 }, () => world.accounts.finishByPaste(ada, landed)));
    expect(world.tunes.calls.exchange).toBe(1);
    expect(all.filter(({ failure }) => failure === undefined)).toHaveLength(1);
    expect((await accountsOf(ada)).length).toBe(1);
  });

  it("goes on after a restart in between: state and verifier are in the store", async () => {
    const { url } = await world.invite(ada);
    const landed = world.tunes.consent(url);
    await world.restart();
    expect(await world.accounts.finishByPaste(ada, landed)).toMatchObject({ status: "done" });
  });

  it("ends after ten minutes, by itself, and says so in the chat", async () => {
    const { url, linkId } = await world.invite(ada);
    const landed = world.tunes.consent(url);
    const [job] = world.part.jobs;
    await world.clock.advance(599_999);
    await job?.run(AbortSignal.timeout(5_000));
    expect(await world.accounts.progress(linkId)).toMatchObject({ status: "authorizing" });
    await world.clock.advance(1);
    const before = of(world, "view.changed").length;
    await job?.run(AbortSignal.timeout(5_000));
    expect(await world.accounts.progress(linkId)).toMatchObject({ status: "expired", failure: "expired" });
    expect(of(world, "view.changed").length).toBe(before + 1);
    expect(await world.accounts.finishByPaste(ada, landed)).toMatchObject({ failure: "expired" });
    expect(world.tunes.calls.exchange).toBe(0);
  });

  it("is late without the job, too", async () => {
    const { url } = await world.invite(ada);
    const landed = world.tunes.consent(url);
    await world.clock.advance(600_000);
    expect(await world.accounts.finishByPaste(ada, landed)).toMatchObject({ status: "expired", failure: "expired" });
    expect(world.tunes.calls.exchange).toBe(0);
  });

  it("is replaced by a newer link", async () => {
    const first = await world.invite(ada);
    const landed = world.tunes.consent(first.url);
    const second = await world.invite(ada);
    expect(await world.accounts.progress(first.linkId)).toMatchObject({ status: "replaced", failure: "replaced" });
    expect(await world.accounts.finishByPaste(ada, landed)).toMatchObject({ failure: "replaced" });
    expect(await world.accounts.finishByPaste(ada, world.tunes.consent(second.url))).toMatchObject({ status: "done" });
  });

  it("starts five times in ten minutes and says when again", async () => {
    for (let count = 0; count < 5; count++) await world.invite(ada);
    const error = await world.invite(ada).catch((caught: unknown) => caught);
    expect(error).toMatchObject({ code: "RateLimited", retryAt: world.clock.now() + 600_000 });
    await world.invite(eve);
    await world.clock.advance(600_000);
    await world.invite(ada);
  });

  it("keeps the message it came in, whatever became of it", async () => {
    const { linkId } = await world.invite(ada);
    const sent = { platform: "discord", place: { platform: "discord", tenant: "", id: "dm" }, id: "m1" };
    await world.accounts.attach(linkId, sent);
    expect((await world.store.links.get(linkId))?.sent).toEqual(sent);
  });

  it("keeps names fit to be shown", async () => {
    const shown = async (userName: string) => {
      const { linkId } = await world.invite(ada, { userName });
      await world.clock.advance(600_000);
      return (await world.store.links.get(linkId))?.userName;
    };
    expect(await shown("\u202Eevil\u202C\u0000\n  name")).toBe("evil name");
    expect(await shown("👩‍👩‍👧 Ada é")).toBe("👩‍👩‍👧 Ada é");
    expect(await shown("  \u200b ")).toBe("1001");
    const long = await shown("n".repeat(10_000));
    expect(long).toBe(`${"n".repeat(59)}…`);
    expect((await shown(`Z${"\u0301".repeat(9_000)}`))?.length).toBeLessThan(50);
  });
});

describe("what can go wrong at the provider", () => {
  const cases: { failure: string; operator: boolean; set: () => void; choice?: { error?: string } }[] = [
    {
      failure: "allowlist",
      operator: true,
      set: () => fail("identify", new SegueError("Forbidden", { why: "allowlist" })),
    },
    {
      failure: "owner_not_premium",
      operator: true,
      set: () => fail("identify", new SegueError("Forbidden", { why: "owner_not_premium" })),
    },
    {
      failure: "wrong_client",
      operator: true,
      set: () => fail("exchange", new SegueError("InvalidInput", { field: "client", why: "refused" })),
    },
    { failure: "wrong_client", operator: true, set: () => {}, choice: { error: "unauthorized_client" } },
    {
      failure: "redirect_mismatch",
      operator: true,
      set: () => fail("exchange", new SegueError("InvalidInput", { field: "redirect", why: "refused" })),
    },
    {
      failure: "expired",
      operator: false,
      set: () => fail("exchange", new SegueError("InvalidInput", { field: "code", why: "refused" })),
    },
    {
      failure: "service_down",
      operator: false,
      set: () => fail("exchange", new SegueError("Unavailable", { service: "tunes", why: "status", status: 503 })),
    },
    {
      failure: "service_down",
      operator: false,
      set: () => fail("identify", new SegueError("RateLimited", { scope: "service" })),
    },
    { failure: "service_down", operator: false, set: () => {}, choice: { error: "temporarily_unavailable" } },
    { failure: "internal", operator: false, set: () => {}, choice: { error: "<script>" } },
    {
      failure: "internal",
      operator: false,
      set: () => fail("exchange", new TypeError("a bug") as unknown as SegueError),
    },
  ];
  const fail = (step: "exchange" | "identify", error: SegueError) => {
    world.tunes.fail[step] = error;
  };

  for (const { failure, operator, set, choice } of cases) {
    it(`${failure}${choice ? ` (${choice.error})` : ""}: told, nothing linked, ${operator ? "the operator told" : "nobody else told"}`, async () => {
      set();
      const { url, linkId } = await world.invite(ada, { userName: "Ada" });
      const progress = await world.accounts.finishByPaste(ada, world.tunes.consent(url, choice));
      expect(progress).toMatchObject({ failure });
      expect(["failed", "expired"]).toContain(progress.status);
      expect(await accountsOf(ada)).toEqual([]);
      expect(of(world, "operator.needed")).toEqual(
        operator
          ? [
              {
                type: "operator.needed",
                problem: failure,
                detail: { provider: "tunes", platform: "discord", userName: "Ada" },
              },
            ]
          : [],
      );
      const row = await world.store.links.get(linkId);
      expect([row?.verifier, row?.pendingCode, row?.confirmHash]).toEqual([undefined, undefined, undefined]);
      expect(await world.accounts.progress(linkId)).toMatchObject({ failure });
    });
  }

  it("an answer that never comes ends in twenty seconds", async () => {
    world.tunes.hold.exchange = new Promise(() => {});
    const { url } = await world.invite(ada);
    const before = world.clock.now();
    const progress = await world.clock.until(world.accounts.finishByPaste(ada, world.tunes.consent(url)));
    expect(progress).toMatchObject({ status: "failed", failure: "service_down" });
    expect(world.clock.now() - before).toBeLessThanOrEqual(20_000);
  });

  it("a sign-in that ends after its time, but began within it, still counts", async () => {
    const { url } = await world.invite(ada);
    const landed = world.tunes.consent(url);
    await world.clock.advance(599_000);
    let release = () => {};
    world.tunes.hold.exchange = new Promise((resolve) => {
      release = resolve;
    });
    const finishing = world.accounts.finishByPaste(ada, landed);
    await world.clock.advance(5_000);
    await world.part.jobs[0]?.run(AbortSignal.timeout(5_000));
    release();
    expect(await finishing).toMatchObject({ status: "done" });
  });

  it("less permission than asked for: linked with what was given, and what is missing is told", async () => {
    const { url } = await world.invite(ada, { needs: ["state", "playback", "library.write"] });
    const progress = await world.accounts.finishByPaste(
      ada,
      world.tunes.consent(url, { scopes: ["scope.state", "scope.playback"] }),
    );
    expect(progress).toMatchObject({ status: "done", failure: "scope_withheld", withheld: ["library.write"] });
    const personId = await world.personOf(ada);
    await world.accounts.require(personId, "tunes", ["playback"]);
    await expect(world.accounts.require(personId, "tunes", ["library.write"])).rejects.toMatchObject({
      code: "MissingScope",
      details: { provider: "tunes", needs: ["library.write"] },
    });
  });
});

describe("a process that is killed while it finishes", () => {
  it("before the account was stored: the attempt runs out, and a new one works", async () => {
    world.tunes.hold.exchange = new Promise(() => {});
    const { url, linkId } = await world.invite(ada);
    const landed = world.tunes.consent(url);
    void world.accounts.finishByPaste(ada, landed).catch(() => {});
    await world.clock.advance(100);
    await world.restart();
    expect(await world.accounts.progress(linkId)).toMatchObject({ status: "exchanging" });
    expect(await world.accounts.finishByPaste(ada, landed)).toMatchObject({ failure: "reused" });
    await world.clock.advance(600_000);
    expect(await world.accounts.finishByPaste(ada, landed)).toMatchObject({ status: "expired", failure: "expired" });
    delete world.tunes.hold.exchange;
    await world.link(ada);
  });

  it("after the account was stored: the person is linked, and the attempt says so", async () => {
    const { move } = world.store.links;
    Object.assign(world.store.links, {
      move: (...all: Parameters<typeof move>) =>
        all[2].status === "done" || all[2].status === "failed"
          ? Promise.reject(new Error("killed here"))
          : move(...all),
    });
    const { url, linkId } = await world.invite(ada);
    const landed = world.tunes.consent(url);
    await expect(world.accounts.finishByPaste(ada, landed)).rejects.toThrow("killed here");
    await world.restart();
    world.happenings.length = 0;
    await world.clock.advance(600_000);
    expect(await world.accounts.finishByPaste(ada, landed)).toMatchObject({ status: "done" });
    expect(of(world, "link.created")).toHaveLength(1);
    expect(await world.accounts.progress(linkId)).toMatchObject({ status: "done", accountName: "Ada's Tunes" });
  });
});

describe("whose account it is", () => {
  it("somebody else's linked account stays theirs", async () => {
    await world.link(ada, { as: "ada" });
    const { url } = await world.invite(eve);
    const progress = await world.accounts.finishByPaste(eve, world.tunes.consent(url, { as: "ada" }));
    expect(progress).toMatchObject({ status: "failed", failure: "other_account_linked" });
    expect(await accountsOf(eve)).toEqual([]);
    expect(await accountsOf(ada)).toMatchObject([{ displayName: "Ada's Tunes", status: "ok" }]);
  });

  it("of two people who bring the same account at once, one gets it", async () => {
    const [a, e] = [await world.invite(ada), await world.invite(eve)];
    const ended = await Promise.all([
      world.accounts.finishByPaste(ada, world.tunes.consent(a.url, { as: "ada" })),
      world.accounts.finishByPaste(eve, world.tunes.consent(e.url, { as: "ada" })),
    ]);
    expect(ended.map(({ status }) => status).sort()).toEqual(["done", "failed"]);
    expect((await accountsOf(ada)).length + (await accountsOf(eve)).length).toBe(1);
  });

  it("a new grant of the same account replaces the old one, and asks for what was granted before as well", async () => {
    const first = await world.link(ada, { needs: ["state", "playback", "history"] });
    await world.clock.advance(86_400_000);
    const { url } = await world.invite(ada, { needs: ["library.write"] });
    expect(new URL(url).searchParams.get("scope")?.split(" ").sort()).toEqual([
      "scope.history",
      "scope.library.write",
      "scope.playback",
      "scope.state",
    ]);
    await world.accounts.finishByPaste(ada, world.tunes.consent(url));
    const accounts = await accountsOf(ada);
    expect(accounts).toMatchObject([{ accountId: first, linkedAt: world.clock.now() }]);
    expect([...(accounts[0]?.granted ?? [])].sort()).toEqual(["history", "library.write", "playback", "state"]);
  });

  it("with two accounts, the one linked last is used", async () => {
    await world.link(ada, { as: "ada" });
    await world.clock.advance(1_000);
    const second = await world.link(ada, { as: "ada-at-work" });
    const personId = await world.personOf(ada);
    expect(await world.accounts.accountOf(personId, "tunes")).toMatchObject({ accountId: second });
  });
});

describe("what is written down", () => {
  it("has no secret in it: not the store's file, not the log, not an event", async () => {
    const { url } = await world.invite(ada);
    const landed = world.tunes.consent(url);
    const state = new URL(landed).searchParams.get("state") ?? "";
    await world.accounts.finishByPaste(ada, landed);
    world.tunes.fail.refresh = new SegueError("Unavailable", { service: "tunes", why: "timeout" });
    await world.clock.advance(3_500_000);
    const { accountId } = (await world.accounts.accountOf(await world.personOf(ada), "tunes")) ?? { accountId: "" };
    await world.clock
      .until(world.accounts.tokens(accountId).renew(await world.accounts.tokens(accountId).token()))
      .catch(() => {});
    const rows = JSON.stringify(await world.store.accounts.all("tunes"));
    const audit = JSON.stringify(await world.store.audit.recent(100));
    const files = readdirSync(world.dataDir).map((name) => readFileSync(join(world.dataDir, name), "latin1"));
    const everything = [...world.logLines, JSON.stringify(world.happenings), rows, audit, ...files].join("\n");
    expect(world.tunes.secrets.size).toBeGreaterThan(2);
    for (const secret of [...world.tunes.secrets, state]) expect(everything).not.toContain(secret);
  });

  it("is audited: begun, linked, failed, tried by another", async () => {
    const { url } = await world.invite(ada);
    const landed = world.tunes.consent(url);
    await world.accounts.finishByPaste(eve, landed).catch(() => {});
    await world.accounts.finishByPaste(ada, landed);
    const second = await world.invite(ada);
    await world.accounts.finishByPaste(ada, world.tunes.consent(second.url, { error: "access_denied" }));
    const acts = (await world.store.audit.recent(20)).map(({ act }) => act).sort();
    expect(acts).toEqual(["link.created", "link.failed", "link.started", "link.started", "link.wrong_person"]);
  });
});
