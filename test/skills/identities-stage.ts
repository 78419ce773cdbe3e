import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { type AccountsPart, createAccounts } from "../../src/accounts/accounts.ts";
import { loadKeyRing } from "../../src/accounts/key-ring.ts";
import { createVault } from "../../src/accounts/vault.ts";
import type { Reply } from "../../src/contracts/reply.ts";
import type { Store } from "../../src/contracts/store.ts";
import { createChatAdapter } from "../fakes/chat-adapter.ts";
import { type Conversation, startConversation } from "../support/conversation.ts";
import { type Crash, type CrashingStore, crashingStore } from "../support/crash.ts";
import { silentLog } from "../support/log.ts";
import { createTunes } from "../unit/accounts/tunes.ts";

export const MINUTE = 60_000;
export const DAY = 24 * 60 * MINUTE;

/** Two platforms and the real accounts: Ada speaks on both. */
export async function twoChats() {
  const dataDir = mkdtempSync(join(tmpdir(), "segue-joins-"));
  onTestFinished(() => rmSync(dataDir, { recursive: true, force: true }));
  const [here, there] = [createChatAdapter({ platform: "here" }), createChatAdapter({ platform: "there" })];
  let part: AccountsPart | undefined;
  let wrap = (store: Store) => store;
  let tunes: ReturnType<typeof createTunes> | undefined;
  const talk = await startConversation({
    adapter: here,
    others: [there],
    accounts({ store, events, clock }) {
      tunes ??= createTunes(clock);
      part = createAccounts({
        store: wrap(store),
        vault: createVault(loadKeyRing({ dataDir, log: silentLog })),
        providers: new Map([["tunes", tunes]]),
        clock,
        events,
        log: silentLog,
      });
      return part.accounts;
    },
  });
  const a = talk.user("ada");
  const b = talk.user("ada.l", { on: "there" });
  const people = () => Promise.all([a, b].map(async ({ ref }) => (await talk.store.people.find(ref))?.id));
  const settle = async () => {
    await talk.bot().idle();
    await talk.clock.advance(1);
  };

  return {
    talk,
    here,
    there,
    a,
    b,
    settle,
    people,
    same: async () => new Set(await people()).size === 1,
    /** An account of the provider, as linking leaves it. */
    async link(user: typeof a, subject: string, displayName: string): Promise<string> {
      const { id: personId } = await talk.store.people.ensure(user.ref, user.ref.id, 1);
      const { row } = await talk.store.accounts.putGrant(
        {
          personId,
          provider: "tunes",
          subject,
          displayName,
          status: "ok",
          scopes: ["state", "playback"],
          consentedAt: talk.clock.now(),
          accessToken: "v1.a",
          accessExpiresAt: 1,
          refreshToken: "v1.r",
          free: false,
        },
        1,
      );
      return row.id;
    },
    async code(): Promise<string> {
      const reply = await a.sends("account.join");
      return codeIn(reply);
    },
    async job(): Promise<void> {
      await part?.jobs.find(({ name }) => name === "accounts.joins")?.run(new AbortController().signal);
      await settle();
    },
    async restart(crash?: Crash): Promise<CrashingStore> {
      let crashing: CrashingStore | undefined;
      // Bot and accounts die together: both are given the one store that is killed.
      wrap = () => crashing?.store ?? talk.store;
      await talk.restart((store) => {
        crashing = crashingStore(store, crash);
        return crashing.store;
      });
      if (!crashing) throw new Error("not restarted");
      return crashing;
    },
    async revive(): Promise<void> {
      wrap = (store) => store;
      await talk.restart();
    },
  };
}
export type Chats = Awaited<ReturnType<typeof twoChats>>;

export function codeIn(reply: Reply | undefined): string {
  const code = /[A-Z0-9]{5}-[A-Z0-9]{5}/.exec(reply?.text ?? "")?.[0];
  if (code === undefined) throw new Error(`no code in ${reply?.text}`);
  return code;
}

/** Everything the database keeps, as text. */
export async function written(talk: Conversation, key: string): Promise<string> {
  const row = await talk.store.events.find("there", key);
  return JSON.stringify(row);
}

/** Both have an account of the same provider, and B has said yes. */
export async function halfWay(chats: Chats) {
  const [kept, given] = [await chats.link(chats.a, "ada", "Ada"), await chats.link(chats.b, "lovelace", "Lovelace")];
  await chats.talk.store.queue.append(
    given,
    [{ uri: "u", title: "T", artist: "A", durationMs: 1, addedBy: "x" }],
    "last",
  );
  const code = await chats.code();
  const asked = await chats.b.says(code);
  const yes = await chats.b.presses("Yes, join them");
  await chats.settle();
  return { kept, given, asked, yes };
}

export function buttonOf(reply: Reply | undefined, label: string) {
  const found = reply?.blocks
    .flatMap((block) => (block.type === "buttons" ? block.buttons : []))
    .find((each) => each.label === label);
  if (!found) throw new Error(`no button ${label}`);
  return found;
}
